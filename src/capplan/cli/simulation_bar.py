"""A bar on standard error for simulations that take longer than a second: how far, how precise, how long still."""

import os
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from capplan.cli.terminal import complain

if TYPE_CHECKING:
    from collections.abc import Callable

    from capplan.simulation.replications import Outlook

PATIENCE = 1.0


class SimulationBar:
    """Shows how far a simulation has come, once it takes longer than a second."""

    def __init__(self, clock: "Callable[[], float]") -> None:
        self._clock = clock
        self._start = clock()
        self._welcome = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        if kind is KeyboardInterrupt:
            complain("capplan: stopped before anything was counted; there is no result")

    def tell(self, outlook: "Outlook") -> None:
        """Take note of a replication that is done."""
        if self._wanted():
            from capplan.report.simulation import outlook_sentence

            self._show(outlook.done, outlook.planned, outlook_sentence(outlook))

    def tell_part(self, part: float) -> None:
        """Take note of how much of a story has been told, from 0 to 1."""
        if self._wanted():
            self._show(part, 1.0, "of the story")

    def _wanted(self) -> bool:
        return self._welcome and self._clock() - self._start >= PATIENCE

    def _show(self, done: float, planned: float, said: str) -> None:
        if self._bar is None:
            self._bar = _bar()
            self._bar.add_task(said, total=planned)
            self._bar.start()
        self._bar.update(0, completed=done, total=planned, description=said)


def _bar() -> Any:
    """A bar, the part that is done, the time left, and how precise the p99 is so far."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)
