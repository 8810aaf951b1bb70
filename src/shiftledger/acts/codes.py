"""Issue codes of the acts, the store, and what is asked of the verbs."""

from shiftledger.core.issue import Kind

A001 = Kind(
    "A001",
    "error",
    "an act was changed",
    ("Acts are append-only and hash-chained. This one no longer hashes to what its successor holds. Restore " "ledger.sqlite from a copy of before."),
)
A002 = Kind(
    "A002", "error", "not an act", ("An act has a kind of the list, who and in which role, and the fields that its kind asks for. Give what the " "message says is missing.")
)
A003 = Kind("A003", "error", "no books yet", "Load readings and close a day first: shiftledger load, then shiftledger close.")
A004 = Kind(
    "A004",
    "error",
    "the store cannot be used",
    "The file ledger.sqlite of the plant's state is damaged or cannot be written. Restore a damaged one from a copy; where the disk is full or read-only, make room or let this program write.",
)
A005 = Kind("A005", "error", "not a time", "Write a time with its offset, such as 2026-04-01T08:00:00+02:00.")
A006 = Kind(
    "A006", "error", "no such production days", "Write production days as 2026-03-31; the first may not lie after the last."
)
A007 = Kind(
    "A007",
    "note",
    "the first day has readings for a part of it only",
    "Without --from a close begins with the first production day that is wholly covered by readings. With --from it closes any day.",
)
A008 = Kind("A008", "error", "environment variable missing", "The address of the store names environment variables as ${NAME}; set them before.")
A009 = Kind("A009", "error", "driver missing", "The Python package that speaks to this kind of database is not installed.")
A010 = Kind(
    "A010", "error", "the database of the store cannot be used", "The server does not answer, refuses the user, or the address is wrong."
)
A011 = Kind("A011", "error", "the store is of a newer program", "A newer Shiftledger brought the store up to date. Install that version here, too.")
A012 = Kind(
    "A012",
    "error",
    "the folder does not belong to the store",
    "Several programs may share one store in a database only if they share the folder of the state as well: the readings lie there.",
)
CODES: tuple[Kind, ...] = (A001, A002, A003, A004, A005, A006, A007, A008, A009, A010, A011, A012)
