"""Settings: values laid over a tree before it is read, as `--set components.app.replicas=8` does."""

import re
from collections.abc import Sequence
from typing import Any

from capplan.errors import Problem, Route
from capplan.reading.nodes import Branch, Items, Mark, Source, Unreadable
from capplan.reading.tree import Document, read_tree

FILE = "--set"
_STEP = re.compile(r'\.?(?:\["([^"]*)"\]|\[([0-9]+)\]|([^.\[\]=]+))')


def apply_settings(root: Any, settings: Sequence[str]) -> list[tuple[Problem, Mark]]:
    """Change the tree in place; the faults of the settings themselves."""
    problems: list[tuple[Problem, Mark]] = []
    for setting in settings:
        try:
            problems += _apply(root, setting)
        except Unreadable as error:
            mark = error.mark or Mark(Source.of(FILE, setting), 0, 0)
            problems.append(
                (Problem(route=Route(steps_of(setting.partition("=")[0])), what=error.what, hint=error.hint), mark)
            )
    return problems


def _apply(root: Any, setting: str) -> list[tuple[Problem, Mark]]:
    path, equals, text = setting.partition("=")
    source = Source.of(FILE, setting)
    steps = steps_of(path.strip())
    if not equals or not steps:
        raise Unreadable("this sets nothing", "path=value, e.g. components.app.replicas=8", Mark(source, 0, 0))
    document = _value(text, source, len(path) + 1)
    parent = root
    for depth, step in enumerate(steps[:-1]):
        parent = _child(parent, step, Mark(source, 0, 0), Route(steps[: depth + 1]))
    _put(parent, steps[-1], document, Mark(source, 0, 0))
    return document.problems


def _value(text: str, source: Source, offset: int) -> Document:
    """The value's tree, with marks that count from the beginning of the setting."""
    if not text.strip():
        return Document(None, Mark(source, 0, offset), [])
    return read_tree(" " * offset + text, source)


def steps_of(path: str) -> list[str | int]:
    """The steps of a path such as `components.app.calls[0]`; none where it is no path."""
    steps: list[str | int] = []
    position = 0
    while match := _STEP.match(path, position):
        quoted, index, name = match.groups()
        steps.append(int(index) if index is not None else quoted if quoted is not None else name)
        position = match.end()
    return steps if position == len(path) else []


def _child(parent: Any, step: str | int, mark: Mark, route: Route) -> Any:
    index = _index(step)
    if isinstance(parent, Branch) and step in parent:
        parent[str(step)] = _own(parent[str(step)])
        return parent[str(step)]
    if isinstance(parent, Items) and index is not None and index < len(parent):
        parent[index] = _own(parent[index])
        return parent[index]
    raise Unreadable(
        f"there is no `{route}` to change", "the path of something that is there; only the last step may be new", mark
    )


def _put(parent: Any, step: str | int, document: Document, mark: Mark) -> None:
    index = _index(step)
    if isinstance(parent, Items) and index is not None and index < len(parent):
        parent[index] = document.root
        parent.values_at[index] = document.mark
    elif isinstance(parent, Branch):
        parent.put(str(step), document.root, mark, document.mark)
    else:
        raise Unreadable(f"there is no `{step}` to set here", "a key of a mapping, or an item of a list", mark)


def _own(value: Any) -> Any:
    """The value as a copy, since an alias may have put it elsewhere too."""
    return value.own() if isinstance(value, Branch | Items) else value


def _index(step: str | int) -> int | None:
    return int(step) if isinstance(step, int) or step.isdecimal() else None
