"""YAML text as a tree of nodes that know where in the text they stand, and what they mean.

For edits that leave every other character alone: aliases stay aliases here, and what is merged in with `<<` is told
from what is written. The text has been read as a topology before, so it is sound. This module knows no topology.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

Data = str | list["Data"] | dict[str, "Data"] | None
"""What a node means: texts, lists and mappings with aliases and merges resolved; None for nothing."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOTHING: Final = ("", "~", "null", "Null", "NULL")
_MERGE: Final = "<<"
_PLAIN: Final = re.compile(r"(?:[A-Za-z0-9]|[.+-][0-9])(?:[\w.%/+*<>=()~-]| (?=[^ #]))*", re.ASCII)
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")


@dataclass(eq=False)
class Node:
    """Something written from `start` up to `end`; its anchor stands within, comments after it do not."""

    start: int
    end: int
    anchor: str | None

    @property
    def meaning(self) -> Data:
        """What it means."""
        raise NotImplementedError

    @property
    def parts(self) -> Sequence["Node"]:
        """The nodes directly inside."""
        return ()

    def walk(self) -> Iterator["Node"]:
        """This node and all nodes inside, in the order of the text."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(eq=False)
class Scalar(Node):
    """A text, or nothing."""

    text: str | None
    plain: bool

    @property
    def meaning(self) -> Data:
        return self.text


@dataclass(eq=False)
class Alias(Node):
    """`*name`: another node once more."""

    name: str
    target: Node

    @property
    def meaning(self) -> Data:
        return self.target.meaning


@dataclass(eq=False)
class Items(Node):
    """A list."""

    flow: bool
    items: list[Node] = field(default_factory=list)

    @property
    def meaning(self) -> Data:
        return [item.meaning for item in self.items]

    @property
    def parts(self) -> Sequence[Node]:
        return self.items


@dataclass(eq=False)
class Branch(Node):
    """A mapping, with the pairs as they are written."""

    flow: bool
    pairs: list[tuple[Scalar, Node]] = field(default_factory=list)

    @property
    def meaning(self) -> Data:
        return {**self.merged, **self.written}

    @property
    def written(self) -> dict[str, Data]:
        """What its own keys mean."""
        return {str(key.text): value.meaning for key, value in self.pairs if not _merges(key)}

    @property
    def merged(self) -> dict[str, Data]:
        """What `<<` brings; of several mappings the first that has a key counts."""
        found: dict[str, Data] = {}
        for part in (part for source in self.sources for part in _listed(source.meaning)):
            if isinstance(part, dict):
                found = {**part, **found}
        return found

    @property
    def sources(self) -> list[Node]:
        """The values of `<<`."""
        return [value for key, value in self.pairs if _merges(key)]

    @property
    def parts(self) -> Sequence[Node]:
        return [part for pair in self.pairs for part in pair]

    def pair(self, name: str) -> tuple[Scalar, Node] | None:
        """The key and the value written under a name."""
        return next(((key, value) for key, value in self.pairs if key.text == name and not _merges(key)), None)


def _merges(key: Scalar) -> bool:
    return key.plain and key.text == _MERGE


def _listed(meaning: Data) -> list[Data]:
    return meaning if isinstance(meaning, list) else [meaning]


def read_nodes(text: str) -> Node:
    """The root of a text that holds one document; a ValueError where the text is not sound."""
    try:
        events = iter(yaml.parse(text, Loader=_LOADER))
        next(events)  # the stream begins
        next(events)  # the document begins
        return _Builder(text, events).node(next(events))
    except (yaml.YAMLError, LookupError) as error:
        raise ValueError(str(error)) from error


class _Builder:
    """Builds nodes out of the parser's events."""

    def __init__(self, text: str, events: Iterator[Any]) -> None:
        self.text = text
        self.events = events
        self.anchors: dict[str, Node] = {}

    def node(self, event: Any) -> Node:
        """The node that begins with an event."""
        start, end, anchor = event.start_mark.index, event.end_mark.index, event.anchor
        if isinstance(event, yaml.AliasEvent):
            return Alias(start, end, None, anchor, self.anchors[anchor])
        if isinstance(event, yaml.ScalarEvent):
            plain = event.implicit[0]
            text = None if plain and event.value in _NOTHING else event.value
            return self._known(Scalar(start, self._content(start, end), anchor, text, plain))
        return self._known(self._collection(event))

    def _collection(self, event: Any) -> Node:
        node: Items | Branch
        start, anchor, flow = event.start_mark.index, event.anchor, event.flow_style
        if isinstance(event, yaml.SequenceStartEvent):
            node = Items(start, start, anchor, flow)
            while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
                node.items.append(self.node(event))
        else:
            node = Branch(start, start, anchor, flow)
            while not isinstance(event := next(self.events), yaml.MappingEndEvent):
                key = self.node(event)
                value = self.node(next(self.events))
                node.pairs.append((_name(key), value))
        node.end = event.end_mark.index if flow else node.parts[-1].end
        return node

    def _known(self, node: Node) -> Node:
        if node.anchor is not None:
            self.anchors[node.anchor] = node
        return node

    def _content(self, start: int, end: int) -> int:
        """Where a scalar's own text ends; the line breaks behind a block of text count with what follows."""
        return start + len(self.text[start:end].rstrip())


def _name(key: Node) -> Scalar:
    """A key, which is a text; an alias of one stands where the alias is."""
    if isinstance(key, Alias) and isinstance(key.target, Scalar):
        return Scalar(key.start, key.end, None, key.target.text, key.target.plain)
    assert isinstance(key, Scalar), "the keys of a topology are texts"
    return key


def in_flow(meaning: Data) -> str:
    """The meaning written on one line."""
    if meaning is None:
        return "null"
    if isinstance(meaning, dict):
        return "{" + ", ".join(f"{in_flow(name)}: {in_flow(value)}" for name, value in meaning.items()) + "}"
    if isinstance(meaning, list):
        return "[" + ", ".join(map(in_flow, meaning)) + "]"
    if meaning in _NOTHING or _PLAIN.fullmatch(meaning) is None:
        return _quoted(meaning)
    return meaning


def _quoted(text: str) -> str:
    import json

    written = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda mark: f"\\u{ord(mark[0]):04x}", written)
