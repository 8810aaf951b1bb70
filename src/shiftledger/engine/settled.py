"""Which days are settled, and under which seal (L7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from shiftledger.acts.acts import Act
from shiftledger.ledger.book import Seal


def settled_days(chain: Iterable[Seal], settles: Iterable[Act]) -> dict[date, tuple[Seal, str]]:
    """The days that settlements bind, by the seals they name: whatever today's calendar says. # L7"""
    months: dict[str, str] = {}
    for act in settles:
        for link in act.evidence.split():
            months.setdefault(link, act.body["month"])
    return {seal.day: (seal, months[seal.hash]) for seal in chain if seal.hash in months}
