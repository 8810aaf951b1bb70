"""States, quality and invoices on the evaporator of `evaporator.py`, where every figure is derived on paper (L2-L4, L6, L7)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import evaporator as ev
import shiftledger as sl
from engine import tampering as t
from shiftledger.acts.state import connect
from shiftledger.api import PlantView
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.ledger.book import last_seal_of
from shiftledger.ledger.posting import Posting, balances
from shiftledger.ledger.results import read_postings
from shiftledger.render.statement_text import statement_text

MUCH_LATER = "2026-05-20T12:00:00Z"


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    return ev.opened(tmp_path_factory.mktemp("plant"))


def postings(plant: PlantView, day: str = ev.DAY) -> tuple[Posting, ...]:
    state = connect(plant.state_folder, create=False)
    label = date.fromisoformat(day)
    seal = last_seal_of(state, label)
    assert seal is not None
    rows = read_postings(state, {label: seal.close_id})[label]
    state.engine.dispose()
    return rows


def steps(plant: PlantView, shift: str) -> dict[str, int]:
    return {f"{s.name} {s.item}".strip(): s.amount for s in ev.statement(plant, shift).steps if s.amount}


def of_kind(plant: PlantView, kind: str, day: str = ev.DAY) -> list[tuple[str, str, str, int]]:
    return [(p.shift, p.source, p.target, p.amount) for p in postings(plant, day) if p.kind == kind]


def test_l3_values_of_the_three_shifts(plant: PlantView) -> None:
    values = {shift: ev.statement(plant, shift).value for shift in (ev.D, ev.E, ev.N)}
    assert values == {ev.D: 2_504_000, ev.E: 1_472_000, ev.N: 4_424_000}


def test_l3_a_state_is_posted_to_its_account_with_the_shadow_on_the_other_side(plant: PlantView) -> None:
    rows = [p for p in postings(plant) if p.kind == "state"]
    assert [(p.shift, p.crew, p.what, p.qty, p.price, p.amount) for p in rows] == [
        (ev.D, "evaporation/C", "fouling", 1, Decimal(-6_000), -600_000),
        (ev.E, "evaporation/B", "fouling", 1, Decimal(-16_000), -1_600_000),
        (ev.N, "evaporation/A", "fouling", 1, Decimal(39_000), 3_900_000),
    ]
    assert {(p.source, p.target) for p in rows} == {("state:fouling", "site:shadow")}
    accounts = balances(postings(plant))
    assert accounts["state:fouling"] == 1_700_000 == -accounts["site:shadow"]  # -3,000 - -20,000
    assert sum(accounts.values()) == 0


def test_l2_plant_result_less_shadow_is_what_the_accountant_has(plant: PlantView) -> None:
    """Cash of the day, from the figures on paper: no state is in it."""
    flows = (56_000 - 16_000 - 9_000) + (56_000 - 16_000 - 9_600) + (28_000 - 8_000 - 5_400 - 8_000)
    quality, invoices = 840 + 1_120 - 560, 2_500 + 500
    accountant = 100 * (flows + quality - invoices)
    values = sum(ev.statement(plant, shift).value for shift in (ev.D, ev.E, ev.N))
    site = {key: cents for key, cents in balances(postings(plant)).items() if key.startswith("site:")}
    result = values + sum(cents for key, cents in site.items() if key != "site:shadow")
    credited = -site["site:shadow"]
    assert result - credited == accountant == values + sum(site.values())
    cash = -sum(cents for key, cents in balances(postings(plant)).items() if key.startswith("outside"))
    assert cash == accountant


def test_l3_charges_at_budget_and_invoices_leave_a_difference_at_the_site(plant: PlantView) -> None:
    fixed = [p for p in postings(plant) if p.kind == "fixed"]
    rent = [(p.shift, p.source, p.amount) for p in fixed if p.what == "rent"]
    # 75,000 over 30 days of three equal shifts: 833.333..., the running sum is rounded
    assert rent == [(ev.D, "outside:lessor", 83_333), (ev.E, "outside:lessor", 83_334), (ev.N, "outside:lessor", 83_333)]
    assert [(p.shift, p.source, p.target, p.amount) for p in fixed if p.what == "repair"] == [
        (ev.D, "outside", "site:fixed", 50_000)
    ]
    assert balances(postings(plant))["site:fixed"] == 240_000 - 250_000 - 50_000


def test_l3_quality_by_the_mean_assay_with_a_dead_band_and_a_cap(plant: PlantView) -> None:
    rows = [p for p in postings(plant) if p.kind == "quality"]
    assert [(p.shift, p.source, p.target, p.what, p.qty, p.price, p.amount) for p in rows] == [
        (ev.D, "area:evaporation", "outside:digestion", "strong@alkali", 560_000, Decimal("1.5"), 84_000),
        (ev.E, "area:evaporation", "outside:digestion", "strong@alkali", 560_000, Decimal(2), 112_000),
        (ev.N, "area:evaporation", "outside:digestion", "strong@alkali", 280_000, Decimal(-2), -56_000),
    ]


def test_l4_the_bridge_with_quality_state_and_handover(plant: PlantView) -> None:
    """Standard steam 0.105 t/t at fouling 0.20, and 0.1 t/t more per unit: what was taken over is `handover`, not usage.

    D opens at the reference. E: 0.006 x 560 = 3.36 t = 504.00, so usage is 62.16 - 64 t. N: 0.014 x 280 = 3.92 t = 588.00.
    """
    found = {shift: ev.statement(plant, shift) for shift in (ev.D, ev.E, ev.N)}
    assert [(s.standard, s.allowed) for s in found.values()] == [(3_038_000, 3_038_000)] * 2 + [(1_479_000, 1_479_000)]
    assert steps(plant, ev.D) == {"usage steam": -18_000, "quality strong@alkali": 84_000, "state fouling": -600_000}
    assert steps(plant, ev.E) == {
        "usage steam": -27_600, "quality strong@alkali": 112_000, "state fouling": -1_600_000, "handover steam": -50_400,
    }  # fmt: skip
    assert steps(plant, ev.N) == {
        "usage steam": -40_200, "other soda": -800_000, "quality strong@alkali": -56_000, "state fouling": 3_900_000,
        "handover steam": -58_800,
    }  # fmt: skip
    for statement in found.values():
        assert statement.standard is not None
        assert statement.standard + sum(s.amount for s in statement.steps) == statement.value


def test_i3_a_state_is_taken_over_as_it_was_handed_over(plant: PlantView) -> None:
    lines = {shift: [line for line in ev.statement(plant, shift).lines if line.kind == "state"] for shift in (ev.D, ev.E, ev.N)}
    ends = {shift: {line.sign: (line.qty, line.amount) for line in rows} for shift, rows in lines.items()}
    assert ends[ev.D] == {1: (26, -2_600_000), -1: (20, 2_000_000)}
    for earlier, later in ((ev.D, ev.E), (ev.E, ev.N)):
        quanta, worth = ends[earlier][1]
        assert ends[later][-1] == (quanta, -worth)


def test_l3_a_new_worth_from_a_day_on_is_the_site_s(tmp_path: Path) -> None:
    """Fouling 0.03 is worth -3,000 on May 1 and -3,300 on May 2."""
    plant = ev.opened(tmp_path, until=ev.NEXT_DAY)
    assert of_kind(plant, "revaluation", ev.NEXT_DAY) == [("2026-05-02.D", "site:revaluation", "site:shadow", -30_000)]
    assert of_kind(plant, "revaluation") == []
    assert balances(postings(plant))["state:fouling"] == 1_700_000


def test_l3_crews_that_share_a_shift_share_the_state_by_what_it_was_between_them(tmp_path: Path) -> None:
    """Fouling grows to 0.36 by 02:00 (-48,000), when crew B relieves crew A; crew B washes."""
    relief = {"roster.csv": "day,slot,area,crew,start,end,kind\n2026-05-01,N,evaporation,B,02:00,,substitute\n"}
    reading = {ev.BASE: ev.READINGS[ev.BASE] + "2026-05-02T02:00:00Z,FOULING,0.36\n"}
    plant = ev.opened(tmp_path, relief, readings=reading)
    rows = [(p.crew, p.amount) for p in postings(plant) if p.kind == "state" and p.shift == ev.N]
    assert rows == [("evaporation/A", -600_000), ("evaporation/B", 4_500_000)]
    assert ev.statement(plant, ev.N).value == 4_424_000


def test_l6_a_premium_waits_for_the_laboratory_and_is_trued_up(tmp_path: Path) -> None:
    plant = ev.opened(tmp_path, files=(ev.BASE, ev.LAB_D, ev.LAB_N))
    first = ev.statement(plant, ev.E)
    assert first.value == 1_472_000 - 112_000
    assert not first.complete
    assert first.partial == ("quality:strong-out/alkali",)
    assert "waits for alkali" in statement_text(sl.statement(plant, ev.E), "en")
    assert [row[0] for row in of_kind(plant, "quality")] == [ev.D, ev.N]
    ev.load(plant, ev.LAB_E)
    ev.close(plant)
    after = ev.statement(plant, ev.E)
    assert (after.value, after.complete) == (1_472_000, True)
    assert of_kind(plant, "trueup") == [(ev.E, "area:evaporation", "outside:digestion", 112_000)]
    assert steps(plant, ev.E)["quality strong@alkali"] == 112_000
    assert t.findings(plant) == []


def test_l6_a_late_state_reading_is_trued_up_on_both_sides_of_the_boundary(tmp_path: Path) -> None:
    """0.30 instead of 0.34 at 22:00: -30,000, not -42,000. E gains 12,000, N loses as much; together nothing."""
    plant = ev.opened(tmp_path)
    ev.folder(tmp_path, readings={"readings/late.csv": "2026-05-01T22:00:00Z,FOULING,0.30\n"})
    ev.load(plant, "readings/late.csv")
    ev.close(plant)
    assert of_kind(plant, "trueup") == [
        (ev.E, "state:fouling", "site:shadow", 1_200_000),
        (ev.N, "state:fouling", "site:shadow", -1_200_000),
    ]
    assert ev.statement(plant, ev.E).value == 1_472_000 + 1_200_000
    # 0.105 + 0.1 x 0.10 = 0.115 t/t: 32.2 t, so 2.8 t = 420.00 were inherited, and usage is 36 - 32.2 t = 570.00 too much
    assert steps(plant, ev.N)["handover steam"] == -42_000
    assert steps(plant, ev.N)["usage steam"] == -57_000


def test_l6_after_the_settlement_a_state_reading_moves_no_settled_shift(tmp_path: Path) -> None:
    """May 1 ends its accounting month: what is read of it later stays out, and May 2 opens with the settled value."""
    month = {"plant.toml": ev.TEXT["plant.toml"] + "month_start = 2\n"}
    plant = ev.opened(tmp_path, month)
    done = sl.act(plant, "settle", "cost controller, post 1", "controller", {"month": "2026-05"})
    assert done.ok, done.issues
    ev.folder(tmp_path, month, {"readings/late.csv": "2026-05-01T22:00:00Z,FOULING,0.30\n2026-05-02T06:00:00Z,FOULING,0.05\n"})
    ev.load(plant, "readings/late.csv", known_at=MUCH_LATER)
    ev.close(plant, ev.NEXT_DAY)
    assert of_kind(plant, "prior") == []
    assert ev.statement(plant, ev.N).value == 4_424_000
    state = connect(plant.state_folder, create=False)
    seal = last_seal_of(state, date.fromisoformat(ev.NEXT_DAY))
    state.engine.dispose()
    assert seal is not None
    assert min(seal.boundaries["state:fouling"].items())[1] == 3  # the settled 0.03, not 0.05


def test_l3_a_settled_worth_is_where_the_revaluation_of_the_next_month_starts(tmp_path: Path) -> None:
    """May 1 is the only day of its accounting month and is settled; then today's text gives another worth to all days."""
    month = {"plant.toml": ev.TEXT["plant.toml"] + "month_start = 2\n"}
    plant = ev.opened(tmp_path, month)
    done = sl.act(plant, "settle", "cost controller, post 1", "controller", {"month": "2026-05"})
    assert done.ok, done.issues
    always = "state,value,worth\nfouling,0,0\nfouling,0.30,-33000\nfouling,0.40,-66000\n"
    ev.folder(tmp_path, {**month, "potentials.csv": always})
    plant = sl.open(plant.folder)
    ev.load(plant, ev.LAB_D)  # nothing new: only the text changed
    done = sl.close(plant, ev.NEXT_DAY, ev.NEXT_DAY)
    assert done.ok, done.issues
    assert of_kind(plant, "revaluation", ev.NEXT_DAY) == [("2026-05-02.D", "site:revaluation", "site:shadow", -30_000)]


