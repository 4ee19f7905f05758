"""The theory pages tell of every method and caveat that results cite, and their examples run."""

import ast
import doctest
import inspect
import re
from dataclasses import fields
from pathlib import Path

import pytest

import capplan
from capplan.prediction import workings
from capplan.queueing import caveats
from capplan.queueing.balancing import Policy
from capplan.queueing.measured_errors import CAVEAT_ERRORS, LOSS_ERRORS, METHOD_ERRORS
from capplan.queueing.methods import CAVEATS, METHODS

PACKAGE = Path(capplan.__file__).parent
DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted((DOCS / "theory").glob("*.md"))
THEORY = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
EXPLAINED = [
    *PAGES,
    *(DOCS / name for name in ("index.md", "choosing-a-solver.md", "vocabulary.md", "architecture.md")),
]
CODE = re.compile(r"[a-z]+(-[a-z]+)*")


def texts(node: ast.AST) -> set[str]:
    """The texts that stand in a piece of code."""
    constants = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    return {constant for constant in constants if isinstance(constant, str)}


def returned() -> set[str]:
    """The codes of methods that a working may return."""
    tree = ast.parse(inspect.getsource(workings._method))
    return {text for node in ast.walk(tree) if isinstance(node, ast.Return) for text in texts(node)}


def cited(name: str) -> set[str]:
    """The codes that the package's comments and docstrings look up in a registry."""
    sources = (file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.py"))
    return {code for source in sources for code in re.findall(rf'{name}\s*\[\s*"([a-z-]+)"\s*\]', source)}


def doubted() -> set[str]:
    """The codes of every doubt that `caveats` may raise."""
    tree = ast.parse(inspect.getsource(caveats))
    doubts = [part for part in ast.walk(tree) if isinstance(part, ast.Call) and ast.unparse(part.func) == "Doubt"]
    bare = [
        part.value for part in ast.walk(tree) if isinstance(part, ast.Yield) and isinstance(part.value, ast.Constant)
    ]
    return {text for node in (*doubts, *bare) for text in texts(node)}


def test_every_method_of_a_wait_has_its_greatest_errors_as_numbers() -> None:
    assert returned() - {"saturation"} <= set(METHOD_ERRORS)
    assert set(METHOD_ERRORS) - {"shared-replicas"} <= set(METHODS)
    assert set(CAVEAT_ERRORS) <= set(CAVEATS)
    assert set(LOSS_ERRORS) - {"budgets"} <= set(METHODS) | set(CAVEATS)


def links(page: Path) -> list[tuple[str, str]]:
    """(file, anchor) of every link to a page of our own; code aside."""
    prose = re.sub(r"```.*?```|`[^`]*`", "code", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", prose)
    return [(link, anchor) for link, anchor in found if "://" not in link]


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings get."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_method_that_a_working_names_is_listed() -> None:
    named = returned() | set(workings._BY_POLICY.values())
    assert {"mmc", "mgc", "ggc", "saturation", "round-robin"} <= named
    assert named <= set(METHODS)


def test_every_policy_has_its_method() -> None:
    assert set(workings._BY_POLICY) == set(Policy)


def test_every_method_that_the_code_cites_is_listed() -> None:
    assert cited("METHODS") <= set(METHODS)
    assert cited("CAVEATS") <= set(CAVEATS)


def test_every_doubt_has_its_caveat() -> None:
    assert len(doubted()) > 5
    assert doubted() == set(CAVEATS)


@pytest.mark.parametrize("code", METHODS)
def test_a_method_says_everything(code: str) -> None:
    assert CODE.fullmatch(code)
    for field in fields(METHODS[code]):
        text = getattr(METHODS[code], field.name)
        assert text == " ".join(text.split()) != "", f"{code}.{field.name}"


@pytest.mark.parametrize("code", METHODS)
def test_a_method_has_its_place_in_the_theory(code: str) -> None:
    pages = [page for page in PAGES if page.name != "index.md" and f"`{code}`" in page.read_text(encoding="utf-8")]
    assert pages


@pytest.mark.parametrize("code", CAVEATS)
def test_a_caveat_is_documented(code: str) -> None:
    assert f"| `{code}` |" in THEORY
    assert CAVEATS[code].message.endswith(".")
    assert CAVEATS[code].advice.endswith(".")


def test_every_note_of_the_index_exists() -> None:
    table = THEORY[THEORY.index("## Caveats") :].splitlines()
    listed = {match[1] for line in table if (match := re.match(r"\| `([a-z-]+)` \|", line))}
    assert listed == set(CAVEATS)


@pytest.mark.parametrize("page", EXPLAINED, ids=[page.stem for page in EXPLAINED])
def test_the_examples_of_a_page_run(page: Path) -> None:
    result = doctest.testfile(str(page), module_relative=False, optionflags=doctest.FAIL_FAST)
    assert result.failed == 0


@pytest.mark.parametrize("page", EXPLAINED, ids=[page.stem for page in EXPLAINED])
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    assert [link for link, _ in links(page) if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", EXPLAINED, ids=[page.stem for page in EXPLAINED])
def test_the_anchors_of_a_page_exist(page: Path) -> None:
    targets = [(page.parent / link if link else page, anchor) for link, anchor in links(page) if anchor]
    assert [anchor for target, anchor in targets if anchor not in anchors(target)] == []
