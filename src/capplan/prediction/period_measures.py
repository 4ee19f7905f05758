"""What is measured of a period, by the user's names: of each of its steps, and of all requests that come in it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from capplan.prediction.measures import REQUEST, RUN, TIME, TOTAL, Measure, Name, Numbers
from capplan.simulation.periods import Counted
from capplan.simulation.replications import Figures
from capplan.simulation.runs import ERROR, SERVED
from capplan.simulation.sketches import Sketch, together, weighted
from capplan.simulation.times import sketched
from capplan.simulation.windows import Window


def at_step(name: Name, step: int) -> str:
    """The key of a figure in one step."""
    return f"{step}\0{name.key}"


@dataclass(frozen=True)
class PeriodMeasure:
    """Takes the figures of a period from the windows of a replication; it can be sent to another process.

    Attributes:
        measure: of each step: of requests, and of the components that someone asks for.
        length: of each step (s).
        steps: how many there are.
    """

    measure: Measure
    length: float
    steps: int

    def __call__(self, counted: Counted) -> Figures:
        """The figures of each step by their keys and its number, those of the period by the keys of their names."""
        numbers, samples = dict[str, float](), dict[str, Sketch]()
        windows = [[window for portion, window in counted if portion.step == step] for step in range(self.steps)]
        for step, own in enumerate(windows):
            found = _together([self.measure(window) for window in own])
            numbers |= {f"{step}\0{key}": value for key, value in found.numbers.items()}
            samples |= {f"{step}\0{key}": sample for key, sample in found.samples.items()}
        for subject, streams in self.measure.streams.items():
            numbers |= {Name(REQUEST, subject, key).key: value for key, value in self._over(windows, streams).items()}
            times = self._times(windows, streams)
            if times is not None:
                key = Name(REQUEST, subject, TIME).key
                samples[key] = times
                numbers[key] = times.mean
        numbers |= {Name(RUN, TOTAL, key).key: value for key, value in self._run(counted).items()}
        return Figures(numbers, samples)

    def _weighed(self, windows: Sequence[Sequence[Window]]) -> Iterator[tuple[float, Window]]:
        """Each window with the number of times that its step is longer than all that was counted of it."""
        for own in windows:
            whole = sum(window.seconds for window in own)
            yield from ((self.length / whole, window) for window in own)

    def _over(self, windows: Sequence[Sequence[Window]], streams: Iterable[int]) -> Numbers:
        """The numbers of some streams over the period."""
        begun = ended = answered = served = repeats = 0.0
        for weight, window in self._weighed(windows):
            for stream in (window.streams[index] for index in streams):
                begun += weight * stream.begun
                repeats += weight * stream.repeats
                ended += weight * sum(len(times) for times in stream.times)
                answered += weight * sum(len(stream.times[ending]) for ending in (SERVED, ERROR))
                served += weight * len(stream.times[SERVED])
        span = self.length * self.steps
        found = {"rate": begun / span, "throughput": answered / span}
        return found | {"success": served / ended, "attempts": 1.0 + repeats / ended} if ended else found

    def _times(self, windows: Sequence[Sequence[Window]], streams: Iterable[int]) -> Sketch | None:
        """The latencies of some streams over the period; None where nothing was served."""
        parts = [
            weighted(sketched(window.streams[index].times[SERVED]), weight)
            for weight, window in self._weighed(windows)
            for index in streams
            if len(window.streams[index].times[SERVED])
        ]
        return together(parts) if parts else None

    def _run(self, counted: Counted) -> Numbers:
        requests = [
            sum(len(times) for index in self.measure.streams[TOTAL] for times in window.streams[index].times)
            for _, window in counted
        ]
        last = counted[-1][1]
        return {
            "requests": float(sum(requests)),
            "warmup": float(last.warmup - sum(requests[:-1])),
            "seconds": sum(window.seconds for _, window in counted),
            "events": float(sum(window.events for _, window in counted)),
        }


def _together(figures: Sequence[Figures]) -> Figures:
    """The figures of a step that was played several times, always as long."""
    if len(figures) == 1:
        return figures[0]
    names = dict.fromkeys(name for one in figures for name in one.numbers)
    numbers = {name: _mean([one.numbers[name] for one in figures if name in one.numbers]) for name in names}
    sampled = dict.fromkeys(name for one in figures for name in one.samples)
    samples: Mapping[str, Sketch] = {
        name: together([one.samples[name] for one in figures if name in one.samples]) for name in sampled
    }
    return Figures(numbers | {name: sample.mean for name, sample in samples.items()}, samples)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
