"""Charts into files: which forms there are, what is missing for them, and the writing."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from capplan.cli.common import writing_failed
from capplan.errors import BadOption

if TYPE_CHECKING:
    from capplan.report.chart import Chart
    from capplan.report.chart_image import ImageForm

IMAGES = (".svg", ".png")
EXTRA = "it needs matplotlib, which is not installed; the extra `plot`: python -m pip install 'capplan[plot]'"

Painter = Callable[["Chart", str], bytes]
"""A chart and its title -> an image."""
PanelPainter = Callable[["Sequence[Chart]", str], bytes]
"""Charts over the same x axis and their title -> an image."""


def painter(file: str, option: str = "--plot") -> Painter:
    """What makes an image of the form that a file's name asks for; refused before anything is worked out."""
    form = _form(file, option)

    def paint(chart: "Chart", title: str) -> bytes:
        from capplan.report.chart_image import to_image

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of characters that the font lacks
            return to_image(chart, title, form)

    return paint


def panel_painter(file: str, option: str = "--plot") -> PanelPainter:
    """The same for several charts, one below the other."""
    form = _form(file, option)

    def paint(charts: "Sequence[Chart]", title: str) -> bytes:
        from capplan.report.chart_image import to_panels

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of characters that the font lacks
            return to_panels(charts, title, form)

    return paint


def _form(file: str, option: str) -> "ImageForm":
    """The form that a file's name asks for, if it can be drawn."""
    suffix = Path(file).suffix.lower()
    if suffix not in IMAGES:
        raise BadOption(f"{option} {file}: the name says no form of an image; one that ends in {' or '.join(IMAGES)}")
    try:
        import capplan.report.chart_image  # noqa: F401
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "matplotlib":
            raise
        raise BadOption(f"{option}: {EXTRA}") from None
    return "svg" if suffix == ".svg" else "png"


def save(file: str, image: bytes) -> None:
    """Write an image into its file."""
    try:
        Path(file).write_bytes(image)
    except OSError as error:
        raise writing_failed(file, error) from None
