"""Approved definitions: what lapses with a digit, what does not, and what a sealed day keeps (N2, R5)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as w
from engine import approving as a
from engine import tampering as t
from shiftledger.acts.acts import read_acts
from shiftledger.acts.state import connect
from shiftledger.api import PlantView
from shiftledger.core.issue import Issue
from shiftledger.ledger.approvals import Standing, approved_body, standing_of
from shiftledger.plant.definitions import GROUPS, OTHERS, approvable
from shiftledger.plant.governing import governing, governing_hash
from shiftledger.plant.schema import TABLE


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    """Everything is approved, nothing closed. Never change it."""
    plant = a.made(tmp_path_factory.mktemp("approved"))
    a.approve(plant, *a.NAMES)
    return plant


@pytest.fixture(scope="module")
def sealed(approved: PlantView, tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    """The same, with both days closed. Never change it."""
    plant = t.again(approved, tmp_path_factory.mktemp("sealed"))
    w.reclose(plant)
    return plant


@pytest.fixture
def plant(approved: PlantView, tmp_path: Path) -> PlantView:
    return t.again(approved, tmp_path)


@pytest.fixture
def closed(sealed: PlantView, tmp_path: Path) -> PlantView:
    return t.again(sealed, tmp_path)


# What is asked for.


def test_r5_nothing_is_asked_for_unless_plant_toml_asks(tmp_path: Path) -> None:
    plant = w.opened(tmp_path)
    assert a.standings(plant) == {}
    off = a.edited(plant, "plant.toml", 'day_label = "start"', 'day_label = "start"\ndefinition_approval = false')
    on = a.edited(plant, "plant.toml", "definition_approval = false", "definition_approval = true")
    hashes = [governing_hash(governing(one.plant, date(2026, 3, 31))) for one in (plant, off, on)]
    assert hashes[0] == hashes[1], "books that exist keep their input hash"
    assert hashes[1] != hashes[2], "a close that asks for approvals is another one"


def test_r5_a_day_waits_until_each_definition_is_approved(tmp_path: Path) -> None:
    plant = a.made(tmp_path)
    told, outcomes = a.refusals(plant)
    assert outcomes == ["refused", "refused"]
    assert sorted(line.partition(": ")[2] for line in told) == sorted(
        f'"{name}" is not approved as it stands' for name in a.NAMES
    )
    assert [f"{i.severity} {i.message}" for i in sl.check(plant).issues if i.code == "L003"] == [
        f"warning {line.partition(': ')[2]}" for line in told
    ]
    remedies = {i.remedy for i in sl.close(plant, w.DAY, w.DAY, dry_run=True).issues if i.code == "L003"}
    assert remedies == {f"Record an approval: shiftledger act PLANT approve --what {n} --who ... --role ..." for n in a.NAMES}
    a.approve(plant, *a.NAMES[:-1], "charge:spill")
    assert a.standings(plant) == dict.fromkeys(a.NAMES, "stands")
    assert a.refusals(plant) == ([], ["sealed", "sealed"])
    assert [i for i in sl.check(plant).issues if i.code == "L003"] == []


# What lapses.


@pytest.mark.parametrize(
    ("file", "old", "new", "name", "what"),
    [
        ("plant.toml", 'day_label = "start"', 'day_label = "start"\nlookback = 20', "settings", "lookback 21 -> 20"),
        ("streams.toml", 'to = "T"', 'to = "U2"', "flowsheet", "to T -> U2"),
        ("meters.csv", "FT-ORE,rate,ore-in,,,t/h,0.003", "FT-ORE,rate,ore-in,,,t/h,0.004", "meters", "class 0.003 -> 0.004"),
        (
            "rotations.toml",
            "anchor = 2026-03-31",
            "anchor = 2026-03-30",
            "rotation/four-crews",
            "anchor 2026-03-31 -> 2026-03-30",
        ),
        ("standards.csv", "usage,0.220", "usage,0.221", "standards/filter", "value 0.22 -> 0.221"),
        ("budget.csv", "output,95", "output,96", "budget/mill", "qty 95 -> 96"),
        ("factors/co2.csv", "0.21", "0.22", "factors/co2", "value 0.21 -> 0.22"),
        ("indicators/filter.toml", 'co2.steam"', 'co2.steam * 2"', "indicator/steam_per_product", "formula "),
        ("potentials.csv", "cloth,-2", "cloth,-4", "state/cloth", "worth -2 -> -4"),
        ("quality.csv", "10,-1", "10,-2", "quality/product", "worth -1 -> -2"),
        ("charges.csv", "500", "501", "charge/spill", "amount 500 -> 501"),
    ],
)
def test_n2_one_digit_lapses_one_definition_and_says_which(
    plant: PlantView, file: str, old: str, new: str, name: str, what: str
) -> None:
    text = (plant.folder / file).read_text("utf-8")
    assert old in text
    a.write(plant.folder, file, text.replace(old, new, 1))
    fresh = sl.open(plant.folder, strict=False)
    state = connect(plant.state_folder, create=False)
    standing = standing_of(fresh.plant, read_acts(state), lambda _key: plant.plant)
    state.engine.dispose()
    (issue,) = standing.unapproved(date(2026, 3, 31), before=False)
    assert f"--what {name} " in issue.remedy
    assert what in issue.message
    assert issue.at is not None
    assert issue.at.file == file


def test_n2_order_remarks_names_and_sources_lapse_nothing(plant: PlantView) -> None:
    folder = plant.folder
    for name in ("standards.csv", "meters.csv", "budget.csv", "potentials.csv"):
        remarks = [line for line in (folder / name).read_text("utf-8").splitlines() if line.startswith("#")]
        head, *rows = [line for line in (folder / name).read_text("utf-8").splitlines() if not line.startswith("#")]
        a.write(folder, name, "\n".join([*remarks, "# reordered", head, *reversed(rows), ""]))
    blocks = (folder / "streams.toml").read_text("utf-8").split("\n\n")
    a.write(folder, "streams.toml", "\n\n".join(reversed(blocks)))
    fresh = a.edited(plant, "areas.toml", 'name_en = "Mill"', 'name_en = "Grinding"')
    fresh = a.edited(fresh, "standards.csv", "0.97,t/t,,,,,,worked example", "0.970,t/t,,,,,,measured")
    assert a.standings(fresh) == dict.fromkeys(a.NAMES, "stands")


def test_n2_a_change_to_come_leaves_the_days_before_it(plant: PlantView) -> None:
    dated = "usage,0.220,t/t,,,,,2026-03-31,worked example\nfilter,product,steam,usage,0.230,t/t,,,,2026-04-01,,trial"
    fresh = a.edited(plant, "standards.csv", "usage,0.220,t/t,,,,,,worked example", dated)
    told = 'standards.csv:6: the usage standard of "steam" for "product" is not approved for 2026-04-01: value 0.22 -> 0.23'
    assert a.refusals(fresh) == ([told], ["sealed", "refused"])
    a.approve(fresh, "standards/filter")
    assert a.refusals(fresh) == ([], ["unchanged", "sealed"])


def test_n2_a_definition_that_is_gone_is_missed_until_that_is_approved(plant: PlantView) -> None:
    (plant.folder / "indicators" / "filter.toml").unlink()
    fresh = sl.open(plant.folder)
    told = 'indicator/steam_per_product: "indicator/steam_per_product" lacks what was approved for 2026-03-31: indicator "steam_per_product"'
    assert a.refusals(fresh, w.DAY, w.DAY) == ([told], ["refused"])
    a.approve(fresh, "indicator/steam_per_product")
    assert a.refusals(fresh, w.DAY, w.DAY) == ([], ["sealed"])
    a.write(plant.folder, "indicators/filter.toml", a.MORE["indicators/filter.toml"])
    assert a.standings(sl.open(plant.folder))["indicator/steam_per_product"] == "lapsed", "what is back is new"


def test_n2_states_are_revalued_from_approved_potentials_only(plant: PlantView) -> None:
    """On 1 April the cloth is revalued from the potential of 31 March; of a settled day it stands."""
    fresh = a.edited(plant, "potentials.csv", "cloth,-2", "cloth,-4")
    state = connect(plant.state_folder, create=False)
    standing = standing_of(fresh.plant, read_acts(state))
    state.engine.dispose()
    messages = [[i.message for i in standing.unapproved(date(2026, 4, 1), before=before)] for before in (True, False)]
    assert messages == [['the potential of "cloth" is not approved for 2026-03-31'], []]


# What is sealed.


def test_n2_a_sealed_day_keeps_the_version_that_held(closed: PlantView) -> None:
    before = w.statement(closed, "filter")
    fresh = a.edited(closed, "standards.csv", "usage,0.220", "usage,0.230")
    told, outcomes = a.refusals(fresh)
    assert outcomes == ["refused", "refused"]
    assert len(told) == 1, "told once"
    assert w.statement(fresh, "filter") == before
    assert [line for line in t.findings(fresh) if "V003" not in line] == [], "today's text differs, and nothing else"
    a.approve(fresh, "standards/filter")
    assert a.refusals(fresh) == ([], ["sealed", "sealed"])
    after = w.statement(fresh, "filter")
    # 89.000 t of product by 0.01 t of steam more at 150 a tonne
    assert (after.value, after.standard) == (before.value, (before.standard or 0) - 13_350)
    assert t.findings(fresh) == []


def test_n2_a_settled_month_needs_no_approval_again(closed: PlantView) -> None:
    w.settle(closed)
    fresh = a.edited(closed, "standards.csv", "usage,0.220", "usage,0.230")
    assert a.refusals(fresh, w.DAY, w.DAY) == ([], ["unchanged"])


def test_r5_verify_finds_a_day_that_was_sealed_without_approval(plant: PlantView, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = a.edited(plant, "budget.csv", "output,95", "output,96")

    def asks_nobody(_self: Standing, _day: date, *, before: bool = True) -> Iterator[Issue]:
        yield from ()

    with monkeypatch.context() as patched:
        patched.setattr(Standing, "unapproved", asks_nobody)
        w.reclose(fresh, w.DAY, w.DAY)
    found = [(i.code, i.message) for i in sl.verify(fresh).issues]
    message = f'day {w.DAY} was sealed with what nobody had approved: the budget of "slurry" is not approved for {w.DAY}'
    assert found == [("V007", message)]


def test_r5_verify_misses_a_text_that_somebody_approved(closed: PlantView) -> None:
    fresh = a.edited(closed, "budget.csv", "output,95", "output,96")
    a.approve(fresh, "budget/mill")
    a.edited(fresh, "budget.csv", "output,96", "output,95")
    t.sql(fresh, "DELETE FROM texts WHERE hash NOT IN (SELECT text_hash FROM seals)")
    last = len(a.NAMES)
    assert [line for line in t.findings(fresh) if f"act {last} approved is missing" in line]


def test_i7_explain_names_the_approvals_on_which_a_figure_rests(closed: PlantView) -> None:
    view = sl.explain(closed, f"ledger/{w.SHIFT}/filter/standard/steam")
    assert {one.name: (one.act.role, one.rows) for one in view.approvals} == {
        "meters": ("head of technology", ("meters.csv:5",)),
        "standards/filter": ("head of technology", ("standards.csv:5",)),
    }
    assert json.loads(json.dumps(view.to_json()))["approvals"][1]["name"] == "standards/filter"
    later = a.edited(closed, "standards.csv", "usage,0.220", "usage,0.230")
    a.approve(later, "standards/filter", who=("process engineer, post 5", "technology"))
    again = sl.explain(later, f"ledger/{w.SHIFT}/filter/standard/steam")
    assert again.approvals == view.approvals, "the day was sealed under the older approval"


# Who approves, and how it is typed.


@pytest.mark.parametrize(
    ("what", "remedy"),
    [
        ("standards/filtre", "Closest: standards/filter."),
        ("indicator:steam_per_prodct", "Closest: indicator/steam_per_product."),
        ("co2", "Closest: factors/co2."),
        ("\x1b[2Jx" * 20_000, "There are: prices/planned, settings, "),
    ],
)
def test_r5_a_name_that_is_not_there_is_refused(plant: PlantView, what: str, remedy: str) -> None:
    found = sl.act(plant, "approve", *a.TECHNOLOGIST, {"what": what})
    assert [i.code for i in found.issues] == ["A002"]
    assert found.issues[0].remedy.startswith(remedy)
    assert len(found.issues[0].message) < 200


def test_r5_everything_that_waits_is_approved_at_once_each_on_its_own_content(tmp_path: Path) -> None:
    """Thirteen definitions of the head of technology, one act each; prices are another role's, and what is approved asks nothing."""
    plant = a.made(
        tmp_path, 'price_approval = true\nprice_approvers = ["controller"]\ndefinition_approvers = ["head of technology"]'
    )
    a.approve(plant, "meters")
    done = sl.act(plant, "approve", *a.TECHNOLOGIST, {"what": "all", "reason": "the first time"})
    assert [one.body["what"] for one in done.acts] == [name for name in a.NAMES if name != "meters"]
    assert done.act == done.acts[-1]
    assert {one.on_hash for one in done.acts} == {approved_body(plant.plant, name)[0] for name in a.NAMES if name != "meters"}
    assert {one.body["reason"] for one in done.acts} == {"the first time"}
    again = sl.act(plant, "approve", *a.TECHNOLOGIST, {"what": "all"})
    assert [i.message for i in again.issues] == ['nothing waits for an approval by the role "head of technology"']
    prices = sl.act(plant, "approve", "controller, post 1", "controller", {"what": "all"})
    assert [one.body["what"] for one in prices.acts] == ["prices/planned"]
    assert a.refusals(plant) == ([], ["sealed", "sealed"])
    fresh = a.edited(plant, "standards.csv", "usage,0.220", "usage,0.230")
    assert [one.body["what"] for one in sl.act(fresh, "approve", *a.TECHNOLOGIST, {"what": "all"}).acts] == ["standards/filter"]


