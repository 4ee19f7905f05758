"""The forms of a check: the faults of a topology, or that it has none and what it holds."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass

from capplan.errors import Problem
from capplan.report import words
from capplan.report.as_json import SCHEMA, number
from capplan.report.as_markdown import escaped, sentence, table

HEADER = ("file", "line", "column", "path", "what", "hint")


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a check found in a file.

    Attributes:
        holds: how many of each thing the topology holds, by the noun for one of them; empty where it has faults.
        rate: the workload's rate; None where it has faults, or users in place of a rate.
    """

    file: str
    problems: tuple[Problem, ...] = ()
    holds: tuple[tuple[str, int], ...] = ()
    rate: float | None = None

    @property
    def sound(self) -> bool:
        """Whether there is no fault."""
        return not self.problems


def summary(checked: Checked) -> str:
    """`topology.yaml: ok: 6 components, 2 requests, 200/s`, or the number of faults."""
    if not checked.sound:
        return f"{checked.file}: {words.count(len(checked.problems), 'fault')}"
    parts = [words.count(number_of, noun) for noun, number_of in checked.holds if number_of]
    rate = [] if checked.rate is None else [words.rate(checked.rate)]
    return f"{checked.file}: ok: {', '.join([*parts, *rate])}"


def to_text(checked: Checked) -> str:
    """The faults with their source lines, or one line that says what is there."""
    return "".join(f"{line}\n" for line in (*map(str, checked.problems), summary(checked)))


def to_json(checked: Checked) -> str:
    """The same as a JSON object whose `problems` is a list."""
    result = {
        "schema": SCHEMA,
        "file": checked.file,
        "ok": checked.sound,
        "rate": number(checked.rate),
        "holds": {f"{noun}s": count for noun, count in checked.holds},
        "problems": [
            {
                "file": problem.file,
                "line": problem.line,
                "column": problem.column,
                "path": str(problem.route),
                "what": problem.what,
                "hint": problem.hint,
                "source": problem.source,
            }
            for problem in checked.problems
        ],
    }
    return json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_markdown(checked: Checked) -> str:
    """The faults as a table, for a comment on a pull request."""
    if checked.sound:
        return f"{escaped(summary(checked))}\n"
    rows = [
        (escaped(problem.position), escaped(str(problem.route)), sentence(problem.what), sentence(problem.hint))
        for problem in checked.problems
    ]
    return (
        f"**{escaped(summary(checked))}**\n\n{table(('where', 'path', 'what is wrong', 'what would be right'), rows)}\n"
    )


def to_csv(checked: Checked) -> str:
    """The faults, a row each."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for problem in checked.problems:
        writer.writerow((problem.file, problem.line, problem.column, str(problem.route), problem.what, problem.hint))
    return text.getvalue()


PROBLEM_FORMATS: dict[str, Callable[[Checked], str]] = {
    "table": to_text,
    "json": to_json,
    "markdown": to_markdown,
    "csv": to_csv,
}
