"""From text to a frozen plant: `open_folder` reads a folder, `load_text` is pure and also reads the text that a seal stored.

All issues come at once. With errors the plant holds the rows that could be read; a row with an error is left out, so
`failing(issues)` decides whether a plant may be closed, never its shape. What the rows mean together is `plant/checks.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import time
from pathlib import Path, PurePosixPath
from typing import Any

from shiftledger.core.canon import content_hash
from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.plant.codes import closest, finding
from shiftledger.plant.headers import columns_of, missing, misspelt
from shiftledger.plant.linked import linked_prices
from shiftledger.plant.model import Plant, Settings
from shiftledger.plant.schema import FIELDS_OF, TABLE, TABLES, Field, Table, table_of
from shiftledger.plant.source import UNREADABLE, Row, parsed, read_folder
from shiftledger.plant.values import Wrong, read_value, usable_id

UNREAD = Settings(id="", currency="", zone="UTC", day_start=time(0))  # stands for a plant.toml that could not be read


def open_folder(path: str | Path) -> Outcome[Plant]:
    """The plant in a folder, with everything that is wrong with its text. Never raises for what a user wrote."""
    folder = Path(path)
    files, unreadable = read_folder(folder)
    outcome = load_text(files, root=str(folder))
    named = any(issue.code == "P001" or (issue.at and issue.at.file == "plant.toml") for issue in unreadable)
    issues = [issue for issue in outcome.issues if not (named and issue.code == "P001")]  # said already, and better
    return Outcome(outcome.result, ordered((*unreadable, *issues)))


def load_text(files: Mapping[str, str], root: str = "") -> Outcome[Plant]:
    """The plant that the texts (posix file name -> content) describe; pure. Files that no table has are ignored."""
    known = {name: files[name] for name in sorted(files) if table_of(name)}
    issues: list[Issue] = []
    if "plant.toml" not in known:
        issues.append(
            finding("P001", "there is no plant.toml", Location("plant.toml"), "Add plant.toml, or name the folder that holds it.")
        )
    rows: dict[str, list[Any]] = {table.name: [] for table in TABLES}
    seen: dict[tuple[str, str], Location] = {}
    for name, text in known.items():
        outcome = _file_rows(name, text, seen)
        issues.extend(outcome.issues)
        rows[_table(name).name].extend(outcome.result)
    if known.get("plant.toml", UNREADABLE) != UNREADABLE and not rows["plant"] and not issues:
        issues.append(
            finding("P006", "plant.toml has no [plant]", Location("plant.toml", 1, 1, 1), "Begin it with a line [plant].")
        )
    plant = _plant(rows, known, root)
    if plant.quotes or any(row.link for row in plant.prices) or plant.links:
        prices = linked_prices(plant)
        plant, issues = replace(plant, prices=prices.result), [*issues, *prices.issues]
    return Outcome(plant, ordered(issues))


def text_hash(plant: Plant) -> str:
    """SHA-256 (hex) of the plant's text: its files by name with their content."""
    return content_hash([[name, plant.text[name]] for name in sorted(plant.text)])


def _table(file: str) -> Table:
    table = table_of(file)
    assert table is not None, file
    return table


def _plant(rows: Mapping[str, list[Any]], text: Mapping[str, str], root: str) -> Plant:
    def keyed(table: str) -> dict[str, Any]:
        return {row.id: row for row in sorted(rows[table], key=lambda row: str(row.id))}

    return Plant(
        settings=rows["plant"][0] if rows["plant"] else UNREAD,
        areas=keyed("area"),
        units=keyed("unit"),
        streams=keyed("stream"),
        stocks=keyed("stock"),
        materials=keyed("material"),
        meters=tuple(rows["meter"]),
        rotations=keyed("rotation"),
        roster=tuple(rows["roster"]),
        prices=tuple(rows["price"]),
        standards=tuple(rows["standard"]),
        budget=tuple(rows["budget"]),
        factors=tuple(rows["factor"]),
        indicators=keyed("indicator"),
        allocations=keyed("allocation"),
        samples=tuple(rows["sample"]),
        sources=keyed("source"),
        states=keyed("state"),
        potentials=tuple(rows["potential"]),
        quality=tuple(rows["quality"]),
        grades=tuple(rows["grade"]),
        invoices=tuple(rows["invoice"]),
        charges=tuple(rows["charge"]),
        links=keyed("link"),
        quotes=tuple(rows["quote"]),
        services=tuple(rows["service"]),
        posts=tuple(rows["post"]),
        members=tuple(rows["member"]),
        attendance=tuple(rows["attendance"]),
        text=text,
        root=root,
    )


