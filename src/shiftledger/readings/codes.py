"""Issue codes of the readings stage: files (R001-R019), rows (R020-R029), the lake (R030-R039), packages that read files (R040-R049)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from shiftledger.core.issue import Issue, Kind, Location

K = Kind
CODES: tuple[Kind, ...] = (
    K("R001", "error", "No source for this file", "sources.toml says how a file is read. A file belongs to the source whose `match` fits its name or its path below the plant folder."),
    K("R002", "error", "Several sources for this file", "Exactly one `match` may fit a file, or it is open how it is read."),
    K("R003", "error", "File cannot be opened", "The file is missing, a folder, or may not be read. Look at the name of the file and the rights to it."),
    K("R004", "error", "Not the declared encoding", ("The bytes do not spell text in the encoding that sources.toml declares, so no row was read. Correct `encoding` " "in sources.toml, or save the file anew.")),
    K("R005", "error", "Damaged or cut-off file", "A compressed or Parquet file ends early or is damaged. Half a file is not read: copy it again."),
    K("R006", "error", "Not a table", ("The file is empty, binary, or has no header line where a table with a header was declared. Export it once more, " "as CSV or Excel with a header.")),
    K("R007", "error", "Column missing", ("A column that sources.toml names is not in the file. Columns are joined by name, never by position. Correct the " "column's name in sources.toml, or in the file.")),
    K("R008", "error", "Column twice", "Two columns of the file have the same name, so it is open which one is meant. Give one of them another name."),
    K("R009", "error", "Column of a type that holds no readings", "A Parquet column must hold numbers, text or times, not lists or structures."),
    K("R010", "error", "The source cannot be used as declared", "A key of the source in sources.toml has a value with which no file can be read. Correct the key that is marked."),
    K("R011", "warning", "Tag not declared", ("Only tags of meters.csv have a meaning. Rows of an unknown tag wait in quarantine; an unknown column waits there" " as one row, with all its cells. Declare the tag in meters.csv, or the column in sources.toml, and readmit its " "rows: shiftledger quarantine.")),
    K("R012", "note", "No readings in the file", "The file has a header, but no row with a reading."),
    K("R013", "error", "Decimal commas were eaten", ("A spreadsheet took the decimal sign of some numbers for a sign between thousands: 557,434 became 557434. " "Neighbouring rows then differ by exact powers of ten, and the file cannot be repaired without guessing. Export " "the file anew from where it came, without opening it in a spreadsheet.")),
    K("R014", "error", "Too large to read", "A file holds more text, or a workbook more cells, than a table of readings has. Split it, or export it as Parquet."),
    K("R015", "warning", "Sample not declared", "samples.csv says which tag an analyte of a sample point is. Results that it does not name wait in quarantine."),
    K("R016", "warning", "Reading rejected: outside the limits", ("The value lies outside the `low` and `high` of its meter: swapped, mistyped or impossible. It waits in " "quarantine. Correct and readmit it with shiftledger quarantine, or widen the limits if the value is true.")),
    K("R017", "warning", "Reading rejected: not a lot", "A lot has an amount, an end, an id where the file has a column for it, and lasts no longer than the `length` of its meter."),
    K("R018", "note", "Hidden or merged cells", "Parts of a sheet are hidden, or cells are merged so that only the first of them has a value. `hidden` and `merged` in sources.toml say how they are read."),
    K("R019", "note", "Fewer rows under a stamp than usual", "Rows that only their place dates are counted from their stamp on. Where a stamp has fewer rows than most, it is open which of them are missing."),
    K("R020", "warning", "Row rejected: not a row of the table", "Too few or too many cells, a quote that is never closed, or a line over 1 MiB. The line waits in quarantine."),
    K("R021", "warning", "Reading rejected: time", ("The stamp does not fit the declared format, does not exist in its zone, or is not between 1900 and 2200. Correct" " `time_format` or `zone` of the source, or the stamp.")),
    K("R022", "warning", "Reading rejected: value", ("A value is a decimal number with the declared decimal sign. An empty cell is no reading; NaN and inf are not " "numbers. Correct `decimal` of the source, or the cell.")),
    K("R023", "warning", "Reading rejected: state", ("A state tag's text must be one of the codes of its meter in meters.csv. Add the code to the meter, or correct " "the text.")),
    K("R024", "warning", "Reading rejected: quality", "Quality is good, uncertain or bad (or 0, 1, 2); blank counts as good."),
    K("R025", "warning", "Reading rejected: revision", "A revision is a whole number from 0 (a re-test number) or a modified time; blank means undeclared."),
    K("R026", "warning", "Unequal values for one instant", "One batch says two things about the same tag and time at the same revision. All of them wait in quarantine; the point is absent (R2)."),
    K("R027", "warning", "Batches contradict each other", "Two batches declare the same revision of the same point with unequal values. The point is absent until a higher revision arrives (R2)."),
    K("R028", "warning", "Reading rejected: sequence", "Where rows mean something only in order, a row must lie after the rows before it and before the next stamp."),
    K("R029", "warning", "Reading rejected: shift", "A row of a table by shift names a production day and a slot of the plant, and its tag must be of a kind that a shift can have."),
    K("R030", "error", "A batch record was changed", ("Batches are chained by hash. A record no longer hashes to what was recorded when it was loaded. Restore the " "store from a copy of before.")),
    K("R031", "error", "A batch record is missing", ("The lake holds a batch that the SQL store does not know: it was deleted, or a load ended in a crash and no load " "has followed. Load the file again.")),
    K("R032", "error", "Readings were changed", ("The readings of a day and tag no longer hash to what their batch recorded when it was loaded. Restore the " "readings from a copy, or load the file again.")),
    K("R033", "error", "A readings file is damaged", "A Parquet file that the lake's log names is missing or cannot be read. Restore the file from a copy."),
    K("R034", "error", "Readings of no batch", ("The lake holds rows that no batch brought. They are never read. Nothing has to be done; shiftledger verify shows" " them.")),
    K("R035", "error", "The lake cannot be opened", ("The Delta log of the readings is missing or damaged, or older than the batch records in SQL. Restore the lake " "from a copy.")),
    K("R036", "warning", "Event rejected", "A row of a table of events names a declared unit or area, a start, and an end after it (or a duration, or neither: it goes on); its cause is one of the list, or blank. sources.toml maps other names of columns (`columns`) and other words (`meanings`)."),
    K("R037", "warning", "Two things said of one event", "Two rows of one file speak of the same event (the same id, or the same place, kind and start) at the same revision, but differ. Neither is recorded."),
    K("R038", "warning", "Reading rejected: the time of a sample", "A composite sample stands for the time from its start to its end, at most the `length` of its meter. Its start lies before its end, and one file says one thing of it."),
    K("R040", "error", "Nothing reads this format", "A format is read by the program itself or by an installed package that offers it. Everything but loading such files works without it."),
    K("R041", "error", "The reader of a package failed", "A format is read by an installed package, and that package broke its contract. Nothing of the file was read."),
    K("R042", "error", "The workbook cannot be opened", "It is locked by a password, or no workbook at all."),
    K("R043", "error", "Which sheet is open", "The sheet that sources.toml names is not in the workbook, or it names none and several have content."),
    K("R044", "warning", "Errors look like empty cells", "In this kind of workbook neither errors such as #N/A nor hidden rows can be told from empty or plain ones."),
)  # fmt: skip
SEVERITY = {kind.code: kind.severity for kind in CODES}
LOCATED = 20  # issues of one kind that are shown for one file before they are counted


class LakeError(Exception):
    """The stored readings cannot be read; `verify_batches` says which file or log entry is damaged."""


def found(code: str, message: str, at: Location | None = None, remedy: str = "") -> Issue:
    """An issue with the usual severity of its code."""
    return Issue(code, SEVERITY[code], message, at, remedy)


SHOWN = 60  # characters of a cell in a message


def clip(said: str) -> str:
    """Text as it is quoted in a message: one line of bounded length."""
    text = " ".join(said[: 4 * SHOWN].split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def closest(name: str, known: Iterable[str]) -> str:
    """'Closest: x. ' if a known name is like `name`, whatever its case, else ''."""
    by_case = {candidate.lower(): candidate for candidate in sorted(known, reverse=True)}
    near = difflib.get_close_matches(name[:100].lower(), sorted(by_case), n=1)
    return f"Closest: {by_case[near[0]]}. " if near else ""
