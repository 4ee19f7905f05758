"""YAML text with single values changed: everything else stays as it is written, and means what it meant.

An edit replaces the characters of one value, or adds one key; comments, order, quotes, columns and line breaks stay.
What an anchor lends to others is given to them where the change would reach them too. After every edit the text is
read again and compared with what it should mean. This module knows no topology.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from capplan.errors import Route
from capplan.report.yaml_nodes import Alias, Branch, Data, Items, Node, Scalar, in_flow, read_nodes

_ROUNDS: Final = 100
_COLON: Final = re.compile(r"\s*:")
_GAP: Final = re.compile(r"[\]},\s]*?( {2,})#")


class Entangled(Exception):  # noqa: N818
    """A text whose anchors leave no place to write a change into."""

    def __init__(self, route: Route) -> None:
        super().__init__(f"`{route}` cannot be changed without changing something else")
        self.route = route


class Edit(NamedTuple):
    """The characters from `start` up to `end`, and what stands there instead."""

    start: int
    end: int
    text: str


def put(text: str, route: Route, value: Data, after: Sequence[str] = ()) -> str:
    """The text with a value at a route.

    A new key comes behind the last of the keys `after` that are there, else to the end of its mapping.

    Raises:
        Entangled: there is no place to write it.
    """
    root = read_nodes(text)
    wanted = with_value(root.meaning, route, value)
    return _settled(_put(text, root, route, value, after), wanted, route, after)


def drop(text: str, route: Route) -> str:
    """The text without a key; as it is where there is no such key."""
    *parents, name = route
    root = read_nodes(text)
    _, rest = _at(root.meaning, parents)
    if not isinstance(rest, dict) or name not in rest:
        return text
    wanted = with_value(root.meaning, parents, {key: value for key, value in rest.items() if key != name})
    branch = _own(root, parents)
    pair = branch.pair(str(name)) if isinstance(branch, Branch) else None
    if isinstance(branch, Branch) and pair is not None:
        text = _Editor(text, root).without(branch, pair)
    return _settled(text, wanted, route)


def with_value(meaning: Data, route: Sequence[str | int], value: Data) -> Data:
    """The meaning with a value at a route; what is not there yet is made."""
    if not route:
        return value
    step, *rest = route
    if isinstance(meaning, list):
        index = int(step)
        return [*meaning[:index], with_value(meaning[index], rest, value), *meaning[index + 1 :]]
    known = meaning if isinstance(meaning, dict) else {}
    return {**known, str(step): with_value(known.get(str(step)), rest, value)}


def _settled(text: str, wanted: Data, route: Route, after: Sequence[str] = ()) -> str:
    """The text after what an edit changed elsewhere, by way of anchors, has been given back."""
    for _ in range(_ROUNDS):
        root = _reread(text, route)
        place = _difference(root.meaning, wanted)
        if place is None:
            return text
        there, value = _at(wanted, place)
        text = _put(text, root, place, value, after) if there else _detached(text, root, wanted, place)
    raise Entangled(route)


def _reread(text: str, route: Route) -> Node:
    try:
        return read_nodes(text)
    except ValueError:
        raise Entangled(route) from None


def _difference(now: Data, wanted: Data) -> Route | None:
    """The route of the first thing that differs."""
    if isinstance(now, dict) and isinstance(wanted, dict):
        for key in (*now, *(key for key in wanted if key not in now)):
            if (key in now) != (key in wanted):
                return Route((key,))
            inner = _difference(now[key], wanted[key])
            if inner is not None:
                return Route((key, *inner))
        return None
    if isinstance(now, list) and isinstance(wanted, list) and len(now) == len(wanted):
        pairs = enumerate(zip(now, wanted, strict=True))
        inside = ((index, _difference(*pair)) for index, pair in pairs)
        return next((Route((index, *inner)) for index, inner in inside if inner is not None), None)
    return None if now == wanted else Route()


def _at(meaning: Data, route: Sequence[str | int]) -> tuple[bool, Data]:
    """Whether there is something at the route, and what."""
    for step in route:
        if isinstance(meaning, dict):
            if step not in meaning:
                return False, None
            meaning = meaning[str(step)]
        elif isinstance(meaning, list):
            meaning = meaning[int(step)]
    return True, meaning


def _own(node: Node, route: Sequence[str | int]) -> Node | None:
    """The node at a route that leads through no alias and no merge."""
    for step in route:
        child = _child(node, step)
        if child is None:
            return None
        node = child
    return node


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node, Branch):
        pair = node.pair(str(step))
        return None if pair is None else pair[1]
    if isinstance(node, Items):
        return node.items[int(step)]
    return None


def _put(text: str, root: Node, route: Route, value: Data, after: Sequence[str]) -> str:
    """The edit itself: at the deepest place on the way that is written out."""
    editor = _Editor(text, root)
    node = root
    for depth, step in enumerate(route):
        rest = route[depth + 1 :]
        child = _child(node, step)
        if isinstance(node, Branch) and child is None:
            known = node.merged.get(str(step))
            return editor.with_key(node, str(step), in_flow(with_value(known, rest, value)), after)
        if child is None:
            break
        if not rest:
            return editor.replaced(node, child, in_flow(value))
        if isinstance(child, Alias):
            return editor.replaced(node, child, _override(child, rest, value))
        node = child
    raise Entangled(route)


def _override(alias: Alias, route: Sequence[str | int], value: Data) -> str:
    """What stands for an alias whose mapping differs in one thing."""
    meaning = alias.meaning
    if not isinstance(meaning, dict):
        return in_flow(with_value(meaning, route, value))
    step, *rest = route
    changed = in_flow(with_value(meaning.get(str(step)), rest, value))
    return f"{{<<: *{alias.name}, {in_flow(str(step))}: {changed}}}"


def _detached(text: str, root: Node, wanted: Data, route: Route) -> str:
    """The text with the alias written out that brings something to the route which should not be there."""
    node, editor = root, _Editor(text, root)
    for depth, step in enumerate(route):
        child = _child(node, step)
        if isinstance(child, Alias):
            return editor.replaced(node, child, in_flow(_at(wanted, route[: depth + 1])[1]))
        if isinstance(node, Branch) and child is None:
            whole = _at(wanted, route[:depth])[1]
            assert isinstance(whole, dict)
            lent = {key: value for key, value in whole.items() if key not in node.written}
            first, *others = node.sources
            return editor.replaced(node, first, in_flow(lent), *others)
        if child is None:
            break
        node = child
    raise Entangled(route)


class _Editor:
    """One text and its nodes; each method is one edit of it."""

    def __init__(self, text: str, root: Node) -> None:
        self.text = text
        self.nodes = list(root.walk())
        self.line_break = "\r\n" if "\r\n" in text else "\n"

    def replaced(self, parent: Node, child: Node, new: str, *others: Node) -> str:
        """Another value in the place of a child; `others` are emptied."""
        edits = [self._replacement(parent, child, new), *(Edit(node.start, node.end, "{}") for node in others)]
        return self._applied([*edits, *self._kept_anchors(child)])

    def with_key(self, branch: Branch, key: str, value: str, after: Sequence[str]) -> str:
        """A new key."""
        written = f"{in_flow(key)}: {value}"
        if not branch.pairs:
            return self._applied([Edit(branch.end - 1, branch.end - 1, written)])
        behind = [value for name, value in branch.pairs if name.text in after]
        place = (behind or [branch.pairs[-1][1]])[-1].end
        if branch.flow:
            return self._applied([Edit(place, place, f", {written}")])
        first = branch.pairs[0][0].start
        indent = " " * (first - self._line_start(first))
        end = self._line_end(place)
        return self._applied([Edit(end, end, f"{self.line_break}{indent}{written}")])

    def without(self, branch: Branch, pair: tuple[Scalar, Node]) -> str:
        """Without a key and its value."""
        key, value = pair
        position = branch.pairs.index(pair)
        if not branch.flow:
            start, end = self._line_start(key.start), self._line_end(value.end)
            end += len(self.line_break) if self.text.startswith(self.line_break, end) else 0
            return self._applied([Edit(start, end, ""), *self._kept_anchors(value)])
        if position + 1 < len(branch.pairs):
            start, end = key.start, branch.pairs[position + 1][0].start
        else:
            start, end = branch.pairs[position - 1][1].end if position else key.start, value.end
        return self._applied([Edit(start, end, ""), *self._kept_anchors(value)])

    def _replacement(self, parent: Node, child: Node, new: str) -> Edit:
        key = next((key for key, value in parent.pairs if value is child), None) if isinstance(parent, Branch) else None
        first = child.parts[0].start if child.parts else child.start
        block = isinstance(child, Branch | Items) and not child.flow
        if key is not None and block and self._line_start(first) > key.start:
            colon = _COLON.match(self.text, key.end)
            assert colon is not None
            head = self.text[colon.end() : self._line_end(colon.end())]
            kept = head if head.lstrip().startswith("#") else ""
            return Edit(colon.end(), self._line_end(child.end), f" {new}{kept}")
        needs_space = child.start == child.end and self.text[child.start - 1 : child.start] in (":", "-")
        return Edit(child.start, child.end, f" {new}" if needs_space else new)

    def _kept_anchors(self, gone: Node) -> list[Edit]:
        """What others call by an anchor that goes away is written where it is called first."""
        inside = set(map(id, gone.walk()))
        edits = []
        for node in gone.walk():
            calls = [a for a in self.nodes if isinstance(a, Alias) and a.target is node and id(a) not in inside]
            if calls:
                edits.append(Edit(calls[0].start, calls[0].end, f"&{node.anchor} {in_flow(node.meaning)}"))
        return edits

    def _applied(self, edits: list[Edit]) -> str:
        text = self.text
        for edit in sorted((*edits, *self._realigned(edits)), reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text

    def _realigned(self, edits: list[Edit]) -> list[Edit]:
        """Comments that stand in a column of their own stay in it, as long as there is room."""
        longer: dict[tuple[int, int], int] = {}
        for edit in edits:
            gap = self._gap(edit)
            if gap is not None and edit.end <= gap[0]:
                longer[gap] = longer.get(gap, 0) + len(edit.text) - (edit.end - edit.start)
        return [Edit(start, end, " " * max(1, end - start - more)) for (start, end), more in longer.items()]

    def _gap(self, edit: Edit) -> tuple[int, int] | None:
        """The blanks before a comment at the end of an edit's line."""
        if set("\r\n") & set(self.text[edit.start : edit.end] + edit.text):
            return None
        end = self._line_end(edit.end)
        last = max(
            (node.end for node in self.nodes if not node.parts and edit.end <= node.end <= end), default=edit.end
        )
        gap = _GAP.match(self.text, last, end)
        return None if gap is None else gap.span(1)

    def _line_start(self, position: int) -> int:
        return max(self.text.rfind("\n", 0, position), self.text.rfind("\r", 0, position)) + 1

    def _line_end(self, position: int) -> int:
        ends = (self.text.find("\n", position), self.text.find("\r", position))
        return min((end for end in ends if end >= 0), default=len(self.text))
