"""The entry point: the commands, and what becomes of everything that goes wrong in them."""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

import capplan
from capplan.cli.analyze import analyze
from capplan.cli.check import check
from capplan.cli.compare import compare
from capplan.cli.explain import explain
from capplan.cli.forecast import forecast
from capplan.cli.init import init
from capplan.cli.machines import machines
from capplan.cli.recommend import recommend
from capplan.cli.schema import schema
from capplan.cli.sensitivity import sensitivity
from capplan.cli.simulate import simulate
from capplan.cli.sweep import sweep
from capplan.cli.terminal import complain, prepare, show
from capplan.errors import CapplanError

INTERRUPTED = 130

COMMANDS: dict[str, Callable[..., None]] = {
    "analyze": analyze,
    "check": check,
    "compare": compare,
    "explain": explain,
    "forecast": forecast,
    "init": init,
    "machines": machines,
    "recommend": recommend,
    "schema": schema,
    "sensitivity": sensitivity,
    "simulate": simulate,
    "sweep": sweep,
}

# typer does not export the base of its own option errors; it is the base of the one that it exports.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]


def _version(asked: bool) -> None:
    if asked:
        show(f"capplan {capplan.__version__}\n")
        raise typer.Exit


VersionOption = Annotated[
    bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
]


def _root(context: typer.Context, version: VersionOption = False) -> None:  # noqa: ARG001
    """Capacity planning for production web applications.

    Write down what runs in production; capplan says what it takes, what breaks first, which SLOs hold and
    what it costs.

    \b
    First steps:
      capplan init       write a commented topology.yaml
      capplan analyze    analyze it
    """
    if context.invoked_subcommand is None:
        show(f"{context.get_help()}\n")


app = typer.Typer(
    name="capplan",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.callback(invoke_without_command=True)(_root)
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)


def main() -> None:
    """Run the command that the command line names, and exit with its code."""
    code = run(sys.argv[1:])
    gc.freeze()  # the process ends here: looking for garbage once more would take a tenth of its time
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run a command; the exit code. Whatever goes wrong ends here, in a message on standard error."""
    prepare()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # looking for plugins takes longer than reading a topology
    gc.set_threshold(50_000, 20, 20)  # a short run that makes many records and next to no cycles
    try:
        code = app(list(arguments), prog_name="capplan", standalone_mode=False)
    except CapplanError as error:
        complain(str(error))
        return error.exit_code
    except UsageError as error:
        complain(_usage(error))
        return 2
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:
        _own_fault(error)
        return CapplanError.exit_code
    return code if isinstance(code, int) else 0


def _usage(error: Exception) -> str:
    """An option's fault in the form of all faults: where, what is wrong; what would be right."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "capplan"
    message = str(getattr(error, "format_message", error.__str__)()).rstrip(".")
    return f"{command}: {message[:1].lower()}{message[1:]}; see {command} --help"


def _own_fault(error: Exception) -> None:
    if os.environ.get("CAPPLAN_DEBUG"):
        import traceback

        complain("".join(traceback.format_exception(error)))
    complain(
        f"capplan: a fault of capplan's own, not of your topology: {type(error).__name__}: {error}\n"
        "Please report it with the topology, the command and what CAPPLAN_DEBUG=1 shows beside this message."
    )
