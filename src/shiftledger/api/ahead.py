"""Before the close: how the running shift stands, and what intentions would come to."""

from __future__ import annotations

from datetime import datetime

from shiftledger.api.stores import instant_of, looked_upon
from shiftledger.api.stores import now as clock
from shiftledger.render.views import NowView, PlantView


def now(
    plant: PlantView,
    area: str | None = None,
    at: str | datetime | None = None,
    *,
    known_at: str | datetime | None = None,
    against_close: str | None = None,
    lang: str = "zh",
) -> NowView:
    """The running shift of one area or of all: metered so far against Allowed at the output so far. Nothing is stored. # L9

    `at`: ISO time (without an offset a local time of the plant), by default that of the newest reading. `known_at`: only what was known
    then. `against_close`: a sealed shift such as "2026-03-31.E" instead: why its seal differs from what was shown at its end.
    """
    from shiftledger.engine.against import against_close as compare
    from shiftledger.engine.running import running
    from shiftledger.render.messages import names_of

    settings, names = plant.plant.settings, names_of(plant.plant)
    when, wrong = instant_of(at, plant) if at is not None else (None, ())
    known, also = instant_of(known_at, plant) if known_at is not None else (None, ())
    if wrong or also:
        return NowView((*wrong, *also))
    shown = {"currency": settings.currency, "money_decimals": settings.money_decimals, "names": names, "lang": lang}
    with looked_upon(plant) as stored:
        if against_close is not None:
            compared = compare(plant.plant, stored, against_close, area, known)
            return NowView(compared.issues, None, compared.result, **shown)  # type: ignore[arg-type]
        found = running(plant.plant, stored, area, when, clock(), known)
    return NowView(found.issues, found.result, **shown)  # type: ignore[arg-type]
