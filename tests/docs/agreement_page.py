"""The tables of docs/theory/agreement.md: prediction against simulation, for the tour and for every simulated case.

Run as a program (`python tests/docs/agreement_page.py`), it simulates the tour again, a few minutes, and writes the
tables into the page, and every case into agreement.csv beside it. It says where a refuted number has no
reason yet. Names of topologies behind it: only these are simulated again.
"""

import csv
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from agreement_reasons import FAMILIES, REASONS
from figures import MARKED, ROOT, table, written

import capplan
from capplan.checks.verification_records import Number, Verdict, Verification
from capplan.report.verification import figures

PAGE = ROOT / "docs" / "theory" / "agreement.md"
CASES = PAGE.with_suffix(".csv")
TOUR = sorted(path.stem for path in (ROOT / "topologies").glob("*.yaml"))
USUAL = 200_000
REQUESTS = {
    "06-caches-and-replicas": 100_000,
    "07-two-continents": 100_000,
    "08-microservice-shop": 100_000,
    "09-media-site": 50_000,
}
"""Fewer where a request makes many visits, or the warm-up is long."""
SEED = 1
FIGURES = ("throughput", "success_rate", "mean", "p50", "p95", "p99")
HEADINGS = ("analytic", "simulated", "±", "difference", "stated error")
LEVELS = ("p50", "p95", "p99")
Row = tuple[str, ...]


def verified(name: str) -> Verification:
    """A topology of the tour, analysed and simulated."""
    topology = capplan.read(ROOT / "topologies" / f"{name}.yaml")
    return capplan.verify(topology, requests=REQUESTS.get(name, USUAL), seed=SEED)


def counts(name: str, found: Verification) -> Row:
    """How many numbers of a topology agree."""
    verdicts = (Verdict.AGREES, Verdict.DIFFERS, Verdict.REFUTED)
    return (
        f"[{name}](../../topologies/{name}.yaml)",
        f"{found.run.requests:,}",
        str(len(found.compared)),
        *(str(len(found.judged(verdict))) for verdict in verdicts),
    )


def totals(name: str, found: Verification) -> Iterator[Row]:
    """The figures of all its requests together."""
    numbers = {one.metric: one for one in found.compared}
    alone = next(iter(found.analysis.prediction.requests)) if len(found.analysis.prediction.requests) == 1 else "total"
    for figure in FIGURES:
        one = numbers.get(f"{alone}.{figure}")
        if one is not None:
            yield (name, figure, *figures(one), str(one.verdict))


def refutations(name: str, found: Verification) -> Iterator[Row]:
    """The numbers that are refuted, those of one reason in one row, the worst one shown."""
    by_reason: dict[str, list[Number]] = {}
    for one in found.refuted:
        by_reason.setdefault(_reason(name, one), []).append(one)
    for reason, numbers in by_reason.items():
        worst = max(numbers, key=lambda one: abs(one.relative_difference or 0.0))
        others = f" and {len(numbers) - 1} more" if len(numbers) > 1 else ""
        yield (name, f"{worst.metric}{others}", *figures(worst), reason)


def _reason(name: str, number: Number) -> str:
    found = REASONS.get((name, number.metric.rsplit(".p", 1)[0].removesuffix(".mean")))
    if found is None:
        print(f"{name}: {number.metric} has no reason", file=sys.stderr)
    return found or "not known"


class Compared(NamedTuple):
    """A figure of a simulated case; failures are in points, the others relative."""

    case: str
    family: str
    figure: str
    analytic: float
    simulated: float
    margin: float | None

    @property
    def error(self) -> float:
        """Of the analytic figure."""
        if self.figure == "failed":
            return self.analytic - self.simulated
        return self.analytic / self.simulated - 1.0


def compared() -> list[Compared]:
    """Every figure of every simulated case."""
    sys.path.append(str(ROOT / "tests" / "agreement"))
    return [*_queues(), *_regimes()]


def _queues() -> Iterator[Compared]:
    from simulated_cases import cases, closed_outcome

    for case in cases():
        mean, values = case.percentiles()
        found = {"mean": mean, **dict(zip(LEVELS, map(float, values), strict=True))}
        if case.model == "closed":
            found["throughput"] = float(closed_outcome(case.inputs).loads[0])
        truth = {**case.truth, "throughput": case.truth.get("X", 0.0)}
        for figure, value in found.items():
            yield Compared(case.name, case.model, figure, value, truth[figure], truth.get(f"{figure}_ci"))


