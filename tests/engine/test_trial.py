"""A draft of prices is tried: the same close in memory at another set, and nothing is stored; all sums by hand (L1, L7)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as t
from shiftledger.engine.trial import Trial


def drafted(tmp_path: Path, *edits: tuple[str, str]) -> sl.api.PlantView:
    """The worked example, closed, with a draft of its prices."""
    plant = t.opened(tmp_path)
    text = (plant.folder / "prices" / "planned.csv").read_text("utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (plant.folder / "prices" / "draft.csv").write_text(text, "utf-8")
    return sl.open(plant.folder)


DRAFT = (("slurry,180,", "slurry,182.5,"), ("product,250,", "product,248,"))


def bytes_of(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def tried(
    plant: sl.api.PlantView, prices: str | None = "draft", first: str | None = t.DAY, last: str | None = t.NEXT_DAY
) -> Trial:
    before = bytes_of(plant.state_folder)
    found = sl.close(plant, first, last, prices=prices, dry_run=True)
    assert bytes_of(plant.state_folder) == before, "a trial stores nothing"
    assert found.ok, found.issues
    assert found.trial is not None
    return found.trial


def moved(trial: Trial) -> dict[str, tuple[int | None, int | None, int | None]]:
    return {f"{row.shift} {row.crew}": (row.before, row.after, row.difference) for row in trial.rows if row.before or row.after}


def test_l1_a_draft_beside_the_governing_set(tmp_path: Path) -> None:
    plant = drafted(tmp_path, *DRAFT)
    trial = tried(plant)
    # Mill gives 98.000 t of slurry: 98 x 2.50 = +245.00. Filter takes 90.000 t: -225.00, and gives 89.000 t of product: 89 x -2.00.
    assert moved(trial) == {
        "2026-03-31.E filter/A": (305_000, 264_700, -40_300),
        "2026-03-31.E mill/A": (764_000, 788_500, 24_500),
    }
    assert (trial.prices, trial.governing) == ("draft", ("planned",))
    # The tank's 57.000 t: 185 - 182.50 instead of 185 - 180; its missing 1.000 t at 182.50.
    assert trial.site == {"site:revaluation": (28_500, 14_250), "site:unreconciled:T": (-18_000, -18_250)}
    assert {day.outcome for day in trial.days} == {"tried"}
    # one day alone has the same V
    assert moved(tried(plant, "draft", t.DAY, t.DAY)) == moved(trial)


def test_l1_a_draft_that_says_the_same_moves_nothing(tmp_path: Path) -> None:
    trial = tried(drafted(tmp_path), "draft", None, None)
    assert {row.difference for row in trial.rows} == {0}
    assert trial.site == {}


def test_l1_a_draft_governs_nothing_and_closes_nothing_again(tmp_path: Path) -> None:
    plant = drafted(tmp_path, *DRAFT)
    done = sl.close(plant, t.DAY, t.NEXT_DAY)
    assert done.report is not None
    assert {day.outcome for day in done.report.days} == {"unchanged"}
    assert sl.verify(plant).ok


def test_l1_what_a_draft_comes_to_is_what_a_close_at_it_seals(tmp_path: Path) -> None:
    plant = drafted(tmp_path, *DRAFT)
    then = {(row.shift, row.area): row.after for row in tried(plant).rows}
    settings = plant.folder / "plant.toml"
    settings.write_text(settings.read_text("utf-8") + '\nprice_set = "draft"\n', "utf-8")
    plant = sl.open(plant.folder)
    rehearsed = tried(plant, None)
    assert {(row.shift, row.area): row.after for row in rehearsed.rows} == then
    t.reclose(plant)
    for shift in (t.SHIFT, t.NEXT):
        for area in ("mill", "filter"):
            assert t.statement(plant, area, shift).value == then[shift, area]


def test_l1_a_draft_of_a_settled_month_is_a_question_only(tmp_path: Path) -> None:
    plant = drafted(tmp_path, *DRAFT)
    t.settle(plant)
    assert moved(tried(plant))["2026-03-31.E mill/A"] == (764_000, 788_500, 24_500)


def test_l7_a_dry_close_says_what_would_be_sealed(tmp_path: Path) -> None:
    plant = t.opened(tmp_path, days=None)
    trial = tried(plant, None)
    assert {day.outcome for day in trial.days} == {"would"}
    assert moved(trial)["2026-03-31.E mill/A"] == (None, 764_000, None)
    t.reclose(plant)
    assert tried(plant, None).rows == ()
    t.load(plant, t.LATE)  # a correction of the filter's slurry: 89.800 t instead of 90.000
    late = tried(plant, None)
    assert [(str(day.day), day.outcome) for day in late.days] == [("2026-03-31", "would"), ("2026-04-01", "unchanged")]
    assert moved(late)["2026-03-31.E filter/A"] == (305_000, 308_600, 3_600)
    t.reclose(plant)
    assert t.statement(plant, "filter").value == 308_600


@pytest.mark.parametrize(("name", "hint"), [("drafft", "Closest: draft."), ("zzz", "There are: draft, planned.")])
def test_l1_an_unknown_set_and_one_that_lacks_a_price(tmp_path: Path, name: str, hint: str) -> None:
    plant = drafted(tmp_path, ("steam,150,EUR/t,,,worked example\n", ""))
    found = sl.close(plant, t.DAY, t.DAY, prices=name, dry_run=True)
    assert [(i.code, i.message, i.remedy) for i in found.issues] == [("L023", f'there is no price set "{name}"', hint)]
    found = sl.close(plant, t.DAY, t.DAY, prices="draft", dry_run=True)
    assert found.trial is not None
    assert ("L001", '2026-03-31: material "steam" has no price in set "draft"') in {(i.code, i.message) for i in found.issues}
    rows = {f"{row.shift} {row.crew}": (row.before, row.after, row.difference) for row in found.trial.rows}
    assert rows["2026-03-31.E filter/A"] == (305_000, None, None), "absent, not zero"


def test_l1_prices_without_a_dry_run_are_refused(tmp_path: Path) -> None:
    plant = drafted(tmp_path, *DRAFT)
    before = bytes_of(plant.state_folder)
    found = sl.close(plant, prices="draft")
    assert [issue.code for issue in found.issues] == ["L023"]
    assert found.report is None
    assert bytes_of(plant.state_folder) == before


def test_a_trial_without_books_or_in_json(tmp_path: Path) -> None:
    bare = sl.open(t.copy(tmp_path))
    found = sl.close(bare, dry_run=True)
    assert [issue.code for issue in found.issues] == ["A003"]
    assert not bare.state_folder.exists()
    t.load(bare, *t.BASE)
    form = json.loads(json.dumps(sl.close(bare, t.DAY, t.DAY, dry_run=True, prices="planned").to_json()))
    assert form["trial"]["prices"] == "planned"
    assert {
        "shift": "2026-03-31.E",
        "area": "mill",
        "crew": "mill/A",
        "before": 764000,
        "after": 764000,
        "difference": 0,
    } in form["trial"]["rows"]
