"""The options of `simulate` that ask for a timeline, and what is done about them."""

from time import monotonic
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from capplan.cli.pictures import PanelPainter, panel_painter, save
from capplan.cli.terminal import complain
from capplan.errors import BadOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capplan.checks.simulation import Simulation
    from capplan.checks.staging import Asked
    from capplan.simulation.replications import Mapper
    from capplan.topology import Topology

TimelineOption = Annotated[
    str | None,
    typer.Option("--timeline", metavar="STEP", help="Tell a story, in steps of e.g. 60s; a round length unless said."),
]
EventOption = Annotated[
    list[str] | None,
    typer.Option(
        "--event",
        metavar="EVENT",
        help='What happens, e.g. "api replica down at 10m for 5m"; repeatable.',
    ),
]
ScenarioOption = Annotated[
    str | None, typer.Option("--scenario", metavar="NAME", help="A story of the topology's `scenarios`.")
]
DurationOption = Annotated[
    str | None,
    typer.Option(
        "--duration",
        metavar="TIME",
        help="Of the story, e.g. 2h; else the scenario's own, until 10m after the last event, or 1h.",
    ),
]
ReplicationsOption = Annotated[
    int | None,
    typer.Option("--replications", metavar="N", help="How often the story is played; the timeline is the first one's."),
]
PlotOption = Annotated[
    str | None,
    typer.Option("--plot", metavar="FILE", help="Draw the story as well: FILE.svg or FILE.png."),
]


class Lines(NamedTuple):
    """The options that make a timeline, as they were typed."""

    timeline: str | None
    events: "Sequence[str]"
    scenario: str | None
    duration: str | None
    replications: int | None
    plot: str | None

    @property
    def wanted(self) -> bool:
        """Whether a timeline is asked for."""
        return self.timeline is not None or bool(self.events) or self.scenario is not None or self.duration is not None

    def checked(self, requests: int | None, precision: str | None) -> "Lines":
        """The same, if the options go together."""
        alone = (("--replications", self.replications), ("--plot", self.plot))
        for option, value in alone:
            if value is not None and not self.wanted:
                raise BadOption(f"{option}: there is no timeline; --timeline 60s, --event or --scenario beside it")
        for option, asked in (("--requests", requests), ("--precision", precision)):
            if asked is not None and self.wanted:
                raise BadOption(f"{option}: a timeline is as long as its story; --duration, or --replications")
        if self.replications is not None and self.replications < 1:
            raise BadOption(f"--replications: {self.replications} are none; 1 or more")
        return self

    def painter(self) -> PanelPainter | None:
        """What draws the picture that is asked for."""
        return None if self.plot is None else panel_painter(self.plot)

    def asked(self, seed: int) -> "Asked":
        """What shall be played."""
        from capplan.checks.staging import Asked
        from capplan.prediction.storied import Repeats

        return Asked(
            scenario=self.scenario,
            events=self.events,
            duration=_seconds("--duration", self.duration),
            step=_seconds("--timeline", self.timeline),
            repeats=Repeats(seed, self.replications or 1),
        )


def tell(topology: "Topology", rate: float | None, asked: "Asked", mapper: "Mapper") -> "Simulation":
    """Play what is asked for, with a bar on standard error; say before what will take long."""
    from capplan.checks.staging import stage
    from capplan.cli.simulation_bar import SimulationBar
    from capplan.prediction.storied import Watch
    from capplan.report.timeline_digest import warning

    staged = stage(topology, rate, asked)
    long = warning(staged.requests, staged.seconds)
    if long:
        complain(f"capplan simulate: {long}")
    with SimulationBar(monotonic) as bar:
        result = staged.tell(Watch(bar.tell_part, mapper))
    if result.timeline is not None and result.timeline.interrupted:
        complain("capplan simulate: stopped early; the result is of what had been told")
    return result


def draw(result: "Simulation", plot: str | None, paint: PanelPainter | None) -> None:
    """Write the picture that is asked for."""
    if plot is None or paint is None or result.timeline is None:
        return
    from capplan.report.timeline_chart import charts_of, title_of

    save(plot, paint(charts_of(result.timeline), title_of(result, result.timeline)))


def _seconds(option: str, text: str | None) -> float | None:
    """The time that an option says."""
    from capplan.units import DURATION, UnitError, parse

    if text is None:
        return None
    try:
        seconds = float(parse(text, DURATION))
    except UnitError as error:
        raise BadOption(f"{option}: {error}") from None
    if seconds <= 0.0:
        raise BadOption(f"{option}: `{text}` is no time; more than 0, e.g. 60s")
    return seconds
