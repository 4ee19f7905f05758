"""A bar on standard error for searches that take longer than a second; nothing of it reaches a pipe or stays."""

import os
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from capplan.planning.wishes import Progress

PATIENCE = 1.0
INTERVAL = 0.1


class SearchBar:
    """Shows how far a search has come, once it takes longer than a second."""

    def __init__(self, clock: "Callable[[], float]", currency: str) -> None:
        self._clock = clock
        self._currency = currency
        self._next = clock() + PATIENCE
        self._welcome = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def tell(self, progress: "Progress") -> None:
        """Take note of how far the search has come."""
        now = self._clock()
        if not self._welcome or now < self._next:
            return
        from capplan.report.recommendation_digest import so_far

        self._next = now + INTERVAL
        said = so_far(progress, self._currency)
        if self._bar is None:
            self._bar = _bar()
            self._bar.add_task(said, total=1.0)
            self._bar.start()
        self._bar.update(0, completed=progress.spent, description=said)


def _bar() -> Any:
    """A bar, the part of the time that has been spent, and what has been found."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}", markup=False))
    return Progress(*columns, console=Console(stderr=True), transient=True)
