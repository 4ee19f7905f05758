"""Laws that hold for every topology, on small random ones drawn the same way in every run."""

from dataclasses import dataclass, replace

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given, settings
from prediction_cases import latency, predicted

from capplan.prediction.records import Prediction

TRIED = settings(derandomize=True, deadline=None, database=None, max_examples=25)


@dataclass(frozen=True)
class Part:
    """A component: mean time (ms), coefficient of variation, cores, replicas, and the calls to later ones."""

    time: float
    cv: float
    cores: int
    replicas: int
    calls: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Drawn:
    """A small topology: part 0 takes the requests; those behind it are called by some part before them."""

    parts: tuple[Part, ...]
    policy: str

    def text(self, *, scale: float = 1.0, backwards: bool = False) -> str:
        lines = [self._line(index, part, scale) for index, part in enumerate(self.parts)]
        lines.append(f"  lb: {{kind: balancer, policy: {self.policy}, forwards_to: p0}}")
        body = "\n".join(reversed(lines) if backwards else lines)
        return f"workload: {{rate: 1/s}}\nrequests: {{r: {{to: lb}}}}\ncomponents:\n{body}\n"

    @staticmethod
    def _line(index: int, part: Part, scale: float) -> str:
        dist = "dist: deterministic" if part.cv == 0.0 else f"cv: {part.cv}"
        time = f"{{mean: {part.time * scale:.9f}ms, {dist if part.cv != 1.0 else 'dist: exponential'}}}"
        calls = ", ".join(f"p{callee}: {number}" for callee, number in part.calls)
        return (
            f"  p{index}: {{kind: server, replicas: {part.replicas}, machine: {{cores: {part.cores}}}, "
            f"time: {time}, calls: {{{calls}}}}}"
        )

    def at(self, load: float) -> tuple[Prediction, float]:
        """Predicted at a part of its capacity."""
        most = predicted(self.text()).capacity.max_rate
        assert most is not None
        return predicted(self.text(), load * most), most


@st.composite
def topologies(draw: st.DrawFn, cvs: tuple[float, ...] = (0.0, 0.5, 1.0, 1.5)) -> Drawn:
    count = draw(st.integers(2, 4))
    called: dict[int, list[tuple[int, float]]] = {index: [] for index in range(count)}
    for callee in range(1, count):
        caller = draw(st.integers(0, callee - 1))
        called[caller].append((callee, draw(st.sampled_from([1.0, 2.0, 0.3, 1.5]))))
    parts = [
        Part(
            time=draw(st.sampled_from([0.5, 2.0, 7.0, 30.0])),
            cv=draw(st.sampled_from(cvs)),
            cores=draw(st.sampled_from([1, 2, 4])),
            replicas=draw(st.sampled_from([1, 1, 2, 3])),
            calls=tuple(called[index]),
        )
        for index in range(count)
    ]
    return Drawn(tuple(parts), draw(st.sampled_from(["random", "round_robin", "least_connections", "power_of_two"])))


loads = st.floats(0.05, 0.95)


@TRIED
@given(drawn=topologies(), load=loads)
def test_littles_law_holds_for_every_component(drawn: Drawn, load: float) -> None:
    prediction, _ = drawn.at(load)
    for component in prediction.components.values():
        if component.latency is None or component.queue_length is None:
            continue
        inside = component.queue_length + component.in_service
        assert inside == pytest.approx(component.rate * component.latency.mean, rel=1e-9, abs=1e-12)


@TRIED
@given(drawn=topologies(), load=loads)
def test_utilisation_is_the_work_over_the_servers(drawn: Drawn, load: float) -> None:
    prediction, _ = drawn.at(load)
    for index, part in enumerate(drawn.parts):
        component = prediction.components[f"p{index}"]
        expected = component.rate * part.time * 1e-3 / (part.cores * part.replicas)
        assert component.utilisation["cpu"] == pytest.approx(expected, rel=1e-9)