def test_r5_several_names_are_approved_together_or_not_at_all(tmp_path: Path) -> None:
    plant = a.made(tmp_path, more=False)
    wrong = sl.act(plant, "approve", *a.TECHNOLOGIST, {"what": "meters;standards/filtre;setings"})
    assert [i.remedy for i in wrong.issues] == ["Closest: standards/filter.", "Closest: settings."]
    assert t.rows(plant, "SELECT count(*) FROM acts") == [(0,)]
    done = sl.act(plant, "approve", *a.TECHNOLOGIST, {"what": "meters; budget:mill;meters"})
    assert [one.body["what"] for one in done.acts] == ["meters", "budget/mill"]
    assert t.findings(plant) == []


def test_r5_who_approves_is_said_in_a_line_and_by_a_role_that_may(tmp_path: Path) -> None:
    plant = a.made(tmp_path, 'definition_approvers = ["head of technology"]', more=False)
    tries = (("", "x"), ("x\ny", "head of technology"), ("x" * 600, "head of technology"), ("x", "technology"))
    found = [[i.message for i in sl.act(plant, "approve", *who, {"what": "meters"}).issues] for who in tries]
    assert found == [
        ["an act says who did it and in which role"],
        ["who holds a character that cannot be printed"],
        ["who is longer than 500 characters"],
        ['the role "technology" does not approve definitions in this plant'],
    ]
    assert sl.act(plant, "approve", *a.TECHNOLOGIST, {"what": ""}).issues[0].message == 'the act "approve" needs what'
    assert t.rows(plant, "SELECT count(*) FROM acts") == [(0,)]


