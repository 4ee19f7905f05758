"""Laws of every story: whatever happens, nothing is lost count of, and the same seed tells the same."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from stories import INF, played
from test_happenings import eventful
from test_stories import until_it_is_empty

from capplan.queueing.balancing import Policy
from capplan.simulation.loads import Steps
from capplan.simulation.stories.story import (
    Deployed,
    Effect,
    Failing,
    Flushed,
    Frailty,
    Gauge,
    Happening,
    Lost,
    Rollout,
    Scaler,
    Slowed,
    Story,
)

seconds = st.sampled_from([0.0, 2.0, 30.0])
deployments = st.builds(
    Deployed,
    st.just(0),
    st.sampled_from(Rollout),
    unavailable=st.integers(0, 2),
    surge=st.integers(0, 2),
    warmup=seconds,
    drain=seconds,
    watched=seconds,
)
effects: st.SearchStrategy[Effect] = st.one_of(
    deployments,
    st.builds(Lost, st.just(0), st.sampled_from([(0,), (1,), (0, 1)]), whole=st.booleans()),
    st.just(Lost(1, (0,))),
    st.builds(Slowed, st.sampled_from([((1, 0),), ((3, 0), (1, 0))]), st.sampled_from([0.1, 10.0])),
    st.builds(Failing, st.sampled_from([(1,), (3,)]), st.floats(0.0, 1.0)),
    st.builds(Flushed, st.just((3,)), seconds),
)
scalers = st.builds(
    Scaler,
    st.just(0),
    st.sampled_from(Gauge),
    st.just(0),
    st.just((3,)),
    target=st.sampled_from([0.2, 0.6]),
    least=st.just(1),
    most=st.just(3),
    interval=st.sampled_from([1.0, 15.0]),
    stabilization=seconds,
    startup=seconds,
    drain=seconds,
)
frailties = st.builds(Frailty, st.just(0), st.sampled_from([5.0, 60.0]), st.sampled_from([1.0, 30.0]))


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Stories about a network with everything: up to 30 happenings in 500 s, then silence."""
    events = draw(st.lists(st.tuples(st.floats(0.0, 500.0), st.sampled_from([0.0, 5.0, 100.0]), effects), max_size=30))
    happenings = tuple(
        Happening(at, INF if isinstance(effect, Deployed) else at + length, effect, f"event {number}")
        for number, (at, length, effect) in enumerate(events)
    )
    return replace(
        eventful(draw(st.sampled_from(Policy))),
        happenings=happenings,
        scalers=tuple(draw(st.lists(scalers, max_size=1))),
        frailties=tuple(draw(st.lists(frailties, max_size=1))),
    )


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(stories())
def test_every_request_leaves_once_in_every_story(story: Story) -> None:
    until_it_is_empty(story)


@settings(max_examples=8, deadline=None, derandomize=True, database=None)
@given(stories())
def test_the_seed_tells_every_story(story: Story) -> None:
    short = replace(story, duration=200.0, tick=25.0, load=Steps(((100.0, 3.0), (20.0, 1.0))))
    once, again = played(short), played(short)
    assert (once.log, once.ready) == (again.log, again.ready)
    for one, two in zip(once.windows, again.windows, strict=True):
        assert (one.busy, one.gates, one.events) == (two.busy, two.gates, two.events)
    assert all(0.0 <= ready <= 6.0 for tick in once.ready for ready in tick)
