"""A folder with twenty and more different mistakes gives as many located messages in one run, in the order of files and lines.

Two plants of two industries. The messages of `cement-mistakes` were written before `check` was run on it; those of `many-mistakes` are the
program's own words, read one by one afterwards. How a message is set on the screen is checked elsewhere.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import shiftledger as sl
from shiftledger.core.issue import Issue

HERE = Path(__file__).parent
FOLDERS = ("many-mistakes", "cement-mistakes")


def told(issue: Issue) -> str:
    return f"{issue.at} {issue.code} {issue.message}"


def in_full(issue: Issue) -> str:
    """Place, the words that the carets stand below, code, message, and on a line of its own what to do."""
    at = issue.at
    assert at is not None
    marked = at.text[at.column - 1 : at.column - 1 + at.length].replace("\t", " ")
    return f"{at} «{marked}» {issue.code} {issue.message}\n    {issue.remedy}"


def lines_of(folder: str) -> list[str]:
    return (HERE / folder / "messages.txt").read_text("utf-8").splitlines()


def test_every_mistake_is_told_once_and_at_its_place() -> None:
    found = sl.check(HERE / "many-mistakes" / "plant")
    assert [told(issue) for issue in found.issues] == lines_of("many-mistakes")


def test_every_mistake_of_the_cement_works_is_told_as_a_clerk_should_read_it() -> None:
    found = sl.check(HERE / "cement-mistakes" / "plant")
    assert "\n".join(in_full(issue) for issue in found.issues).splitlines() == lines_of("cement-mistakes")


@pytest.mark.parametrize("folder", FOLDERS)
def test_all_are_located_in_order_and_with_a_remedy(folder: str) -> None:
    issues = sl.check(HERE / folder / "plant").issues
    assert len(issues) > 20
    assert all(issue.remedy for issue in issues)
    assert [i for i in issues if i.code != "P004" and not (i.at and i.at.line and i.at.column)] == []
    places = [(issue.at.file, issue.at.line) for issue in issues if issue.at]
    assert places == sorted(set(places)), "one mistake a line"


@pytest.mark.parametrize("folder", FOLDERS)
def test_json_says_the_same(folder: str) -> None:
    found = sl.check(HERE / folder / "plant")
    form = json.loads(json.dumps(found.to_json()))
    rows = [(one["file"], one["line"], one["code"], one["message"]) for one in form["issues"]]
    assert rows == [(i.at.file, i.at.line, i.code, i.message) for i in found.issues if i.at]
    assert form["ok"] is False
