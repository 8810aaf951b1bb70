"""Can files of readings be read as sources.toml declares them (R3)?"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import replace

from shiftledger.core.issue import Issue
from shiftledger.plant.checks_live import live_faults, misplaced
from shiftledger.plant.checks_sql import PASSWORD, sql_faults
from shiftledger.plant.codes import closest, finding
from shiftledger.plant.formats import is_live
from shiftledger.plant.model import EVENT_COLUMNS, Plant, SourceFile
from shiftledger.plant.rows import place

LONGEST_HEADER = 10  # rows
EPOCHS = ("epoch-s", "epoch-ms", "epoch-us")  # how messages count since 1970


def sources_readable(plant: Plant) -> Iterator[Issue]:
    """What sources.toml says about files of readings can work. # R3"""
    for source in plant.sources.values():
        faults = {**_text_faults(source), **_time_faults(source), **_table_faults(source), **misplaced(source)}
        if source.format == "sql":
            faults |= sql_faults(source)
        elif is_live(source):
            faults |= live_faults(source)
        elif not source.match:
            faults["match"] = ("it is open which files it reads", 'Add match = "readings/*.csv" or the like.')
        for name, (message, remedy) in faults.items():
            at = place(plant.text, source.at, name)
            if name in ("url", "token"):  # the line may hold a password
                at = replace(at, text="")
            yield finding("P030", f'source "{source.id}": {message}', at, remedy)


def store_named(plant: Plant) -> Iterator[Issue]:
    """The address of the store holds no password. # L7"""
    if PASSWORD.search(plant.settings.sql):
        at = replace(place(plant.text, plant.settings.at, "sql"), text="")
        message = "a password stands in the address of the store; the plant's text is kept with every seal"
        remedy = "Write ${PGPASSWORD} in its place and set that environment variable. Change the password: it was in a file."
        yield finding("P030", message, at, remedy)


Faults = dict[str, tuple[str, str]]  # by key: what is wrong and what to do


def _text_faults(source: SourceFile) -> Faults:
    faults = {}
    if not _is_encoding(source.encoding):
        faults["encoding"] = (f'there is no encoding "{source.encoding[:60]}"', "Write a name like utf-8 or gb18030.")
    if len(source.delimiter) != 1 or source.delimiter in '"\r\n\0':
        faults["delimiter"] = ("the delimiter is not one character", 'Write one, such as "," or "\\t".')
    if source.thousands == source.decimal:
        faults["thousands"] = ("the sign between thousands is also the decimal sign", 'Set decimal = "," or thousands = "".')
    return faults


def _time_faults(source: SourceFile) -> Faults:
    faults = {}
    if source.time_format.startswith("epoch") and source.format in ("csv", "parquet", "excel", "sql"):
        faults["time_format"] = (
            "counts since 1970 are read from messages only",
            'Write the format of the stamps, such as "%d.%m.%Y %H:%M", or leave it out.',
        )
    elif source.time_format.startswith("epoch") and source.time_format not in EPOCHS:
        faults["time_format"] = (f'"{source.time_format[:60]}" is no time format', f"Write {', '.join(EPOCHS)}.")
    if source.stamps != "instant" and not source.interval:
        faults["interval"] = (
            f"stamps name the {source.stamps} of an interval without length",
            'Add interval = "15min" or the like.',
        )
    if source.whole_days and not (source.layout == "lots" and source.start):
        faults["whole_days"] = (
            "whole days are those of a table of lots that names their first and their last day",
            'Add layout = "lots" and start = "column", or leave whole_days out.',
        )
    if source.order == "position" and source.interval <= 0:
        faults["order"] = (
            'order = "position" says that rows follow each other, but not how fast',
            'Add interval = "20s" or the like: the time from one row to the next.',
        )
    if source.row_number and source.order != "position":
        faults["row_number"] = (
            "a row number counts only where the order does",
            'Add order = "position", or leave row_number out.',
        )
    if bool(source.day) != bool(source.slot):
        there, absent = ("day", "slot") if source.day else ("slot", "day")
        faults[there] = (f"a table by shift needs both a day and a slot; {absent} is missing", f'Add {absent} = "column".')
    elif source.day and (source.order == "position" or source.clock or source.stamps != "instant"):
        faults["day"] = ("a table by shift has no times", "Leave order, clock and stamps out, or day and slot.")
    return faults


def _table_faults(source: SourceFile) -> Faults:
    faults = {}
    if source.layout == "wide" and not source.columns:
        faults["columns"] = ("a wide file needs columns", 'Add columns = {"column of the file" = "tag"}.')
    for column, name in source.columns if source.layout == "events" else ():
        if name not in EVENT_COLUMNS:
            faults["columns"] = (
                f'the column "{column[:60]}" cannot hold "{name[:60]}"',
                f"{closest(name, EVENT_COLUMNS)}An event has {', '.join(EVENT_COLUMNS)}.",
            )
    if source.meanings and source.layout != "events" and source.format != "mqtt":
        faults["meanings"] = ("only events and messages have meanings", "Codes of states stand in meters.csv.")
    if source.header_row < 0:
        faults["header_row"] = ("rows count from 1", "Write the row of the column names, or leave header_row out.")
    if not 1 <= source.header_rows <= LONGEST_HEADER:
        faults["header_rows"] = (
            f"a header has 1 to {LONGEST_HEADER} rows",
            "Count the rows above the first reading that name columns.",
        )
    return faults


def _is_encoding(name: str) -> bool:
    """True for encodings of text; codecs such as hex or zip are none."""
    try:
        return codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        return False
