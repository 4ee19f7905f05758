"""The transcripts of the documentation: every `$ capplan …` line in a fenced block prints what stands there.

Run as a program (`python tests/docs/transcripts.py`), it writes what the commands print now into the pages.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
BLOCK = re.compile(r"^```(?:console|text)?\n(?P<body>(?:.*\n)*?)```$", re.MULTILINE)
PROMPT = "$ "
CUT = "…\n"
"""A transcript that ends in this line shows only the beginning of what is printed."""


@dataclass(frozen=True)
class Transcript:
    """One command of a page and what the page says it prints."""

    page: Path
    line: int
    command: str
    printed: str

    @property
    def ours(self) -> bool:
        """Whether the command runs capplan; others (git, pip) are only shown."""
        return any(word == "capplan" for word in shlex.split(self.command)[:1]) or "| capplan" in self.command

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}: {self.command}"


def transcripts(page: Path) -> Iterator[Transcript]:
    """The commands of a page's fenced blocks, each with the lines after it."""
    text = page.read_text(encoding="utf-8")
    for block in BLOCK.finditer(text):
        start = text.count("\n", 0, block.start("body")) + 1
        yield from _commands(page, start, block["body"])


def _commands(page: Path, start: int, body: str) -> Iterator[Transcript]:
    command, line, printed = "", 0, ""
    for number, text in enumerate(body.splitlines(keepends=True), start):
        if text.startswith(PROMPT):
            if command:
                yield Transcript(page, line, command, printed)
            command, line, printed = text.removeprefix(PROMPT).rstrip("\n"), number, ""
        elif command:
            printed += text
    if command:
        yield Transcript(page, line, command, printed)


def run(transcript: Transcript) -> str:
    """What the command prints, standard error first, in the project's root at a width of 100 columns."""
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    done = subprocess.run(
        transcript.command, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    lines = (done.stderr + done.stdout).splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def agrees(transcript: Transcript, printed: str) -> bool:
    """Whether the page shows what is printed, or, ending in a cut, its beginning."""
    if transcript.printed.endswith(CUT):
        return printed.startswith(transcript.printed.removesuffix(CUT))
    return transcript.printed == printed


def _rewritten(transcript: Transcript, printed: str) -> str:
    if not transcript.printed.endswith(CUT):
        return printed
    return "".join(printed.splitlines(keepends=True)[: transcript.printed.count("\n") - 1]) + CUT


def main() -> None:
    """Write what the commands print now into the pages."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in transcripts(page):
            if found.ours:
                shown = f"{PROMPT}{found.command}\n"
                text = text.replace(shown + found.printed, shown + _rewritten(found, run(found)), 1)
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
