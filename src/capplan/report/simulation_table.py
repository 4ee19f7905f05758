"""The terminal form of a simulation: the screen of an analysis with the margins of the numbers, and the run."""

from rich.console import Group
from rich.text import Text

from capplan.checks.simulation import Simulation
from capplan.report.as_table import sections
from capplan.report.canvas import PLAIN, Page, draw, headed
from capplan.report.margins import margins_of
from capplan.report.simulation import period_sentence, run_sentence
from capplan.report.timeline_table import timeline_to_table


def simulation_to_table(simulation: Simulation, page: Page = PLAIN) -> str:
    """The simulation as one screen of text; one with a timeline has a screen of its own."""
    if simulation.timeline is not None:
        return timeline_to_table(simulation, simulation.timeline, page)
    run = [headed("RUN", "bold cyan", run_sentence(simulation.simulated.run))]
    if simulation.period is not None:
        run.append(headed("RUN", "bold cyan", period_sentence(simulation.period)))
    measured = sections(simulation.analysis, page, margins_of(simulation.simulated))
    return draw([*measured, Group(Text(""), *run)], page)
