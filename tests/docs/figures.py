"""The README's tables of figures: what the tour's topologies take, and how far predictions were from simulation.

Run as a program (`python tests/docs/figures.py`), it writes what the code says now into the README.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import capplan
from capplan import units

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
Table = Callable[[], str]
MARKED = "<!-- {name} -->\n"
REGIMES = {
    (
        "pool",
        "hold",
        "threads",
        "pools",
        "nested",
    ): "slots held across calls: threads, connection pools, one in another",
    ("forkjoin",): "parallel calls, the slowest of 2 to 50",
}
FAILURES = {
    ("finite",): "full queues (M/G/c/K): part refused",
    ("rooms",): "full queues behind four balancing policies: part refused",
    ("retry",): "timeouts without repeats: part late",
}
QUESTIONS = {
    "01-one-server": "How far does one box carry?",
    "02-bigger-server": "Is the next size up worth its price?",
    "03-load-balanced": "Which is next, the application or the old box?",
    "04-separate-storage": "Which tier is next?",
    "05-operations": "Is the nearest limit one of ours? What do logs cost?",
    "06-caches-and-replicas": "How far may the hit ratio fall?",
    "07-two-continents": "What does the ocean cost in latency?",
    "08-microservice-shop": "Which of a dozen services is next?",
    "09-media-site": "Processors or network cards?",
    "10-pool-starved-shop": "Why do requests queue before an idle database?",
    "11-retry-storm": "Would an overload end by itself?",
    "12-intranet": "How many people does it carry?",
    "13-diurnal-week": "What does a quiet night cost?",
    "14-ticket-sale": "What happens on a bad day?",
}
MODELS = {
    ("mmc",): "single queues, exponential (M/M/c)",
    ("ggc",): "single queues, other distributions and bursty arrivals (G/G/c)",
    ("lb", "lb_holdout", "lb_skew"): "balanced replicas, five policies",
    ("path", "visits"): "paths of several queues, repeat visits",
    ("ps", "ps_lb"): "shared processors, alone and balanced",
    ("usl", "usl_lb", "usl_ps"): "cores that slow each other down",
    ("e2e",): "whole systems",
    ("closed",): "closed users",
}


def tour() -> str:
    """The table of the tour."""
    return table(("topology", "asks", "at", "SLOs hold up to", "is full at", "cost a month"), map(_stop, QUESTIONS))


def _stop(name: str) -> tuple[str, ...]:
    file = f"topologies/{name}.yaml"
    found = capplan.analyze(capplan.read(ROOT / file)).to_dict()
    capacity, bottleneck = found["capacity"], found["capacity"]["bottleneck"]
    return (
        f"[{name}]({file})",
        QUESTIONS[name],
        units.format_rate(found["rate"]) if found["users"] is None else f"{found['users']:,.0f} users",
        _first_to_fall(found["slos"]),
        f"{units.format_rate(capacity['max_rate'])}: {bottleneck['component']} {bottleneck['resource']}",
        units.format_money(found["cost"]["month"], found["cost"]["currency"]),
    )


def _first_to_fall(slos: list[Mapping[str, Any]]) -> str:
    counted = any(slo["holds_until_users"] is not None for slo in slos)
    key = "holds_until_users" if counted else "holds_until_rate"
    falling = [slo for slo in slos if slo[key] is not None]
    if not falling:
        return "any rate"
    first = min(falling, key=lambda slo: float(slo[key]))
    most = f"{first[key]:,.0f} users" if counted else units.format_rate(first[key])
    return f"{most}: {first['metric']}"


def accuracy() -> str:
    """The table of errors of the 99th percentile against simulation."""
    return table(("what", "cases", "p99 off by, mean", "at most"), chain(_errors(), _regimes()))


def _errors() -> Iterator[tuple[str, ...]]:
    sys.path.append(str(ROOT / "tests" / "agreement"))
    from simulated_cases import LEVELS, cases

    p99 = LEVELS.index(0.99)
    every = [(case.model, abs(case.percentiles()[1][p99] / case.truth["p99"] - 1.0)) for case in cases()]
    for models, title in MODELS.items():
        errors = [error for model, error in every if model in models]
        yield title, str(len(errors)), f"{sum(errors) / len(errors):.1%}", f"{max(errors):.1%}"


def _regimes() -> Iterator[tuple[str, ...]]:
    """Rows of held slots and forks; of refusals and timeouts, whose failures are off by points."""
    from regime_cases import LEVELS, failed, percentiles, regime_cases

    every, p99 = regime_cases(), LEVELS.index(0.99)
    for models, title in REGIMES.items():
        of = [case for case in every if case.model in models]
        errors = [abs(percentiles(case.solved())[p99] / case.truth["p99"] - 1.0) for case in of]
        yield title, str(len(of)), f"{sum(errors) / len(errors):.1%}", f"{max(errors):.1%}"
    for models, title in FAILURES.items():
        of = [case for case in every if case.model in models and (case.model != "retry" or case.worst < 1.0)]
        errors = [100.0 * abs(failed(case.solved()) - case.truth["failed"]) for case in of]
        yield title, str(len(of)), f"{sum(errors) / len(errors):.1f} points", f"{max(errors):.1f} points"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ("---",) * len(head), *rows))


def written(page: str, name: str) -> str:
    """The table that follows a marker on a page."""
    found = re.search(re.escape(MARKED.format(name=name)) + r"((?:\|.*\n)*)", page)
    if found is None:
        raise LookupError(f"there is no <!-- {name} --> on the page")
    return found[1]


def main() -> None:
    """Write the tables into the README."""
    page = README.read_text(encoding="utf-8")
    for name, table in (("tour", tour()), ("accuracy", accuracy())):
        marker = MARKED.format(name=name)
        page = page.replace(marker + written(page, name), marker + table)
    README.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
