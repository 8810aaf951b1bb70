"""Acts: what is refused, what is recorded, how the chain shows a change (R5)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

import shiftledger as sl
import two_tanks as w
from shiftledger.acts.acts import KINDS, Act, act_hash, checked, read_acts, record, verify_acts
from shiftledger.acts.heads import note_head, noted_head
from shiftledger.acts.state import GENESIS, acts, connect
from shiftledger.core.canon import canonical_text

WHO = ("meter engineer, post 2", "metering")


def wrong(kind: str, body: dict[str, str], who: str = WHO[0], role: str = WHO[1]) -> list[tuple[str, str]]:
    """What is wrong with an act: messages and remedies."""
    found = checked(Act(kind, who, role, 1, body))
    assert all(issue.code == "A002" and issue.severity == "error" and str(issue.at) == f"act {kind}" for issue in found)
    return [(issue.message, issue.remedy) for issue in found]


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("settel", {}, [('there is no act "settel"', f"Acts are: {', '.join(KINDS)}.")]),
        ("settle", {}, [('the act "settle" needs month', "Give month.")]),
        ("settle", {"month": ""}, [('the act "settle" needs month', "Give month.")]),
        ("settle", {"month": "March"}, [("'March' is not a month", "Write it as 2026-03.")]),
        ("settle", {"month": "2026-13"}, [("'2026-13' is not a month", "Write it as 2026-03.")]),
        ("settle", {"month": "2026-3"}, [("'2026-3' is not a month", "Write it as 2026-03.")]),
        ("approve", {}, [('the act "approve" needs what', "Give what.")]),
        ("decision", {}, [('the act "decision" needs about', "Give about.")]),
        (
            "suspect",
            {"tag": "FT-1"},
            [
                ('the act "suspect" needs start', "Give tag, start, end."),
                ('the act "suspect" needs end', "Give tag, start, end."),
            ],
        ),
        (
            "suspect",
            {"tag": "FT-1", "start": "1", "end": "2", "why": "x"},
            [('the act "suspect" has no why', "Give tag, start, end and, if you like, reason.")],
        ),
        (
            "suspect",
            {"tag": "FT-1", "start": "2", "end": "2"},
            [
                (
                    "the suspect period ends before it begins",
                    "Give the first instant that counts as bad, then the first that is good again.",
                )
            ],
        ),
    ],
)
def test_r5_an_act_with_missing_fields_is_refused(kind: str, body: dict[str, str], expected: list[tuple[str, str]]) -> None:
    assert wrong(kind, body) == expected


@pytest.mark.parametrize("instant", ["soon", "--5", "²", "1.5", "1e3", "0x1", "5 ", "99999999999999999999"])
def test_r5_a_suspect_period_has_instants(instant: str) -> None:
    remedy = "Give a time with its offset, such as 2026-04-01T08:00:00+02:00."
    assert wrong("suspect", {"tag": "x", "start": instant, "end": "9"}) == [("start is not an instant", remedy)]
    assert wrong("suspect", {"tag": "x", "start": "-7", "end": instant}) == [("end is not an instant", remedy)]


@pytest.mark.parametrize(("who", "role"), [("", "metering"), ("meter engineer", ""), ("  ", "\t")])
def test_r5_an_act_says_who_and_in_which_role(who: str, role: str) -> None:
    expected = ("an act says who did it and in which role", 'Such as who "cost controller, post 1", role "controller".')
    assert wrong("decision", {"about": "x"}, who, role) == [expected]
    assert wrong("decision", {}, who, role) == [('the act "decision" needs about', "Give about."), expected], "all at once"


def test_r5_a_reason_may_always_be_given() -> None:
    assert wrong("suspect", {"tag": "x", "start": "-7", "end": "0", "reason": "drifted"}) == []
    assert wrong("settle", {"month": "2026-03", "reason": "books complete"}) == []


def test_r5_an_act_that_is_none_writes_nothing(tmp_path: Path) -> None:
    state = connect(tmp_path)
    done = record(state, Act("settle", *WHO, 1, {}))
    assert done.result is None
    assert (read_acts(state), noted_head(state, "acts")) == ((), None)


def three(tmp_path: Path) -> list[Act]:
    state = connect(tmp_path)
    for number in range(3):
        assert record(state, Act("decision", *WHO, number, {"about": f"a{number}"}, "c", f"e{number}")).result
    return list(read_acts(state))


def test_r5_acts_are_numbered_and_chained(tmp_path: Path) -> None:
    found = three(tmp_path)
    assert [act.seq for act in found] == [0, 1, 2]
    assert [act.prev for act in found] == [GENESIS, found[0].hash, found[1].hash]
    assert found[1] == replace(
        Act("decision", *WHO, 1, {"about": "a1"}, "c", "e1"), seq=1, prev=found[0].hash, hash=found[1].hash
    )
    state = connect(tmp_path)
    assert read_acts(state, upto=1) == tuple(found[:2])
    assert verify_acts(state) == ()
    assert noted_head(state, "acts") == (2, found[2].hash)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "settle"}, {"who": "x"}, {"role": "x"}, {"made_at": 9}, {"body": {"about": "b"}}, {"on_hash": "x"},
        {"evidence": "x"}, {"seq": 7}, {"prev": "x"},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_r5_the_link_of_an_act_covers_everything_it_says(change: dict[str, object]) -> None:
    act = Act("decision", *WHO, 1, {"about": "a"}, "c", "e", 0, GENESIS)
    other = replace(act, **change)  # type: ignore[arg-type]
    assert act_hash(act, canonical_text(act.body)) != act_hash(other, canonical_text(other.body))


def test_r5_equal_acts_have_links_of_their_own(tmp_path: Path) -> None:
    state = connect(tmp_path)
    for _ in range(2):
        record(state, Act("decision", *WHO, 1, {"about": "a"}))
    first, second = read_acts(state)
    assert first.hash != second.hash


def test_r5_every_changed_act_is_named_by_its_number(tmp_path: Path) -> None:
    three(tmp_path)
    state = connect(tmp_path)
    with state.engine.begin() as connection:
        connection.execute(sa.update(acts).where(acts.c.seq != 1).values(who="somebody else"))
    assert [(str(issue.at), issue.code, issue.message) for issue in verify_acts(state)] == [
        ("acts", "A001", "act 0 (decision, by somebody else) was changed, or the one before it is missing"),
        ("acts:2", "A001", "act 2 (decision, by somebody else) was changed, or the one before it is missing"),
    ]


def test_l7_the_end_of_a_chain_is_noted_whole_or_not_at_all(tmp_path: Path) -> None:
    state = connect(tmp_path)
    note_head(state, "seals", 3, "abc")
    note_head(state, "seals", 4, "def")
    assert (noted_head(state, "seals"), noted_head(state, "acts")) == ((4, "def"), None)
    assert [path.name for path in tmp_path.glob("*.new")] == []
    for junk in ("", "{", "[]", '{"seq": "x", "hash": ""}', "\u00b2"):
        (tmp_path / "seals.head").write_text(junk, "utf-8")
        assert noted_head(state, "seals") == (-1, "")
    (tmp_path / "seals.head").unlink()
    (tmp_path / "seals.head").mkdir()
    note_head(state, "seals", 5, "ghi")  # cannot be written: the seal stands all the same
    assert noted_head(state, "seals") == (-1, "")


# Through the public verb.


def test_r5_an_act_is_recorded_with_what_it_binds_to(tmp_path: Path) -> None:
    plant = w.opened(tmp_path)
    approved = sl.act(plant, "approve", *WHO, {"what": "prices/planned"}, "minutes 4", made_at=5)
    assert approved.act is not None
    assert (approved.act.made_at, approved.act.evidence, len(approved.act.on_hash)) == (5, "minutes 4", 64)
    dearer = plant.folder / "prices" / "planned.csv"
    dearer.write_text(dearer.read_text("utf-8").replace("ore,100,", "ore,100.01,"), "utf-8")
    again = sl.act(sl.open(plant.folder), "approve", *WHO, {"what": "prices/planned"})
    assert again.act is not None
    assert again.act.on_hash != approved.act.on_hash


def test_r5_a_suspect_period_is_given_in_local_time_with_its_offset(tmp_path: Path) -> None:
    plant = w.opened(tmp_path)
    body = {"tag": "FT-ORE", "start": "1970-01-01T01:00:00+01:00", "end": "1970-01-01T00:00:01+00:00"}
    done = sl.act(plant, "suspect", *WHO, body)
    assert done.act is not None
    assert done.act.body == {"tag": "FT-ORE", "start": "0", "end": "1000000"}
    for text in ("2026-03-31T14:00:00", "yesterday", ""):
        refused = sl.act(plant, "suspect", *WHO, {**body, "end": text})
        assert refused.act is None
        assert [issue.code for issue in refused.issues] == (["A005"] if text else ["A002"])
