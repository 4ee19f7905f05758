"""The Markdown sections of a timeline: everything that happened, the metrics, the failures, objectives and alerts."""

from collections.abc import Iterator

from capplan.checks.simulation import Simulation
from capplan.checks.timeline_records import Timeline
from capplan.report import words
from capplan.report.as_markdown import escaped, table
from capplan.report.sparkline import sparkline
from capplan.report.timeline_digest import (
    ALERT_HEADINGS,
    HARM_HEADINGS,
    SLO_HEADINGS,
    Row,
    alert_rows,
    clock,
    ends,
    happened,
    harm_rows,
    shown_series,
    slo_rows,
    story_sentence,
    verdict,
    worst_of,
)

BLOCKS = 60
"""Columns of a line of blocks."""


def timeline_blocks(simulation: Simulation, timeline: Timeline) -> Iterator[str]:
    """The sections, one after the other."""
    word, sentence = verdict(timeline)
    yield "## Timeline"
    if timeline.description:
        yield escaped(timeline.description)
    yield f"**{word}**: {escaped(sentence)}"
    yield escaped(story_sentence(timeline, simulation.simulated.run))
    if lines := happened(timeline):
        rows = ((clock(moment.at), moment.kind, escaped(moment.text)) for moment in lines)
        yield table(("time", "kind", "what happened"), rows, right=("time",))
    yield "### Metrics over time"
    yield table(("metric", "least", "most", "last", "over time"), _series(timeline), right=("least", "most", "last"))
    if harms := list(harm_rows(timeline)):
        yield "### Who was hurt before anybody was told"
        hurt = ((escaped(event), *map(escaped, row.texts)) for event, row in harms)
        yield table(("after", *HARM_HEADINGS), hurt, right=HARM_HEADINGS[:-1])
    if timeline.slos:
        yield "### SLOs over time"
        yield table(("SLO", *SLO_HEADINGS), _states(slo_rows(timeline, simulation), "**MISSED**", "held"))
    if timeline.alerts or timeline.quiet:
        yield "### Alerts over time"
        yield table(("alert", *ALERT_HEADINGS), _states(alert_rows(timeline, simulation), "**FIRED**", "quiet"))


def _series(timeline: Timeline) -> Iterator[tuple[str, ...]]:
    for metric in shown_series(timeline):
        values = timeline.metrics[metric]
        known = [value for value in values if value is not None]
        figures = (min(known, default=None), max(known, default=None), values[-1])
        line = sparkline(values, BLOCKS, *ends(metric, values), worst_of(metric))
        yield (escaped(metric), *(words.of_metric(metric, value) for value in figures), line)


def _states(rows: Iterator[Row], bad: str, good: str) -> Iterator[tuple[str, ...]]:
    for row in rows:
        yield (bad if row.bad else good, *map(escaped, row.texts))
