"""What the plant wrote down beside its readings: the log of events, projects as they were announced, savings as they were claimed.

Some of it is wrong, as such records are: an entry in twenty was forgotten, a remark in twenty left blank; a project may do
nothing, and one saving may be claimed twice. The truth of each lies elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shiftledger.simulate.disturbances import Floats, generator
from shiftledger.simulate.historian import Meters
from shiftledger.simulate.parameters import CREWS, SETS
from shiftledger.simulate.settings import Settings
from shiftledger.simulate.truth import Truth, has_project

LEFT_OUT = 0.05  # of the entries of the log, and of the remarks in those that were made
NEAR_MISS_DAY = 45
MONTH = 30  # days


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the log: kind, area, unit or blank, hours, cause, remark; `forgotten` if nobody entered it."""

    kind: str
    area: str
    unit: str
    begins: float
    ends: float
    cause: str
    text: str
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Project:
    """A project as its sponsor announced it: what it should save, as a share of a stream."""

    id: str
    area: str
    zh: str
    en: str
    day: int  # after the base period
    cost: int  # CNY
    stream: str
    expected: float


@dataclass(frozen=True, slots=True)
class Claim:
    """A saving as a crew claimed it: t of a stream between two days after the base period."""

    area: str
    crew: int
    stream: str
    begins: int
    ends: int
    tonnes: float
    reason: str


# the log ----------------------------------------------------------------------------------------------------------------


def happenings(truth: Truth, known: Meters) -> list[Happening]:
    """The log, forgotten entries included: trips, planned stops, washes, blends, projects and a near miss."""
    befalls, made_of, settings = truth.befalls, truth.made_of, truth.settings
    found = _halts(settings, befalls.digestion_trip / made_of.digestion_trip, "digestion", "DI-1", "mechanical", "隔膜泵跳停")
    found += _halts(settings, befalls.calciner_trip / made_of.calciner_trip, "calcination", "CA-1", "mechanical", "主炉跳停")
    planned = _halts(settings, befalls.planned_stop / made_of.calciner_trip, "calcination", "CA-1", "planned", "主炉计划检修")
    changes = [Happening("blend-change", "digestion", "", hour, hour + 1, "", "换堆") for hour in befalls.blends[1:]]
    found += planned + _told(settings, "blend-change", changes)
    for one in range(SETS):
        washes = runs(truth.happened.washing[:, 0, one])
        found += [Happening("wash", "evaporation", f"EV-{one + 1}", begins, ends, "", "酸洗") for begins, ends in washes]
    for project in projects(truth, known):
        begins = 24.0 * (settings.base_days + project.day) + 2
        found.append(Happening("project", project.area, "", begins, begins + 1, "", f"{project.zh}投运"))
    if settings.stories.near_miss:
        begins = 24.0 * (settings.base_days + min(NEAR_MISS_DAY, settings.days - 1)) + 10
        found.append(Happening("near-miss", "washing", "", begins, begins + 1, "", "底流泵房险肇事件"))
    return sorted(found, key=lambda one: (one.begins, one.kind, one.unit))


def _halts(settings: Settings, share: Floats, area: str, unit: str, cause: str, text: str) -> list[Happening]:
    """Halts from the share of each hour in which a unit was down; they begin and end within the hour."""
    found = []
    for first, after in runs(share > 0):
        begins, ends = first + 1 - min(1.0, share[first]), after - 1 + min(1.0, share[after - 1])
        found.append(Happening("halt", area, unit, float(begins), float(ends), cause, text))
    return found if cause == "planned" else _told(settings, f"{unit} {cause}", found)


def _told(settings: Settings, name: str, found: list[Happening]) -> list[Happening]:
    """The same, some of them forgotten, some without a remark."""
    missing, wordless = (generator(settings.seed, what, name).random(len(found)) < LEFT_OUT for what in ("forgotten", "wordless"))
    return [
        Happening(one.kind, one.area, one.unit, one.begins, one.ends, one.cause, "" if silent else one.text, bool(gone))
        for one, gone, silent in zip(found, missing, wordless, strict=True)
    ]


def runs(on: np.ndarray) -> Iterator[tuple[int, int]]:
    """(first hour, hour after the last) of every stretch that is on."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(on, dtype=np.int8), [0]])))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


# projects and claims ----------------------------------------------------------------------------------------------------


def projects(truth: Truth, known: Meters) -> list[Project]:
    """What was announced: the project that slows fouling, and one without effect after the worst month of washing."""
    settings, found = truth.settings, list[Project]()
    if settings.stories.project_day is not None and has_project(settings):
        found.append(Project("scale", "evaporation", "阻垢剂", "Scale inhibitor", settings.stories.project_day, 180_000,
                             "lp-steam", 0.02))  # fmt: skip
    after = _worst_month_ends(truth, known)
    if settings.stories.placebo and after is not None:
        found.append(Project("flocculant", "washing", "新型絮凝剂", "New flocculant", after, 90_000, "soda-lost", 0.08))
    return sorted(found, key=lambda one: (one.day, one.id))


def _worst_month_ends(truth: Truth, known: Meters) -> int | None:
    """Day after the month of thirty days in which, as metered, most soda was lost per t of mud; a month follows it."""
    settings = truth.settings
    length = min(MONTH, settings.days // 2)
    months = settings.days // length - 1 if length else 0
    if months < 1:
        return None
    by_stream = {signal.measures: known.seen[at] for at, signal in enumerate(known.signals)}
    after = slice(24 * settings.base_days, 24 * (settings.base_days + months * length))
    lost, mud = (by_stream[name][after].reshape(months, -1).sum(axis=1) for name in ("soda-lost", "mud-out"))
    return length * (int(np.argmax(lost / mud)) + 1)


def claims(truth: Truth, known: Meters) -> list[Claim]:
    """Two crews of two areas claim the same low-pressure steam: of a month from the project on, or of the second half."""
    settings = truth.settings
    begins = (settings.stories.project_day or 0) if has_project(settings) else settings.days // 2
    ends = min(begins + MONTH, settings.days)
    if not settings.stories.duplicate_claim or not 0 < begins < ends:
        return []
    hours = slice(24 * (settings.base_days + begins), 24 * (settings.base_days + ends))
    steam = next(known.seen[at] for at, signal in enumerate(known.signals) if signal.measures == "lp-steam")
    tonnes = round(0.02 * float(steam[hours].sum()), -1)
    first, second = (int(crew) for crew in generator(settings.seed, "claims").permutation(CREWS)[:2])
    return [
        Claim("evaporation", first, "lp-steam", begins, ends, tonnes, "洗罐及时，汽耗下降"),
        Claim("washing", second, "lp-steam", begins, ends, tonnes, "洗水减量，蒸发少蒸水"),
    ]
