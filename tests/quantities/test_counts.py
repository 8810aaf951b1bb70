"""A count is a stock observation: what is counted by hand, in whatever unit, is what the stock holds at a boundary (R1, Q4, Q6)."""

from __future__ import annotations

from pathlib import Path

import pytest

import shiftledger as sl
from shiftledger.api import PlantView
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS

# Pieces and tonnes, three stocks that nobody meters the flows of but for the deliveries of bags; zone UTC, shifts 06-14-22.
TEXT = {
    "plant.toml": '[plant]\nid = "yard"\ncurrency = "EUR"\nzone = "UTC"\nday_start = 06:00:00\n',
    "areas.toml": '[area.pack]\nrotation = "r"\n',
    "units.toml": '[unit.P1]\narea = "pack"\n',
    "rotations.toml": '[rotation.r]\npattern = "DEN"\nanchor = 2026-03-01\ncrews = {A = 0, B = 1, C = 2}\nslots = ['
    '{id = "D", start = 06:00:00}, {id = "E", start = 14:00:00}, {id = "N", start = 22:00:00}]\n',
    "materials.toml": '[material.bag]\nunit = "pcs"\nquantum = 1\n\n[material.pallet]\nunit = "pcs"\nquantum = 1\n\n'
    '[material.lime]\nunit = "t"\n',
    "streams.toml": '[stream.bags]\nfrom = "outside"\nto = "bags"\nmaterial = "bag"\n\n[stream.used]\nfrom = "bags"\nto = "P1"\nmaterial = "bag"\n\n'
    '[stream.pallets]\nfrom = "pallets"\nto = "P1"\nmaterial = "pallet"\n\n[stream.lime]\nfrom = "lime"\nto = "P1"\nmaterial = "lime"\n',
    "stocks.toml": "".join(
        f'[stock.{key}]\nmaterial = "{material}"\nheld_by = "site"\n\n'
        for key, material in (("bags", "bag"), ("pallets", "pallet"), ("lime", "lime"))
    ),
    "meters.csv": "tag,kind,stream,stock,unit,sigma,length,max_gap\nCOUNT/bags,level,,bags,pcs,2,,\nCOUNT/pallets,level,,pallets,pcs,0,,\n"
    "COUNT/lime,level,,lime,kg,50,,\nFT-BAGS,interval,bags,,pcs,,8h,9h\n",
    "prices/planned.csv": "material,price\nbag,0.5\npallet,8\nlime,100\n",
    "sources.toml": '[source.long]\nmatch = "long*.csv"\nrevision = "revision"\n\n[source.wide]\nmatch = "wide*.csv"\nlayout = "wide"\n'
    'columns = {"bags" = "COUNT/bags", "pallets" = "COUNT/pallets", "lime kg" = "COUNT/lime"}\n\n'
    '[source.shifts]\nmatch = "shifts*.csv"\nlayout = "wide"\nday = "day"\nslot = "slot"\n'
    'columns = {"bags" = "COUNT/bags", "pallets" = "COUNT/pallets", "lime kg" = "COUNT/lime"}\n',
}
DAY, D, E, N = "2026-03-04", "2026-03-04.D", "2026-03-04.E", "2026-03-04.N"


@pytest.fixture
def yard(tmp_path: Path) -> PlantView:
    folder = tmp_path / "yard"
    for name, text in TEXT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    plant = sl.open(folder)
    deliveries = [("2026-03-04T14:00", 0), ("2026-03-04T22:00", 500), ("2026-03-05T06:00", 0)]
    load(plant, "long-flow.csv", *[f"{at}Z,FT-BAGS,{bags}," for at, bags in deliveries])
    return plant


def load(
    plant: PlantView, name: str, *rows: str, head: str = "time,tag,value,revision", known_at: str = "2026-03-05T08:00:00Z"
) -> None:
    (plant.folder / name).write_text("\n".join([head, *rows]) + "\n", "utf-8")
    done = sl.load(plant, [plant.folder / name], known_at=known_at)
    assert done.ok, done.issues
    assert not any(report.quarantined for report in done.reports)


def stocks(plant: PlantView, shift: str) -> dict[str, tuple[int | None, int | None]]:
    """Opening and closing quanta by stock; every boundary value evaluates to itself."""
    found = sl.statement(plant, shift, "pack")
    assert found.ok, found.issues
    for line in found.statements[0].stocks:
        node = sl.explain(plant, f"stocks/{shift}/{line.stock}/closing").node
        assert node is not None
        assert evaluate(node, OPERATIONS) == line.closing
    return {line.stock: (line.opening, line.closing) for line in found.statements[0].stocks}


def taken(plant: PlantView, shift: str) -> dict[str, tuple[int, int]]:
    """Quanta and cents of what the packers took."""
    return {line.what: (line.qty, line.amount) for line in sl.statement(plant, shift, "pack").statements[0].lines}


def close(plant: PlantView) -> dict[str, str]:
    done = sl.close(plant, DAY, DAY)
    assert done.ok, done.issues
    return {day.day.isoformat(): day.outcome for day in done.report.days}  # type: ignore[union-attr]


BY_SHIFT = (
    "2026-03-04T06:00:00Z,1000,40,12000",
    "2026-03-04T14:00:00Z,900,38,11500",
    "2026-03-04T22:00:00Z,1300,38,10250",
    "2026-03-05T06:00:00Z,1250,35,10000",
)
WIDE = "time,bags,pallets,lime kg"