def test_i8_a_state_that_nobody_read_is_absent_not_zero(tmp_path: Path) -> None:
    lines = [row for row in ev.READINGS[ev.BASE].splitlines() if "FOULING" not in row]
    plant = ev.opened(tmp_path, readings={ev.BASE: "\n".join(lines) + "\n"})
    found = ev.statement(plant, ev.D)
    assert found.value == 2_504_000 + 600_000
    assert not found.complete
    assert "state:fouling" in found.partial
    assert of_kind(plant, "state") == []
    assert "Fouling" in statement_text(sl.statement(plant, ev.D), "en")


def test_i7_every_new_line_opens_and_recomputes(plant: PlantView) -> None:
    for address in (
        f"ledger/{ev.E}/evaporation",
        f"ledger/{ev.E}/evaporation/state:fouling",
        f"ledger/{ev.E}/evaporation/quality:strong@alkali",
        f"ledger/{ev.E}/evaporation/bridge/handover/steam",
        f"ledger/{ev.E}/site:shadow",
        f"ledger/{ev.E}/site:fixed",
        f"ledger/{ev.E}/state:fouling",
        f"states/{ev.E}/fouling/closing",
        f"assays/{ev.E}/strong-out/alkali",
    ):
        view = sl.explain(plant, address)
        assert view.ok, view.issues
        assert view.node is not None
        assert evaluate(view.node, OPERATIONS) == view.node.value
    text = str(sl.explain(plant, f"ledger/{ev.E}/evaporation/state:fouling").node)
    assert "potentials.csv:4" in text