def test_r5_approvals_at_once_are_each_whole(plant: PlantView) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda name: sl.act(plant, "approve", *a.TECHNOLOGIST, {"what": name}), a.NAMES[:8]))
    assert sorted(one.act.seq for one in done if one.act) == list(range(len(a.NAMES), len(a.NAMES) + 8))
    assert t.findings(plant) == []
    assert a.standings(plant) == dict.fromkeys(a.NAMES, "stands")


def test_r5_the_list_tells_what_stands_what_lapsed_and_what_is_over(closed: PlantView) -> None:
    fresh = a.edited(closed, "standards.csv", "usage,0.220", "usage,0.230")
    a.approve(fresh, "budget/mill")
    found = sl.decided(fresh).acts
    assert found is not None
    (lapsed,) = [line for line in found.approvals if line.standing == "lapsed"]
    assert (lapsed.name, str(lapsed.at)) == ("standards/filter", "standards.csv:5")
    assert lapsed.why.endswith("is not approved for 2026-04-02: value 0.22 -> 0.23"), "sealed days keep their version"
    told = {line.act.seq: (line.about, line.standing, line.by) for line in found.acts}
    mill, last = a.NAMES.index("budget/mill"), len(a.NAMES)
    assert told[mill] == ("budget/mill", "over", last)
    assert told[last] == ("budget/mill", "stands", None)
    assert told[a.NAMES.index("standards/filter")][1] == "lapsed"


def test_r5_a_list_of_nothing_leaves_no_trace(tmp_path: Path) -> None:
    plant = sl.open(w.copy(tmp_path))
    found = sl.decided(plant).acts
    assert found is not None
    assert (found.acts, found.approvals) == ((), ())
    assert not plant.state_folder.exists()


def test_n2_every_table_is_a_definition_or_declared_to_be_none() -> None:
    grouped = [table for tables in GROUPS.values() for table, _ in tables]
    assert sorted([*grouped, *OTHERS]) == sorted(TABLE)


def test_n2_every_name_is_of_one_definition_and_every_row_of_one_name(approved: PlantView) -> None:
    found = approvable(approved.plant)
    assert set(found) == {"prices/planned", *a.NAMES}
    rows = [(row.row.table, row.row.key, row.first) for rows in found.values() for row in rows]
    assert len(rows) == len(set(rows))
