"""Did a spreadsheet eat the decimal commas of a column (R3, R4)?

A number such as 557,434 that is taken for one with a sign between thousands becomes 557434; its neighbour 563,97, which lost a last
zero, becomes 56397 or stays 563.97. So readings that hardly differ suddenly stand an exact power of ten apart, whatever they measure:

1. time and again neighbours in time differ by far more than a factor of three, and nearly always by a power of ten, as exactly as
   other neighbours differ by nothing;
2. on average exactly so: two levels of a machine that happen to be about ten apart differ by something else than ten;
3. numbers as large as the larger ones have no decimal sign and never end in 0, as last zeros are not written; every tenth whole number does;
4. and it is not one setting that comes back: there are many different ones of them.

What is multiplied throughout (always three decimals) looks like any other column: no test of its numbers can tell.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shiftledger.core.issue import Issue, Location
from shiftledger.readings.batch import Instants, Values
from shiftledger.readings.codes import clip, found
from shiftledger.readings.sources.cells import Column, word

if TYPE_CHECKING:
    from shiftledger.readings.sources.rows import Found, Reading

JUMP = 0.5  # decades: more than a factor of three
FEWEST, MANY = 5, 20  # jumps, and different large numbers, at least
EXACT, VAGUE = 0.01, 0.12  # decades within which a jump counts as a power of ten: at least, at most
SHARE = 0.6  # of the jumps
CHANCE = 1e-6  # that jumps of any size lie so near to powers of ten
ZEROS = 0.03  # of the large numbers may have a decimal sign or end in 0; a tenth of ordinary whole numbers do
LOOKED_AT = 1000  # large numbers at least, if there are as many


@dataclass(frozen=True, slots=True)
class Eaten:
    """`jumps` between neighbours, `exact` of them by a power of ten; `shown`: pairs (index of the larger, of the smaller)."""

    jumps: int
    exact: int
    shown: tuple[tuple[int, int], ...]


def eaten_decimals(ts: Instants, values: Values, written: Callable[[int], str], decimal: str = ".") -> Eaten | None:
    """What shows that a column lost its decimal signs, or None. Order of rows never matters: neighbours are so in time. # R4

    ts: any order; `written(i)`: the cell of reading i as the file has it, with `decimal` as decimal sign.
    """
    rows = np.flatnonzero(np.isfinite(values) & (values != 0))
    if len(rows) <= FEWEST:
        return None
    if (np.diff(ts[rows]) < 0).any():
        rows = rows[np.argsort(ts[rows], kind="stable")]
    size = np.log10(np.abs(values[rows]))
    step = np.diff(size)
    at = np.flatnonzero(np.abs(step) >= JUMP)
    if len(at) < FEWEST:
        return None
    higher, lower = np.where(step[at] > 0, rows[at + 1], rows[at]), np.where(step[at] > 0, rows[at], rows[at + 1])
    off = np.abs(step[at]) - np.maximum(np.round(np.abs(step[at])), 1)
    calm = np.abs(np.delete(step, at))
    usual = float(np.median(calm)) if len(calm) else 0.0
    within = min(VAGUE, max(EXACT, 3 * usual))
    exact = np.abs(off) <= within
    if not _by_powers_of_ten(off[exact], len(off), within, usual):
        return None
    higher, lower = higher[exact], lower[exact]
    large = rows[size >= size[at + (step[at] > 0)][exact].min()]
    some = large[:: max(1, len(large) // LOOKED_AT)]
    if not _without_last_zero([written(int(i)) for i in some], decimal):
        return None
    pairs = tuple(zip(higher[:3].tolist(), lower[:3].tolist(), strict=True))
    return Eaten(len(off), int(exact.sum()), pairs)


def refused_decimals(reading: Reading, readings: Found, column_of: Mapping[str, str]) -> tuple[Issue, ...]:
    """One issue for each tag whose column lost its decimal signs, with the lines that show it. `column_of`: a tag's column. # R4"""
    order = np.argsort(readings.tag, kind="stable")
    cuts = np.searchsorted(readings.tag[order], np.arange(len(readings.tags) + 1))
    issues = []
    for i, tag in enumerate(readings.tags):
        rows = order[cuts[i] : cuts[i + 1]]
        if any(meter.codes for meter in reading.meters[tag]):
            continue
        column = reading.columns.by_name[column_of[tag]]

        def written(n: int, of: Instants = readings.row[rows], cells: Column = column) -> str:
            return word(cells[int(of[n])])

        eaten = eaten_decimals(readings.ts[rows], readings.value[rows], written, reading.source.decimal)
        if eaten is not None:
            issues.append(_issue(reading, column_of[tag], tag, eaten, readings.row[rows], written))
    return tuple(issues)


def _issue(reading: Reading, column: str, tag: str, eaten: Eaten, row: Instants, written: Callable[[int], str]) -> Issue:
    lines = reading.columns.lines
    pairs = "; ".join(
        f"line {lines[row[a]]} says {written(a)} where line {lines[row[b]]} says {written(b)}" for a, b in eaten.shown
    )
    message = (
        f'the decimal signs of column "{clip(column)}"{f" (tag {clip(tag)})" if tag != column else ""} were eaten: {pairs}. '
        f"{eaten.exact:,} of {eaten.jumps:,} jumps between neighbours are exact powers of ten, and the larger number never ends in 0"
    )
    remedy = (
        "A spreadsheet took decimal signs for signs between thousands. Export the file again from where it comes from and do not save it "
        "in a spreadsheet; check `decimal` and `thousands` too. Nothing of it was loaded. If the numbers are right: check_decimals = false."
    )
    return found("R013", message, Location(reading.name, int(lines[row[eaten.shown[0][0]]])), remedy)


def _by_powers_of_ten(off: Values, jumps: int, within: float, usual: float) -> bool:
    """True where jumps are powers of ten, `off` by so little (decades), and on average by less than a `usual` step. # 1, 2"""
    exact = len(off)
    if exact < max(FEWEST, SHARE * jumps) or _tail(jumps, exact, 2 * within) > CHANCE:
        return False
    mean = math.fsum(off.tolist()) / exact
    spread = math.sqrt(math.fsum(((off - mean) ** 2).tolist()) / exact)
    return abs(mean) <= 3 * spread / math.sqrt(exact) + max(usual / 2, 1e-4)


def _tail(count: int, least: int, chance: float) -> float:
    """The probability of at least `least` hits among `count` of a given chance."""
    if chance * count >= least:
        return 1.0
    terms = (
        math.lgamma(count + 1)
        - math.lgamma(k + 1)
        - math.lgamma(count - k + 1)
        + k * math.log(chance)
        + (count - k) * math.log1p(-chance)
        for k in range(least, count + 1)
    )
    return math.fsum(math.exp(term) for term in terms)


def _without_last_zero(large: list[str], decimal: str) -> bool:
    """True where many different large numbers have neither a decimal sign nor a last zero; 4.12E+13 shows no last digit. # 3, 4"""
    plain = [word.strip() for word in large if "e" not in word.lower()]
    odd = sum(decimal in word or word.endswith("0") for word in plain)
    return len(set(plain)) >= MANY and odd <= ZEROS * len(plain)
