"""Lots, bookings and samples in the plant's text: what the checks refuse (Q9, Q10, R1)."""

from __future__ import annotations

import pytest

from plant.small_plant import codes, issues, places

Edit = tuple[str, str, str]
HEAD = "tag,kind,stream,stock,component,unit,class,sigma"
LOT: Edit = ("meters.csv", "FT-1,rate,ore-in,,,t/h,", "FT-1,lot,ore-in,,,t,")
BOOKED: tuple[Edit, ...] = (
    ("meters.csv", HEAD, f"{HEAD},length"),
    ("meters.csv", "FT-1,rate,ore-in,,,t/h,0.003,", "FT-1,booking,ore-in,,,t,0.003,,31d"),
    *(
        ("meters.csv", f"{line}\n", f"{line},\n")
        for line in ("FT-2,rate,slurry-in,,,t/h,0.003,", "FT-3,rate,slurry-out,,,t/h,0.003,")
    ),
    ("meters.csv", "LT-1,level,,T,,t,,0.05", "LT-1,level,,T,,t,,0.05,"),
)


def by(rule: str, unit: str = "U1") -> str:
    stages = "\nstages = { melt = 0.4, cast = 0.6 }" if rule == "stage" else ""
    return f'[unit.{unit}]\narea = "mill"\nownership = "{rule}"{stages}\n'


def test_q10_a_lot_meter_is_complete() -> None:
    assert codes(LOT) == []
    assert codes(LOT, units_toml=by("end")) == codes(LOT, units_toml=by("stage")) == []
    for rule in ("start", "time-split"):  # how far to look ahead must be said
        assert codes(LOT, units_toml=by(rule)) == ["P080"]


def test_q10_a_companions_tag_is_taken() -> None:
    row = ("meters.csv", "", "FT-1#lot,state,,,,,,\n")
    assert "P080" in codes(LOT, row)
    assert "P080" not in codes(("meters.csv", "", "FT-1#lot,state,,,,,,\n"))


@pytest.mark.parametrize(
    "stages", ["", "stages = { melt = 0.4, cast = 0.5 }", "stages = { melt = 1.5, cast = -0.5 }", "stages = {}"]
)
def test_q10_stages_sum_to_one(stages: str) -> None:
    assert codes(units_toml=f'[unit.U1]\narea = "mill"\nownership = "stage"\n{stages}\n') == ["P081"]


def test_q10_stages_without_their_rule_say_nothing() -> None:
    assert codes(units_toml='[unit.U1]\narea = "mill"\nstages = { melt = 1.0 }\n') == ["P081"]
    assert codes(units_toml='[unit.U1]\narea = "mill"\nownership = "stage"\nstages = { melt = "all" }\n')[0] == "P007"


def test_q10_the_two_units_of_a_stream_agree() -> None:
    """A stream of lots from U1 to U2: one of the two declares a rule, or both the same."""
    streams = ("streams.toml", "", '\n[stream.coils]\nfrom = "U1"\nto = "U2"\nmaterial = "ore"\n')
    lots = ("meters.csv", "", "COIL,lot,coils,,,t,,\n")
    assert codes(streams, lots, units_toml=by("end") + by("stage", "U2")) == ["P081"]
    assert codes(streams, units_toml=by("end") + by("stage", "U2")) == []  # no lots flow there
    assert codes(streams, lots, units_toml=by("end") + by("end", "U2")) == []
    assert codes(streams, lots, units_toml=by("stage") + '[unit.U2]\narea = "mill"\n') == []


def test_q9_a_booked_stream_has_one_allocation_at_a_time() -> None:
    one = '[allocation.a]\nstream = "ore-in"\ndriver = "hours"\n'
    assert codes(*BOOKED) == ["P082"]
    assert codes(*BOOKED, allocations_toml=one) == []
    assert codes(*BOOKED, allocations_toml=one + one.replace(".a]", ".b]")) == ["P082"]
    halves = one + "valid_to = 2026-06-30\n" + one.replace(".a]", ".b]") + "valid_from = 2026-07-01\n"
    assert codes(*BOOKED, allocations_toml=halves) == []
    assert places(allocations_toml=one) == ["P082 allocations.toml:2"]  # a rate meter is not booked


@pytest.mark.parametrize(
    ("rest", "wanted"),
    [
        ('driver = "load"\n', ["P082"]),
        ('driver = "hours"\nload = "slurry-in"\n', ["P082"]),
        ('driver = "load"\nload = "slurry-in"\n', []),
        ('driver = "load"\nload = "ore-in"\n', ["P082"]),  # itself only booked
        ('driver = "load"\nload = "coal"\n', ["P012"]),
        ('driver = "feeling"\n', ["P008"]),
    ],
)
def test_q9_a_driver_has_what_it_needs(rest: str, wanted: list[str]) -> None:
    assert sorted(set(codes(*BOOKED, allocations_toml=f'[allocation.a]\nstream = "ore-in"\n{rest}'))) == wanted


