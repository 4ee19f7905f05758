"""The forms of an explanation: text, JSON, Markdown and CSV. Plain text throughout, at home in any terminal."""

import csv
import io
import json
import textwrap
from collections.abc import Callable, Iterable

from capplan.checks.records import Analysis
from capplan.report.as_json import SCHEMA, Json, number
from capplan.report.as_markdown import escaped, sentence, table
from capplan.report.explanation import Explanation, Step, explanation_of
from capplan.report.words import plain

WIDTH = 100
LABEL = 12
Fact = tuple[str, str]

HEADER = ("subject", "on", "method", "symbol", "value")


def explain(analysis: Analysis, subject: str) -> str:
    """How the numbers of a component, a request, a note's code or a method's code came about, as text."""
    return to_text(explanation_of(analysis, subject))


def to_text(explanation: Explanation) -> str:
    """The explanation as paragraphs for a terminal."""
    blocks = [_block(f"{explanation.subject} ({explanation.kind})", explanation.facts)]
    met: set[str] = set()
    for step in explanation.steps:
        blocks.append(_block(_title(step), _values(step) if step.code in met else _step_facts(step)))
        met.add(step.code)
    blocks += [textwrap.fill(plain(remark), WIDTH) for remark in explanation.remarks]
    return "\n\n".join(blocks) + "\n"


def to_dict(explanation: Explanation) -> Json:
    """The explanation as plain dictionaries and lists."""
    return {
        "schema": SCHEMA,
        "subject": explanation.subject,
        "kind": explanation.kind,
        "facts": dict(explanation.facts),
        "steps": [_step_dict(step) for step in explanation.steps],
        "remarks": list(explanation.remarks),
    }


def to_json(explanation: Explanation) -> str:
    """The explanation as JSON text."""
    return json.dumps(to_dict(explanation), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_markdown(explanation: Explanation) -> str:
    """The explanation as a Markdown document."""
    blocks = [f"# {escaped(explanation.subject)} ({escaped(explanation.kind)})"]
    if explanation.facts:
        rows = [(escaped(label), escaped(text)) for label, text in explanation.facts]
        blocks.append(table(("figure", "value"), rows))
    for step in explanation.steps:
        blocks.append(f"## {escaped(_title(step))}")
        blocks.append(table(("", ""), [(label, escaped(text)) for label, text in _step_facts(step)]))
    blocks += [sentence(remark) for remark in explanation.remarks]
    return "\n\n".join(blocks) + "\n"


def to_csv(explanation: Explanation) -> str:
    """The value of each symbol, a row each."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for step in explanation.steps:
        for symbol, value in step.values.items():
            writer.writerow((explanation.subject, step.on, step.code, symbol, number(value)))
    return text.getvalue()


EXPLANATION_FORMATS: dict[str, Callable[[Explanation], str]] = {
    "table": to_text,
    "json": to_json,
    "markdown": to_markdown,
    "csv": to_csv,
}


def _title(step: Step) -> str:
    return f"{step.on}: {step.code}" if step.method is None else f"{step.on}: {step.method.title} [{step.code}]"


def _values(step: Step) -> list[Fact]:
    values = ", ".join(f"{symbol} = {value:.6g}" for symbol, value in step.values.items())
    return [("with", values)] if values else []


def _step_facts(step: Step) -> list[Fact]:
    method = step.method
    if method is None:
        return _values(step)
    return [
        ("formula", method.formula),
        *_values(step),
        ("symbols", method.symbols),
        ("holds for", method.domain),
        ("measured", method.error),
        ("source", method.source),
    ]


def _block(title: str, facts: Iterable[Fact]) -> str:
    """A title and, below it, a label before each text; what a text continues with stands below its beginning."""
    lines = [plain(title)]
    for label, text in facts:
        lead = f"  {plain(label):<{LABEL}} "
        lines.append(textwrap.fill(plain(text), WIDTH, initial_indent=lead, subsequent_indent=" " * (LABEL + 3)))
    return "\n".join(lines)


def _step_dict(step: Step) -> Json:
    method = step.method
    return {
        "on": step.on,
        "method": step.code,
        "values": {symbol: number(value) for symbol, value in step.values.items()},
        "title": None if method is None else method.title,
        "formula": None if method is None else method.formula,
        "symbols": None if method is None else method.symbols,
        "domain": None if method is None else method.domain,
        "error": None if method is None else method.error,
        "source": None if method is None else method.source,
    }
