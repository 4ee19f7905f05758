"""The forms of a verification: those of an analysis, and each number beside the simulated one."""

import json
import math
from collections.abc import Callable, Iterator

from capplan.checks.verification_records import CONFIDENCE, Number, Verdict, Verification
from capplan.prediction.measured import Interval
from capplan.report import words
from capplan.report.as_csv import Row, figures_of, rows, rows_to_csv
from capplan.report.as_json import Json, number, to_dict
from capplan.report.as_markdown import escaped, sentence, table, to_markdown
from capplan.report.margins import half
from capplan.report.names import SI_UNITS, kind_of_metric
from capplan.report.simulation import run_sentence
from capplan.report.simulation_json import run_dict

HEADINGS = ("predicted", "simulated", "±", "difference", "stated error")
LARGEST = 3
"""So many refuted numbers are named in the first line."""


def verification_dict(verification: Verification, wall_seconds: float | None = None) -> Json:
    """The JSON result of `analyze` with a `verification` in it."""
    return to_dict(verification.analysis) | {"verification": _verification(verification, wall_seconds)}


def to_verification_json(verification: Verification, wall_seconds: float | None = None) -> str:
    """The result as indented JSON text."""
    result = verification_dict(verification, wall_seconds)
    return json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def verification_to_markdown(verification: Verification, wall_seconds: float | None = None) -> str:  # noqa: ARG001
    """The analysis as a Markdown document, then every number that was compared."""
    shown = ((escaped(one.metric), *figures(one), _said(one)) for one in verification.compared)
    blocks = [
        to_markdown(verification.analysis).rstrip("\n"),
        "## Verification",
        sentence(summary(verification)),
        table(("number", *HEADINGS, "verdict"), shown, right=HEADINGS),
        *map(sentence, remarks(verification)),
        escaped(run_sentence(verification.run)),
    ]
    return "\n\n".join(blocks) + "\n"


def verification_to_csv(verification: Verification, wall_seconds: float | None = None) -> str:
    """Every figure of the analysis, then of each number compared what was predicted and what was simulated."""
    return rows_to_csv(_rows(verification_dict(verification, wall_seconds)))


def summary(verification: Verification) -> str:
    """How many numbers agree, and the worst of those that are refuted."""
    refuted, compared = verification.refuted, len(verification.compared)
    agreeing, differing = (len(verification.judged(one)) for one in (Verdict.AGREES, Verdict.DIFFERS))
    if not compared:
        return "nothing could be compared: too little was seen"
    counts = [f"{agreeing} of {words.count(compared, 'number')} agree with the simulation"]
    if differing:
        counts.append(f"{differing} {'differs' if differing == 1 else 'differ'} by no more than the stated error")
    if refuted:
        worst = sorted(refuted, key=lambda one: -abs(one.relative_difference or 0.0))
        named = words.listed([one.metric for one in worst], LARGEST)
        counts.append(f"{len(refuted)} {'is' if len(refuted) == 1 else 'are'} refuted: {named}")
    return "; ".join(counts)


def remarks(verification: Verification) -> Iterator[str]:
    """What the intervals mean, and what was not compared."""
    compared, few = len(verification.compared), len(verification.judged(Verdict.TOO_FEW))
    yield f"± is half of an interval; all {compared} together cover the true numbers with {CONFIDENCE:.0%} confidence"
    if few:
        yield f"{words.count(few, 'number')} not compared: too few requests were seen (more: --requests)"
    yield from verification.remarks


def figures(one: Number) -> tuple[str, ...]:
    """What was predicted, what was simulated, its margin, the difference, and the error that is stated."""
    metric = one.metric
    margin = half(one.interval)
    known = margin is not None and math.isfinite(margin)
    return (
        words.of_metric(metric, one.predicted),
        words.of_metric(metric, one.simulated),
        words.of_metric(metric, float(f"{margin:.3g}")) if known else words.NONE,
        _difference(one),
        _stated(one),
    )


def _difference(one: Number) -> str:
    if one.metric.endswith(".success_rate"):
        return f"{100.0 * one.difference:+.2g} pt" if abs(one.difference) >= 1e-9 else "0 pt"
    relative = one.relative_difference
    return words.NONE if relative is None else f"{100.0 * relative:+.1f}%"


def _stated(one: Number) -> str:
    """The error that the methods own to; a dash where the number is exact."""
    if one.metric.endswith(".success_rate"):
        points = 100.0 * (one.claim[1] - one.predicted)
        return f"{points:.2g} pt" if points > 1e-4 else words.NONE
    part = one.claim[1] / one.predicted - 1.0 if one.predicted else 0.0
    part = part / (1.0 + part)
    return f"{100.0 * part:.2g}%" if part > 1e-6 else words.NONE


def _said(one: Number) -> str:
    verdict = "**REFUTED**" if one.verdict is Verdict.REFUTED else str(one.verdict)
    return f"{verdict} ({', '.join(one.caveats)})" if one.caveats and one.verdict is not Verdict.AGREES else verdict


def _verification(verification: Verification, wall_seconds: float | None) -> Json:
    counts = {str(verdict): len(verification.judged(verdict)) for verdict in Verdict}
    return {
        "confidence": CONFIDENCE,
        "compared": len(verification.compared),
        **counts,
        "numbers": [_number(one) for one in verification.numbers],
        "remarks": list(verification.remarks),
        "run": run_dict(verification.run, wall_seconds),
    }


def _number(one: Number) -> Json:
    return {
        "metric": one.metric,
        "predicted": number(one.predicted),
        "simulated": number(one.simulated),
        "interval": _interval(one.interval),
        "difference": number(one.difference),
        "relative_difference": number(one.relative_difference),
        "claim": _interval(one.claim),
        "caveats": list(one.caveats),
        "verdict": str(one.verdict),
    }


def _interval(interval: Interval) -> list[float | None]:
    """[low, high]; null for an end that is not known."""
    return [number(end) for end in interval]


def _rows(result: Json) -> Iterator[Row]:
    verification = result.pop("verification")
    yield from rows(result)
    for one in verification["numbers"]:
        unit = SI_UNITS[kind_of_metric(one["metric"])]
        ends = {f"{name}.{end}": value for name in ("interval", "claim") for end, value in _ends(one[name])}
        parts = {"predicted": one["predicted"], "simulated": one["simulated"], "difference": one["difference"], **ends}
        for scope, subject, figure, value, _ in figures_of("verification", one["metric"], parts):
            yield (scope, subject, figure, value, unit)
        yield ("verification", one["metric"], "verdict", one["verdict"], "")
    yield from figures_of("run", result["topology"]["name"], verification["run"])


def _ends(interval: list[float | None]) -> Iterator[tuple[str, float | None]]:
    yield from zip(("low", "high"), interval, strict=True)


VERIFICATION_FORMATS: dict[str, Callable[[Verification, float | None], str]] = {
    "json": to_verification_json,
    "markdown": verification_to_markdown,
    "csv": verification_to_csv,
}
"""By the name of the form; `verification_table` has that of the terminal."""
