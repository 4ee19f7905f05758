"""From routes to places: the one spot where a problem gets its file, line, column and source line."""

from dataclasses import replace
from typing import Any

from capplan.errors import Problem, Route
from capplan.reading.nodes import Branch, Items, Mark


def placed(problem: Problem, root: Any, start: Mark) -> Problem:
    """The problem with its place in the tree."""
    route, mark = find(problem.route, root, start, at_key=problem.at_key)
    return at(replace(problem, route=route), mark)


def at(problem: Problem, mark: Mark) -> Problem:
    """The problem with this place."""
    source, line, column = mark
    text = source.lines[line] if line < len(source.lines) else ""
    return replace(problem, file=source.name, line=line + 1, column=column + 1, source=text)


def find(route: Route, root: Any, start: Mark, *, at_key: bool) -> tuple[Route, Mark]:
    """The mark of what stands at a route, as far as the tree goes, and the route as it was written.

    Records keep calls and names as lists, whichever way they were written: an index that leads into a mapping, or
    anything that leads into a text, is passed over; so is the name of a key where a list stands for its record.
    """
    node, mark, key_mark, walked = root, start, start, Route()
    for step in route:
        if isinstance(node, Branch) and step in node:
            mark, key_mark = node.values_at[str(step)], node.keys_at[str(step)]
            node = node[str(step)]
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node):
            mark = key_mark = node.values_at[step]
            node = node[step]
        elif (isinstance(node, Branch) and isinstance(step, int)) or (isinstance(node, Items) and step == "events"):
            continue
        else:
            break
        walked /= step
    return walked, key_mark if at_key else mark
