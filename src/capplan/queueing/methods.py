"""Each method of the solver with its formula, source, domain and measured error: the one list that results and docs
cite."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """A formula as the reader of a report needs it.

    Attributes:
        title: the method's name in the field.
        formula: the formula in the paper's symbols.
        symbols: what each symbol means, with its unit.
        source: where it is from; "own" where it was derived for this solver.
        domain: where it holds.
        error: what was measured against simulation.
    """

    title: str
    formula: str
    symbols: str
    source: str
    domain: str
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Caveat:
    """A region where a method is outside its measured range: the sentence the reader sees, and what to do."""

    message: str
    advice: str


METHODS: dict[str, Method] = {}
CAVEATS: dict[str, Caveat] = {}