def _regimes() -> Iterator[Compared]:
    from regime_cases import failed, percentiles, regime_cases

    for case in regime_cases():
        if case.model == "retry" and case.worst >= 1.0:
            both = [failed(case.solved(troubled=troubled)) for troubled in (False, True)]
            nearer = min(both, key=lambda value: abs(value - case.truth["failed"]))
            yield Compared(case.name, "storm", "failed", nearer, case.truth["failed"], case.truth.get("failed_ci"))
            continue
        solved = case.solved()
        found = {"mean": float(solved.stream(0).mean[0]), **dict(zip(LEVELS, percentiles(solved), strict=True))}
        found = {figure: float(value) for figure, value in found.items() if case.truth.get(figure, 0.0) > 0.0}
        if "failed" in case.truth:
            found["failed"] = failed(solved)
        for figure, value in found.items():
            yield Compared(case.name, case.model, figure, value, case.truth[figure], case.truth.get(f"{figure}_ci"))


def families(every: list[Compared]) -> Iterator[Row]:
    """Mean and greatest error of each figure, by family."""
    for family in dict.fromkeys(one.family for one in every):
        own = [one for one in every if one.family == family]
        cells = (_errors([one for one in own if one.figure == figure]) for figure in ("mean", *LEVELS, "failed"))
        yield (FAMILIES[family].title, str(len({one.case for one in own})), *cells)


def _errors(own: list[Compared]) -> str:
    if not own:
        return "–"
    errors = [abs(one.error) for one in own]
    unit = " pt" if own[0].figure == "failed" else "%"
    return f"{100.0 * sum(errors) / len(errors):.2g}{unit} / {100.0 * max(errors):.2g}{unit}"


def worst(every: list[Compared]) -> Iterator[Row]:
    """The case of each family whose p99, or what fails, is furthest off, and why."""
    for family in dict.fromkeys(one.family for one in every):
        figure = FAMILIES[family].figure
        one = max(
            (one for one in every if (one.family, one.figure) == (family, figure)), key=lambda one: abs(one.error)
        )
        unit, whole = (" pt", 1.0) if figure == "failed" else ("%", one.simulated)
        margin = "–" if one.margin is None else f"{100.0 * one.margin / whole:.1f}{unit}"
        shown = (f"{one.analytic:.4g}", f"{one.simulated:.4g}", margin, f"{100.0 * one.error:+.1f}{unit}")
        yield (FAMILIES[family].title, f"{one.case} {figure}", *shown, FAMILIES[family].reason)


def as_csv(every: list[Compared]) -> str:
    """All cases, a figure a row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("case", "family", "figure", "analytic", "simulated", "interval", "error"))
    for one in every:
        margin = "" if one.margin is None else f"{one.margin:.6g}"
        writer.writerow((*one[:3], f"{one.analytic:.6g}", f"{one.simulated:.6g}", margin, f"{one.error:.4g}"))
    return text.getvalue()


class Tour:
    """The tables of the tour: some topologies simulated again, the others' rows as they stand on the page."""

    def __init__(self, page: str, names: Sequence[str]) -> None:
        self._page, self._found = page, {name: verified(name) for name in names}

    def table(self, name: str, head: Row, rows_of: Callable[[str, Verification], Iterable[Row]]) -> str:
        """One of them."""
        lines = written(self._page, name).splitlines(keepends=True)[2:]
        every = []
        for topology in TOUR:
            if topology in self._found:
                every.append(table((), rows_of(topology, self._found[topology])).split("\n", 2)[2])
            else:
                every += [line for line in lines if line.startswith((f"| {topology} ", f"| [{topology}]"))]
        return table(head, ()) + "".join(every)


def tables(page: str, names: Sequence[str]) -> Mapping[str, str]:
    """Each table of the page."""
    tour, every = Tour(page, names), compared()
    CASES.write_text(as_csv(every), encoding="utf-8")
    head = ("topology", "requests", "numbers", "agree", "differ", "refuted")
    return {
        "tour": tour.table("tour", head, lambda *one: [counts(*one)]),
        "totals": tour.table("totals", ("topology", "figure", *HEADINGS, "verdict"), totals),
        "refuted": tour.table("refuted", ("topology", "number", *HEADINGS, "why"), refutations),
        "families": table(("what", "cases", "mean", *LEVELS, "failed"), families(every)),
        "worst": table(("what", "case", "analytic", "simulated", "±", "difference", "why"), worst(every)),
    }


def main() -> None:
    """Write the tables into the page."""
    page = PAGE.read_text(encoding="utf-8")
    for name, made in tables(page, sys.argv[1:] or TOUR).items():
        marker = MARKED.format(name=name)
        page = page.replace(marker + written(page, name), marker + made)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
