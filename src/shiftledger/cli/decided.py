"""The verb that lists acts."""

from __future__ import annotations

import typer

from shiftledger.cli.face import AsJson, LangOption, PlantFolder, State, open_plant, show
from shiftledger.cli.output import chosen_lang


def decided(
    context: typer.Context, plant: PlantFolder, lang: LangOption = None, state: State = None, json: AsJson = False
) -> int:
    """List what is approved and what lapsed, and every act with its standing."""
    from shiftledger import api
    from shiftledger.render.acts_text import acts_text

    chosen = chosen_lang(lang)
    view = api.decided(open_plant(context, plant, state, strict=False), lang=chosen)
    return show(view, json, lambda: acts_text(view.acts, chosen, zone=view.zone))
