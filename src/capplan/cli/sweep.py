"""The command `sweep`: what becomes of latency, objectives and cost as one or two parameters vary."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from capplan.cli.common import (
    STANDARD_INPUT,
    CatalogOnlyOption,
    CatalogOption,
    FormatOption,
    JsonOption,
    PricingOption,
    RateOption,
    TopologyArgument,
    chosen_catalogue,
    chosen_form,
    chosen_rate,
    file_of,
    load,
)
from capplan.cli.pictures import Painter, painter, save
from capplan.cli.terminal import page, show
from capplan.errors import BadOption

if TYPE_CHECKING:
    from capplan.studies.sweep import Build
    from capplan.studies.sweep_records import Parameter, Sweep
    from capplan.topology.catalogue import Catalogue

MOST_PARAMETERS = 2
USUAL_POINTS = {1: 20, 2: 8}
LEAST_POINTS, MOST_POINTS = 2, 10_000

SweptOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUES",
        help="What varies: a range low..high or a list a,b,c, of one or two paths; one value changes every point.",
    ),
]
PointsOption = Annotated[
    int | None,
    typer.Option(
        "--points",
        metavar="N",
        help="Values of each range: 20 of one, 8 of each of two, unless said.",
        min=LEAST_POINTS,
    ),
]
ChartOption = Annotated[bool, typer.Option("--chart", help="Draw latency over what varies, instead of the rows.")]
PlotOption = Annotated[
    str | None,
    typer.Option("--plot", metavar="FILE", help="Draw the chart into a file, FILE.svg or FILE.png, as well."),
]
LogOption = Annotated[bool, typer.Option("--log", help="Space ranges by ratio instead of distance.")]


class _Output(NamedTuple):
    """What becomes of the result: its form, whether the rows are a chart, and the file of an image with its painter."""

    form: str
    chart: bool
    plot: str | None
    paint: Painter | None
    logarithmic: bool


def sweep(
    topology: TopologyArgument = None,
    settings: SweptOption = None,
    points: PointsOption = None,
    logarithmic: LogOption = False,
    rate: RateOption = None,
    chart: ChartOption = False,
    plot: PlotOption = None,
    form: FormatOption = None,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
    catalog_only: CatalogOnlyOption = False,
    pricing: PricingOption = None,
) -> None:
    """Say what becomes of the system as one or two parameters vary.

    Throughput, latency percentiles, success, the busiest resource, cost, SLOs and alerts at every value; of the
    workload's rate also the knee and the capacity wall.

    \b
    Examples:
      capplan sweep shop.yaml --set workload.rate=100/s..3000/s --points 50
      capplan sweep shop.yaml --set components.app.replicas=2..12 --rate 1500/s
      capplan sweep --set workload.rate=10/s..10000/s --log --chart --plot latency.svg
      capplan sweep --set components.cache.hit_ratio=0..1 --set components.db.time=2ms,5ms,10ms --format csv
    """
    from capplan.studies.spans import is_swept

    output = _output(chosen_form(form, as_json), chart, plot, logarithmic)
    fixed = [setting for setting in settings or [] if not is_swept(setting)]
    parameters = _parameters([setting for setting in settings or [] if is_swept(setting)], points, logarithmic)
    per_second = chosen_rate(rate)
    if rate is not None and any(parameter.is_rate for parameter in parameters):
        raise BadOption("--rate: workload.rate is swept; one of the two")
    build = _builder(topology, fixed, chosen_catalogue(catalog, catalog_only, pricing))

    from capplan.studies.sweep import sweep as swept

    laid = fixed if rate is None else [*fixed, f"workload.rate={rate}"]
    _show(swept(build, parameters, laid, per_second), output)


def _output(form: str, chart: bool, plot: str | None, logarithmic: bool) -> _Output:
    if chart and form != "table":
        raise BadOption(
            f"--chart: it contradicts `--format {form}`; one of the two, or --plot FILE.svg beside the form"
        )
    return _Output(form, chart, plot, None if plot is None else painter(plot), logarithmic)


def _show(result: "Sweep", output: _Output) -> None:
    if output.plot is not None and output.paint is not None:
        from capplan.report.sweep_chart import chart_of

        save(output.plot, output.paint(chart_of(result, output.logarithmic), result.topology or result.file))
    if output.form == "table":
        from capplan.report.sweep_table import to_chart, to_table

        show(to_chart(result, output.logarithmic, page()) if output.chart else to_table(result, page()))
    else:
        from capplan.report.sweep import SWEEP_FORMATS

        show(SWEEP_FORMATS[output.form](result))


def _parameters(swept: Sequence[str], points: int | None, logarithmic: bool) -> "list[Parameter]":
    """What varies; as many points as are asked for, or as are usual."""
    from capplan.studies.spans import parameter

    if not 1 <= len(swept) <= MOST_PARAMETERS:
        what = "nothing varies" if not swept else f"{len(swept)} parameters vary, at most {MOST_PARAMETERS} can"
        raise BadOption(f"sweep: {what}; a range or a list, e.g. --set workload.rate=100/s..3000/s")
    each = points if points is not None else USUAL_POINTS[len(swept)]
    if each > MOST_POINTS:
        raise BadOption(f"--points: {each:,} are too many; at most {MOST_POINTS:,} in all")
    found = [parameter(setting, each, logarithmic) for setting in swept]
    total = 1
    for one in found:
        total *= len(one.values)
    if total > MOST_POINTS:
        raise BadOption(f"--points: {total:,} points are too many; at most {MOST_POINTS:,} in all")
    return found


def _builder(topology: str | None, fixed: list[str], catalogue: "Catalogue | None") -> "Build":
    """Makes the topology with more settings; standard input is read once."""
    if topology != STANDARD_INPUT:
        return lambda more: load(topology, [*fixed, *more], catalogue)
    import capplan

    text = sys.stdin.buffer.read()
    return lambda more: capplan.parse(text, file_of(topology), settings=[*fixed, *more], catalogue=catalogue)
