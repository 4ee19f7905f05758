"""The terminal form: one screen that a reviewer can read at a glance and paste anywhere.

Words and figures say everything; colour only repeats it. It must not know whether there is a terminal.
"""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from capplan.checks.records import AlertState, Analysis, Objective, StateCheck
from capplan.prediction.records import ComponentPrediction, Prediction, RequestPrediction
from capplan.report import words
from capplan.report.canvas import FULL, PLAIN, Page, bar, cell, columns, draw, headed, heat
from capplan.report.digest import busiest, cost_parts, grouped_notes, largest_shares
from capplan.report.margins import Margins
from capplan.report.period_table import period_parts
from capplan.report.verdict import Word, bottleneck, judge

COMPONENTS_SHOWN = 40
OVERLOADS_SHOWN = 5
STATES_SHOWN = 8
NOTES_SHOWN = 8
STYLES: dict[Word, str] = {"OK": "bold green", "AT RISK": "bold yellow", "OVERLOADED": "bold red"}


def to_table(analysis: Analysis, page: Page = PLAIN) -> str:
    """The analysis as one screen of text."""
    return draw(sections(analysis, page), page)


def sections(analysis: Analysis, page: Page, margins: Margins | None = None) -> Iterator[RenderableType]:
    """The parts of the screen; with margins where the numbers were measured."""
    prediction = analysis.prediction
    yield _headline(analysis)
    yield _load(prediction, page)
    yield from _overloads(prediction)
    if prediction.metastable is not None and words.stormy(prediction.metastable, prediction.rate):
        yield headed("RETRY STORM", "bold red", words.storm(prediction.metastable, prediction.rate))
    yield from _components(prediction, page, margins)
    if prediction.requests:
        yield _below(requests_table(prediction, page, margins))
    if any(request.breakdown for request in prediction.requests.values()):
        yield _below(_time(prediction, page))
    if analysis.slos:
        yield _below(_slos(analysis.slos, page))
    if analysis.alerts:
        yield _below(_alerts(analysis.alerts, page))
    if analysis.states:
        yield _below(_states(analysis.states, page))
    yield _below(_cost(prediction))
    if analysis.period is not None:
        yield from map(_below, period_parts(analysis.period, page))
    yield from _listed("NOTE", "bold cyan", grouped_notes(prediction.notes), NOTES_SHOWN)


def _below(content: RenderableType) -> RenderableType:
    return Group(Text(""), content)


def _listed(title: str, style: str, lines: list[str], most: int) -> Iterator[RenderableType]:
    """A line for each, as many as fit on one screen."""
    for line in lines[:most]:
        yield headed(title, style, line)
    if len(lines) > most:
        yield headed(title, style, f"and {len(lines) - most} more (--format markdown shows all)")


def _headline(analysis: Analysis) -> RenderableType:
    prediction = analysis.prediction
    verdict = judge(analysis)
    name = cell(prediction.topology or "Topology", "bold") + cell(f"  {prediction.file}", "dim")
    return Group(name, headed(verdict.word, STYLES[verdict.word], verdict.sentence))


def _load(prediction: Prediction, page: Page) -> RenderableType:
    capacity = prediction.capacity
    asked = words.rate(prediction.rate)
    if prediction.users is not None:
        asked = f"{words.users(prediction.users)}, {asked}"
    figures = [("load", asked), ("throughput", words.rate(prediction.throughput))]
    if capacity.max_rate is not None:
        limit = "" if page.narrow else f" ({bottleneck(capacity)})"
        figures.append(("capacity", f"{words.rate(capacity.max_rate)}{limit}"))
        figures.append(("headroom", words.fraction(capacity.headroom)))
    line = Text("")
    for name, figure in figures:
        line += Text(f"{name} ", "dim") + cell(figure, "bold") + Text("   ")
    if capacity.max_rate is not None and line.cell_len + page.bar <= page.width:
        line += bar(prediction.rate / capacity.max_rate if capacity.max_rate else FULL, page.bar)
    return _below(line)


def _overloads(prediction: Prediction) -> Iterator[RenderableType]:
    worst = sorted(prediction.overloads, key=lambda overload: -overload.utilisation)
    yield from _listed("OVER CAPACITY", "bold red", [words.excess(overload) for overload in worst], OVERLOADS_SHOWN)


def _components(prediction: Prediction, page: Page, margins: Margins | None) -> Iterator[RenderableType]:
    others = ["other resources"] if page.wide else []
    either = [] if margins is None else ["±"]
    headings = ["machines", "rate", "busiest", "", "used", *either, "wait", "p99", *either, *others]
    table = columns(page, "COMPONENT", *headings, right=("rate", "used", "wait", "p99"))
    shown = busiest(prediction.components.values(), COMPONENTS_SHOWN)
    for component in shown:
        row = _component(component, page, margins)
        table.add_row(*row, *([cell(_others(component), "dim")] if others else []))
    yield _below(table)
    hidden = len(prediction.components) - len(shown)
    if hidden:
        yield cell(f"and {hidden:,} less busy (--format markdown shows all)", "dim")


