"""Notes on machines: what bursting ones sustain, speeds not known, committed prices, other currencies."""

import pytest
from prediction_cases import notes_of

from capplan.checks.analysis import analyze
from capplan.prediction.records import Note, Prediction
from capplan.reading import read_topology
from capplan.topology import Machine
from capplan.topology.catalogue import Catalogue, catalogue_of

TEXT = """
workload: {rate: 100/s}
components:
  web: {kind: server, time: 10ms, machine: MACHINE}
"""


def predicted(machine: str, rate: float = 100.0, catalogue: Catalogue | None = None, more: str = "") -> Prediction:
    topology = read_topology(TEXT.replace("MACHINE", machine) + more, "test.yaml", catalogue=catalogue)
    return analyze(topology, rate).prediction


def only(notes: list[Note]) -> Note:
    (note,) = notes
    return note


def test_machines_that_sustain_less_than_is_needed_are_named_plainly() -> None:
    note = only(notes_of(predicted("t3.large", 100.0), "burstable"))  # 2 cores, 50 % of them at 100/s
    assert "web runs on burstable machines that sustain 30 % of their cores and needs 50 %" in note.message
    assert "needs more than they sustain" in note.message
    assert note.where == "components.web.machine"


def test_machines_that_sustain_what_is_needed_say_so() -> None:
    note = only(notes_of(predicted("t3.large", 40.0), "burstable"))
    assert "it needs 20 %" in note.message
    assert "more than they sustain" not in note.message


@pytest.mark.parametrize(("rate", "strained"), [(59.0, False), (61.0, True)])
def test_the_note_turns_at_the_sustained_share(rate: float, strained: bool) -> None:
    note = only(notes_of(predicted("t3.large", rate), "burstable"))
    assert ("more than they sustain" in note.message) is strained


def test_whoever_shares_burstable_machines_counts_as_well() -> None:
    text = """
workload: {rate: 50/s}
components:
  web: {kind: server, time: 5ms, machine: t3.large, calls: {db: 1}}
  db: {kind: database, time: 10ms, host: web}
"""
    prediction = analyze(read_topology(text, "test.yaml")).prediction
    assert "and needs 38 %" in only(notes_of(prediction, "burstable")).message


def test_machines_that_do_not_burst_have_no_note() -> None:
    assert notes_of(predicted("m6i.large"), "burstable") == []


def test_a_speed_that_the_catalogue_does_not_know_is_noted() -> None:
    assert only(notes_of(predicted("m7g.large"), "assumed-speed")).message.startswith("the speed of m7g.large")
    assert notes_of(predicted("m6i.large"), "assumed-speed") == []
    assert notes_of(predicted("{cores: 2}"), "assumed-speed") == []
    own = Catalogue({"box": Machine(cores=2.0)})
    assert notes_of(predicted("box", catalogue=own), "assumed-speed") == []


def test_a_type_of_the_catalogue_that_a_plan_puts_in_is_noted_like_one_that_is_named() -> None:
    topology = read_topology(TEXT.replace("MACHINE", "m6i.large"), "test.yaml")
    web = topology.component("web").model_copy(update={"machine": topology.find_machine("m7g.large")})
    planned = topology.model_copy(update={"components": {"web": web}})
    assert only(notes_of(analyze(planned).prediction, "assumed-speed")).message.startswith("the speed of m7g.large")


def test_a_machine_without_a_committed_price_is_noted() -> None:
    committed = catalogue_of(None, "committed")
    note = only(notes_of(predicted("n2-standard-2", catalogue=committed), "pricing-mixed"))
    assert note.message == "no committed price is known for n2-standard-2: the on-demand price stands in"
    assert note.where == "components.web.machine"
    assert notes_of(predicted("n2-standard-2"), "pricing-mixed") == []
    assert notes_of(predicted("m6i.large", catalogue=committed), "pricing-mixed") == []
    assert notes_of(predicted("{cores: 2, price: 1}", catalogue=committed), "pricing-mixed") == []


def test_prices_of_the_catalogue_in_another_currency_are_noted() -> None:
    note = only(notes_of(predicted("m6i.large", more="currency: EUR\n"), "catalogue-currency"))
    assert "m6i.large are in USD" in note.message
    own = Catalogue({"m6i.large": Machine(cores=2.0, price=0.1)})
    assert notes_of(predicted("m6i.large", catalogue=own, more="currency: EUR\n"), "catalogue-currency") == []
    assert notes_of(predicted("m6i.large"), "catalogue-currency") == []
