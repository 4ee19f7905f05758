"""YAML text into a tree of mappings, lists and texts that remember where each key and value was written.

The text is read once, event by event, by libyaml's parser where it is present. Scalars stay text: what `1.5e3`, `010`
or `no` mean is for the field that reads them. Only an empty value, `null` and `~` are nothing. This module knows
YAML, and no topology.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import yaml

from capplan.errors import Problem, Route
from capplan.reading.nodes import Branch, Items, Mark, Source, Unreadable
from capplan.reading.syntax import explained

MAX_TEXT: Final = 10_000_000
MAX_NODES: Final = 500_000
MAX_DEPTH: Final = 60

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOTHING = ("", "~", "null", "Null", "NULL")
_MERGE = "<<"
_NEEDED = "a value; a topology begins with `workload` and `components`"
_CORE_TAGS = tuple(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))


class Document(NamedTuple):
    """A tree, the mark of its root, and the faults that did not end the reading (duplicate keys and the like)."""

    root: Any
    mark: Mark
    problems: list[tuple[Problem, Mark]]


def read_tree(text: str, source: Source, needed: str = _NEEDED) -> Document:
    """The one document of a text; `needed` says to whoever wrote nothing what would be right."""
    if len(text) > MAX_TEXT:
        raise Unreadable("the text is too large", f"at most {MAX_TEXT // 1_000_000} MB", None)
    loader = None
    try:
        loader = _LOADER(text)
        return _Composer(loader, source, needed).document()
    except yaml.YAMLError as error:
        raise explained(error, source) from None
    except UnicodeEncodeError:
        raise Unreadable("half a character stands in this text", "text that can be written as UTF-8", None) from None
    finally:
        if loader is not None:
            loader.dispose()


class _Composer:
    """Builds the tree of one document from the parser's events."""

    def __init__(self, loader: Any, source: Source, needed: str) -> None:
        self.loader = loader
        self.source = source
        self.needed = needed
        self.problems: list[tuple[Problem, Mark]] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open: set[str] = set()
        self.path: list[str | int] = []

    def document(self) -> Document:
        """The tree of the only document."""
        self.loader.get_event()
        event = self.loader.get_event()
        if isinstance(event, yaml.StreamEndEvent):
            raise Unreadable("there is nothing here", self.needed, self.mark(event))
        first = self.loader.get_event()
        root, _ = self.node(first)
        if root is None:
            raise Unreadable("there is nothing here", self.needed, self.mark(first))
        self.loader.get_event()
        more = self.loader.get_event()
        if not isinstance(more, yaml.StreamEndEvent):
            raise Unreadable(
                "a second document begins here", "one document a file: no `---` after the first", self.mark(more)
            )
        return Document(root, self.mark(first), self.problems)

    def mark(self, event: Any) -> Mark:
        """Where an event begins."""
        return Mark(self.source, event.start_mark.line, event.start_mark.column)

    def node(self, event: Any) -> tuple[Any, int]:
        """The tree that begins with this event, and its size with all aliases written out."""
        if getattr(event, "tag", None) is not None and event.tag not in (*_CORE_TAGS, "!"):
            self.problem(f"the tag `{event.tag}` means nothing here", "the value without its tag", event)
        if isinstance(event, yaml.ScalarEvent):
            value: Any = None if event.implicit[0] and event.value in _NOTHING else event.value
            self.anchor(event, value, 1)
            return value, 1
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        if len(self.path) >= MAX_DEPTH:
            raise Unreadable("this is nested too deeply", f"at most {MAX_DEPTH} levels", self.mark(event))
        if event.anchor is not None:
            self.open.add(event.anchor)
        value, size = self.sequence() if isinstance(event, yaml.SequenceStartEvent) else self.mapping()
        if size > MAX_NODES:
            what = "this is too much once its aliases are written out"
            raise Unreadable(what, f"at most {MAX_NODES:,} values", self.mark(event))
        self.anchor(event, value, size)
        return value, size

    def anchor(self, event: Any, value: Any, size: int) -> None:
        """Remember an anchored value."""
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, size)
            self.open.discard(event.anchor)

    def alias(self, event: Any) -> tuple[Any, int]:
        """The value that an alias stands for."""
        if event.anchor in self.open:
            raise Unreadable(
                f"`*{event.anchor}` stands within itself", "an alias of something that has ended", self.mark(event)
            )
        if event.anchor not in self.anchors:
            raise Unreadable(
                f"there is no anchor `&{event.anchor}` before this", "an anchor, then its aliases", self.mark(event)
            )
        return self.anchors[event.anchor]

    def sequence(self) -> tuple[Items, int]:
        """A list up to its end."""
        items, size = Items(), 1
        for event in self.events(yaml.SequenceEndEvent):
            self.path.append(len(items))
            value, weight = self.node(event)
            self.path.pop()
            items.put(value, self.mark(event))
            size += weight
        return items, size

    def mapping(self) -> tuple[Branch, int]:
        """A mapping up to its end; keys given outweigh keys merged in."""
        branch, size, merged = Branch(), 1, []
        for event in self.events(yaml.MappingEndEvent):
            key = self.key(event)
            value_event = self.loader.get_event()
            self.path.append(key or "?")
            value, weight = self.node(value_event)
            self.path.pop()
            size += weight + 1
            if key == _MERGE and event.implicit[0]:
                merged.append((value, value_event))
            elif key is not None and self.is_new(branch, key, event):
                branch.put(key, value, self.mark(event), self.mark(value_event))
        for value, value_event in merged:
            self.merge(branch, value, value_event)
        return branch, size

    def events(self, end: type) -> Iterator[Any]:
        """The events that begin the children of a collection."""
        while not isinstance(event := self.loader.get_event(), end):
            yield event

    def key(self, event: Any) -> str | None:
        """A key; None, and a fault, for one that is no text."""
        value, _ = self.node(event)
        if isinstance(value, str):
            return value
        self.problem("a key must be a text", "a name, then a colon", event)
        return None

    def is_new(self, branch: Branch, key: str, event: Any) -> bool:
        """Whether a key is there for the first time; if not, that is a fault."""
        if key not in branch:
            return True
        line = branch.keys_at[key].line + 1
        self.problem(f"`{key}` stands here for the second time (first in line {line})", "each key once", event, key)
        return False

    def merge(self, branch: Branch, value: Any, event: Any) -> None:
        """Fill in the keys of `<<`."""
        for part in value if isinstance(value, Items) else (value,):
            if not isinstance(part, Branch):
                self.problem("`<<` merges mappings", "an alias of a mapping, or a list of such", event, _MERGE)
                continue
            for key in [key for key in part if key not in branch]:
                branch.put(key, part[key], part.keys_at[key], part.values_at[key])

    def problem(self, what: str, hint: str, event: Any, *steps: str) -> None:
        """Note a fault that does not end the reading."""
        self.problems.append(
            (Problem(route=Route((*self.path, *steps)), what=what, hint=hint, at_key=True), self.mark(event))
        )
