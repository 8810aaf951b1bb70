"""Before the close: how the running shift stands, and what intentions would come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from shiftledger.api.stores import instant_of, looked_upon
from shiftledger.api.stores import now as clock
from shiftledger.render.views import NowView, PlantView, WhatIfView

if TYPE_CHECKING:
    from shiftledger.ledger.assumed import Assumption
    from shiftledger.ledger.statement import Statement


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
    from shiftledger.api.live import unseen
    from shiftledger.engine.against import against_close as compare
    from shiftledger.engine.published import Published, published
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
            sealed = published(plant.plant, stored, against_close, area).result if stored is not None else Published()
            return NowView(compared.issues, None, compared.result, assumptions=sealed.assumptions, **shown)  # type: ignore[arg-type]
        found = running(plant.plant, stored, area, when, clock(), known)
        waiting = unseen(plant, stored) if known is not None else ()  # when they became known, only a fold says
    assumed = _assumed(plant, [shift.statement for shift in found.result.shifts])
    return NowView((*found.issues, *waiting), found.result, assumptions=assumed, **shown)  # type: ignore[arg-type]


def whatif(
    plant: PlantView,
    settings: Iterable[str] | Mapping[str, str | float] = (),
    *,
    shift: str = "next",
    base: str | None = None,
    prices: str | None = None,
    listing: bool = False,
    area: str | None = None,
    lang: str = "zh",
) -> WhatIfView:
    """What `shift` would come to if it ran so: base and intentions through the same ledger. Nothing is stored. # L10

    `settings`: texts such as "line2.load=0.9", "stream.ore=+5%", or a mapping of name to value. `base`: plan, standard, last or a sealed
    shift; the plan where there is one, else last. `prices`: a price set for the intentions. `listing`: only what may be set.
    `area`: whose shift it is, where areas have one of that name at different times.
    """
    from shiftledger.engine.whatif import settable_names
    from shiftledger.engine.whatif import whatif as calculate
    from shiftledger.render.messages import names_of

    own = plant.plant.settings
    texts = [f"{name}={value}" for name, value in settings.items()] if isinstance(settings, Mapping) else list(settings)
    with looked_upon(plant) as stored:
        if listing:
            listed = settable_names(plant.plant, stored, shift, clock(), area)
            meant, names = listed.result
            return WhatIfView(listed.issues, None, names, meant, own.currency, own.money_decimals, names_of(plant.plant), lang)
        found = calculate(plant.plant, stored, shift, texts, clock(), base=base, prices=prices, area=area)
    areas = found.result.areas if found.result is not None else ()
    assumed = _assumed(plant, [statement for area in areas for statement in (area.base, area.intended)])
    return WhatIfView(
        found.issues, found.result, (), shift, own.currency, own.money_decimals, names_of(plant.plant), lang, assumed
    )  # fmt: skip


def _assumed(plant: PlantView, statements: Sequence[Statement]) -> dict[str, tuple[Assumption, ...]]:
    """What statements that are in no book rest on, by area, as today's text says it. # I7"""
    from shiftledger.ledger.assumed import assumed_text, merged, with_assumptions

    text = assumed_text(plant.plant)
    told: dict[str, tuple[Assumption, ...]] = {}
    for statement in statements:
        told[statement.area] = merged(told.get(statement.area, ()), with_assumptions(text, statement)[1])
    return {area: rests for area, rests in told.items() if rests}
