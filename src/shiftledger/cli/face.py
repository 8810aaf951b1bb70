"""What all verbs share: their common options, opening the plant, showing a view."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from shiftledger.cli.output import Usage, emit, emit_issues, emit_json, outcome

PlantFolder = Annotated[Path, typer.Argument(metavar="PLANT", help="The plant's folder.")]
State = Annotated[Path | None, typer.Option("--state", metavar="DIR", help="Where the plant's books live.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result and its issues as JSON.")]
Xlsx = Annotated[
    Path | None, typer.Option("--xlsx", metavar="FILE", help="Write a workbook that recalculates by its own formulas.")
]
LangOption = Annotated[
    str | None, typer.Option("--lang", metavar="zh|en|both", help="Language; SHIFTLEDGER_LANG sets the default (zh).")
]


def open_plant(context: typer.Context, plant: Path, state: Path | None, *, strict: bool = True) -> Any:
    """The plant; reading what is sealed asks for less than closing does."""
    from shiftledger import api

    return api.open(plant, state=state or context.obj, strict=strict)


def write_xlsx(view: Any, path: Path | None, **how: Any) -> None:
    """The view as a workbook, where somebody asked for one and there is something to write."""
    if path is None or not view.ok:
        return
    try:
        view.to_excel(path, **how)
    except OSError as error:
        raise Usage(f"{path} cannot be written: {error.strerror or error}") from error


def show(view: Any, as_json: bool, text: Callable[[], str]) -> int:
    """A view on standard output and its issues on standard error; the exit code that they ask for."""
    if as_json:
        emit_json(view.to_json())
        return outcome(view.issues)
    shown = text()
    if shown:
        emit(shown)
    emit_issues(view.issues)
    return outcome(view.issues)
