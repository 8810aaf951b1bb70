"""Short reports: loads, closes, verifications, checks, acts, and issues by the hundred."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from render.made import SEAL
from shiftledger.acts.acts import Act
from shiftledger.core.issue import Issue
from shiftledger.engine.local import ClosedDay, CloseReport
from shiftledger.engine.verify import VerifyReport
from shiftledger.readings.batch import LoadReport
from shiftledger.render.closing import act_text, check_text, close_text, issues_text, load_text, verify_text
from shiftledger.render.text import width

DAY = date(2026, 3, 31)


def test_r2_a_load_says_what_is_new() -> None:
    report = LoadReport("readings/meters.csv", True, 1, 257, 250, 3, 0, 3_600_000_000, {"A": 200, "B": 57})
    assert load_text((report,), "en").splitlines() == [
        "readings/meters.csv",
        "  loaded as batch 1: 250 of 257 rows are new",
        "  2 tags, 1970-01-01 00:00:00+00:00 to 1970-01-01 01:00:00+00:00 (local time)",
        "  3 rows wait in quarantine",
    ]
    assert "1970-01-01 08:00:00+08:00" in load_text((report,), "zh", zone="Asia/Shanghai")
    again = replace(report, loaded=False, seq=None, appended=0)
    assert "was loaded before, nothing changed (257 rows)" in load_text((again,), "en")
    assert "not loaded (257 rows)" in load_text((again,), "en", ok=False)
    assert "not loaded (257 rows)" in load_text((replace(again, quarantined=257),), "en")
    assert load_text((), "zh") == "没有装载任何文件"


def test_l7_a_close_groups_days_by_what_it_did() -> None:
    days = [ClosedDay(DAY + timedelta(days=i), "sealed", replace(SEAL, seq=i + 3)) for i in range(3)]
    days += [ClosedDay(DAY + timedelta(days=3), "unchanged", SEAL), ClosedDay(DAY + timedelta(days=4), "refused")]
    assert close_text(CloseReport(tuple(days)), "en").splitlines() == [
        "2026-03-31 to 2026-04-02, 3 days: sealed, seal 3–5",
        "2026-04-03: unchanged: the seal stands",
        "2026-04-04: not closed",
    ]
    assert close_text(CloseReport((days[0],)), "zh") == "2026-03-31（已封存），第 3 号"
    assert close_text(CloseReport(()), "en") == "no production day to close"


def test_l7_a_verification_holds_or_not() -> None:
    report = VerifyReport(2, 3, 1, 4, True)
    assert verify_text(report, "en") == "The books hold: 2 days recompute to what was sealed\n  4 batches, 1 acts, 3 seals read"
    assert verify_text(replace(report, holds=False), "en").startswith("The books do not hold: 2 days")


def test_check_counts_by_severity() -> None:
    issues = [Issue("X001", severity, "m") for severity in ("error", "disqualified", "warning", "note", "note")]  # type: ignore[arg-type]
    assert check_text(issues, "en") == "errors: 2, warnings: 1, notes: 2"
    assert check_text([], "zh") == "没有问题"


def test_r5_an_act_has_its_place() -> None:
    made = Act("settle", "cost controller, post 1", "controller", 0, {"month": "2026-03"}, seq=4)
    assert act_text((made,), "en") == "act 4 recorded: settle, by cost controller, post 1"
    assert act_text((), "en") == "nothing was recorded"
    told = {"what": "budget/mill", "rows": "a:-:- b:-:-"}
    approved = [Act("approve", "post 4", "head of technology", 0, {**told}, "0123456789abcdef", seq=n) for n in (5, 6)]
    assert act_text(approved, "en").splitlines() == [
        "act 5 recorded: approve, by post 4: budget/mill, rows: 2, content 0123456789ab",
        "act 6 recorded: approve, by post 4: budget/mill, rows: 2, content 0123456789ab",
    ]


def test_many_warnings_of_one_code_are_counted_and_errors_stay() -> None:
    warnings = [Issue("L005", "note", f"shift {i}") for i in range(12)]
    errors = [Issue("L001", "error", f"day {i}") for i in range(12)]
    text = issues_text([*warnings, *errors], "en")
    assert "shift 9" in text
    assert "shift 10" not in text
    assert "(2 more of L005; --json shows all)" in text
    assert "day 11" in text
    assert "more of L001" not in text
    assert "(1 more of L001; --json shows all)" in issues_text([Issue("L001", "error", f"day {i}") for i in range(51)], "en")


def test_what_is_said_of_every_shift_is_said_once_with_their_number_and_days() -> None:
    def bill(day: int, slot: str, tag: str = "BILL") -> Issue:
        return Issue("Q001", "warning", f"{tag}, 2026-01-{day:02}.{slot}: nothing is booked for this shift yet", None, "Wait.")

    month = [bill(day, slot) for day in range(22, 32) for slot in "DEN"]
    text = issues_text([*month, bill(3, "N", "OTHER")], "en")
    assert text == (
        "warning Q001: BILL, 30 shifts from 2026-01-22 to 2026-01-31: nothing is booked\n"
        "    for this shift yet\nWait.      (shiftledger help Q001)\n\n"
        "warning Q001: OTHER, 2026-01-03.N: nothing is booked for this shift yet\nWait.      (shiftledger help Q001)"
    )
    assert issues_text(month[:3], "en").count("nothing is booked") == 3  # three are shown one by one


def test_issues_are_wrapped_at_eighty_columns_but_the_source_line_is_not() -> None:
    from shiftledger.core.issue import Location

    at = Location("sources.toml", 7, 9, 4, 'match = "' + "很长的文件名" * 12 + '.csv"')
    remedy = "把这一行改正，" * 9 + "or write the pattern as the folder names it."
    issue = Issue(
        "R001", "error", 'no source of sources.toml matches "a file with a rather long name for one line.csv"', at, remedy
    )
    lines = issues_text([issue], "en").splitlines()
    excerpt = [i for i, line in enumerate(lines) if line.startswith("  7 | ")]
    assert lines[:2] == [
        'sources.toml:7: error R001: no source of sources.toml matches "a file with a',
        '    rather long name for one line.csv"',
    ]
    assert excerpt == [2]
    assert set(lines[3]) <= set("|^ ")
    assert width(lines[2]) > 80
    assert all(width(line) <= 80 for i, line in enumerate(lines) if i != 2)
    assert lines[4].startswith("把这一行改正，")
    assert all(line.startswith("    ") for line in lines[5:])
    assert lines[-1].endswith("(shiftledger help R001)")
    assert "".join(lines[4:]).replace(" ", "").endswith(remedy.replace(" ", "")[-30:] + "(shiftledgerhelpR001)")
