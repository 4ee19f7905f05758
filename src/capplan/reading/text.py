"""Bytes into text: UTF-8, with or without a byte order mark."""

from capplan.errors import BadTopology, Problem, Route
from capplan.reading.nodes import Mark, Source
from capplan.reading.places import at

_WHOLE = Route()


def decoded(text: str | bytes, file: str, route: Route = _WHOLE) -> tuple[str, Source]:
    """The text and its source; `BadTopology`, at this route, where the bytes are not UTF-8."""
    try:
        plain = text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise BadTopology((_undecodable(error, file, route),)) from None
    plain = plain.removeprefix("\ufeff")
    return plain, Source.of(file, plain)


def _undecodable(error: UnicodeDecodeError, file: str, route: Route) -> Problem:
    data = error.object
    before = data[: error.start].decode("utf-8", "replace")
    line, column = before.count("\n"), len(before) - (before.rfind("\n") + 1)
    source = Source.of(file, data.decode("utf-8", "replace"))
    what = f"the byte {data[error.start]:#04x} is not UTF-8"
    return at(Problem(route=route, what=what, hint="save the file as UTF-8"), Mark(source, line, column))
