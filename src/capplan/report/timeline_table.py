"""The terminal form of a simulation with a timeline: the verdict, what happened, the metrics that moved as lines of
blocks, and who was hurt before anybody was told."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from capplan.checks.simulation import Simulation
from capplan.checks.timeline_records import Timeline
from capplan.report import words
from capplan.report.as_table import requests_table
from capplan.report.canvas import PLAIN, Page, cell, columns, draw, headed
from capplan.report.digest import grouped_notes
from capplan.report.margins import margins_of
from capplan.report.sparkline import marks, sparkline
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

HAPPENED_SHOWN, NOTES_SHOWN = 30, 8
STYLES = {"OK": "bold green", "DEGRADED": "bold red"}
KINDS = {"event": "bold", "alert": "yellow", "scale": "cyan", "deploy": "cyan", "replicas": "cyan"}
TEXTS = ("name", "objective", "fires when", "error budget")
SPARE = ("of the time", "first at", "pending")
"""Columns of texts, and those that a narrow page does without."""
FIGURE, LONGEST, LEAST = 9, 26, 12
"""Columns of a figure, of a metric's name at most, and of a line of blocks at least."""


def timeline_to_table(simulation: Simulation, timeline: Timeline, page: Page = PLAIN) -> str:
    """The simulation as one screen of text."""
    return draw(_parts(simulation, timeline, page), page)


def _parts(simulation: Simulation, timeline: Timeline, page: Page) -> Iterator[RenderableType]:
    prediction = simulation.simulated.prediction
    word, sentence = verdict(timeline)
    scenario = f"  scenario {timeline.scenario}" if timeline.scenario else ""
    yield cell(prediction.topology or "Topology", "bold") + cell(f"  {prediction.file}{scenario}", "dim")
    if timeline.description:
        yield cell(timeline.description, "dim")
    yield headed(word, STYLES[word], sentence)
    yield from _happened(timeline, page)
    yield _below(_series(timeline, page))
    harms = list(harm_rows(timeline))
    if harms:
        yield _below(_harms(harms, page))
    if timeline.slos:
        yield _below(_findings(page, "SLO", SLO_HEADINGS, slo_rows(timeline, simulation), ("MISSED", "held")))
    if timeline.alerts or timeline.quiet:
        yield _below(_findings(page, "ALERT", ALERT_HEADINGS, alert_rows(timeline, simulation), ("FIRED", "quiet")))
    once = simulation.simulated.run.replications == 1
    yield _below(requests_table(prediction, page, None if once else margins_of(simulation.simulated)))
    notes = grouped_notes(simulation.analysis.prediction.notes)
    yield from (headed("NOTE", "bold cyan", note) for note in notes[:NOTES_SHOWN])
    yield _below(headed("RUN", "bold cyan", story_sentence(timeline, simulation.simulated.run)))


def _below(content: RenderableType) -> RenderableType:
    return Group(Text(""), content)


def _happened(timeline: Timeline, page: Page) -> Iterator[RenderableType]:
    lines = happened(timeline)
    table = columns(page, "TIME", "", "what happened")
    table.columns[0].justify = "right"
    for moment in lines[:HAPPENED_SHOWN]:
        style = "bold red" if "FIRES" in moment.text else KINDS[moment.kind]
        table.add_row(cell(clock(moment.at)), cell(moment.kind, "dim"), cell(moment.text, style))
    if lines:
        yield _below(table)
    if len(lines) > HAPPENED_SHOWN:
        yield cell(f"and {len(lines) - HAPPENED_SHOWN} more (--format markdown shows all)", "dim")


def _series(timeline: Timeline, page: Page) -> Table:
    """Each metric with its least and highest value and a line of blocks; events are marked above."""
    shown = shown_series(timeline)
    longest = min(max(map(len, [*shown, "METRIC"])), LONGEST)
    room = max(page.width - longest - 3 * (FIGURE + page.gap) - page.gap, LEAST)
    above = marks((event.at / timeline.duration for event in timeline.events), len(timeline.time), room)
    above = _axis(timeline, len(above)) if not above.strip() else above
    table = columns(page, "METRIC", "least", "most", "last", above, right=("least", "most", "last"))
    table.columns[0].max_width = longest
    table.columns[-1].no_wrap = True
    for metric in shown:
        values = timeline.metrics[metric]
        known = [value for value in values if value is not None]
        least, most = min(known, default=None), max(known, default=None)
        figures = (words.of_metric(metric, value) for value in (least, most, values[-1]))
        line = sparkline(values, room, *ends(metric, values), worst_of(metric))
        table.add_row(cell(metric), *map(cell, figures), Text(line, "blue"))
    if timeline.events:
        table.add_row("", "", "", "", Text(_axis(timeline, len(above)), "dim"))
    return table


def _axis(timeline: Timeline, width: int) -> str:
    """The times at the two ends."""
    return f"{clock(0.0)}{clock(timeline.duration).rjust(max(width - len(clock(0.0)), 0))}"


def _harms(harms: list[tuple[str, Row]], page: Page) -> Table:
    shown = len(HARM_HEADINGS) if any(row.texts[-1] for _, row in harms) else -1
    table = columns(page, "FAILED", *HARM_HEADINGS[:shown], right=HARM_HEADINGS[:-1])
    for event, row in harms:
        table.add_row(cell(event, "bold" if row.bad else ""), *map(cell, row.texts[:shown]))
    return table


def _findings(page: Page, title: str, headings: tuple[str, ...], rows: Iterator[Row], said: tuple[str, str]) -> Table:
    bad, good = said
    shown = [index for index, heading in enumerate(headings) if not (page.narrow and heading in SPARE)]
    figures = [heading for heading in headings if heading not in TEXTS]
    table = columns(page, title, *(headings[index] for index in shown), right=figures)
    for row in rows:
        state = Text(bad, "bold red") if row.bad else Text(good, "green")
        table.add_row(state, *(cell(row.texts[index]) for index in shown))
    return table
