"""The grammar of events: each form, what it means, and what a mistake is told."""

from functools import cache
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.errors import BadOption
from capplan.reading import read_topology
from capplan.topology import (
    Deployment,
    Down,
    Errors,
    Flush,
    LoadChange,
    Scenario,
    Slowness,
    Strategy,
    Topology,
    ZoneDown,
    parse_event,
)
from capplan.topology.events import FORMS, What, read_event
from capplan.topology.rules_of_scenarios import flushed

SHOP = """
workload: {users: 100, think_time: 1s}
requests: {home: {to: api}}
locations: {eu: {zones: 2}}
components:
  api:
    {kind: server, replicas: 2, location: eu, machine: {cores: 2}, time: 5ms, calls: {sessions: 1, payments: 1}}
  sessions: {kind: cache, location: eu, hit_ratio: 80%, on_miss: {db.read: 1}, time: 1ms}
  db: {kind: database, location: eu, readers: 2, read_endpoints: [read], endpoints: {read: {time: 2ms}}}
  payments: {kind: external, latency: 50ms}
"""


@cache
def known() -> Topology:
    return read_topology(SHOP, "shop.yaml")


@pytest.fixture
def shop() -> Topology:
    return known()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("api replica down at 1m", Down(component="api", replicas=1)),
        ("api 1 replica down at 1m", Down(component="api", replicas=1)),
        ("api 2 replicas down at 1m", Down(component="api", replicas=2)),
        ("db reader down at 1m", Down(component="db", replicas=1, readers=True)),
        ("db 2 readers down at 1m", Down(component="db", replicas=2, readers=True)),
        ("api down at 1m", Down(component="api")),
        ("payments down at 1m", Down(component="payments")),
        ("zone b down at 1m", ZoneDown(zone="b")),
        ("zone eu.b down at 1m", ZoneDown(zone="b", location="eu")),
        ("deploy api at 1m", Deployment(component="api")),
        ("deploy api by canary at 1m", Deployment(component="api", strategy=Strategy.CANARY)),
        ("deploy api at 1m by recreate", Deployment(component="api", strategy=Strategy.RECREATE)),
        ("rate x3 at 1m", LoadChange(factor=3.0)),
        ("rate ×0.5 at 1m", LoadChange(factor=0.5)),
        ("users x 2 at 1m", LoadChange(factor=2.0, users=True)),
        ("sessions flush at 1m", Flush(component="sessions", refill=300.0)),
        ("cache flush at 1m", Flush(component="cache", refill=300.0)),
        ("payments latency x5 at 1m", Slowness(component="payments", factor=5.0)),
        ("payments errors 30% at 1m", Errors(component="payments", part=0.3)),
        ("payments errors 0.3 at 1m", Errors(component="payments", part=0.3)),
    ],
)
def test_each_form_means_what_it_says(shop: Topology, text: str, what: What) -> None:
    event = parse_event(text, shop)
    assert (event.what, event.at, event.until, event.text) == (what, 60.0, inf, text)


def test_for_says_when_it_is_over_and_of_a_cache_when_it_is_full_again(shop: Topology) -> None:
    assert parse_event("  api   down at 10m for 1h30m ", shop).until == 6000.0
    flush = parse_event("sessions flush at 10m for 1m", shop)
    assert (flush.until, flush.what) == (inf, Flush(component="sessions", refill=60.0))


def test_every_example_is_an_event() -> None:
    assert {type(read_event(form).what) for form in FORMS} == set(What.__args__)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "does not say when; an event: `api replica down at 10m for 5m`"),
        ("api down", "does not say when; when it happens, and for how long"),
        ("api sleeps at 1m", "`api sleeps` is nothing that can happen; one of the forms: `api replica down"),
        ("ap down at 1m", r"there is no component `ap`; did you mean `api`\? \(one of `api`, `db`, `payments`"),
        ("nobody down at 1m", "there is no component `nobody`; one of `api`, `db`"),
        ("api down at noon", "`noon` is not a duration"),
        ("api down at -5m", "`-5m` is too small; a duration that is at least 0"),
        ("api latency xfast at 1m", "`fast` is not a number"),
        ("api 3 replicas down at 1m", "`api` has 2 replicas, not 3; `api down` for all"),
        ("db 3 readers down at 1m", "`db` has 2 readers, not 3"),
        ("payments replica down at 1m", "no replicas of ours; `payments down`"),
        ("zone c down at 1m", "there is no zone `c`; one of a to b"),
        ("zone us.a down at 1m", "nothing of ours runs in a location `us`; one of `eu`"),
        ("deploy payments at 1m", "no replicas of ours that could be deployed; one of `api`, `db`, `sessions`"),
        ("api flush at 1m", "`api` is no cache with a `hit_ratio` and calls `on_miss`; one of `sessions`"),
    ],
)
def test_an_option_that_is_no_event_is_told_what_would_be_right(shop: Topology, text: str, said: str) -> None:
    with pytest.raises(BadOption, match=said):
        parse_event(text, shop)


WORDS = (
    "api",
    "db",
    "payments",
    "zone",
    "eu.a",
    "deploy",
    "rate",
    "x3",
    "2",
    "replicas",
    "down",
    "errors",
    "30%",
    "at",
)
MORE = ("10m", "for", "by", "canary", "flush", "cache", "latency", "-1s", "∞", "..", "\n", "9" * 400)


@given(st.lists(st.sampled_from((*WORDS, *MORE)), max_size=10).map(" ".join) | st.text(max_size=30))
def test_whatever_is_written_is_an_event_or_a_mistake_that_is_explained(text: str) -> None:
    said = ""
    try:
        assert parse_event(text, known()).at >= 0.0
    except BadOption as error:
        said = str(error)
    assert not said or "; " in said


def test_a_component_may_have_a_name_that_is_a_word_of_the_grammar() -> None:
    text = SHOP.replace("sessions", "cache").replace("payments", "rate").replace("api", "zone")
    shop = read_topology(text, "shop.yaml")
    assert parse_event("zone down at 1m", shop).what == Down(component="zone")
    assert parse_event("rate latency x2 at 1m", shop).what == Slowness(component="rate", factor=2.0)
    assert flushed(shop, Flush(component="cache")) == ("cache",)


def test_every_cache_is_flushed_where_none_is_named(shop: Topology) -> None:
    assert flushed(shop, Flush(component="cache")) == ("sessions",)


def test_a_story_goes_on_for_ten_minutes_after_the_last_event(shop: Topology) -> None:
    events = [parse_event("api down at 10m for 5m", shop), parse_event("rate x2 at 12m", shop)]
    assert Scenario.of(events).length == 1500.0
    assert Scenario.of(events, 3600.0).length == 3600.0
    assert Scenario.of([parse_event("cache flush at 1m for 30m", shop)]).length == 60.0 + 1800.0 + 600.0
    assert Scenario.of([]).length == 600.0


def test_scenarios_are_read_as_records_or_as_lists() -> None:
    scenarios = "scenarios: {one: [api down at 1m], two: {description: two, duration: 1h, events: [rate x2 at 5m]}}"
    found = read_topology(SHOP + scenarios, "shop.yaml").scenarios
    assert [(one.name, one.description, one.length, len(one.events)) for one in found.values()] == [
        ("one", None, 660.0, 1),
        ("two", "two", 3600.0, 1),
    ]
