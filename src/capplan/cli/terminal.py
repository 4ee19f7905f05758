"""The terminal: the only place that writes, and that asks how wide the screen is and whether colour is welcome."""

import os
import shutil
import sys
from typing import TYPE_CHECKING

from capplan.report.words import plain

if TYPE_CHECKING:
    from capplan.report.canvas import Page

NARROWEST, WIDEST, UNKNOWN = 72, 160, 100


def show(text: str) -> None:
    """The result, on standard output; a reader that has seen enough (`| head`) is no fault."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()


def complain(text: str) -> None:
    """A message, on standard error; control characters out of a file or an option have no effect there."""
    lines = ("\t".join(map(plain, line.split("\t"))) for line in text.splitlines())
    print("\n".join(lines), file=sys.stderr)


def page() -> "Page":
    """What standard output can show."""
    from capplan.report.canvas import Page

    width = shutil.get_terminal_size((UNKNOWN, 0)).columns
    return Page(width=min(max(width, NARROWEST), WIDEST), colour=_colour())


def prepare() -> None:
    """Have standard output take every character: UTF-8 in files and pipes, the terminal's own encoding on a screen."""
    from io import TextIOWrapper

    if isinstance(sys.stdout, TextIOWrapper):
        encoding = None if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def _colour() -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _discard_output() -> None:
    """Let what Python still writes at its exit go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
