"""The commands: what they read, what they write where, and with which code they exit."""

import io
import json
import re
import sys
from pathlib import Path

import pytest
from cli_harness import FAULTY, HELLO, Shell

import capplan
from capplan.cli import app as application
from capplan.cli.common import chosen_form, chosen_rate, complete_form
from capplan.cli.init import TEMPLATES, complete_template
from capplan.errors import BadOption
from capplan.report import FORMATS


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return Shell(tmp_path, capsys)


@pytest.fixture
def hello(shell: Shell) -> Shell:
    shell.write("topology.yaml", HELLO)
    return shell


def test_analyze_reads_the_topology_of_the_folder(hello: Shell) -> None:
    ran = hello.capplan("analyze")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Hello [beta]  topology.yaml\nOK  Takes 200/s")
    assert "\x1b" not in ran.out


def test_analyze_reads_a_named_file(shell: Shell) -> None:
    name = shell.write("shop.yaml", HELLO)
    assert json.loads(shell.capplan("analyze", name, "--json").out)["topology"]["file"] == "shop.yaml"


def test_analyze_reads_standard_input(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(HELLO.encode())))
    ran = shell.capplan("analyze", "-", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["topology"] == {"name": "Hello [beta]", "file": "<stdin>"}


def test_rate_and_settings_change_the_result(hello: Shell) -> None:
    plain = json.loads(hello.capplan("analyze", "--json").out)
    more = json.loads(hello.capplan("analyze", "--json", "--set", "components.app.replicas=6").out)
    faster = json.loads(hello.capplan("analyze", "--json", "--rate", "300/s").out)
    assert more["components"]["app"]["replicas"] == 6
    assert more["components"]["app"]["utilisation"]["cpu"] == pytest.approx(
        plain["components"]["app"]["utilisation"]["cpu"] / 2
    )
    assert faster["rate"] == 300.0


@pytest.mark.parametrize("form", list(FORMATS))
def test_every_command_that_reads_a_topology_has_every_form(hello: Shell, form: str) -> None:
    for command in (["analyze"], ["check"], ["explain", "app"]):
        ran = hello.capplan(*command, "--format", form)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out
        if form == "json":
            json.loads(ran.out)


def test_json_is_short_for_its_form(hello: Shell) -> None:
    assert hello.capplan("analyze", "--json").out == hello.capplan("analyze", "--format", "json").out


def test_strict_is_satisfied_by_a_healthy_system(hello: Shell) -> None:
    assert hello.capplan("analyze", "--strict").code == 0


@pytest.mark.parametrize("rate", ["300/s", "500/s"])
def test_strict_exits_with_one_and_still_shows_the_result(hello: Shell, rate: str) -> None:
    relaxed, strict = (hello.capplan("analyze", "--rate", rate, *flag) for flag in ([], ["--strict"]))
    assert (relaxed.code, strict.code) == (0, 1)
    assert relaxed.out == strict.out


def test_an_overloaded_system_is_a_result(hello: Shell) -> None:
    ran = hello.capplan("analyze", "--rate", "500/s")
    assert ran.code == 0
    assert "OVERLOADED" in ran.out
    assert "would be enough" in ran.out


def test_faults_go_to_standard_error_all_at_once(shell: Shell) -> None:
    name = shell.write("shop.yaml", FAULTY)
    ran = shell.capplan("analyze", name)
    assert (ran.code, ran.out) == (2, "")
    assert "shop.yaml:6:" in ran.err
    assert "shop.yaml:7:" in ran.err
    assert "databse" in ran.err
    assert "^" in ran.err
    assert "Traceback" not in ran.err


def test_check_says_what_is_there(hello: Shell) -> None:
    ran = hello.capplan("check")
    assert ran.code == 0
    assert ran.out == "topology.yaml: ok: 3 components, 1 request, 1 SLO, 1 alert, 200/s\n"
    assert "300/s" in hello.capplan("check", "--rate", "300/s").out


def test_check_lists_the_faults_as_data(shell: Shell) -> None:
    name = shell.write("shop.yaml", FAULTY)
    ran = shell.capplan("check", name, "--json")
    result = json.loads(ran.out)
    assert (ran.code, ran.err, result["ok"]) == (2, "", False)
    assert [fault["line"] for fault in result["problems"]] == [6, 7]
    assert shell.capplan("check", name).out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["analyze"], "topology.yaml: there is none in this folder; the topology's file, or a first one: capplan init"),
        (["analyze", "none.yaml"], "none.yaml: it cannot be read (no such file or directory); the file of a topology"),
        (["analyze", "."], ".: it cannot be read (is a directory); the file of a topology"),
        (["analyze", "--format", "yaml"], "--format: there is no `yaml`; table, json, markdown, csv"),
        (["analyze", "--json", "--format", "csv"], "--json: it contradicts `--format csv`; one of the two"),
        (["analyze", "--rate", "1500"], "--rate: `1500` has no unit; a rate, e.g. 200/s"),
        (["analyze", "--rate", "0/s"], "--rate: `0/s` is not a load; a rate above zero, e.g. 200/s"),
        (["analyze", "--rate", "5ms"], "--rate: `5ms` is a duration; a rate is needed"),
        (["analyze", "--nonsense"], "capplan analyze: no such option: --nonsense"),
        (["analyse"], "capplan: no such command 'analyse'"),
        (["explain"], "explain: there is no subject; a component, a request, `total`, or the code of a note"),
        (["init", "--template", "shop"], "--template: there is no `shop`; hello, web, microservices"),
        (["init", "no/such/folder.yaml"], "no/such/folder.yaml: it cannot be written (no such file or directory)"),
    ],
)
def test_a_wrong_option_or_file_exits_with_two(shell: Shell, arguments: list[str], message: str) -> None:
    ran = shell.capplan(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(message)


def test_a_wrong_setting_is_a_fault(hello: Shell) -> None:
    ran = hello.capplan("analyze", "--set", "components.app.replicas=many")
    assert ran.code == 2
    assert "--set" in ran.err
    assert "components.app.replicas" in ran.err


def test_a_fault_of_our_own_is_three_without_a_traceback(hello: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("capplan.checks.analysis.analyze", broken)
    ran = hello.capplan("analyze")
    assert (ran.code, ran.out) == (3, "")
    assert "a fault of capplan's own" in ran.err
    assert "CAPPLAN_DEBUG=1" in ran.err
    assert "Traceback" not in ran.err
    monkeypatch.setenv("CAPPLAN_DEBUG", "1")
    assert "Traceback" in hello.capplan("analyze").err


def test_an_interrupt_is_no_fault(hello: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("capplan.checks.analysis.analyze", interrupted)
    ran = hello.capplan("analyze")
    assert (ran.code, ran.err) == (application.INTERRUPTED, "")


def test_explain_takes_the_topology_first(hello: Shell) -> None:
    assert hello.capplan("explain", "app").out == hello.capplan("explain", "topology.yaml", "app").out
    ran = hello.capplan("explain", "app", "topology.yaml")
    assert ran.code == 2
    assert "the topology comes first; capplan explain topology.yaml app" in ran.err


def test_explain_lists_what_it_knows(hello: Shell) -> None:
    ran = hello.capplan("explain", "ap")
    assert ran.code == 2
    assert "did you mean `app`?" in ran.err
    assert "components: lb, app, db;" in ran.err


@pytest.mark.parametrize("template", list(TEMPLATES))
def test_init_writes_a_topology_that_analyzes(shell: Shell, template: str) -> None:
    assert shell.capplan("init", "--template", template).code == 0
    assert shell.capplan("check").code == 0
    assert shell.capplan("analyze").code == 0
    assert (shell.folder / "topology.yaml").read_text(encoding="utf-8").startswith("# yaml-language-server")


def test_init_overwrites_only_by_force(hello: Shell) -> None:
    ran = hello.capplan("init")
    assert ran.code == 2
    assert ran.err.startswith("topology.yaml: it is there already; another name, or --force")
    assert (hello.folder / "topology.yaml").read_text(encoding="utf-8") == HELLO
    assert hello.capplan("init", "--force").code == 0
    assert (hello.folder / "topology.yaml").read_text(encoding="utf-8") != HELLO


def test_init_writes_to_standard_output(shell: Shell) -> None:
    assert shell.capplan("init", "-").out.startswith("# yaml-language-server")
    assert list(shell.folder.iterdir()) == []


def test_every_template_file_is_offered() -> None:
    folder = Path(application.__file__).parent / "templates"
    assert {file.stem for file in folder.glob("*.yaml")} == set(TEMPLATES)


def test_schema_is_json(shell: Shell) -> None:
    ran = shell.capplan("schema")
    assert ran.code == 0
    assert json.loads(ran.out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_version_and_the_help(shell: Shell) -> None:
    assert shell.capplan("--version").out == f"capplan {capplan.__version__}\n"
    ran = shell.capplan("--help")
    assert ran.code == 0
    assert all(command in ran.out for command in application.COMMANDS)
    assert shell.capplan().out == ran.out


@pytest.mark.parametrize("command", list(application.COMMANDS))
def test_every_command_helps_with_examples(shell: Shell, command: str) -> None:
    ran = shell.capplan(command, "--help")
    assert ran.code == 0
    assert f"capplan {command}" in ran.out.partition("Examples:")[2]


def test_a_message_cannot_drive_the_terminal(shell: Shell) -> None:
    ran = shell.capplan("analyze", "\x1b[2Jgone.yaml")
    assert ran.code == 2
    assert "\x1b" not in ran.err


@pytest.mark.parametrize("command", list(application.COMMANDS))
def test_every_option_stands_in_the_reference(shell: Shell, command: str) -> None:
    reference = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
    options = set(re.findall(r"--[a-z-]+", shell.capplan(command, "--help").out)) - {"--help"}
    assert options <= set(re.findall(r"--[a-z-]+", reference.read_text(encoding="utf-8")))


def test_the_shell_completes_forms_and_templates() -> None:
    assert complete_form("") == list(FORMATS)
    assert complete_form("m") == ["markdown"]
    assert [name for name, _ in complete_template("")] == list(TEMPLATES)


def test_the_options_of_all_commands() -> None:
    assert chosen_form(None, False) == "table"
    assert chosen_form("json", True) == "json"
    assert chosen_rate("3M/day") == pytest.approx(3e6 / 86400)
    assert chosen_rate(None) is None
    with pytest.raises(BadOption):
        chosen_form("yaml", False)