def _file_rows(file: str, text: str, seen: dict[tuple[str, str], Location]) -> Outcome[tuple[Any, ...]]:
    """The rows of one file; `seen` remembers the ids of all files read so far."""
    table = _table(file)
    source = parsed(file, text)
    issues = list(source.issues)
    rows = []
    body = source.rows
    if source.header:
        issues.extend(_columns(table, source.header))
        names = _names(source.header)
        body = body if not missing(table.name, names) and not misspelt(table.name, names) else ()
        moved = _moved_column(table, body)
        if moved is not None:
            return Outcome((), (*issues, moved))
    for row in body:
        outcome = _model(table, row)
        issues.extend(outcome.issues)
        issues.extend(_repeated(table, row, seen))
        rows.extend([outcome.result] if outcome.result is not None else [])
    return Outcome(tuple(rows), tuple(issues))


DIGITS = "0123456789０１２３４５６７８９"  # what a number has, however it is written
SIGNS: Mapping[str, str] = {"date": "-/.年", "time": ":：时", "choice": ""}
MANY = 3  # so many cells, and no other, that a column cannot hold: then it is the header that is wrong


def _moved_column(table: Table, rows: Iterable[Row]) -> Issue | None:
    """One message for a column of which not a single cell is of its type, at the first of them: its header stands above other cells."""
    for field in FIELDS_OF[table.name]:
        cells = [row for row in rows if field.name in row.values]
        if any(set(str(row.values[field.name])) & set(SIGNS.get(field.type, DIGITS)) for row in cells):
            continue  # such a value, but written otherwise: each cell says how
        issues = [next(iter(_value(table, field, row).issues), None) for row in cells]
        found = [issue for issue in issues if issue and issue.code in ("P007", "P008")]
        if len(cells) >= MANY and len(found) == len(cells):
            remedy = f'Look at the header: does "{field.name}" stand above the right cells?'
            return replace(found[0], message=f"{found[0].message}, nor is any cell below it", remedy=remedy)
    return None


def _columns(table: Table, header: Row) -> Iterable[Issue]:
    """Columns that the table does not have, and required ones that are not there; a misspelt one is said once."""
    names, found = columns_of(table.name), _names(header)
    lacking = missing(table.name, found)
    for column in found:
        if not column:
            remedy = f"Write its name; the columns are {', '.join(names)}."
            yield finding("P005", f"a column of {header.at.file} has no name", header.key_place(column), remedy)
        elif column not in names:
            meant = next((field for field in lacking if closest(column, [field.name])), None)
            lacking = [field for field in lacking if field is not meant]
            near = closest(column, [meant.name] if meant else names)
            remedy = f"{near}Correct the header; the columns are {', '.join(names)}."
            yield finding("P005", f'{header.at.file} has no column "{_cut(column)}"', header.key_place(column), remedy)
    if len(lacking) == 1:
        yield finding("P006", f'the column "{lacking[0].name}" is missing', header.at, f"Add it to the header. {lacking[0].doc}")
    elif lacking:
        told = ", ".join(f'"{field.name}"' for field in lacking)
        yield finding(
            "P006", f"the columns {told} are missing", header.at, "Add them to the header, and a cell of each to every row."
        )


def _names(header: Row) -> list[str]:
    return [str(path[0]) for path in header.keys]


def _repeated(table: Table, row: Row, seen: dict[tuple[str, str], Location]) -> Iterable[Issue]:
    """An id in two files, or one id for a unit and a stock (streams could not tell them apart)."""
    if row.id:
        space = "node" if table.name in ("unit", "stock") else table.name
        first = seen.setdefault((space, row.id), row.at)
        if first != row.at:
            yield finding("P010", f'"{row.id}" is declared already at {first}', row.at, "Give one of the two another id.")


