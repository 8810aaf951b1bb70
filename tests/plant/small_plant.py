"""The clean small plant of tests/errors/base, changed a little: what do the checks say then?"""

from __future__ import annotations

from pathlib import Path

from shiftledger.core.issue import Issue, ordered
from shiftledger.plant.checks import check
from shiftledger.plant.load import load_text, open_folder

BASE = dict(open_folder(Path(__file__).resolve().parent.parent / "errors" / "base").result.text)


def issues(*edits: tuple[str, str, str], **more: str) -> tuple[Issue, ...]:
    """Issues of the small plant after edits (file, old, new; old blank: appended) and with more files (a_b_csv is a_b.csv)."""
    files = dict(BASE)
    for file, old, new in edits:
        assert old in files[file]
        files[file] = files[file].replace(old, new, 1) if old else files[file] + new
    for name, text in more.items():
        files[name.replace("__", "/").replace("_toml", ".toml").replace("_csv", ".csv")] = text
    outcome = load_text(files)
    return ordered((*outcome.issues, *check(outcome.result)))


def codes(*edits: tuple[str, str, str], **more: str) -> list[str]:
    return [issue.code for issue in issues(*edits, **more)]


def places(*edits: tuple[str, str, str], **more: str) -> list[str]:
    return [f"{issue.code} {issue.at}" for issue in issues(*edits, **more)]


def prices(*rows: str) -> dict[str, str]:
    return {"prices__planned_csv": "\n".join(["material,price,unit,band,valid_from,valid_to", "ore,1,,,,", *rows, ""])}
