"""Can a source by SQL work, and does no password stand in the text (R3)?"""

from __future__ import annotations

import re

from shiftledger.plant.model import SourceFile

WRITES = re.compile(r"(insert|update|delete|merge|create|drop|alter|truncate|grant|revoke)\b", re.IGNORECASE)
PASSWORD = re.compile(r"//[^/@]*:(?!\$\{)[^@]+@|(?:pass|pwd|secret|token)\w*=(?!\$\{)[^&]", re.IGNORECASE)


def sql_faults(source: SourceFile) -> dict[str, tuple[str, str]]:
    """What is wrong with a source by SQL and what to do, by key: an address without a password in it, and one query or table. # R3"""
    faults = {}
    if not source.url:
        faults["url"] = ("a source by SQL needs an address", 'Add url = "postgresql://${DB_USER}:${DB_PASSWORD}@host/database".')
    elif PASSWORD.search(source.url):
        faults["url"] = (
            "a password stands in the address; the plant's text is kept with every seal",
            "Write ${DB_PASSWORD} in its place and set that environment variable. Change the password: it was in a file.",
        )
    if bool(source.query) == bool(source.table):
        faults["query"] = (
            "a source by SQL needs a query or a table, and not both",
            'Add query = "SELECT time, tag, value FROM ...".',
        )
    elif WRITES.match(source.query.strip()):
        faults["query"] = ("the query changes the database", "Write a SELECT.")
    return faults
