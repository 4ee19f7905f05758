"""The pages for users: their topologies pass the check and stand on the page as they are, their figures are current."""

import re
from pathlib import Path

import figures
import pytest

import capplan

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
EXAMPLES = sorted((DOCS / "how-to" / "examples").glob("*.yaml"))
PAGES = [README, *sorted(DOCS.rglob("*.md"))]
CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)(?P<file>[^)#\s]*)(?:#[^)\s]*)?\)")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_passes_the_check_and_stands_on_its_page(example: Path) -> None:
    capplan.read(example)
    assert _shows(DOCS / "how-to" / f"{example.stem}.md", example)


def test_every_how_to_page_has_an_example_and_stands_in_the_index() -> None:
    pages = {page.stem for page in (DOCS / "how-to").glob("*.md")} - {"index"}
    assert pages == {example.stem for example in EXAMPLES}
    index = (DOCS / "how-to" / "index.md").read_text(encoding="utf-8")
    assert all(f"({page}.md)" in index for page in pages)


@pytest.mark.parametrize("name", ["recipes-draft", "recipes"])
def test_the_tutorial_shows_its_files(name: str) -> None:
    assert _shows(DOCS / "tutorial.md", DOCS / "tutorial" / f"{name}.yaml")


def test_the_readme_shows_its_first_topology() -> None:
    assert _shows(README, ROOT / "topologies" / "hello.yaml")


@pytest.mark.parametrize(("name", "table"), [("tour", figures.tour), ("accuracy", figures.accuracy)])
def test_the_figures_of_the_readme_are_what_the_code_says(name: str, table: "figures.Table") -> None:
    assert figures.written(README.read_text(encoding="utf-8"), name) == table(), "run: python tests/docs/figures.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    prose = CODE.sub("", page.read_text(encoding="utf-8"))
    links = [link["file"] for link in LINK.finditer(prose) if link["file"]]
    assert [link for link in links if not (page.parent / link).exists()] == []


def _shows(page: Path, file: Path) -> bool:
    return f"```yaml\n{file.read_text(encoding='utf-8')}```" in page.read_text(encoding="utf-8")
