"""Does a stream that nobody meters follow one that tells a course, and is `max_same` where values can freeze (Q1, Q5)?"""

from __future__ import annotations

from collections.abc import Iterator

from shiftledger.core.issue import Issue
from shiftledger.plant.codes import finding
from shiftledger.plant.model import Plant
from shiftledger.plant.rows import complete, place

FOLLOWED = ("rate", "interval")
FREEZING = ("rate", "state", "lab")


def followers(plant: Plant) -> Iterator[Issue]:
    """A follower has a share above zero, no meter of its own, and follows a stream with one. # Q1"""
    if not complete(plant, "meter") or (
        not plant.meters and plant.sources
    ):  # a file of meters that is not there is told by the sources
        return
    kinds = {key: {m.kind for m in plant.meters if m.stream == key and m.kind != "lab"} for key in plant.streams}
    for row in plant.streams.values():
        if not row.follows and row.share is None:
            continue
        wrong = ""
        if not row.follows:
            wrong = "has a share, but follows no stream"
        elif row.share is None or row.share <= 0:
            wrong = f'follows "{row.follows}" without a share above zero'
        elif kinds[row.id]:
            wrong = f'follows "{row.follows}" and has a meter of its own'
        elif row.follows in plant.streams and (not kinds[row.follows] or not kinds[row.follows] <= set(FOLLOWED)):
            wrong = f'follows "{row.follows}", which no meter of kind {" or ".join(FOLLOWED)} measures'
        if wrong:
            at = place(plant.text, row.at, "share" if not row.follows else "follows")
            remedy = 'Give follows = "STREAM", one with a meter of its own, and share = how much of it goes here; or neither.'
            yield finding("P084", f'stream "{row.id}" {wrong}', at, remedy)


def frozen_kinds(plant: Plant) -> Iterator[Issue]:
    """Only what is held or integrated over readings of a moment can freeze: no counter, interval, lot, dip or composite. # Q5"""
    for meter in plant.meters:
        if meter.max_same and (meter.kind not in FREEZING or meter.length):
            message = f'max_same of meter "{meter.tag}" is for rates, states and laboratory results of a moment'
            yield finding("P020", message, place(plant.text, meter.at, "max_same"), "Leave it blank.")
        elif meter.max_same < 0:
            yield finding(
                "P020",
                f'max_same of meter "{meter.tag}" must not be below zero',
                place(plant.text, meter.at, "max_same"),
                "Correct it.",
            )
