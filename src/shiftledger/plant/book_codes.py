"""Issue codes of a plant's text that comes back from a workbook: P210-P219. Their places are cells: `roster.xlsx!members!C7`."""

from __future__ import annotations

from shiftledger.core.issue import Issue, Kind, Location

P210 = Kind(
    "P210",
    "error",
    "Workbook without its record",
    "`shiftledger plant export` keeps in a hidden sheet what every file said when it was written, so that an import changes only what "
    "somebody changed. Into a folder that holds a plant, a workbook without that record is not imported. Export again, and copy the changes over.",
)
P211 = Kind(
    "P211",
    "error",
    "Cell cannot be used",
    "The cell holds an error, a formula that was never calculated, a date where text is meant, or is part of a merged range. Formulas "
    "count by the value that the spreadsheet shows; numbers are read to 15 digits, as spreadsheets keep them.",
)
P212 = Kind(
    "P212",
    "error",
    "Unknown file, column or row in a workbook",
    "The first cell of a sheet names its file, and one row below it the fields, each once. Every row has its values under these names. Other "
    "sheets, and columns whose name begins with #, are left alone.",
)
P213 = Kind(
    "P213",
    "error",
    "Changed in the folder and in the workbook",
    "The file was changed in the folder after the export, and the workbook changes it as well. Nothing is written, so that neither is "
    "lost. Export again, and make the change of the workbook in the new one.",
)
P214 = Kind(
    "P214",
    "error",
    "Change that has to be made by hand",
    "The text at this place is written in a way that cannot be changed without touching what stands around it, such as a table of a "
    "table. Nothing is written; change it in the file.",
)
P215 = Kind(
    "P215",
    "note",
    "Part of a workbook that is not read",
    "A file whose sheet was deleted, and a field whose column was deleted, stay as they are: an import takes away only rows and values "
    "that were taken out of a sheet that is there. Sheets that name no file are left alone.",
)
P216 = Kind(
    "P216",
    "error",
    "Folder cannot take the import",
    "An import goes into a folder that holds a plant, into an empty one, or a new one; into the plant that was exported, and no other. It "
    "is written whole or not at all.",
)
P217 = Kind(
    "P217",
    "error",
    "Import not finished",
    "An import was cut off while it replaced files; a part of them is new. Nothing is lost: `shiftledger plant import` of any workbook "
    "into the folder first finishes what was cut off.",
)
P218 = Kind(
    "P218",
    "error",
    "Cannot be written as a workbook",
    "A cell of a workbook holds 32,767 characters and a sheet 1,048,576 rows; some characters cannot stand in it. A workbook is read "
    "back before it is kept, and one that says anything else than the folder is not left behind.",
)
CODES: tuple[Kind, ...] = (P210, P211, P212, P213, P214, P215, P216, P217, P218)


def told(kind: Kind, message: str, at: Location, remedy: str) -> Issue:
    """An issue with the usual severity of its code."""
    return Issue(kind.code, kind.severity, message, at, remedy)
