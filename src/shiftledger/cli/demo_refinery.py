"""The demonstration on a refinery: simulated, loaded, closed; the order of its last whole day, and one statement in full."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftledger.cli.output import ERRORS, FINE, emit, report_lang, watched
from shiftledger.cli.simulate import write_refinery
from shiftledger.cli.steps import announce, failed

if TYPE_CHECKING:
    from shiftledger.render.views import PlantView

AREA = "evaporation"
NAMED = "refinery"  # the plant's folder in what a simulation writes


def refinery_steps(folder: Path, days: int, seed: int, kept: Path | None) -> int:
    """Every step in the new folder; `kept`: where it stays afterwards, None if it does not. ValueError for bad options."""
    from shiftledger import api
    from shiftledger.render.closing import check_text

    lang = report_lang()
    announce(
        1,
        f"An alumina refinery is simulated, {days} days of it: its text, its readings with their faults, its log. What really "
        "happened lies beside it in truth/, and nothing below reads it.",
        f"simulate refinery --seed {seed} --days {days} --base-days 0 --out DIR",
    )
    with watched("simulate") as progress:
        written = write_refinery(seed, days, folder, progress)
    emit(f"{written.readings:,} readings, {len(written.files)} files")
    announce(2, "The plant is a folder of text. Is anything wrong with it?", "check PLANT")
    checked = api.check(written.plant)
    emit(check_text(checked.issues, lang))
    if failed(checked):
        return ERRORS
    plant = api.open(written.plant)
    code = _books(plant, written.files)
    if code != FINE:
        return code
    return _shown(plant, date.fromisoformat(api.rollup(plant, by=("day",)).rollup.rows[-1].key[0]), kept)  # type: ignore[union-attr]


def _books(plant: PlantView, files: tuple[Path, ...]) -> int:
    """Load and close; of what is remarked on the way only how much it is."""
    from shiftledger import api
    from shiftledger.render.closing import close_text, load_text
    from shiftledger.render.text import wrap

    lang = report_lang()
    announce(3, "Meters, dips, lots, laboratory and log come in; nothing is dropped silently.", "load PLANT readings/*")
    with watched("load") as progress:
        loaded = api.load(plant, list(files), progress=progress)
    emit(load_text(loaded.reports, lang, ok=loaded.ok, zone=loaded.zone))
    if failed(loaded):
        return ERRORS
    announce(4, "Every whole day is closed: quantities, balance, postings, and one seal a day.", "close PLANT")
    with watched("close") as progress:
        closed = api.close(plant, who="demonstration", progress=progress)
    emit(close_text(closed.report, lang) if closed.report is not None else "")
    if failed(closed):
        return ERRORS
    said = Counter(issue.severity for issue in closed.issues)
    remarks = f"{said['warning']:,} warnings and {said['note']:,} notes"
    emit("\n".join(wrap(f"{remarks} about gaps, late results and stocks; the command prints them.")))
    return FINE


def _shown(plant: PlantView, last: date, kept: Path | None) -> int:
    """The order of the day and a statement, in the language of short reports."""
    from shiftledger import api
    from shiftledger.api.order import day_order
    from shiftledger.render.messages import names_of
    from shiftledger.render.order_text import order_text
    from shiftledger.render.statement_text import statement_text

    lang, settings = report_lang(), plant.plant.settings
    found = next((one for one in (day_order(plant, last - timedelta(n)) for n in range(3)) if _whole(one.result)), None)
    found = found or day_order(plant, last)
    if found.result is None:
        return ERRORS if failed(found) else FINE
    day = found.result.day
    announce(5, f"The shifts of {day}, the last day that is known to its end, by value.")
    emit(order_text(found.result, names_of(plant.plant), settings.currency, settings.money_decimals, lang))
    shift = next(p.statement.shift for one in found.result.areas if one.area == AREA for p in one.places)
    announce(6, "What one of these shifts earned, and why.", f"statement PLANT {shift} --area {AREA} --lang {lang}")
    view = api.statement(plant, shift, AREA, lang=lang)
    emit(statement_text(view, lang))  # type: ignore[arg-type]
    if failed(view):
        return ERRORS
    _ahead(shift, kept)
    return FINE


def _whole(order: Any) -> bool:
    """Whether every shift of the day can be compared."""
    return order is not None and all(place.best is not None for area in order.areas for place in area.places)


def _ahead(shift: str, kept: Path | None) -> None:
    """Where to look next."""
    from shiftledger.render.text import wrap

    plant = str(kept / NAMED) if kept else "PLANT"
    announce(7, "Where to look next:")
    for words, command in (
        ("each figure, down to its readings and the lines of text", f"explain {plant} ledger/{shift}/{AREA}/lp-steam"),
        ("the month by crew, with intervals", f"rollup {plant} --by area,crew"),
        ("all of it, computed again from what was loaded", f"verify {plant}"),
        ("what nobody in the plant knows", f"truth/ beside {plant}"),
        ("a small plant whose every figure is worked by hand", "demo --plant two-tanks"),
    ):
        start = "" if command.startswith("truth") else "shiftledger "
        emit("\n".join([*wrap(f"{words}:", 80, "   "), f"     {start}{command}"]))
    if kept is None:
        emit("\n".join(["", *wrap("That was a copy, gone by now. `shiftledger demo --keep DIR` keeps it as DIR/refinery.")]))
