"""The verb that lists acts, and what of a plant's text is not approved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from shiftledger.api.stores import PlantError, looked_upon, now
from shiftledger.core.issue import Issue
from shiftledger.core.period import moment
from shiftledger.render.views import ActsView, PlantView


def decided(plant: PlantView, *, lang: str = "zh") -> ActsView:
    """Every act with its standing, and everything that is or may have to be approved. Nothing is written. # R5"""
    from shiftledger.engine.listed import listed

    with looked_upon(plant) as seen:
        found = listed(plant.plant, seen, _today(plant))
    return ActsView((), found, plant.plant.settings.zone, lang)


def lapses(plant: PlantView) -> tuple[Issue, ...]:
    """What the plant asks an approval for and is not approved as it stands: warnings, and what keeps the store from being asked. # R5"""
    settings = plant.plant.settings
    if not (settings.price_approval or settings.definition_approval):  # before the store's libraries are brought in
        return ()
    from shiftledger.engine.listed import lapses as lapsed

    try:
        with looked_upon(plant) as seen:
            return tuple(replace(issue, severity="warning") for issue in lapsed(plant.plant, seen, _today(plant)))
    except PlantError as error:
        return error.issues


def _today(plant: PlantView) -> date:
    return moment(now(), plant.plant.settings.timezone).date()