@TRIED
@given(drawn=topologies(), low=loads, high=loads)
def test_everything_grows_with_the_load(drawn: Drawn, low: float, high: float) -> None:
    assume(high > low * 1.05)
    (quiet, _), (busy, _) = drawn.at(low), drawn.at(high)
    for name, component in quiet.components.items():
        cpu, later = component.utilisation["cpu"], busy.components[name].utilisation["cpu"]
        assert (cpu is None and later is None) or (cpu is not None and later is not None and cpu <= later + 1e-12)
    one, other = latency(quiet.total.latency), latency(busy.total.latency)
    assert one.mean <= other.mean * (1 + 1e-9)
    for level, value in one.percentiles.items():
        assert value <= other.percentiles[level] * (1 + 1e-3) + 3e-3 * one.percentiles[0.999]  # a step of the grid


@TRIED
@given(drawn=topologies(), load=loads, scale=st.sampled_from([1e-3, 0.1, 8.0, 1e4]))
def test_the_unit_of_time_does_not_matter(drawn: Drawn, load: float, scale: float) -> None:
    one, most = drawn.at(load)
    other = predicted(drawn.text(scale=scale), load * most / scale)
    assert other.capacity.max_rate == pytest.approx(most / scale, rel=1e-6)
    here, there = latency(one.total.latency), latency(other.total.latency)
    assert there.mean == pytest.approx(scale * here.mean, rel=1e-5)
    step = 3e-3 * scale * here.percentiles[0.999]
    for level, value in here.percentiles.items():
        assert there.percentiles[level] == pytest.approx(scale * value, rel=1e-3, abs=step)


@TRIED
@given(drawn=topologies(), index=st.integers(0, 3))
def test_one_more_replica_never_lowers_the_capacity(drawn: Drawn, index: int) -> None:
    assume(index < len(drawn.parts))
    parts = list(drawn.parts)
    parts[index] = replace(parts[index], replicas=parts[index].replicas + 1)
    before = predicted(drawn.text()).capacity.max_rate
    after = predicted(replace(drawn, parts=tuple(parts)).text()).capacity.max_rate
    assert before is not None
    assert after is not None
    assert after >= before * (1 - 1e-12)


@TRIED
@given(drawn=topologies(), load=loads)
def test_the_order_of_components_in_the_file_does_not_matter(drawn: Drawn, load: float) -> None:
    one, most = drawn.at(load)
    other = predicted(drawn.text(backwards=True), load * most)
    assert latency(other.total.latency).mean == pytest.approx(latency(one.total.latency).mean, rel=1e-9)
    for name, component in one.components.items():
        assert other.components[name].queue_length == pytest.approx(component.queue_length, rel=1e-9)
        assert other.components[name].utilisation == pytest.approx(component.utilisation)


@TRIED
@given(drawn=topologies(), load=loads)
def test_the_parts_of_a_request_add_up_to_its_mean(drawn: Drawn, load: float) -> None:
    prediction, _ = drawn.at(load)
    request = prediction.requests["r"]
    assert sum(row.wait + row.service + row.network for row in request.breakdown) == pytest.approx(
        latency(request.latency).mean, rel=1e-9
    )
    assert sum(row.share for row in request.breakdown) == pytest.approx(1.0)


@TRIED
@given(drawn=topologies(), load=st.floats(1.05, 5.0))
def test_what_gets_through_is_conserved(drawn: Drawn, load: float) -> None:
    prediction, most = drawn.at(load)
    assert not prediction.stable
    assert prediction.throughput <= prediction.rate
    assert prediction.throughput >= 0.2 * min(most, prediction.rate)
    for index, part in enumerate(drawn.parts):
        component = prediction.components[f"p{index}"]
        cpu = component.utilisation["cpu"]
        assert cpu is not None
        assert component.throughput * part.time * 1e-3 == pytest.approx(cpu * part.cores * part.replicas, rel=1e-6)
        assert component.throughput <= component.rate * (1 + 1e-9)
    assert max(over.utilisation for over in prediction.overloads) == pytest.approx(load, rel=1e-9)
