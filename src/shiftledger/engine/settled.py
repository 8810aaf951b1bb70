"""Which days are settled, under which seal, and which were taken back by reopening their month (L7).

Settlements and reopenings of a month alternate; the acts in their order say what stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shiftledger.acts.acts import Act, checked
from shiftledger.ledger.book import Seal


@dataclass(frozen=True, slots=True)
class Settlements:
    """`standing`: the settlement of each settled month. `reopened`: every settlement of a month taken back, and the act that did."""

    standing: dict[str, Act]
    reopened: dict[str, tuple[tuple[Act, Act], ...]]


def settlements(acts: Iterable[Act]) -> Settlements:
    """What stands after all of the acts. # L7"""
    standing: dict[str, Act] = {}
    reopened: dict[str, tuple[tuple[Act, Act], ...]] = {}
    for act in acts:
        if act.kind not in ("settle", "reopen") or checked(act):
            continue
        month = act.body["month"]
        if act.kind == "settle":
            standing.setdefault(month, act)
        elif month in standing:
            reopened[month] = (*reopened.get(month, ()), (standing.pop(month), act))
    return Settlements(standing, reopened)


def settled_days(chain: Iterable[Seal], settles: Iterable[Act]) -> dict[date, tuple[Seal, str]]:
    """The days that settlements bind, by the seals they name: whatever today's calendar says. # L7"""
    months: dict[str, str] = {}
    for act in settles:
        for link in act.evidence.split():
            months.setdefault(link, act.body["month"])
    return {seal.day: (seal, months[seal.hash]) for seal in chain if seal.hash in months}
