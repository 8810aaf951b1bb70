"""The demonstration: a month of a refinery, or the bundled plant of two tanks, with the command of every step."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from shiftledger.cli.output import ERRORS, FINE, Usage, emit, report_lang, watched
from shiftledger.cli.steps import announce, failed

REFINERY = "refinery"
PLANT = "two-tanks"
SHIFT = "2026-03-31.E"
ADDRESS = f"ledger/{SHIFT}/filter/steam"
READINGS = ("readings/meters.csv", "readings/moisture.csv")


def demo(
    plant: Annotated[
        str, typer.Option("--plant", metavar="refinery|two-tanks", help="A month of a refinery, or two days worked by hand.")
    ] = REFINERY,
    days: Annotated[int, typer.Option("--days", metavar="N", help="Days of the refinery.")] = 30,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed is another refinery.")] = 1,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Keep the plant and its books in this folder.")
    ] = None,
) -> int:
    """Show everything on an example plant: simulate, check, load, close, order, statement."""
    if plant not in (REFINERY, PLANT):
        raise Usage(f"--plant {plant!r}: choose one of {REFINERY}, {PLANT}")
    return _refinery(days, seed, keep) if plant == REFINERY else _two_tanks(keep)


def _refinery(days: int, seed: int, keep: Path | None) -> int:
    """The refinery, in a new folder that is removed unless it is to be kept."""
    from shiftledger.cli.demo_refinery import refinery_steps

    with tempfile.TemporaryDirectory(prefix="shiftledger-demo-") as folder:
        try:
            return refinery_steps(keep or Path(folder) / "demo", days, seed, keep)
        except ValueError as error:
            raise Usage(str(error)) from None
        except OSError as error:
            raise Usage(f"--keep {keep or folder}: {error.strerror or error}") from None


def _two_tanks(keep: Path | None) -> int:
    """The bundled plant: check, load, close, statement, explain, verify."""
    source = bundled_plant()
    if source is None:
        raise Usage(f"the example plant {PLANT} is not installed; look for plants/{PLANT} beside the program")
    with _copy_of(source, keep) as folder:
        code = _steps(folder)
    if code == FINE:
        emit(_farewell(folder if keep else None))
    return code


def bundled_plant() -> Path | None:
    """The example plant: inside the installed package, or beside `src` in a checkout."""
    package = Path(__file__).resolve().parents[1]
    places = (package / "plants" / PLANT, package.parents[1] / "plants" / PLANT)
    return next((place for place in places if (place / "plant.toml").is_file()), None)


@contextmanager
def _copy_of(source: Path, keep: Path | None) -> Iterator[Path]:
    """A copy without books, removed afterwards unless it is to be kept."""
    if keep is not None:
        target = keep / PLANT
        if target.exists():
            raise Usage(f"--keep: {target} exists already; name another folder")
        try:
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(".shiftledger", "__pycache__"))
        except OSError as error:
            raise Usage(f"--keep: {keep} cannot be written ({error.strerror or error})") from None
        yield target
        return
    with tempfile.TemporaryDirectory(prefix="shiftledger-demo-") as folder:
        target = Path(folder) / PLANT
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(".shiftledger", "__pycache__"))
        yield target


def _steps(folder: Path) -> int:
    """Each step with its command; the first error ends the demonstration."""
    from shiftledger import api
    from shiftledger.render.closing import check_text, close_text, load_text, verify_text
    from shiftledger.render.explanation import explanation_text
    from shiftledger.render.statement_text import statement_text

    lang = report_lang()
    announce(1, "The plant is a folder of text. Is anything wrong with it?", "check PLANT")
    checked = api.check(folder)
    emit(check_text(checked.issues, lang))
    if failed(checked):
        return ERRORS
    plant = api.open(folder)
    announce(
        2,
        "Meter readings and the laboratory's moisture come in; nothing is dropped silently.",
        f"load PLANT {' '.join(READINGS)}",
    )
    with watched("load") as progress:
        loaded = api.load(plant, [folder / name for name in READINGS], progress=progress)
    emit(load_text(loaded.reports, lang, ok=loaded.ok, zone=loaded.zone))
    if failed(loaded):
        return ERRORS
    announce(3, "Every whole day is closed: quantities, balance, postings, and one seal a day.", "close PLANT")
    with watched("close") as progress:
        closed = api.close(plant, who="demonstration", progress=progress)
    emit(close_text(closed.report, lang) if closed.report is not None else "")
    if failed(closed):
        return ERRORS
    for number, one, words in ((4, "zh", "Chinese, the default"), (5, "en", "English")):
        announce(number, f"What the shift earned, and why ({words}).", f"statement PLANT {SHIFT} --lang {one}")
        view = api.statement(plant, SHIFT, lang=one)
        emit(statement_text(view, one, overview=True))  # type: ignore[arg-type]
        if failed(view):
            return ERRORS
    announce(
        6, "Every figure opens down to its readings and the lines of the plant's text.", f"explain PLANT {ADDRESS} --lang en"
    )
    found = api.explain(plant, ADDRESS)
    settings = plant.plant.settings
    how: dict[str, Any] = {"currency": settings.currency, "decimals": settings.money_decimals, "zone": settings.zone}
    emit(explanation_text(found.node, "en", sources=found.sources, **how) if found.node else "")
    if failed(found):
        return ERRORS
    announce(7, "All of it is computed again from what was loaded and sealed.", "verify PLANT")
    with watched("verify") as progress:
        verified = api.verify(plant, progress=progress)
    emit(verify_text(verified.report, lang) if verified.report is not None else "")
    return ERRORS if failed(verified) else FINE


def _farewell(folder: Path | None) -> str:
    from shiftledger.render.text import wrap

    if folder is None:
        words = "That was a copy, gone by now. `--keep DIR` keeps it: read its README.md, change a line, close again."
        return "\n".join(["", *wrap(words)])
    words = (
        "Read its README.md; change a price or load late/filter-slurry.csv, close again, and look at the statement: what came later is "
        "posted as a late result, and nothing that was sealed is rewritten."
    )
    return "\n".join(["", f"The plant and its books are in {folder}", *wrap(words)])
