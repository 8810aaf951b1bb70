"""The verbs of people who keep a plant in Excel: its text as a workbook, and a workbook's changes into the folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from shiftledger.core.issue import Issue, Location, failing, ordered
from shiftledger.plant.book_codes import P210, P213, P216, P217, P218, told
from shiftledger.render.views import ExportView, ImportView

if TYPE_CHECKING:
    from shiftledger.plant.grids import Grid
    from shiftledger.readings.sources.plant_changes import Merged
    from shiftledger.readings.sources.plant_sheets import PlantBook

SUFFIX = ".xlsx"


def export_plant(folder: str | Path, book: str | Path, *, add: Iterable[str] = (), replace: bool = False) -> ExportView:
    """Write the text files of a plant without errors to a workbook (.xlsx), one sheet each.

    `add`: files that the plant does not have yet, such as "roster.csv": an empty sheet each. `replace`: over a file that is there.
    """
    from shiftledger.api import check
    from shiftledger.plant.load import open_folder

    base, path = Path(folder), Path(book)
    issues = _unusable(path, replace)
    if issues:
        return ExportView(issues)
    opened = open_folder(base)
    issues = check(base).issues
    if failing(issues):
        return ExportView(issues)
    text = dict(opened.result.text)
    try:
        files = {name: (base / name).read_bytes() for name in text}
    except OSError as error:
        return ExportView((_unwritable(P218, base.name, error),))
    wanted, wrong = _added(add, text)
    if wrong:
        return ExportView(wrong)
    from shiftledger.plant.grids import grid_of

    grids = [grid_of(name, text[name]) for name in _in_order(text)] + [grid_of(name, "") for name in wanted]
    problems = _written(path, opened.result, grids, files)
    if problems:
        return ExportView(problems)
    return ExportView(issues, str(book), str(folder), tuple(grid.file for grid in grids), sum(len(grid.rows) for grid in grids))


def _unusable(path: Path, replace: bool) -> tuple[Issue, ...]:
    at = Location(path.name)
    if path.suffix.lower() != SUFFIX:
        return (told(P218, f"{path.name} is no name of a workbook", at, f"Give it a name that ends with {SUFFIX}."),)
    if path.exists() and not replace:
        remedy = "Name another file; or say --replace, if nothing is filled in there."
        return (told(P218, f"{path.name} is there already", at, remedy),)
    return ()


def _unwritable(kind: object, name: str, error: OSError) -> Issue:
    from shiftledger.core.issue import Kind

    assert isinstance(kind, Kind)
    remedy = "Make room, or let the program write there; close it in the spreadsheet."
    return told(kind, f"{name} cannot be read or written ({error.strerror or error})", Location(name), remedy)


def _added(add: Iterable[str], text: Mapping[str, str]) -> tuple[list[str], tuple[Issue, ...]]:
    """The files that get an empty sheet; what is no file of a plant is an issue."""
    from shiftledger.plant.codes import closest
    from shiftledger.plant.file_names import is_plant_file
    from shiftledger.plant.schema import TABLES

    wanted = [name for name in dict.fromkeys(add) if name not in text]
    names = [table.file for table in TABLES]
    wrong = tuple(
        told(
            P218,
            f'"{name[:60]}" is no file of a plant',
            Location(name[:60]),
            f"{closest(name, names)}Files are {', '.join(names)}.",
        )
        for name in wanted
        if not is_plant_file(name)
    )
    return wanted, wrong


def _in_order(text: Mapping[str, str]) -> list[str]:
    """Files in the order of the table of files, several of one kind by name."""
    from shiftledger.plant.schema import TABLES, table_of

    kinds = [table.file for table in TABLES]

    def rank(name: str) -> tuple[int, str]:
        table = table_of(name)
        assert table is not None
        return kinds.index(table.file), name

    return sorted(text, key=rank)


def _written(path: Path, plant: object, grids: list[Grid], files: Mapping[str, bytes]) -> tuple[Issue, ...]:
    """Write the workbook beside its place, read it back, and move it there if it says what the folder says."""
    from shiftledger.plant.book_record import record_of
    from shiftledger.plant.model import Plant
    from shiftledger.readings.sources.plant_changes import same_text
    from shiftledger.readings.sources.plant_sheets import read_book
    from shiftledger.render.plant_book import write_book

    assert isinstance(plant, Plant)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.stem[:40]}-", dir=path.parent) as beside:
            draft = Path(beside) / path.name
            write_book(draft, plant, grids, record_of(files))
            back = read_book(draft)
            lost = [grid.file for grid in grids if grid.file not in back.result.sheets]
            lost += [
                grid.file
                for grid in grids
                if grid.file not in lost and not same_text(grid.file, grid, back.result.sheets[grid.file])
            ]
            if lost or back.result.record != dict(files):
                remedy = "Look for very long values or signs that are no text; or keep this file out of Excel."
                what = f"{', '.join(lost) or path.name} would say something else in a workbook"
                return (*back.issues, told(P218, what, Location(lost[0] if lost else path.name), remedy))
            os.replace(draft, path)
    except OSError as error:
        return (_unwritable(P218, path.name, error),)
    return ()


# --- in


def import_plant(book: str | Path, folder: str | Path, *, dry_run: bool = False) -> ImportView:
    """Bring what a workbook changed into the plant's folder, or make a new folder of it: whole or not at all.

    What the workbook did not change stays as it is, byte for byte. `dry_run`: only say what would change.
    """
    from shiftledger.readings.sources.plant_changes import merged
    from shiftledger.readings.sources.plant_sheets import read_book

    base = Path(os.path.abspath(folder))
    finished, issues = _finished(base, dry_run)
    if issues:
        return ImportView(issues)
    read = read_book(Path(book))
    now, problems = _folder_files(base, read.result) if not failing(read.issues) else (None, ())
    if failing((*read.issues, *problems)):
        return ImportView(ordered((*read.issues, *problems)), finished=finished)
    outcome = merged(read.result, now)
    issues = ordered((*read.issues, *outcome.issues))
    if not failing(issues):
        issues = ordered((*issues, *_checked(outcome.result, read.result, base)))
    if not failing(issues) and not dry_run:
        issues = ordered((*issues, *_put(base, outcome.result, now)))
    if failing(issues):
        return ImportView(issues, finished=finished)
    return ImportView(issues, str(folder), dry_run, outcome.result.changes, finished)


def _finished(base: Path, dry_run: bool) -> tuple[tuple[str, ...], tuple[Issue, ...]]:
    """What an import that was cut off had left to do is done first."""
    from shiftledger.plant.unfinished import finish, is_unfinished

    if not is_unfinished(base):
        return (), ()
    if dry_run:
        remedy = "Leave out --dry-run: what was cut off is finished first."
        return (), (told(P217, "an import was cut off; a part of the files is new", Location(base.name), remedy),)
    try:
        return finish(base), ()
    except (OSError, ValueError) as error:
        return (), (_unwritable(P217, base.name, error if isinstance(error, OSError) else OSError(str(error))),)


def _folder_files(base: Path, book: PlantBook) -> tuple[dict[str, bytes] | None, tuple[Issue, ...]]:
    """The files of the plant that is there; None where a new folder is made."""
    from shiftledger.plant.source import read_folder

    at = Location(base.name)
    new_or_empty = not base.exists() or (base.is_dir() and not any(base.iterdir()))
    if new_or_empty and not base.is_symlink():
        if base.parent.is_dir():
            return None, ()
        return None, (told(P216, f"there is no folder {base.parent.name} for {base.name} to be in", at, "Name another folder."),)
    if not (base / "plant.toml").is_file():
        remedy = "Name the plant's folder, an empty one, or one that does not exist yet."
        return None, (told(P216, f"{base.name} holds something, but no plant", at, remedy),)
    if book.record is None:
        remedy = "Export the plant, and copy the changes into that workbook; or import this one into a new folder."
        name = next((sheet.book for sheet in book.sheets.values()), "")
        return None, (told(P210, "the workbook does not remember from what it was exported", Location(name), remedy),)
    texts, issues = read_folder(base)
    try:
        now = {name: (base / name).read_bytes() for name in texts}
    except OSError as error:
        return None, (_unwritable(P216, base.name, error),)
    ids = [_plant_id(files) for files in (book.record, now)]
    if ids[0] != ids[1]:
        message = f'the workbook is of the plant "{ids[0]}", and {base.name} holds "{ids[1]}"'
        return None, (told(P216, message, at, "Name the folder of that plant, or a new one."),)
    return now, issues


def _plant_id(files: Mapping[str, bytes]) -> str:
    from shiftledger.plant.source import parsed
    from shiftledger.readings.sources.plant_changes import text_of

    rows = parsed("plant.toml", text_of(files.get("plant.toml", b""))).rows
    return str(rows[0].values.get("id", "")) if rows else ""


def _checked(result: Merged, book: PlantBook, base: Path) -> tuple[Issue, ...]:
    """What is wrong with the plant as it would be, at the cells of the workbook where it has some."""
    from shiftledger.api import text_issues
    from shiftledger.readings.sources.plant_changes import in_the_workbook, text_of

    texts = {name: text_of(content) for name, content in result.files.items()}
    return tuple(in_the_workbook(issue, book, texts) for issue in text_issues(texts, str(base)))


def _put(base: Path, result: Merged, now: Mapping[str, bytes] | None) -> tuple[Issue, ...]:
    """Write what changes, all or none."""
    from shiftledger.plant.unfinished import replace_files

    try:
        if now is None:
            _new_folder(base, result.files)
        elif result.write:
            late = [
                name for name in result.write if ((base / name).read_bytes() if (base / name).exists() else None) != now.get(name)
            ]
            if late:
                what = f"{', '.join(sorted(late))} changed in the folder while the workbook was read"
                return (told(P213, what, Location(base.name), "Give the command again."),)
            replace_files(base, result.write)
    except OSError as error:
        return (_unwritable(P216, base.name, error),)
    return ()


def _new_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """All files into a neighbour, which then takes the folder's name."""
    neighbour = Path(tempfile.mkdtemp(prefix=f".{folder.name[:40]}-", dir=folder.parent))
    try:
        plant = neighbour / folder.name
        for name, content in files.items():
            (plant / name).parent.mkdir(parents=True, exist_ok=True)
            (plant / name).write_bytes(content)
        if folder.is_dir():
            folder.rmdir()  # empty, or this fails
        plant.rename(folder)
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(neighbour)
