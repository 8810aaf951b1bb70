"""Judgements about registers (Q2): each trace by hand, and that no judgement depends on the period that asks."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.building import NAN, T0, at, series, span
from quantities.registers_by_hand import RULES, STEPS, shown
from shiftledger.core.period import HOUR, MINUTE, Span
from shiftledger.quantities.counters import counted, counter_pieces
from shiftledger.quantities.kernel import Rule
from shiftledger.quantities.registers import BEHIND, links, look_of, narrowed
from shiftledger.readings.batch import Series

QUANTUM = Decimal("0.001")
Told = list[tuple[str, float, float, float]]


def rule(**fields: object) -> Rule:
    return Rule("counter", **{"max_gap": HOUR, "max_hold": 24 * HOUR, **fields})  # type: ignore[arg-type]


def told(readings: Series, by: Rule, start: float = 0, end: float = 600) -> Told:
    """Judgements with minutes from..to and the rise that counts."""
    found = links(readings, span(start, end), by)
    return [
        (
            str(found.kind[i]),
            (int(found.t0[i]) - T0) / MINUTE,
            (int(found.t1[i]) - T0) / MINUTE,
            float(found.rise[i]) if found.known[i] else NAN,
        )
        for i in range(len(found))
        if found.kind[i]
    ]


def count(readings: Series, by: Rule, start: float = 0, end: float = 600) -> int:
    return counted(readings, start=at(start), end=at(end), rule=by, quantum=QUANTUM)


# (c) Zero blips.


def test_q2_blip_counts_last_before_to_first_after_and_not_53_7_mwh() -> None:
    # kWh every 15 min; the line is lost at minute 30. Seen step by step, 0 -> 53 724 would be 53.7 MWh in 15 minutes.
    register = series("C", [(0, 53_688.0), (15, 53_700.0), (30, 0.0), (45, 53_724.0), (60, 53_736.0)])
    assert told(register, rule()) == [("blip", 15, 45, 24.0)]
    assert count(register, rule(), 0, 60) == 48_000  # 53 736 - 53 688
    assert count(register, rule(max_rate=Decimal(100)), 0, 60) == 48_000


def test_q2_q7_shifts_that_cut_a_blip_share_it_by_time() -> None:
    register = series("C", [(0, 100.0), (10, 110.0), (20, 0.0), (30, 0.0), (40, 0.0), (50, 150.0), (60, 160.0)])
    # 40 units from minute 10 to minute 50: one a minute; the boundary at minute 20 gives 10 to the first shift
    assert (count(register, rule(), 0, 20), count(register, rule(), 20, 60)) == (10_000 + 10_000, 30_000 + 10_000)


def test_q2_a_fall_to_a_small_value_and_a_recovery_higher_than_before() -> None:
    register = series("C", [(0, 400.0), (10, 3.0), (20, 3.0), (30, 406.0)])
    assert told(register, rule()) == [("blip", 0, 30, 6.0)]


def test_q2_one_that_comes_back_a_little_lower_lasts_until_the_former_level() -> None:
    # a memory that is saved now and then: 399.5 is below what was shown, so nothing is counted until 400 is passed
    register = series("C", [(0, 400.0), (10, 0.0), (20, 399.5), (30, 401.0), (40, 402.0)])
    assert told(register, rule()) == [("blip", 0, 30, 1.0)]
    assert count(register, rule(), 0, 40) == 2_000


def test_q2_several_blips_in_a_row() -> None:
    register = series("C", [(0, 500.0), (10, 0.0), (20, 502.0), (30, 0.0), (40, 504.0), (50, 0.0), (60, 506.0)])
    for by in (
        rule(),
        rule(max_rate=Decimal(60)),
        rule(modulus=Decimal(1000)),
        rule(modulus=Decimal(1000), max_rate=Decimal(60)),
    ):
        assert told(register, by) == [("blip", 0, 20, 2.0), ("blip", 20, 40, 2.0), ("blip", 40, 60, 2.0)]
        assert count(register, by, 0, 60) == 6_000


def test_q2_several_falls_inside_one_blip() -> None:
    register = series("C", [(0, 500.0), (10, 40.0), (20, 0.0), (30, 3.0), (40, 0.0), (50, 505.0)])
    assert told(register, rule()) == [("blip", 0, 50, 5.0)]


def test_q2_an_overflow_is_not_a_blip() -> None:
    register = series("C", [(0, 990.0), (10, 998.0), (20, 6.0), (30, 14.0)])
    for by in (rule(modulus=Decimal(1000)), rule(modulus=Decimal(1000), max_rate=Decimal(60))):
        assert told(register, by) == [("rollover", 10, 20, 8.0)]
        assert count(register, by, 0, 30) == 24_000


def test_q2_a_blip_near_the_modulus_is_not_an_overflow() -> None:
    # 999.5 -> 0 could be a roll-over of half a unit; the way back up could be nothing
    register = series("C", [(0, 999.0), (10, 999.5), (20, 0.0), (30, 999.75), (40, 0.25)])
    by = rule(modulus=Decimal(1000), max_rate=Decimal(60))
    assert told(register, by) == [("blip", 10, 30, 0.25), ("rollover", 30, 40, 0.5)]
    assert told(register, rule(modulus=Decimal(1000))) == told(register, by)
    assert count(register, by, 0, 40) == 1_250


def test_q2_an_overflow_while_the_line_was_lost() -> None:
    # 990 at minute 0, 30 a minute at most: 1005 at minute 20 shows as 5; the zero at minute 1 came too early for a roll-over
    register = series("C", [(0, 990.0), (1, 0.0), (19, 0.0), (20, 5.0), (21, 6.0)])
    by = rule(modulus=Decimal(1000), max_rate=Decimal(60))
    assert told(register, by) == [("blip", 0, 20, 15.0)]
    assert count(register, by, 0, 21) == 16_000


def test_q2_the_reset_that_was_a_lost_line_after_all() -> None:
    # 48 a hour. Known until minute 60 it began anew; when 1060 arrives, all of it was one blip.
    readings = [(0, 1000.0), (15, 1012.0), (30, 0.0), (45, 12.0), (60, 24.0), (75, 1060.0), (90, 1072.0)]
    early = series("C", readings[:5])
    assert told(early, rule()) == [("reset", 15, 30, pytest.approx(NAN, nan_ok=True))]
    assert count(early, rule(), 0, 60) == 12_000 + 24_000
    assert told(series("C", readings), rule()) == [("blip", 15, 75, 48.0)]
    assert count(series("C", readings), rule(), 0, 90) == 72_000


def test_q2_a_fall_without_sequel_is_open_and_books_nothing() -> None:
    readings = [(0, 100.0), (10, 110.0), (20, 0.0), (30, 0.0)]
    register = series("C", readings)
    assert told(register, rule())[0][:3] == ("blip-open", 10, 30)
    assert count(register, rule(), 0, 30) == 10_000
    assert counter_pieces(register, span(0, 30), rule()).covered == 10 * MINUTE
    assert told(series("C", [*readings, (40, 140.0)]), rule()) == [("blip", 10, 40, 30.0)]


def test_q2_a_blip_longer_than_max_hold_is_none() -> None:
    register = series("C", [(0, 100.0), (10, 0.0), (70, 0.0), (130, 101.0), (140, 102.0)])
    assert told(register, rule(max_hold=2 * HOUR))[0][0] == "blip-open"
    assert told(register, rule(max_hold=130 * MINUTE)) == [("blip", 0, 130, 1.0)]


def test_q2_a_silence_after_a_roll_over_or_a_reset_is_no_recovery() -> None:
    # 100 in 10 minutes all the time; silent from minute 50 to 110, so that one step makes up 600
    register = series("C", [(minute, (800.0 + 10 * minute) % 1000) for minute in (0, 10, 20, 30, 40, 50, 110, 120)])
    assert [kind for kind, *_ in told(register, rule(modulus=Decimal(1000)))] == ["rollover", "rollover"]
    assert count(register, rule(modulus=Decimal(1000)), 0, 120) == 1_200_000
    anew = series(
        "C", [(minute, float(600 + minute if minute < 15 else minute - 15)) for minute in (0, 10, 20, 30, 40, 700, 710)]
    )
    assert [kind for kind, *_ in told(anew, rule(), 0, 720)] == ["reset", "reset", "bridged"]


def test_q2_a_counter_that_is_reset_by_habit_is_no_blip() -> None:
    # 60 a hour, set back to zero every two hours: it passes its former level again, but step by step
    register = series("C", [(minute, float(minute % 120)) for minute in range(0, 600, 15)])
    kinds = {kind for kind, *_ in told(register, rule())}
    assert kinds == {"reset"}
    assert count(register, rule(), 0, 585) == 585_000 - 4 * 15_000  # the last quarter before every reset is lost


# (a) Roll-over.


def test_q2_23_bit_overflow_at_838_860_7() -> None:
    register = series("C", [(0, 838_855.0), (15, 838_860.7), (30, 0.4), (45, 5.4)])
    by = rule(modulus=Decimal("838860.8"))
    # 5.7 + (0.1 + 0.4) + 5.0 Wh
    assert counted(register, start=at(0), end=at(45), rule=by, quantum=Decimal("0.1")) == 112
    assert [kind for kind, *_ in told(register, by)] == ["rollover"]


def test_q2_without_max_rate_a_small_fall_is_not_taken_for_a_turn() -> None:
    by = rule(modulus=Decimal("838860.8"))
    assert [kind for kind, *_ in told(series("C", [(0, 500.0), (15, 300.0), (30, 301.0)]), by)] == ["fall"]
    assert count(series("C", [(0, 500.0), (15, 0.0), (30, 10.0)]), by) == 10_000  # a reset, not 838 361 units
    # three quarters of a turn while it was silent, at the pace that follows
    fast = series("C", [(0, 900.0), (45, 650.0), (60, 900.0), (75, 150.0)])
    assert count(fast, rule(modulus=Decimal(1000))) == 1_250_000


# (b) Reset.


def test_q2_reset_counts_from_zero_and_what_was_before_is_uncovered() -> None:
    # 12 in a quarter of an hour afterwards: 7.2 took 9 minutes, so it can have begun at minute 21; minutes 15 to 21 are lost
    register = series("C", [(0, 1000.0), (15, 1012.0), (30, 7.2), (45, 19.2)])
    assert [one[:3] for one in told(register, rule())] == [("reset", 15, 21), ("reset", 21, 30)]
    assert count(register, rule(), 0, 45) == 12_000 + 19_200
    assert counter_pieces(register, span(0, 45), rule()).covered == 39 * MINUTE
    assert (count(register, rule(), 0, 25), count(register, rule(), 25, 45)) == (12_000 + 3_200, 16_000)  # 4 of 9 minutes


def test_q2_reset_must_be_possible_at_the_pace() -> None:
    by = rule(max_rate=Decimal(100))
    assert told(series("C", [(0, 1000.0), (15, 20.0), (30, 30.0)]), by)[-1][3] == 20.0
    assert [kind for kind, *_ in told(series("C", [(0, 1000.0), (15, 30.0), (30, 40.0)]), by)] == ["fall"]  # more than 25
    assert [kind for kind, *_ in told(series("C", [(0, 1000.0), (15, 400.0), (30, 410.0)]), rule())] == ["fall"]


# (e) Jumps, and falls that nothing explains.


def test_q2_a_jump_that_stays_is_disqualified_and_uncovered() -> None:
    register = series("C", [(0, 100.0), (15, 110.0), (30, 9000.0), (45, 9010.0)])
    by = rule(max_rate=Decimal(60))
    assert told(register, by)[0][:3] == ("disqualified", 15, 30)
    assert count(register, by) == 20_000
    assert counter_pieces(register, span(0, 45), by).covered == 30 * MINUTE


def test_q2_a_jump_that_is_taken_back_costs_nothing() -> None:
    register = series("C", [(0, 100.0), (15, 110.0), (30, 9000.0), (45, 9000.0), (60, 140.0)])
    by = rule(max_rate=Decimal(60))
    assert told(register, by) == [("disqualified", 15, 60, 30.0)]
    assert count(register, by) == 40_000


def test_q2_two_wrong_readings_are_two_spikes_and_not_a_dip_between_them() -> None:
    values = [100.0, 110.0, 9999.0, 130.0, 140.0, 9999.0, 160.0]
    register = series("C", [(15 * i, value) for i, value in enumerate(values)])
    assert told(register, rule(max_rate=Decimal(60))) == [("disqualified", 15, 45, 20.0), ("disqualified", 60, 90, 20.0)]
    assert count(register, rule(max_rate=Decimal(60))) == 60_000


def test_q2_a_fall_that_nothing_explains_is_uncovered() -> None:
    register = series("C", [(0, 100.0), (15, 110.0), (30, 90.0), (45, 95.0), (60, 100.0), (75, 105.0)])
    assert told(register, rule())[0][:3] == ("fall", 15, 30)
    assert count(register, rule()) == 10_000 + 15_000


# Silences and boundaries.


def test_q2_i1_a_silence_longer_than_max_gap_is_shared_by_time_for_the_register_knows_its_sum() -> None:
    register = series("C", [(0, 0.0), (30, 3.0), (130, 13.0), (160, 16.0)])
    assert told(register, rule()) == [("bridged", 30, 130, 10.0)]
    assert (count(register, rule(), 0, 80), count(register, rule(), 80, 160)) == (8_000, 8_000)


def test_q2_a_silence_longer_than_max_hold_is_nobodys_on_both_sides_and_in_the_whole() -> None:
    register = series("C", [(0, 0.0), (30, 3.0), (130, 13.0), (160, 16.0)])
    by = rule(max_hold=90 * MINUTE)
    assert (count(register, by, 0, 80), count(register, by, 80, 160), count(register, by, 0, 160)) == (3_000, 3_000, 6_000)


def test_q2_a_reading_13_s_after_the_boundary_leaves_the_boundary_on_the_line() -> None:
    register = series("C", [(-59.0, 100.0), (13 / 60, 105.0), (60, 110.0)])
    # 5 units in 59 min 13 s = 3553 s: at the boundary, 3540 s in, 100 + 5 * 3540 / 3553 = 104.98170...
    assert (count(register, rule(), -59, 0), count(register, rule(), 0, 60)) == (4_982, 5_018)


# (d) Changes of the meter.


def test_q2_declared_change_counts_each_meter_to_its_own_register() -> None:
    tag = series("C", [(0, 5000.0), (10, 5010.0), (20, 12.0), (30, 22.0)])
    old = rule(until=at(15), last=Decimal("5014"))
    new = rule(since=at(15), first=Decimal("7"))
    assert (count(tag, old, 0, 30), count(tag, new, 0, 30)) == (14_000, 15_000)
    assert (told(tag, old), told(tag, new)) == ([], [])
    assert (count(tag, old, 12, 30), count(tag, new, 0, 18)) == (2_400, 3_000)  # 0.8 and 1.0 a minute on either side


def test_q2_declared_change_without_registers_leaves_the_minutes_around_it_open() -> None:
    tag = series("C", [(0, 5000.0), (10, 5010.0), (20, 12.0), (30, 22.0)])
    assert (count(tag, rule(until=at(15)), 0, 30), count(tag, rule(since=at(15)), 0, 30)) == (10_000, 10_000)
    assert counter_pieces(tag, span(0, 30), rule(since=at(15))).covered == 10 * MINUTE


def test_q2_rows_that_follow_each_other_explain_a_break_and_leave_a_register_that_runs_on() -> None:
    by = rule(turns=(at(15),))
    assert told(series("C", [(0, 5000.0), (10, 5010.0), (20, 12.0), (30, 22.0)]), by)[0][:3] == ("meter-change", 10, 20)
    assert told(series("C", [(0, 5000.0), (10, 5010.0), (20, 5020.0)]), by) == []


# Properties.


@given(STEPS, st.integers(0, 499_999), RULES, st.lists(st.floats(0, 1), max_size=8))
def test_q7_a_trace_cut_anywhere_sums_to_the_whole_whatever_its_register_did(
    steps: list[tuple[int, int, str]], first: int, by: Rule, fractions: list[float]
) -> None:
    register = shown(steps, first, by.modulus)
    begin, end = T0 - HOUR, T0 + sum(wait for wait, _, _ in steps) * MINUTE + HOUR
    cuts = sorted({begin, end, *(begin + int(f * (end - begin)) for f in fractions)})
    parts = [counted(register, start=a, end=b, rule=by, quantum=QUANTUM) for a, b in pairwise(cuts)]
    assert sum(parts) == counted(register, start=begin, end=end, rule=by, quantum=QUANTUM)
    covered = [counter_pieces(register, Span(a, b), by).covered for a, b in pairwise(cuts)]
    assert sum(covered) == counter_pieces(register, Span(begin, end), by).covered


@given(STEPS, st.integers(0, 499_999), RULES, st.floats(0, 1), st.floats(0, 1))
def test_q2_a_judgement_rests_on_the_declared_look_only(
    steps: list[tuple[int, int, str]], first: int, by: Rule, one: float, other: float
) -> None:
    register = shown(steps, first, by.modulus)
    length = sum(wait for wait, _, _ in steps) * MINUTE
    start, end = sorted((T0 + int(one * length), T0 + int(other * length) + MINUTE))
    asked, look = Span(start, end), look_of(by)
    wide = told_of(register, asked, by)
    assert told_of(register.between(start - BEHIND * look, end + look + 1), asked, by) == wide
    assert told_of(narrowed(register, asked, by), asked, by) == wide


def told_of(readings: Series, asked: Span, by: Rule) -> list[tuple[object, ...]]:
    found = links(readings, asked, by)
    names = ("t0", "t1", "before", "after", "rise", "rolled", "known", "uncertain", "kind")
    ends = [(int(found.readings.ts[a]), int(found.readings.ts[b])) for a, b in zip(found.first, found.last, strict=True)]
    return list(zip(*(getattr(found, name).tolist() for name in names), ends, strict=True))