def test_q4_counts_by_shift_of_several_stocks_from_one_wide_sheet(yard: PlantView) -> None:
    load(yard, "wide.csv", *BY_SHIFT, head=WIDE)
    close(yard)
    assert stocks(yard, D) == {"bags": (1_000, 900), "lime": (12_000, 11_500), "pallets": (40, 38)}
    assert stocks(yard, E) == {"bags": (900, 1_300), "lime": (11_500, 10_250), "pallets": (38, 38)}
    # D: 100 bags x 0.50, half a tonne of lime x 100, two pallets x 8. E: 900 + 500 delivered - 1,300 left = 100 bags.
    assert taken(yard, D) == {"bag": (100, -5_000), "lime": (500, -5_000), "pallet": (2, -1_600)}
    assert taken(yard, E) == {"bag": (100, -5_000), "lime": (1_250, -12_500), "pallet": (0, 0)}
    assert sl.verify(yard).ok


def test_q4_the_same_counts_from_a_long_file_give_the_same_books(yard: PlantView) -> None:
    tags = ("COUNT/bags", "COUNT/pallets", "COUNT/lime")
    rows = [
        f"{row.split(',')[0]},{tag},{value},"
        for row in reversed(BY_SHIFT)
        for tag, value in zip(tags, row.split(",")[1:], strict=True)
    ]
    load(yard, "long-counts.csv", *rows)
    close(yard)
    assert stocks(yard, E) == {"bags": (900, 1_300), "lime": (11_500, 10_250), "pallets": (38, 38)}


def test_q4_a_table_by_shift_counts_at_the_end_of_each_shift(yard: PlantView) -> None:
    names = (("2026-03-03", "N"), (DAY, "D"), (DAY, "E"), (DAY, "N"))
    rows = [f"{day},{slot},{row.partition(',')[2]}" for (day, slot), row in zip(names, BY_SHIFT, strict=True)]
    load(yard, "shifts.csv", *rows, head="day,slot,bags,pallets,lime kg")
    close(yard)
    assert stocks(yard, E) == {"bags": (900, 1_300), "lime": (11_500, 10_250), "pallets": (38, 38)}


def test_q4_a_stock_counted_once_a_day_is_carried_and_says_so(yard: PlantView) -> None:
    load(yard, "wide.csv", BY_SHIFT[0], BY_SHIFT[3], head=WIDE)
    close(yard)
    assert stocks(yard, D)["pallets"] == (40, 40), "nobody counted at 14:00: the last count stands"
    assert stocks(yard, N)["pallets"] == (40, 35), "the day's 5 pallets show in the shift that ends with a count"
    lines = {line.stock: line for line in sl.statement(yard, D, "pack").statements[0].stocks}
    assert "carried" in lines["pallets"].closing_marks
    assert lines["pallets"].opening_marks == ()
    assert taken(yard, N)["pallet"] == (5, -4_000)
    assert sl.verify(yard).ok


def test_l6_a_count_that_comes_late_restates_the_shifts_on_both_sides(yard: PlantView) -> None:
    load(yard, "wide.csv", BY_SHIFT[0], BY_SHIFT[2], BY_SHIFT[3], head=WIDE)
    close(yard)
    assert taken(yard, D)["pallet"] == (0, 0)
    load(yard, "wide-late.csv", BY_SHIFT[1], head=WIDE, known_at="2026-03-05T12:00:00Z")
    assert close(yard) == {DAY: "sealed"}
    assert (stocks(yard, D)["pallets"], stocks(yard, E)["pallets"]) == ((40, 38), (38, 38))
    late = [line for line in sl.statement(yard, D, "pack").statements[0].lines if line.what == "pallet" and line.qty]
    assert [(line.kind, line.qty, line.amount) for line in late] == [("trueup", 2, -1_600)]
    assert sl.verify(yard).ok


def test_r2_a_recount_with_a_higher_revision_counts_whatever_came_last(yard: PlantView) -> None:
    counted = [row.split(",") for row in BY_SHIFT]
    load(yard, "long-counts.csv", *[f"{at},COUNT/pallets,{pallets},1" for at, _, pallets, _ in counted])
    load(yard, "long-recount.csv", "2026-03-04T14:00:00Z,COUNT/pallets,37,3")
    load(yard, "long-older.csv", "2026-03-04T14:00:00Z,COUNT/pallets,39,2", known_at="2026-03-05T09:00:00Z")
    close(yard)
    assert stocks(yard, D)["pallets"] == (40, 37)
    assert stocks(yard, E)["pallets"] == (37, 38)
    # One pallet more than before, though none came: it goes the other way, and the count says so.
    assert taken(yard, E)["pallet"] == (-1, 800)


def test_q6_the_uncertainty_of_a_count_is_that_of_both_shifts_with_opposite_signs(yard: PlantView) -> None:
    load(yard, "wide.csv", *BY_SHIFT, head=WIDE)
    close(yard)
    sigma = {shift: sl.statement(yard, shift, "pack").statements[0].sigma for shift in (D, E)}
    # Bags: 2 pcs at either end x 0.50 = 1.00 each; lime: 50 kg x 100 = 5.00 each; pallets are counted exactly.
    assert sigma[D] == pytest.approx((2 * 1.00**2 + 2 * 5.00**2) ** 0.5)
    assert sigma[E] == pytest.approx(sigma[D])


def test_i8_a_stock_that_nobody_counted_has_no_content_instead_of_none(yard: PlantView) -> None:
    load(yard, "long-counts.csv", *[f"{row.split(',')[0]},COUNT/bags,{row.split(',')[1]}," for row in BY_SHIFT])
    close(yard)
    found = {line.stock: (line.opening, line.closing) for line in sl.statement(yard, D, "pack").statements[0].stocks}
    assert found == {"bags": (1_000, 900), "lime": (None, None), "pallets": (None, None)}
