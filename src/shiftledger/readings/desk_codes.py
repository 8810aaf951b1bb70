"""Issue codes of the desk: entries by hand (R060-), refused rows (R065-), SQL sources (R070-), what a load would do (R080-)."""

from __future__ import annotations

from shiftledger.core.issue import Issue, Kind, Location

K = Kind
R060 = K("R060", "error", "Entry refused: tag", "Only a meter that is declared, holds on the day and can be told once a shift is entered by hand.")
R061 = K("R061", "error", "Entry refused: value", "A value is a number with a point as decimal sign, within the limits of its meter, or one of the codes of its state.")
R062 = K("R062", "error", "Entry refused", "An entry says who made it, for a shift that has begun, and of which quality: good, uncertain or bad.")
R065 = K("R065", "error", "No such row in quarantine", "A refused row is named by its id, or by its first six characters where they suffice; shiftledger quarantine list shows them.")
R066 = K("R066", "error", "Row cannot be readmitted", "A row is read again with today's text of the plant. What still cannot be read stays in quarantine.")
R067 = K("R067", "error", "Contradiction", "Two rows, or a row and what is known, say different things about one point. A person names the value that holds: readmit one of the rows, or give --value.")
R068 = K("R068", "note", "Nothing to do", "The row was decided before, or what it says has been loaded since; nothing is written.")
R069 = K("R069", "error", "Readmitted rows cannot be dropped", "What was readmitted is in the readings. To correct it, enter the right value; the later one counts.")
R070 = K("R070", "error", "Not a source of readings by SQL", "--source names a source of sources.toml with format sql.")
R071 = K("R071", "error", "Environment variable missing", "The address of a database may name environment variables as ${NAME}, so that no password stands in the plant's text. Set the variable before loading.")
R072 = K("R072", "error", "Driver missing", "The Python package that speaks to this kind of database is not installed.")
R073 = K("R073", "error", "Database cannot be used", "The address is wrong, the server does not answer, or it refuses the user.")
R074 = K("R074", "error", "Query fails", "The database refuses the query of sources.toml. It must be one SELECT whose columns are those that the source names.")
R075 = K("R075", "error", "Query needs times", "A query that names :since or :until gets them from --since and --until, as times of the plant or with an offset.")
R076 = K("R076", "warning", "Times bound in another form than the column's", "SQLite compares text with text: bounds and column must have one form, or rows at the edges are missed.")
R080 = K("R080", "note", "No source for this file: a guess", "No source of sources.toml matches the file. The block is what the file looks like; check what it calls a guess, and paste it.")
R081 = K("R081", "error", "No guess for this file", "The file is no table of readings that can be recognised.")
CODES: tuple[Kind, ...] = (R060, R061, R062, R065, R066, R067, R068, R069, R070, R071, R072, R073, R074, R075, R076, R080, R081)


def told(kind: Kind, message: str, at: Location | None = None, remedy: str = "") -> Issue:
    """An issue of the desk with the usual severity of its code."""
    return Issue(kind.code, kind.severity, message, at, remedy)
