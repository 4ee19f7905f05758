"""The forms of a recommendation: for people, for pull requests, for programs and for spreadsheets."""

import csv
import io
from collections.abc import Callable, Iterator

from capplan.planning.records import Change, Plan
from capplan.report.advice import Advice
from capplan.report.as_markdown import escaped, sentence, table
from capplan.report.grids import Grid
from capplan.report.recommendation_digest import changes, judge, objectives, remarks, strategies
from capplan.report.recommendation_json import advice_dict
from capplan.report.recommendation_json import to_json as dumped

HEADER = (
    "strategy",
    "component",
    "replicas_from",
    "replicas_to",
    "machine_from",
    "machine_to",
    "readers_from",
    "readers_to",
    "cost_change_hour",
    "currency",
    "because",
)


def to_table(advice: Advice) -> str:
    """The recommendation on one screen."""
    from capplan.report.recommendation_table import to_table as drawn

    return drawn(advice)


def to_json(advice: Advice) -> str:
    """The recommendation as data; with a budget, what that carries."""
    return dumped(advice_dict(advice))


def to_markdown(advice: Advice) -> str:
    """The recommendation as GitHub tables, for a pull request."""
    return "\n\n".join(_blocks(advice)) + "\n"


def to_csv(advice: Advice) -> str:
    """The changes of the chosen plan, a row each."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    if advice.plan is not None:
        writer.writerows(_row(advice.plan, change, advice.currency) for change in advice.plan.changes)
    return text.getvalue()


def _row(plan: Plan, change: Change, currency: str) -> tuple[object, ...]:
    before, after = change.before, change.after
    return (
        plan.strategy,
        change.component,
        *(before.replicas, after.replicas),
        *(before.machine, after.machine),
        *(before.readers, after.readers),
        change.cost_change,
        currency,
        change.because,
    )


def _blocks(advice: Advice) -> Iterator[str]:
    word, said = judge(advice)
    yield f"# {escaped(advice.name or 'Topology')}"
    yield f"**{word}**: {escaped(said)}"
    asked, plan = advice.recommendation, advice.plan
    if asked is None:
        return
    yield "## Strategies"
    yield _grid(strategies(asked, advice.currency))
    if plan is None or plan.analysis is None:
        return
    if plan.changes:
        yield f"## Chosen: {plan.strategy}"
        yield _grid(changes(plan, advice.currency))
    compared = objectives(asked.current, plan.analysis, plan.uncertainty)
    if compared.rows:
        yield "## Objectives"
        yield _grid(compared)
    yield "\n".join(
        f"- **{word.capitalize()}**: {escaped(said)}" for word, said in remarks(asked, plan, advice.currency)
    )
    if plan.notes:
        yield "## Notes"
        yield "\n".join(f"- **{escaped(n.code)}** ({escaped(n.where)}): {sentence(n.message)}" for n in plan.notes)


def _grid(grid: Grid) -> str:
    rows = (tuple(map(escaped, row)) for row in grid.rows)
    return table((grid.title.lower(), *grid.headings), rows, right=grid.right)


PLAN_FORMATS: dict[str, Callable[[Advice], str]] = {
    "table": to_table,
    "json": to_json,
    "markdown": to_markdown,
    "csv": to_csv,
}