def _model(table: Table, row: Row) -> Outcome[Any]:
    """The row as its frozen type, or None with what is wrong with it."""
    issues: list[Issue] = []
    values: dict[str, Any] = {}
    if row.id:
        try:
            values["id"] = usable_id(row.id)
        except Wrong as wrong:
            issues.append(finding(wrong.code, f"{table.name}: {wrong.what}", row.at, wrong.remedy))
    for field in FIELDS_OF[table.name]:
        outcome = _value(table, field, row)
        issues.extend(outcome.issues)
        values[field.target] = outcome.result
    if table.stem:
        values[table.stem] = PurePosixPath(row.at.file).stem
    unknown = tuple(_unknown_keys(table, row))
    if issues or (row.at.file.endswith(".toml") and misspelt(table.name, row.values)):
        return Outcome(None, (*unknown, *issues))
    if table.name == "rotation":
        outcome = _rotation(row, values)
        return Outcome(outcome.result, (*unknown, *outcome.issues))
    return Outcome(table.model(**values, at=row.at), unknown)


def _unknown_keys(table: Table, row: Row) -> Iterable[Issue]:
    if row.at.file.endswith(".csv"):
        return
    names = [field.name for field in FIELDS_OF[table.name]]
    unknown = [key for key in row.values if key not in names]
    if len(unknown) > 2:
        message = (
            f'{_who(table, row)} has no keys "{_cut(unknown[0])}", "{_cut(unknown[1])}" and {len(unknown) - 2} more like them'
        )
        remedy = "Write the line in brackets that they belong to above them, such as [source.hourly.columns], or remove them."
        yield finding("P005", message, row.key_place(unknown[0]), remedy)
        return
    for key in unknown:
        remedy = f"{closest(key, names)}Correct or remove it; {_a(table.name)} has {', '.join(names)}."
        yield finding("P005", f'{_who(table, row)} has no key "{_cut(key)}"', row.key_place(key), remedy)


def _value(table: Table, field: Field, row: Row) -> Outcome[Any]:
    if field.name not in row.values:
        if not field.required:
            return Outcome(field.default)
        if field.unless and field.unless in row.values:  # it follows from that one
            return Outcome(None)
        if any(closest(key, [field.name]) for key in row.values if key not in columns_of(table.name)):
            return Outcome(None)  # misspelt, which is said of that key
        remedy = f"Fill it in. {field.doc}"
        return Outcome(None, (finding("P006", f'{_who(table, row)} needs "{field.name}"', row.place(field.name), remedy),))
    try:
        return Outcome(read_value(field, row.values[field.name], cell=row.at.file.endswith(".csv")))
    except Wrong as wrong:
        path, remedy = (field.name, *wrong.part), _exchanged(field, row) or wrong.remedy
        at = row.key_place(*path) if wrong.key else row.place(*path)
        return Outcome(field.default, (finding(wrong.code, f"{field.name}: {wrong.what}", at, remedy),))


def _exchanged(field: Field, row: Row) -> str:
    """What to do about a cell that is no choice where the cell of another column is one; "" if none is."""
    if field.type != "choice" or not row.at.file.endswith(".csv"):
        return ""
    others = [f.name for f in FIELDS_OF[row.table] if f.type != "choice" and row.values.get(f.name) in field.choices]
    return f"Exchange the cells of {field.name} and {others[0]}, which look swapped." if others else ""


def _rotation(row: Row, values: dict[str, Any]) -> Outcome[Any]:
    """A rotation from a preset, from its own slots, pattern and crews, or from a preset with parts of its own. # T3"""
    name = values.pop("preset")
    if name:
        from shiftledger.plant.presets import PRESETS

        if name not in PRESETS:
            remedy = f"{closest(name, PRESETS)}The presets are {', '.join(sorted(PRESETS))}."
            return Outcome(
                None,
                (
                    finding(
                        "P012",
                        f'rotation "{row.id}" names the preset "{_cut(name)}", which does not exist',
                        row.place("preset"),
                        remedy,
                    ),
                ),
            )
        preset = PRESETS[name]
        values["slots"] = values["slots"] or preset.slots
        values["pattern"] = values["pattern"] or preset.pattern
        values["crews"] = values["crews"] or preset.phases
    missing = [key for key in ("slots", "pattern", "crews") if not values[key]]
    if missing:
        remedy = "Name a preset, or give slots, pattern and crews."
        return Outcome(None, (finding("P033", f'rotation "{row.id}" has no {" and no ".join(missing)}', row.at, remedy),))
    return Outcome(TABLE["rotation"].model(**values, at=row.at))


def _a(name: str) -> str:
    """With its article: a unit, an area."""
    return f"{'an' if name[0] in 'aeio' else 'a'} {name}"


def _who(table: Table, row: Row) -> str:
    return f'{table.name} "{row.id}"' if row.id else f"the {table.name}'s row" if row.at.file.endswith(".csv") else "the plant"


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
