"""Edits of YAML text: one value is another, and nothing else means or looks otherwise, whatever the text."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capplan.errors import Route
from capplan.report.yaml_edit import Entangled, drop, put, with_value
from capplan.report.yaml_nodes import Data, in_flow, read_nodes

ATOMS = st.sampled_from(["3", "c6i.large", "total.p99 < 200ms", "'quoted # text'", '"a\\tb"', "null", "~", "5%/month"])
KEYS = st.sampled_from(["a", "b", "c", "'d e'", "replicas"])


class Writer:
    """Writes any mapping: in flow and in block, with comments, anchors, aliases and merges."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.anchors: list[str] = []
        self.mappings: list[str] = []

    def chance(self) -> bool:
        return self.draw(st.booleans())

    def anchored(self, text: str, mapping: bool = False) -> str:
        """The text, perhaps with an anchor."""
        return f"&{self.named(mapping)} {text}" if self.chance() else text

    def named(self, mapping: bool) -> str:
        """The name of a new anchor."""
        name = f"n{len(self.anchors)}"
        self.anchors.append(name)
        if mapping:
            self.mappings.append(name)
        return name

    def flow(self, depth: int) -> str:
        """A value on one line."""
        pick = self.draw(st.integers(0, 5))
        if self.anchors and pick == 0:
            return f"*{self.draw(st.sampled_from(self.anchors))}"
        if depth == 0 or pick < 3:
            return self.anchored(self.draw(ATOMS))
        if pick == 3:
            items = [self.flow(depth - 1) for _ in range(self.draw(st.integers(0, 3)))]
            return self.anchored(f"[{', '.join(items)}]")
        keys = self.draw(st.lists(KEYS, max_size=3, unique=True))
        pairs = [*self.merges(), *(f"{key}: {self.flow(depth - 1)}" for key in keys)]
        return self.anchored(f"{{{', '.join(pairs)}}}", mapping=True)

    def merges(self) -> list[str]:
        """Perhaps a merge."""
        if not self.mappings or self.chance():
            return []
        return [f"<<: *{self.draw(st.sampled_from(self.mappings))} "]

    def block(self, depth: int, indent: str = "") -> str:
        """A mapping, a key a line."""
        lines = [f"{indent}{merge}" for merge in self.merges()]
        for key in self.draw(st.lists(KEYS, min_size=1, max_size=4, unique=True)):
            comment = self.draw(st.sampled_from(["", "  # note", f"\n{indent}# line"]))
            if depth and self.chance():
                inner = self.block(depth - 1, indent + self.draw(st.sampled_from(["  ", "    "])))
                lines.append(f"{indent}{key}: &{self.named(mapping=True)}{comment}\n{inner}")
            else:
                lines.append(f"{indent}{key}: {self.flow(2)}{comment}")
        return "\n".join(lines)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A text that begins with a mapping."""
    return Writer(draw).block(2) + draw(st.sampled_from(["", "\n", "\n\n# end\n"]))


VALUES: tuple[Data, ...] = ("9", "m6i.xlarge", "a # b", {"cores": "2"}, ["1", "x: y"])


def routes(meaning: Data, route: Sequence[str | int] = ()) -> list[Route]:
    """All routes into a meaning, and one to a new key of every mapping."""
    found = [Route(route)] if route else []
    if isinstance(meaning, dict):
        found.append(Route((*route, "new")))
        inner: list[tuple[str | int, Data]] = list(meaning.items())
    else:
        inner = list(enumerate(meaning)) if isinstance(meaning, list) else []
    return found + [each for step, value in inner for each in routes(value, (*route, step))]


@settings(max_examples=300, deadline=None)
@given(st.data(), documents())
def test_a_value_is_put_and_nothing_else_means_another_thing(data: st.DataObject, text: str) -> None:
    meaning = read_nodes(text).meaning
    route = data.draw(st.sampled_from(routes(meaning)))
    value = data.draw(st.sampled_from(VALUES))
    found = put(text, route, value)
    assert read_nodes(found).meaning == with_value(meaning, route, value)
    assert found.endswith("\n# end\n") == text.endswith("\n# end\n")


@given(st.recursive(st.none() | st.text(), lambda d: st.lists(d) | st.dictionaries(st.text(), d), max_leaves=8))
@settings(deadline=None)
def test_what_is_written_in_flow_reads_back(meaning: Data) -> None:
    try:
        in_flow(meaning).encode()
    except UnicodeEncodeError:
        return
    assert read_nodes(in_flow({"a": meaning})).meaning == {"a": meaning}


def test_a_key_that_is_not_there_is_dropped_already() -> None:
    assert drop("a: 1\n", Route(("b",))) == "a: 1\n"
    assert drop("a: {b: 1, c: 2}\n", Route(("a", "c"))) == "a: {b: 1}\n"
    assert drop("a: {b: 1}\n", Route(("a", "b"))) == "a: {}\n"


def test_a_key_that_was_lent_is_dropped_for_one_only() -> None:
    assert drop("a: &x {b: 1, c: 2}\nd: *x\n", Route(("d", "c"))) == "a: &x {b: 1, c: 2}\nd: {b: 1}\n"
    assert drop("a: &x {b: 1, c: 2}\nd: *x\n", Route(("a", "c"))) == "a: &x {b: 1}\nd: {<<: *x, c: 2}\n"
    assert drop("a: &x {b: 1, c: 2}\nd: {<<: *x}\n", Route(("d", "c"))) == "a: &x {b: 1, c: 2}\nd: {<<: {b: 1}}\n"


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(Entangled, match=r"`a.b` cannot be changed without changing something else"):
        put("a: 1\n", Route(("a", "b")), "2")