def edited(folder: Path, plant: PlantView, name: str, old: str, new: str) -> PlantView:
    again = t.again(plant, folder)
    path = again.folder / name
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")
    return sl.open(again.folder)


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "potentials.csv",
            "0.40,-60000",
            "0.40,-60001",
            "potentials.csv:4: V003: potential fouling/0.40, worth -60000 -> -60001",
        ),
        ("quality.csv", "238,242,0.50", "238,242,0.51", "quality.csv:2: V003: quality strong/alkali, worth 0.5 -> 0.51"),
        ("quality.csv", "238,242", "238,241", "quality.csv:2: V003: quality strong/alkali, high 242 -> 241"),
        ("invoices.csv", "500,", "501,", "invoices.csv:3: V003: invoice repair//2026-05-01, amount 500 -> 501"),
        (
            "states.toml",
            '"evaporation"',
            '"evaporation"\nboundary = "interpolate"',
            "states.toml:3: V003: state fouling, boundary",
        ),
    ],
)
def test_l7_one_changed_row_is_located(tmp_path: Path, plant: PlantView, name: str, old: str, new: str, expected: str) -> None:
    found = t.findings(edited(tmp_path, plant, name, old, new))
    assert len(found) == 1
    assert found[0].startswith(expected), found


def test_l7_one_flipped_state_reading_is_located(tmp_path: Path, plant: PlantView) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    again = t.again(plant, tmp_path)
    flipped = 0
    for path in sorted((again.state_folder).rglob("*.parquet")):
        table = pq.ParquetFile(path).read()
        if "value" not in table.column_names or "ts" not in table.column_names:
            continue
        hit = pc.equal(table["value"], 0.34)
        if pc.any(hit).as_py():
            place = table.schema.get_field_index("value")
            pq.write_table(
                table.set_column(place, table.schema.field(place), pc.if_else(hit, pa.scalar(0.35), table["value"])), path
            )
            flipped += 1
    assert flipped == 1
    found = t.findings(again)
    assert any("FOULING" in line and "2026-05-01" in line for line in found), found
    assert any("V002: day 2026-05-01 does not recompute" in line for line in found)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_statement_with_all_terms_fits_80_columns(plant: PlantView, lang: str) -> None:
    from shiftledger.render.text import WIDTH, width

    text = statement_text(sl.statement(plant, ev.N), lang, overview=True)
    assert all(width(line) <= WIDTH for line in text.splitlines())
    for figure in ("+44,240.00", "−560.00", "+42,000.00", "−3,000.00", "+39,000.00", "−588.00", "+44,206.67", "+5,206.67"):
        assert figure in text


