"""Verbs before the close: the running shift, and what intentions would come to."""

from __future__ import annotations

from typing import Annotated

import typer

from shiftledger.cli.face import AsJson, LangOption, PlantFolder, State, open_plant, show
from shiftledger.cli.output import Usage, chosen_lang


def now(
    context: typer.Context,
    plant: PlantFolder,
    area: Annotated[str | None, typer.Argument(metavar="[AREA]", help="One area; all by default.")] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="ISO", help="The instant, local time if without offset; the newest reading by default."),
    ] = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", metavar="ISO", help="Only what was known then; all that is known by default.")
    ] = None,
    against_close: Annotated[
        str | None,
        typer.Option(
            "--against-close", metavar="SHIFT", help="Why the seal of this shift differs from what was shown at its end."
        ),
    ] = None,
    lang: LangOption = None,
    state: State = None,
    json: AsJson = False,
) -> int:
    """Show how the running shift stands against Allowed. Provisional; nothing is stored."""
    from shiftledger import api
    from shiftledger.render.now_text import now_text

    if against_close is not None and at is not None:
        raise Usage("--against-close is about the end of its shift: leave --at out")
    chosen = chosen_lang(lang)
    opened = open_plant(context, plant, state, strict=False)
    view = api.now(opened, area, at, known_at=known_at, against_close=against_close, lang=chosen)
    return show(view, json, lambda: now_text(view, chosen))
