"""Two simulations on common random numbers as a comparison: the figures of both, and the margins of what differs."""

from collections.abc import Sequence
from typing import NamedTuple

from capplan.checks.simulation import simulation_of
from capplan.prediction.simulated import Measured
from capplan.prediction.simulated_pair import MeasuredPair
from capplan.report.as_json import to_dict
from capplan.studies.compare import compare
from capplan.studies.paired import margins
from capplan.studies.records import Difference, Result
from capplan.studies.results import read_result


class Source(NamedTuple):
    """Where a topology comes from: its file, and what was changed in it."""

    file: str
    settings: Sequence[str] = ()


def simulated_difference(pair: MeasuredPair, before: Source, after: Source) -> Difference:
    """What differs between two topologies that were played out, and what of it may be noise."""
    first, second = _result(pair.before, before), _result(pair.after, after)
    return compare(first, second, margins=margins(pair, first, second), runs=(pair.before.run, pair.after.run))


def _result(measured: Measured, source: Source) -> Result:
    return read_result(to_dict(simulation_of(measured).analysis), source.file, source.settings)
