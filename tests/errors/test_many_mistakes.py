"""A folder with twenty and more different mistakes gives as many located messages in one run, in the order of files and lines.

`messages.txt` was written by hand: place, code, and what is said, one line a mistake. How a message is set on the screen is checked elsewhere.
"""

from __future__ import annotations

import json
from pathlib import Path

import shiftledger as sl
from shiftledger.core.issue import Issue

HERE = Path(__file__).parent / "many-mistakes"


def told(issue: Issue) -> str:
    return f"{issue.at} {issue.code} {issue.message}"


def test_every_mistake_is_told_once_and_at_its_place() -> None:
    found = sl.check(HERE / "plant")
    assert [told(issue) for issue in found.issues] == (HERE / "messages.txt").read_text("utf-8").splitlines()
    assert len(found.issues) > 20
    assert all(issue.remedy for issue in found.issues)
    assert [i for i in found.issues if i.code != "P004" and not (i.at and i.at.line and i.at.column)] == []


def test_the_order_is_that_of_files_and_lines() -> None:
    places = [(issue.at.file, issue.at.line) for issue in sl.check(HERE / "plant").issues if issue.at]
    assert places == sorted(places)


def test_json_says_the_same() -> None:
    form = json.loads(json.dumps(sl.check(HERE / "plant").to_json()))
    rows = [(one["file"], one["line"], one["code"], one["message"]) for one in form["issues"]]
    assert rows == [(i.at.file, i.at.line, i.code, i.message) for i in sl.check(HERE / "plant").issues if i.at]
    assert form["ok"] is False


def test_without_the_mistakes_nothing_is_said_of_the_lines_between() -> None:
    """No line that is right is blamed: every place is one that the folder's list names."""
    lines = {line.partition(" ")[0] for line in (HERE / "messages.txt").read_text("utf-8").splitlines()}
    assert len(lines) == len((HERE / "messages.txt").read_text("utf-8").splitlines()), "one mistake a line"
