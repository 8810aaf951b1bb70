"""Issues as people read them: the layout of the design, also for wide characters and odd bytes."""

from __future__ import annotations

import json

from shiftledger.core.issue import Issue, Location
from shiftledger.render.issues import format_issue, issues_json


def test_the_layout_of_the_design() -> None:
    at = Location("streams.toml", 41, 6, 8, 'to = "evap-2"')
    message = 'stream "steam-ev2" goes to "evap-2", which is not declared'
    remedy = "Closest: evaporator-2. Correct this line or declare the unit in units.toml."
    assert format_issue(Issue("P012", "error", message, at, remedy)).split("\n") == [
        'streams.toml:41: error P012: stream "steam-ev2" goes to "evap-2", which is not declared',
        '  41 | to = "evap-2"',
        "     |      ^^^^^^^^",
        "Closest: evaporator-2. Correct this line or declare the unit in units.toml.      (shiftledger help P012)",
    ]


def test_issues_without_line_or_remedy() -> None:
    assert format_issue(Issue("P001", "error", "nothing here", Location("plant.toml"))) == (
        "plant.toml: error P001: nothing here\n(shiftledger help P001)"
    )
    assert format_issue(Issue("P001", "note", "nothing here")) == "note P001: nothing here\n(shiftledger help P001)"


def test_carets_stand_below_wide_characters_and_tabs() -> None:
    lines = format_issue(Issue("P005", "error", "m", Location("a.toml", 7, 6, 4, '磨矿\t= "中班"'))).split("\n")
    assert lines[1:3] == ['  7 | 磨矿\t= "中班"', "    |     \t  ^^^^^^"]


def test_long_lines_are_cut_around_the_place() -> None:
    line = "a" * 500 + "X" + "b" * 500
    lines = format_issue(Issue("P003", "error", "m", Location("a.csv", 1, 501, 1, line))).split("\n")
    assert len(lines[1]) < 180
    assert lines[1][lines[2].index("^")] == "X"


def test_what_could_steer_a_terminal_is_replaced() -> None:
    text = format_issue(Issue("P003", "error", "a\x1b[31m\nb", Location("a.csv", 1, 1, 1, "\x1b[2Jx")))
    assert "\x1b" not in text
    assert text.count("\n") == 3


def test_issues_as_json() -> None:
    issues = [Issue("P012", "error", "m", Location("a", 1, 2, 3, "text"), "r"), Issue("P001", "note", "n")]
    page = json.loads(json.dumps(issues_json(issues)))
    assert page["version"] == 1
    assert page["issues"][0] == {
        "code": "P012", "severity": "error", "message": "m", "remedy": "r",
        "file": "a", "line": 1, "column": 2, "length": 3, "text": "text",
    }  # fmt: skip
    assert page["issues"][1]["file"] == ""
    assert page["issues"][1]["line"] == 0
