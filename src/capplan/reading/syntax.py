"""What YAML's parser says, in words for those who write topologies."""

from typing import Final

import yaml

from capplan.reading.nodes import Mark, Source, Unreadable

_EXPLAINED: Final = (
    ("cannot start any token", True, "a tab stands where only spaces may", "indent with spaces"),
    ("cannot start any token", False, "this character cannot begin a value", "quote the text: '…'"),
    (
        "mapping values are not allowed",
        False,
        "a colon stands where no key can be",
        "quote texts that contain `: `, and check the indentation",
    ),
    ("expected ':'", False, "a key without its colon", "`key: value`"),
    (
        "did not find expected key",
        False,
        "this is not indented like its neighbours, or a quote or bracket is open",
        "keys of one mapping in one column",
    ),
    (
        "did not find expected '-' indicator",
        False,
        "this is not indented like its neighbours",
        "items of one list in one column, each with `- `",
    ),
    ("expected <block end>", False, "this is not indented like its neighbours", "keys of one mapping in one column"),
    ("unexpected end of stream", False, "the text ends within a quotation", "a closing quote"),
    (
        "expected ',' or",
        False,
        "a bracket is not closed, or a comma is missing",
        "`[a, b]` and `{key: value, key: value}`",
    ),
    (
        "did not find expected node content",
        False,
        "a bracket is not closed, or a value is missing",
        "`[a, b]` and `{key: value}`",
    ),
    ("control characters", False, "a control character stands here", "plain text"),
    ("special characters are not allowed", False, "a control character stands here", "plain text"),
)


def explained(error: yaml.YAMLError, source: Source) -> Unreadable:
    """What the parser says, as the fault that a user reads."""
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    at = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if at is None:
        return Unreadable(*_meaning(said, tab=False), None)
    mark = _within(source, at.line, at.column)
    return Unreadable(*_meaning(said, tab="\t" in source.lines[mark.line][: mark.column + 1]), mark)


def _meaning(said: str, *, tab: bool) -> tuple[str, str]:
    for fragment, needs_tab, what, hint in _EXPLAINED:
        if fragment in said and (tab or not needs_tab):
            return what, hint
    return f"this is not YAML: {said}", "valid YAML"


def _within(source: Source, line: int, column: int) -> Mark:
    """The mark; where the text has ended before it, the end of the last line that holds anything."""
    if any(text.strip() for text in source.lines[line:]):
        return Mark(source, line, column)
    last = max((number for number, text in enumerate(source.lines) if text.strip()), default=0)
    return Mark(source, last, len(source.lines[last].rstrip()))
