"""The verb of hours and persons: who was on duty, and what an hour put out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from shiftledger.api.stores import PlantError, label_of, stored_state
from shiftledger.render.views import LabourView, PlantView


def labour(
    plant: PlantView,
    start: str | date | None = None,
    end: str | date | None = None,
    *,
    month: str | None = None,
    by: Iterable[str] = ("area",),
    shift: str = "",
    lang: str = "zh",
) -> LabourView:
    """Persons and hours on duty and output per hour by series, area, crew, month or shift; of one `shift` also who was there. # T4

    Without days, month or shift: the accounting month of the newest sealed day. Without books hours are known and output is not.
    """
    from shiftledger.engine.labour import labour as count
    from shiftledger.render.messages import names_of

    first, problems = label_of(start)
    last, more = label_of(end)
    if problems or more:
        return LabourView((*problems, *more))
    try:
        with stored_state(plant, create=False) as stored:
            found = count(plant.plant, stored, first, last, month, tuple(by), shift)
    except PlantError as error:
        if {issue.code for issue in error.issues} != {"A003"}:
            raise
        found = count(plant.plant, None, first, last, month, tuple(by), shift)
    return LabourView(found.issues, found.result, names_of(plant.plant), lang)
