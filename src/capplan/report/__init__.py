"""Records to text: one form a file. A renderer returns text; it neither prints nor asks who will read it.

Each form is imported when it is asked for, so that JSON never pays for the terminal's tables.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from capplan.checks.records import Analysis


def _table(analysis: "Analysis") -> str:
    from capplan.report.as_table import to_table

    return to_table(analysis)


def _json(analysis: "Analysis") -> str:
    from capplan.report.as_json import to_json

    return to_json(analysis)


def _markdown(analysis: "Analysis") -> str:
    from capplan.report.as_markdown import to_markdown

    return to_markdown(analysis)


def _csv(analysis: "Analysis") -> str:
    from capplan.report.as_csv import to_csv

    return to_csv(analysis)


FORMATS: dict[str, Callable[["Analysis"], str]] = {
    "table": _table,
    "json": _json,
    "markdown": _markdown,
    "csv": _csv,
}