def _component(component: ComponentPrediction, page: Page, margins: Margins | None) -> list[Text]:
    used = words.hottest(component)
    usage = [cell(words.NONE), Text(""), Text("")]
    if used is not None:
        resource, value = used
        usage = [cell(resource), bar(value, page.bar), cell(words.part(value), heat(value))]
    return [
        cell(component.name),
        cell(words.machines(component).replace(" × ", "×") if page.narrow else words.machines(component)),
        cell(words.rate(component.rate)),
        *usage,
        *_margin(margins, "used", component.name),
        cell(words.mean(component.wait)),
        cell(words.percentile(component.latency, 0.99)),
        *_margin(margins, "visit", component.name),
    ]


def _margin(margins: Margins | None, figure: str, name: str) -> list[Text]:
    """A column of margins, where there are any."""
    return [] if margins is None else [cell(margins.of(figure, name), "dim")]


def _others(component: ComponentPrediction) -> str:
    used = words.hottest(component)
    return ", ".join(
        f"{resource} {words.part(value)}"
        for resource, value in component.utilisation.items()
        if value and used is not None and resource != used[0]
    )


def requests_table(prediction: Prediction, page: Page, margins: Margins | None) -> Table:
    """A line for each request class, and one for all of them."""
    figures, either = ("rate", "mean", "p50", "p95", "p99", "success"), [] if margins is None else ["±"]
    headings = ["rate", "mean", *either, "p50", "p95", "p99", *either, "success", *either]
    table = columns(page, "REQUEST", *headings, right=figures)
    for request in prediction.requests.values():
        table.add_row(*_request(request, margins))
    if len(prediction.requests) > 1:
        table.add_row(*_request(prediction.total, margins), style="bold")
    return table


def _request(request: RequestPrediction, margins: Margins | None) -> list[Text]:
    return [
        cell(request.name),
        cell(words.rate(request.rate)),
        cell(words.mean(request.latency)),
        *_margin(margins, "mean", request.name),
        *(cell(words.percentile(request.latency, level)) for level in (0.5, 0.95, 0.99)),
        *_margin(margins, "p99", request.name),
        cell(words.fraction(request.success_rate)),
        *_margin(margins, "success", request.name),
    ]


def _time(prediction: Prediction, page: Page) -> Table:
    table = columns(page, "REQUEST", "where its time goes")
    for request in filter(lambda request: request.breakdown, prediction.requests.values()):
        line = Text("")
        for name, part in largest_shares(request.breakdown, 5 if page.wide else 3):
            line += cell(f"{name} ") + Text("█" * max(1, round(part * page.bar)), "blue")
            line += Text(f" {words.part(part)}   ")
        table.add_row(cell(request.name), line)
    return table


def _slos(slos: tuple[Objective, ...], page: Page) -> Table:
    table = columns(page, "SLO", "objective", "value", "holds up to", "", right=("value",))
    for slo in slos:
        window = "" if slo.window is None else f"over {words.duration(slo.window)}"
        name = "" if slo.name == slo.metric else slo.name
        table.add_row(
            Text("met", "green") if slo.met else Text("MISSED", "bold red"),
            cell(words.promise(slo)),
            cell(words.of_metric(slo.metric, slo.value), "bold"),
            cell(words.holds_up_to(slo)),
            cell(", ".join(filter(None, (name, window))), "dim"),
        )
    return table


def _alerts(alerts: tuple[AlertState, ...], page: Page) -> Table:
    table = columns(page, "ALERT", "name", "fires when", "value", "fires from", "notifies within", right=("value",))
    for alert in alerts:
        table.add_row(
            Text("FIRING", "bold red") if alert.firing else Text("quiet", "green"),
            cell(alert.name),
            cell(words.condition(alert)),
            cell(words.of_metric(alert.metric, alert.value), "bold"),
            cell(words.fires_from(alert)),
            cell(words.notified_within(alert), "dim"),
        )
    return table


def _states(states: tuple[StateCheck, ...], page: Page) -> Table:
    """What does not hold in the states that resilience names, then those in which everything does."""
    table = columns(page, "STATE", "name", "what does not hold")
    lost = [state for state in states if not state.held]
    for state in lost[:STATES_SHOWN]:
        table.add_row(Text("MISSED", "bold red"), cell(state.state), cell(words.shortcomings(state)))
    if len(lost) > STATES_SHOWN:
        table.add_row("", cell(f"and {len(lost) - STATES_SHOWN} more (--format markdown shows all)", "dim"), "")
    held = [state.state for state in states if state.held]
    if held:
        table.add_row(Text("held", "green"), cell(words.listed(held)), "")
    return table


def _cost(prediction: Prediction) -> Text:
    cost = prediction.cost
    title = Text("COST  ", "bold cyan")
    if cost.month is None or cost.hour is None:
        return title + Text("no price is known", "dim")
    parts = ", ".join(f"{name} {words.part(part)}" for name, part in cost_parts(prediction.components.values()))
    total = f"{words.money(cost.month, cost.currency)} a month ({words.money(cost.hour, cost.currency)} an hour)"
    return title + cell(total) + cell(f"  {parts}", "dim")
