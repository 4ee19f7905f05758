"""The command `init`: a commented topology to start from."""

from pathlib import Path
from typing import Annotated

import typer

from capplan.cli.common import DEFAULT_FILE, STANDARD_INPUT, writing_failed
from capplan.cli.terminal import show
from capplan.errors import BadFile, BadOption

TEMPLATES = {
    "hello": "a load balancer, three application servers and a database",
    "web": "a web application with a cache, files and an external service",
    "microservices": "services behind a gateway, parallel calls, a queue",
}
FOLDER = Path(__file__).parent / "templates"


def complete_template(incomplete: str) -> list[tuple[str, str]]:
    """The templates that begin with what is typed, for the shell."""
    return [(name, about) for name, about in TEMPLATES.items() if name.startswith(incomplete)]


TargetArgument = Annotated[
    str,
    typer.Argument(metavar="FILE", help=f"The file to write; {DEFAULT_FILE} where left out.", show_default=False),
]
TemplateOption = Annotated[
    str,
    typer.Option(
        "--template",
        "-t",
        metavar="NAME",
        help="hello (unless said), web or microservices.",
        show_default=False,
        autocompletion=complete_template,
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Overwrite the file if there is one.")]


def init(target: TargetArgument = DEFAULT_FILE, template: TemplateOption = "hello", force: ForceOption = False) -> None:
    """Write a commented topology to start from.

    The file - is standard output. A file that is there already stays as it is, unless --force is given.

    \b
    Examples:
      capplan init
      capplan init shop.yaml --template web
    """
    if template not in TEMPLATES:
        raise BadOption(f"--template: there is no `{template}`; {', '.join(TEMPLATES)}")
    text = (FOLDER / f"{template}.yaml").read_text(encoding="utf-8")
    if target == STANDARD_INPUT:
        show(text)
        return
    _write(target, text, force)
    argument = "" if target == DEFAULT_FILE else f" {target}"
    show(f"{target}: written from the template `{template}`; next: capplan analyze{argument}\n")


def _write(target: str, text: str, force: bool) -> None:
    try:
        with Path(target).open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise BadFile(f"{target}: it is there already; another name, or --force to overwrite it") from None
    except OSError as error:
        raise writing_failed(target, error) from None