ENGINEER = ("maintenance engineer, post 7", "maintenance")
EVENTS = {
    "units.toml": '[unit.EV1]\narea = "evaporation"\nno_fault_rate = 450\n',
    "charges.csv": "charge,event,amount,party\nfine,spill,500,authority\n",
}


def record(plant: PlantView, kind: str, start: str, end: str, **more: str) -> None:
    done = sl.act(plant, "event", *ENGINEER, {"unit": "EV1", "kind": kind, "start": start, "end": end, **more}, "work order 12")
    assert done.ok, done.issues


def test_l3_a_halt_that_is_nobody_s_doing_and_a_charge_are_trued_up_and_open_to_the_act(tmp_path: Path) -> None:
    """1.5 h mechanical at 450.00 = 675.00 for E; the spill of 15:00 costs it 500.00. The site bears the halt, the authority has the fine."""
    plant = ev.opened(tmp_path, EVENTS)
    assert ev.statement(plant, ev.E).value == 1_472_000
    record(plant, "halt", "2026-05-01T16:00:00+00:00", "2026-05-01T17:30:00+00:00", cause="mechanical")
    record(plant, "spill", "2026-05-01T15:00:00+00:00", "2026-05-01T15:10:00+00:00")
    ev.close(plant)
    assert ev.statement(plant, ev.E).value == 1_472_000 + 67_500 - 50_000
    assert of_kind(plant, "trueup") == [
        (ev.E, "area:evaporation", "site:no-fault", 67_500),
        (ev.E, "outside:authority", "area:evaporation", 50_000),
    ]
    assert {name: steps(plant, ev.E)[name] for name in ("no-fault EV1@mechanical", "charge fine")} == {
        "no-fault EV1@mechanical": 67_500,
        "charge fine": -50_000,
    }
    for item in ("transfer:EV1@mechanical", "charge:fine"):
        view = sl.explain(plant, f"ledger/{ev.E}/evaporation/{item}")
        assert view.ok, view.issues
        assert view.node is not None
        assert evaluate(view.node, OPERATIONS) == view.node.value
        assert "maintenance engineer, post 7" in str(view.node)
    for lang, words in (("en", "nobody's doing EV1 (mechanical)"), ("zh", "EV1（机械）")):
        assert words in statement_text(sl.statement(plant, ev.E), lang)
    assert t.findings(plant) == []
