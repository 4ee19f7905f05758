"""What is said about a method and about its limits: the records that the texts of the registry fill.

They know nothing of the methods themselves; the entries stand in `methods`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Method:
    """A formula as the reader of a report needs it.

    Attributes:
        title: the method's name in the field.
        formula: the formula in the paper's symbols.
        symbols: what each symbol means, with its unit.
        source: where it is from; "own" where it was derived for this solver.
        domain: where it holds.
        error: what was measured against simulation, or against an exact value.
    """

    title: str
    formula: str
    symbols: str
    source: str
    domain: str
    error: str


@dataclass(frozen=True, kw_only=True)
class Caveat:
    """A region where a method is outside its measured range: the sentence the reader sees, and what to do."""

    message: str
    advice: str