def test_q9_bookings_need_a_length_and_no_fill_but_the_standard() -> None:
    no_length = (*BOOKED[:1], ("meters.csv", "FT-1,rate,ore-in,,,t/h,0.003,", "FT-1,booking,ore-in,,,t,0.003,,"), *BOOKED[2:])
    hours = '[allocation.a]\nstream = "ore-in"\ndriver = "hours"\n'
    assert codes(*no_length, allocations_toml=hours) == ["P080"]


HOURS = '[allocation.a]\nstream = "ore-in"\ndriver = "hours"\n'


def test_q9_a_bill_may_be_of_a_tariff_and_of_a_component() -> None:
    """Where neither the meter nor the laboratory says otherwise: the assay's unit leads from the bill to the material, or the bill's does."""
    banded = ("materials.toml", "[material.ore]\n", '[material.ore]\nband_state = "tariff"\n')
    assert codes(*BOOKED, banded, allocations_toml=HOURS) == ["P012"]  # no column here for the state that tells the bands
    priced = ("materials.toml", "[material.ore]\n", '[material.ore]\npriced_on = "fe"\n')
    for unit in ("%", "g/L"):
        lab = ("meters.csv", "", f"LAB,lab,ore-in,,fe,{unit},,,\n")
        assert codes(*BOOKED, priced, lab, allocations_toml=HOURS) == []
    wrong = (*BOOKED[:1], ("meters.csv", "FT-1,rate,ore-in,,,t/h,0.003,", "FT-1,booking,ore-in,,,MWh,0.003,,31d"), *BOOKED[2:])
    assert "P018" in codes(*wrong, priced, ("meters.csv", "", "LAB,lab,ore-in,,fe,g/L,,,\n"), allocations_toml=HOURS)


def test_q9_a_bill_of_a_component_is_of_the_one_that_is_paid_for() -> None:
    told = [*BOOKED]
    told[1] = ("meters.csv", "FT-1,rate,ore-in,,,t/h,0.003,", "FT-1,booking,ore-in,,cu,t,0.003,,31d")
    priced = ("materials.toml", "[material.ore]\n", '[material.ore]\npriced_on = "fe"\n')
    for edits, wanted in (
        ((), 'meter "FT-1" books "cu", but "ore" is priced on "mass"'),
        ((priced,), 'meter "FT-1" books "cu", but "ore" is priced on "fe"'),
    ):
        (found,) = [one for one in issues(*told, *edits, allocations_toml=HOURS) if one.code == "P080"]
        assert found.at is not None
        assert (found.message, found.at.file, found.at.line, found.at.column) == (wanted, "meters.csv", 2, 22)
    told[1] = (told[1][0], told[1][1], told[1][2].replace(",cu,", ",fe,"))
    assert codes(*told, priced, allocations_toml=HOURS) == []
    rate = ("meters.csv", "FT-1,rate,ore-in,,,t/h,", "FT-1,rate,ore-in,,fe,t/h,")
    assert codes(rate) == ["P032"]  # only a bill is of a component


def test_r1_samples_lead_to_lab_meters_in_units_that_fit() -> None:
    lab = ("meters.csv", "", "LAB,lab,ore-in,,fe,%,,\n")
    assert codes(lab, samples_csv="point,analyte,tag,unit\nfeed,Fe,LAB,\nfeed,Fe2,LAB,g/kg\n") == []
    assert codes(lab, samples_csv="point,analyte,tag,unit\nfeed,Fe,LAB,g/L\n") == ["P083"]
    assert codes(lab, samples_csv="point,analyte,tag\nfeed,Fe,FT-1\n") == ["P083"]
    assert codes(lab, samples_csv="point,analyte,tag\nfeed,Fe,LAP\n") == ["P012"]
    assert codes(lab, samples_csv="point,analyte,tag\nfeed,Fe,LAB\nfeed,Fe,LAB\n") == ["P022"]


def test_r1_a_wide_lab_file_names_analytes_that_samples_csv_has() -> None:
    lab = ("meters.csv", "", "LAB,lab,ore-in,,fe,%,,\n")
    source = '[source.lab]\nmatch = "lab*.csv"\nlayout = "lab"\ncolumns = {"Fe %" = "Fe", "Si %" = "SiO2"}\n'
    found = issues(lab, samples_csv="point,analyte,tag\nfeed,Fe,LAB\n", sources_toml=source)
    assert [(issue.code, issue.message) for issue in found] == [
        ("P083", 'source "lab" reads the analyte "SiO2", which samples.csv does not have')
    ]


def test_r1_between_low_and_high_there_is_room() -> None:
    edit = ("meters.csv", "LT-1,level,,T,,t,,0.05", "LT-1,level,,T,,t,,0.05,{},{}")
    others = [
        ("meters.csv", f"{line}\n", f"{line},,\n")
        for line in ("FT-1,rate,ore-in,,,t/h,0.003,", "FT-2,rate,slurry-in,,,t/h,0.003,", "FT-3,rate,slurry-out,,,t/h,0.003,")
    ]
    for low, high, wanted in (("0", "60", []), ("60", "0", ["P020"]), ("5", "5", ["P020"]), ("", "5", [])):
        changed = (edit[0], edit[1], edit[2].format(low, high))
        assert codes(("meters.csv", HEAD, f"{HEAD},low,high"), *others, changed) == wanted
