"""Reopening a settled month: an act that takes its settlement back, so that a new version of the month can be made (L7, R5).

Nothing earlier changes: the old seals and the old settlement stay in their chains. From the reopening on the days of the month are
open again, whatever is known by now counts in its own shift, and what had been booked for them as prior period in later months
falls away. So later months must be open, too.
"""

from __future__ import annotations

from dataclasses import replace

from shiftledger.acts.acts import Act, append_act, checked, read_acts
from shiftledger.acts.heads import note_head
from shiftledger.acts.state import State, writing
from shiftledger.core.issue import Issue, Location, Outcome
from shiftledger.engine.settled import settlements
from shiftledger.ledger.codes import L016


def reopen(state: State, act: Act) -> Outcome[Act | None]:
    """Record the reopening of the newest settled month; its evidence names the settlement that it takes back. # L7"""
    issues = checked(act)
    if issues:
        return Outcome(None, issues)
    month = act.body["month"]
    with writing(state) as connection:
        standing = settlements(read_acts(state)).standing
        taken_back = standing.get(month)
        later = sorted(each for each in standing if each > month)
        if taken_back is None:
            open_now = (
                "It is open: close its days and look at them." if not standing else f"Settled: {', '.join(sorted(standing))}."
            )
            return Outcome(None, (_refused(month, "it is not settled", open_now),))
        if later:
            remedy = f"Reopen {later[-1]} first: what came too late for {month} may be booked there."
            return Outcome(None, (_refused(month, f"later months are settled: {', '.join(later)}", remedy),))
        evidence = " ".join([*act.evidence.split(), taken_back.hash])
        made = append_act(connection, replace(act, on_hash=taken_back.on_hash, evidence=evidence))
    note_head(state, "acts", made.seq, made.hash)
    return Outcome(made)


def _refused(month: str, why: str, remedy: str) -> Issue:
    return Issue(L016.code, L016.severity, f"{month} cannot be reopened: {why}", Location("acts"), remedy)
