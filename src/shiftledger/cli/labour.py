"""The verb of hours and persons."""

from __future__ import annotations

from typing import Annotated

import typer

from shiftledger.cli.face import AsJson, LangOption, PlantFolder, State, Xlsx, open_plant, show, write_xlsx
from shiftledger.cli.output import Usage, chosen_lang


def labour(
    context: typer.Context,
    plant: PlantFolder,
    start: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First production day.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last production day.")] = None,
    month: Annotated[
        str | None, typer.Option("--month", metavar="M", help="An accounting month; by default that of the newest sealed day.")
    ] = None,
    by: Annotated[
        str, typer.Option("--by", metavar="GRAINS", help="series, area, crew, month, shift; several with commas.")
    ] = "area",
    shift: Annotated[
        str, typer.Option("--shift", metavar="SHIFT", help="One shift: who was there, and which lines say so.")
    ] = "",
    xlsx: Xlsx = None,
    lang: LangOption = None,
    state: State = None,
    json: AsJson = False,
) -> int:
    """Count persons and hours on duty, and what an hour of theirs put out. Reorganised areas are one series."""
    from shiftledger import api
    from shiftledger.render.labour_text import labour_text

    if shift and (start or end or month):
        raise Usage("--shift is one shift: leave --from, --to and --month out")
    chosen = chosen_lang(lang)
    grains = [grain.strip() for grain in by.split(",")]
    opened = open_plant(context, plant, state, strict=False)
    view = api.labour(opened, start, end, month=month, by=grains, shift=shift, lang=chosen)
    write_xlsx(view, xlsx)
    return show(view, json, lambda: labour_text(view, chosen))  # type: ignore[arg-type]
