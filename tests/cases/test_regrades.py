"""Off-spec that the laboratory finds after the shift, worked by hand (L3, L4, L6, Q5): a pair of rows beside the flow."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import one_day as o
import shiftledger as sl
from cases.test_grades_and_credits import REACTOR
from engine import tampering as t
from shiftledger.api.stores import stored_state
from shiftledger.ledger.book import last_seal_of
from shiftledger.ledger.posting import Posting
from shiftledger.ledger.results import read_postings
from shiftledger.render.statement_text import statement_text

# Beyond a melt index of 2.00 polymer is seconds. The laboratory draws it at the reactor's outlet.
GRADED = {
    **REACTOR,
    "meters.csv": REACTOR["meters.csv"].replace("unit,max_gap", "component,unit,quantum,max_gap,max_hold").replace(",t/h,12h", ",,t/h,,12h,")
    + "LAB,lab,polymer-out,index,g/10min,0.01,,12h\n",
    "grades.csv": "material,component,high\nseconds,index,2\n",
}  # fmt: skip
FLOWS = o.tonnes(MONO=(108, 96), POLY=(96, 98), SEC_OUT=(12, 0), SEC_BACK=(4, 6))
GOOD, BAD = "2026-05-01T18:00:00Z,LAB,2.00\n", "2026-05-01T06:00:00Z,LAB,2.30\n2026-05-01T10:00:00Z,LAB,1.90\n"
FILES = {"readings/all.csv": FLOWS + GOOD, "readings/lab.csv": BAD}


def rows(plant: o.PlantView) -> list[Posting]:
    with stored_state(plant, create=False) as stored:
        seal = last_seal_of(stored, date.fromisoformat(o.DAY))
        assert seal is not None
        return list(read_postings(stored, {seal.day: seal.close_id})[seal.day])


def test_l4_what_the_laboratory_finds_off_spec_changes_its_material(tmp_path: Path) -> None:
    """D makes 96 t; the sample of 06:00 holds to 10:00: 4 h of 12, 32 t, are seconds; 64 t are polymer. Known after the close.

                    as closed                  with the answer
        polymer     96 t = +96,000.00          64 t = +64,000.00
        seconds     12 t =  +4,800.00          44 t = +17,600.00
        rework       4 t =  -1,600.00           4 t =  -1,600.00
        monomer    108 t = -64,800.00         108 t = -64,800.00
        V               +34,400.00                  +15,200.00     trued up by -32,000.00 + 12,800.00
        allowed     101.053 t = 60,631.80      67.368 t = 40,420.80
    Plan 95 t: 35,000.00. Standard 64,000 - 40,420.80 = 23,579.20: volume -11,420.80; yield 40,420.80 - 64,800 = -24,379.20.
    As a premium capped at 600.00 V would be the same, but 96 t would count as good output: volume +368.20, yield -4,168.20, and the
    loss of 19,200.00 as quality. The crew that spoiled a third would have more than its planned volume.
    """
    plant = o.opened(tmp_path, GRADED, FILES)
    before = o.statement(plant, "reactor")
    assert (before.value, before.complete, before.partial) == (3_440_000, False, ("quality:polymer-out/index",))
    o.load(plant, "readings/lab.csv")
    o.close(plant)
    found = o.statement(plant, "reactor")
    assert (found.value, found.plan, found.standard, found.complete) == (1_520_000, 3_500_000, 2_357_920, True)
    assert o.steps(found) == {
        "volume": -1_142_080, "yield monomer": -2_437_920, "offspec seconds": 1_760_000, "rework seconds": -160_000,
    }  # fmt: skip
    late = [(p.source, p.target, p.what, p.qty, p.amount, p.crew) for p in rows(plant) if p.kind == "trueup"]
    assert late == [
        ("area:reactor", "outside", "seconds:regrade", 32_000, 1_280_000, "reactor/A"),
        ("outside", "area:reactor", "polymer:regrade", 32_000, 3_200_000, "reactor/A"),
    ]
    assert o.statement(plant, "reactor", o.N).value == 9_800_000 - 5_760_000 - 240_000
    assert o.misprints(plant) == []
    for lang, words in (("en", "regraded by the laboratory"), ("zh", "化验改判")):
        assert words in statement_text(sl.statement(plant, o.D, "reactor"), lang)
    assert t.findings(plant) == []


def test_l6_an_answer_after_the_cutoff_stands_at_the_site(tmp_path: Path) -> None:
    """Five days later: the shift keeps its 34,400.00; -19,200.00 stands at site:prior-period against outside."""
    plant = o.opened(tmp_path, GRADED, FILES)
    o.load(plant, "readings/lab.csv", known_at="2026-05-07T07:00:00Z")
    o.close(plant)
    assert o.statement(plant, "reactor").value == 3_440_000
    prior = sorted((p.source, p.target, p.what, p.amount) for p in rows(plant) if p.kind == "prior")
    assert prior == [
        ("outside", "site:prior-period", "polymer:regrade", 3_200_000),
        ("site:prior-period", "outside", "seconds:regrade", 1_280_000),
    ]


def test_t3_the_crew_that_made_it_bears_it(tmp_path: Path) -> None:
    """From 10:00 on crew B ran D: the 32 t are all of A's four hours, though A made a third of the shift's polymer."""
    split = {"roster.csv": "day,slot,area,crew,start\n2026-05-01,D,reactor,B,10:00\n"}
    plant = o.opened(tmp_path, {**GRADED, **split}, {"readings/all.csv": FLOWS + GOOD + BAD})
    found = sorted((p.what, p.crew, p.qty, p.amount) for p in rows(plant) if p.kind == "regrade" and p.qty)
    assert found == [("polymer", "reactor/A", 32_000, 3_200_000), ("seconds", "reactor/A", 32_000, 1_280_000)]
    assert o.statement(plant, "reactor").value == 1_520_000


# The polymer goes to a silo of the site; what is fed again comes out of that silo, and the laboratory looks at it there, too.
SILO = {
    **GRADED,
    "stocks.toml": REACTOR["stocks.toml"]
    + '[stock.silo]\nmaterial = "polymer"\nheld_by = "site"\nopening = 100\nopening_day = 2026-05-01\n',
    "streams.toml": REACTOR["streams.toml"].replace('from = "R1"\nto = "outside"', 'from = "R1"\nto = "silo"')
    + '[stream.polymer-back]\nfrom = "silo"\nto = "R1"\nmaterial = "polymer"\n',
    "meters.csv": GRADED["meters.csv"] + "BACK,rate,polymer-back,,t/h,,12h,\nLAB-BACK,lab,polymer-back,index,g/10min,0.01,,12h\n",
}
LOTS = "2026-05-01T06:00:00Z,LAB,2.30\n2026-05-01T18:00:00Z,LAB,1.90\n2026-05-01T18:00:00Z,LAB-BACK,2.30\n"


def test_l4_a_silo_holds_its_off_spec_until_it_is_worked_once_more(tmp_path: Path) -> None:
    """D makes 96 t into the silo, all of it off-spec; N makes 98 t of polymer and takes 10 t of those 96 t back.

        D  monomer 108 t = -64,800.00, seconds 96 t = +38,400.00: V -26,400.00; site:regraded 96 x (1,000 - 400) = 57,600.00
        N  monomer  96 t = -57,600.00, polymer 98 t = +98,000.00, rework 10 t = -4,000.00: V +36,400.00; site:regraded -6,000.00
    The silo stands at 100 + 96 = 196 t and 196 + 98 - 10 = 284 t, whatever the laboratory says: nobody moved anything.
    """
    flows = o.tonnes(MONO=(108, 96), POLY=(96, 98), SEC_OUT=(0, 0), SEC_BACK=(0, 0), BACK=(0, 10))
    plant = o.opened(tmp_path, SILO, flows + LOTS)
    day, night = o.statement(plant, "reactor"), o.statement(plant, "reactor", o.N)
    assert (day.value, night.value) == (-2_640_000, 3_640_000)
    assert o.site(plant) == {"site:regraded": 5_760_000}
    assert o.site(plant, o.N) == {"site:regraded": -600_000}
    assert o.steps(day)["offspec seconds"] == 3_840_000
    assert o.steps(night)["rework seconds"] == -400_000
    assert [(s.opening, s.closing) for s in night.stocks if s.stock == "silo"] == [(196_000, 284_000)]
    assert o.misprints(plant) == []


def test_l3_a_premium_holds_for_what_is_in_grade(tmp_path: Path) -> None:
    """0.50 a tonne and unit of ash below 3: ash 1 is worth 1.00 for each of the 64 t, and nothing for the seconds."""
    text = {
        **GRADED,
        "meters.csv": GRADED["meters.csv"] + "ASH,lab,polymer-out,ash,%,0.1,,24h\n",
        "quality.csv": "material,component,reference,worth\npolymer,ash,3,-0.50\n",
    }
    plant = o.opened(tmp_path, text, {"readings/all.csv": FLOWS + GOOD + BAD + "2026-05-01T06:00:00Z,ASH,1\n"})
    assert o.steps(o.statement(plant, "reactor"))["quality polymer@ash"] == 6_400
