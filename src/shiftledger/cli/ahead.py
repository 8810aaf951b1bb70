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


def whatif(
    context: typer.Context,
    plant: PlantFolder,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="An intention, such as U1.load=0.9; may be repeated.")
    ] = None,
    shift: Annotated[
        str, typer.Option("--shift", metavar="SHIFT", help="Such as 2026-03-31.E, or next: after that of the newest reading.")
    ] = "next",
    area: Annotated[
        str | None, typer.Option("--area", metavar="AREA", help="Whose shift, where areas have it at different times.")
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base", metavar="WORD", help="plan, standard, last or a sealed shift; plan where there is one, else last."
        ),
    ] = None,
    prices: Annotated[
        str | None, typer.Option("--prices", metavar="SET", help="A price set for the intentions, such as a draft.")
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="Only list what may be set.")] = False,
    lang: LangOption = None,
    state: State = None,
    json: AsJson = False,
) -> int:
    """Calculate a shift on intentions before it runs. Nothing is stored."""
    from shiftledger import api
    from shiftledger.render.whatif_text import whatif_text

    chosen = chosen_lang(lang)
    opened = open_plant(context, plant, state, strict=False)
    view = api.whatif(opened, settings or (), shift=shift, base=base, prices=prices, listing=listing, area=area, lang=chosen)
    return show(view, json, lambda: whatif_text(view, chosen))
