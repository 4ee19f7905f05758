"""How the tests run capplan: in this process for most, in a process of its own where that is what matters."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from capplan.cli.app import run

HELLO = """\
version: 1
name: Hello [beta]
workload: {rate: 200/s}
components:
  lb:  {kind: balancer, policy: least_connections, forwards_to: app}
  app: {kind: server, replicas: 3, machine: {cores: 2}, time: 15ms, calls: {db: 2}}
  db:  {kind: database, machine: {cores: 8}, time: 3ms}
slos:
  - total.p99 < 200ms
alerts:
  - {name: app-cpu, when: app.cpu > 70%, for: 5m}
"""

FAULTY = HELLO.replace("time: 15ms", "time: 15").replace("kind: database", "kind: databse")


@dataclass(frozen=True)
class Ran:
    """What a run left behind."""

    code: int
    out: str
    err: str


class Shell:
    """A folder to run capplan in."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def capplan(self, *arguments: str) -> Ran:
        """Run a command in this process."""
        self._capsys.readouterr()
        code = run(arguments)
        written = self._capsys.readouterr()
        return Ran(code, written.out, written.err)

    def write(self, name: str, text: str) -> str:
        """Put a file into the folder; its name."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return name


def spawn(folder: Path, *arguments: str, stdin: str | None = None, **environment: str) -> Ran:
    """Run capplan in a process of its own, its output in pipes."""
    done = subprocess.run(
        [sys.executable, "-c", "from capplan.cli.app import main; main()", *arguments],
        cwd=folder,
        input=None if stdin is None else stdin.encode(),
        capture_output=True,
        env={**os.environ, **environment},
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def loaded_by(folder: Path, *arguments: str) -> set[str]:
    """The names of the top-level packages that a run of capplan imports."""
    report = (
        "import sys, atexit\n"
        "atexit.register(lambda: print(*{m.partition('.')[0] for m in sys.modules}, file=sys.stderr))\n"
        "from capplan.cli.app import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", report, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return set(done.stderr.splitlines()[-1].split())
