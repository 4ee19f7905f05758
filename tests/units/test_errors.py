"""Problems as text, and the tree of errors with its exit codes."""

from capplan.errors import BadFile, BadOption, BadTopology, CapplanError, Problem, Route, UserError


def test_a_route_is_written_as_a_path() -> None:
    assert str(Route(("components", "api", "calls", 0, "db.read"))) == 'components.api.calls[0]["db.read"]'
    assert str(Route(("slos", 1))) == "slos[1]"
    assert str(Route()) == "the topology"
    assert Route(("a",)) / "b" / 3 == ("a", "b", 3)


def test_a_problem_without_a_place_is_its_route_and_its_words() -> None:
    problem = Problem(route=Route(("time",)), what="`15` has no unit", hint="15ms")
    assert str(problem.within("components", "api")) == "components.api.time: `15` has no unit; 15ms"


def test_errors_form_one_tree_with_exit_codes() -> None:
    assert CapplanError.exit_code == 3
    assert {error.exit_code for error in (UserError, BadTopology, BadOption, BadFile)} == {2}
    assert all(issubclass(error, UserError) for error in (BadTopology, BadOption, BadFile))


def test_a_bad_topology_shows_all_its_problems() -> None:
    problems = tuple(Problem(route=Route((name,)), what="wrong", hint="right") for name in ("a", "b"))
    error = BadTopology(problems)
    assert error.problems == problems
    assert str(error) == "a: wrong; right\nb: wrong; right"
