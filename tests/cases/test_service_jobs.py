"""Worked by hand: what the laboratory of two-tanks saved in the first shift, beside the books (L8).

12 samples for the mill, 1.5 more, at 45.50 a sample: 13.500 x 45.50 = 614.25; from 2026-04-01 a sample costs 47.00. A calibration that
nobody verified counts for nothing. V of both areas and the plant's result stay what they are.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as w
from render.spreadsheet import Book, cents
from shiftledger.acts.events import standing
from shiftledger.api import PlantView
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.ledger.posting import balances
from shiftledger.render.messages import say
from shiftledger.render.statement_text import statement_text
from shiftledger.render.text import width

CREW, FOREMAN = ("crew L, post 1", "laboratory"), ("mill, shift foreman", "production")
SERVICES = """area,job,price,unit,valid_from,valid_to
lab,titration,45.50,sample,,2026-03-31
lab,titration,47.00,sample,2026-04-01,
lab,calibration,120,,2026-04-02,
"""
LAB = """
[area.lab]
rotation = "days"
coverage = "partial"
"""
DAYS = """
[rotation.days]
pattern = "W"
anchor = 2026-03-31
crews = {L = 0}
slots = [{id = "W", start = 12:00:00, end = 20:00:00}]
"""


def with_lab(folder: Path) -> PlantView:
    """two-tanks with a laboratory, closed before any job was reported."""
    path = w.copy(folder)
    for name, more in (("areas.toml", LAB), ("rotations.toml", DAYS)):
        (path / name).write_text((path / name).read_text("utf-8") + more, "utf-8")
    (path / "services.csv").write_text(SERVICES, "utf-8")
    plant = sl.open(path)
    w.load(plant, *w.BASE, w.MOISTURE)
    w.reclose(plant)
    return plant


def job(plant: PlantView, hour: int, qty: str = "1", **more: str) -> int:
    body = {"kind": "job", "area": "lab", "job": "titration", "qty": qty, "start": f"2026-03-31T{hour:02d}:00:00+02:00", **more}
    done = sl.act(plant, "event", *CREW, body)
    assert done.act is not None, done.issues
    return done.act.seq


def verified(plant: PlantView, number: int, who: tuple[str, str] = FOREMAN) -> tuple[str, ...]:
    return tuple(issue.code for issue in sl.act(plant, "verify", *who, {"event": str(number)}).issues)


def test_l8_verified_jobs_are_a_saving_beside_the_books(tmp_path: Path) -> None:
    plant = with_lab(tmp_path)
    values = {area: w.statement(plant, area).value for area in ("mill", "filter")}
    site, result = sl.statement(plant, w.SHIFT).site, sl.rollup(plant).rollup
    numbers = [job(plant, 15, "12", served="U1"), job(plant, 16, "1.5"), job(plant, 17, job="calibration")]
    assert [verified(plant, n) for n in numbers[:2]] == [(), ()]
    done = sl.close(plant, w.DAY, w.NEXT_DAY)
    assert done.report is not None
    assert [day.outcome for day in done.report.days] == ["sealed", "unchanged"]  # a job touches its own day only

    rows = [row for row in w.postings(plant) if row.source == "saving:lab"]
    assert sum(row.amount for row in rows) == 61425
    assert {row.crew for row in rows} == {"lab/L"}
    assert {row.target for row in rows} == {"saving:site"}
    totals = balances(w.postings(plant))
    assert sum(totals.values()) == 0
    assert (totals["saving:lab"], totals["saving:site"]) == (61425, -61425)
    assert {area: w.statement(plant, area).value for area in values} == values
    assert (sl.statement(plant, w.SHIFT).site, sl.rollup(plant).rollup) == (site, result)

    (one,) = sl.statement(plant, w.SHIFT, "lab").services
    assert one.saved == 61425
    assert [(line.job, line.qty, line.amount, line.waiting) for line in one.lines] == [
        ("titration", 13500, 61425, False),
        ("calibration", 1000, None, True),
    ]
    assert sl.verify(plant).ok


def test_l8_explain_goes_down_to_the_price_line_and_the_acts(tmp_path: Path) -> None:
    plant = with_lab(tmp_path)
    number = job(plant, 15, "12")
    verified(plant, number)
    w.reclose(plant)
    view = sl.explain(plant, f"ledger/{w.SHIFT}/saving:lab")
    assert view.node is not None
    assert view.node.value == 54600  # 12 x 45.50
    assert evaluate(view.node, OPERATIONS) == 54600
    text = str(view.to_json())
    assert "services.csv:2" in text
    assert "mill, shift foreman (production)" in text


def test_l8_who_reports_does_not_verify_and_what_is_withdrawn_lapses(tmp_path: Path) -> None:
    plant = with_lab(tmp_path)
    number = job(plant, 15, "12", id="J1")
    assert verified(plant, number, CREW) == ("A002",)
    assert verified(plant, number, (CREW[0], "production")) == ("A002",)
    assert verified(plant, number, ("crew L, post 2", CREW[1])) == ("A002",)
    assert verified(plant, number + 99) == ("A002",)
    assert verified(plant, number) == ()
    assert verified(plant, number) == ("A002",)  # once is enough
    w.reclose(plant)
    again = job(plant, 15, "11", id="J1")  # reported anew: somebody has to look again
    w.reclose(plant)
    (one,) = sl.statement(plant, w.SHIFT, "lab").services
    assert (one.saved, [line.waiting for line in one.lines]) == (0, [True])
    verified(plant, again)
    w.reclose(plant)
    assert sl.statement(plant, w.SHIFT, "lab").services[0].saved == 50050  # 11 x 45.50
    assert sl.act(plant, "withdraw", *CREW, {"event": str(again)}).ok
    w.reclose(plant)
    assert sl.statement(plant, w.SHIFT, "lab").services[0].lines == ()
    assert balances(w.postings(plant)).get("saving:lab", 0) == 0


def test_l8_prices_are_those_of_the_day_and_none_is_absent(tmp_path: Path) -> None:
    plant = with_lab(tmp_path)
    for number in (job(plant, 15, "2", start="2026-04-01T07:00:00+02:00"), job(plant, 15, job="calibration")):
        verified(plant, number)
    done = sl.close(plant, w.DAY, w.NEXT_DAY)
    assert any(issue.code == "L032" and "calibration" in issue.message for issue in done.issues)
    (row,) = (row for row in w.postings(plant, w.NEXT_DAY) if row.source == "saving:lab")
    assert (row.amount, row.crew) == (9400, "")  # 2 x 47.00; at 07:00 nobody of the laboratory is on duty
    assert not [row for row in w.postings(plant) if row.source == "saving:lab"]


@pytest.mark.parametrize(
    "body",
    [
        {"job": "welding"},
        {"qty": "-1"},
        {"qty": "1.2345"},
        {"kind": "halt"},
        {"area": "", "unit": "U1"},
        {"job": ""},
    ],
)
def test_l8_jobs_that_nobody_could_count_are_refused(tmp_path: Path, body: dict[str, str]) -> None:
    plant = with_lab(tmp_path)
    told = {"kind": "job", "area": "lab", "job": "titration", "qty": "1", "start": "2026-03-31T15:00:00+02:00", **body}
    view = sl.act(plant, "event", *CREW, told)
    assert view.act is None
    assert {issue.code for issue in view.issues} == {"A002"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_l8_the_small_statement_in_80_columns(tmp_path: Path, lang: str) -> None:
    plant = with_lab(tmp_path)
    number = job(plant, 15, "12")
    job(plant, 16)
    verified(plant, number)
    w.reclose(plant)
    text = statement_text(sl.statement(plant, w.SHIFT, "lab"), lang)
    assert max(map(width, text.splitlines())) <= 80
    assert "+546.00" in text
    assert statement_text(sl.statement(plant, w.SHIFT, "lab"), lang) in statement_text(sl.statement(plant, w.SHIFT), lang)


def test_r5_a_verification_that_was_slipped_into_the_chain_by_the_reporter_counts_for_nothing() -> None:
    from shiftledger.acts.acts import Act

    told = {"kind": "job", "area": "lab", "job": "titration", "start": "0"}
    acts = [Act("event", *CREW, 0, told, seq=0), Act("verify", *CREW, 0, {"event": "0"}, seq=1)]
    assert [event.verified_by for event in standing(acts)] == [""]
    acts.append(Act("verify", *FOREMAN, 0, {"event": "0"}, seq=2))
    assert [event.verified_by for event in standing(acts)] == ["mill, shift foreman (production), act 2"]
    assert standing(acts, 1)[0].verified_by == ""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_l6_l8_a_job_that_is_verified_after_the_settlement_counts_in_the_open_month(tmp_path: Path, lang: str) -> None:
    """12 samples in March; 1.5 more, verified when March was settled, are 1.5 x 45.50 = 68.25 of April, at the price of their day.

    March keeps its 546.00, both areas their V and both months their result; the small statement says where the rest is.
    """
    plant = with_lab(tmp_path)
    numbers = [job(plant, 15, "12"), job(plant, 16, "1.5")]
    assert verified(plant, numbers[0]) == ()
    w.reclose(plant)
    w.settle(plant)
    rollups = [sl.rollup(plant, month=month).rollup for month in ("2026-03", "2026-04")]
    assert verified(plant, numbers[1]) == ()
    w.reclose(plant)
    late = [row for row in w.postings(plant) if row.kind == "prior"]
    assert [(row.source, row.target, row.month, row.qty, row.amount) for row in late] == [
        ("saving:lab", "saving:site", "2026-04", 1_500, 6_825)
    ]
    view = sl.statement(plant, w.SHIFT, "lab", lang=lang)
    (small,) = view.services
    assert (small.saved, dict(small.late)) == (54_600, {"2026-04": 6_825})
    assert [line.qty for line in small.lines] == [12_000]
    assert (w.statement(plant, "mill").value, w.statement(plant, "filter").value) == (764_000, 305_000)
    assert [sl.rollup(plant, month=month).rollup for month in ("2026-03", "2026-04")] == rollups
    shown = [sl.explain(plant, f"ledger/{w.SHIFT}/saving:lab{part}").node for part in ("", "/late", "/late/2026-04")]
    assert [node.value for node in shown if node is not None] == [54_600, 6_825, 6_825]
    text = statement_text(view, lang)
    assert "+68.25" in text
    assert max(map(width, text.splitlines())) <= 80
    assert "+68.25" in view._repr_html_()
    view.to_excel(tmp_path / "late.xlsx", lang=lang)
    book = Book(tmp_path / "late.xlsx")
    assert any("+68.25" in str(word) for word in book.inputs.values())
    assert cents(book.value(book.names[0], f"E{book.row(book.names[0], say('excel.saved', lang))}")) == 54_600  # type: ignore[arg-type]
    assert sl.verify(plant).ok
