"""`shiftledger`: one verb per stage, the same as in Python. Exit codes: 0 fine, 1 there are errors, 2 wrong usage."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from shiftledger.cli.book import plant_app
from shiftledger.cli.output import ERRORS, FINE, hush
from shiftledger.cli.verbs import VERBS

app = typer.Typer(
    name="shiftledger",
    help="The value ledger of a process plant. A PLANT is a folder with a plant.toml.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
for _name, _command in VERBS:
    app.command(_name)(_command)
app.add_typer(plant_app, name="plant")


@app.callback(invoke_without_command=True)
def _shiftledger(
    context: typer.Context,
    state: Annotated[Path | None, typer.Option("--state", metavar="DIR", help="Where the plant's books live.")] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    context.obj = state
    if version:
        from shiftledger import __version__

        typer.echo(f"shiftledger {__version__}")
        raise typer.Exit(FINE)


def main() -> None:
    """The command `shiftledger`."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    _leave(_run())


def _run() -> int:
    try:
        app(prog_name="shiftledger")
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else FINE if left.code is None else ERRORS
    except BrokenPipeError:
        hush()
    return FINE


def _leave(code: int) -> NoReturn:
    """End the process when everything is written: threads of the store's libraries must not turn a finished command into a crash."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            hush()
        except ValueError:  # closed by the caller
            continue
    os._exit(code)
