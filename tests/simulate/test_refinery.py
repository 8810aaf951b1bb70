"""The simulated refinery closes in every hour, runs as such a plant runs, and its counterfactuals are paired."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shiftledger.simulate import NO_STORIES, Settings, Stories, Truth, truth_of
from shiftledger.simulate.disturbances import crew_on_duty, disturbances, first_order, generator, skills, trips
from shiftledger.simulate.parameters import Noises, Parameters, Prices, Skills, drawn
from shiftledger.simulate.refinery import FLOWS, Scenario, levers, run, unclosed
from shiftledger.simulate.truth import AREAS
from shiftledger.simulate.worth import NOMINAL_WATER, hourly_value, shadow

SHORT = Settings(seed=5, days=40, base_days=8)


@pytest.fixture(scope="module")
def nominal() -> Truth:
    """Half a year of the nominal plant with every story."""
    return truth_of(Settings(seed=1, same_plant=True, base_days=4))


@pytest.mark.parametrize("seed", [2, 77, 123456])
def test_every_component_closes_in_every_hour_also_in_other_plants(seed: int) -> None:
    settings = Settings(seed=seed, days=30, base_days=5)
    made_of = drawn(Parameters(), generator(seed, "parameters"), spread=0.2)
    befalls = disturbances(settings, made_of)
    scenario = Scenario(skills(seed), gaming_crew=1, fouling=3.0)
    done = run(made_of, befalls, levers([scenario], crew_on_duty(settings.hours, 5), cut=0.2, overdraw=40.0))
    assert done.washes.sum() > 0, "the case has washes"
    for component, rest in unclosed(done).items():
        assert np.abs(rest).max() < 1e-6, component


def test_a_flow_that_is_changed_opens_its_balance(nominal: Truth) -> None:
    done = nominal.happened
    for flow, component in [("precipitated", "Na2O"), ("mud_alumina", "Al2O3"), ("water_in", "water"), ("mud", "SiO2")]:
        bent = replace(done, flows={**done.flows, flow: done.flows[flow] * 1.001})
        assert np.abs(unclosed(bent)[component]).max() > 1e-5, flow


def test_it_runs_as_such_a_refinery_runs() -> None:
    """Means of three half years of the nominal plant without skills, with the project: the figures of the specification."""
    times = np.where(np.arange(24 * 182) < 24 * 91, 1.0, 2 / 3)
    nobody = Scenario({name: np.zeros(4) for name in Skills.__dataclass_fields__}, fouling=times)
    made_of, prices, runs, values = Parameters(), Prices(), [], []
    for seed in range(1, 4):
        settings = Settings(seed=seed, days=182, base_days=0, stories=NO_STORIES, same_plant=True)
        runs.append(run(made_of, disturbances(settings, made_of), levers([nobody], crew_on_duty(settings.hours, 0))))
        values.append(hourly_value(runs[-1], made_of, prices).mean())
    flow = {name: np.mean([done.flows[name].mean() for done in runs]) for name in FLOWS}
    alumina, water = flow["calcined"], np.mean([done.water.sum(axis=2).mean() for done in runs])
    steam = flow["digestion_steam"] + flow["evaporation_steam"] + flow["other_steam"]
    expected = {
        "alumina": (alumina, 240.8, 0.02),
        "ore": (flow["ore"] / alumina, 2.084, 0.03),
        "caustic": (flow["caustic_in"] / alumina, 0.1138, 0.06),
        "lime": (flow["lime"] / alumina, 0.167, 0.03),
        "steam": (steam / alumina, 1.71, 0.04),
        "evaporation": (water / alumina, 2.45, 0.06),
        "steam per water": (flow["evaporation_steam"] / water, 0.267, 0.02),
        "mud": (flow["mud"] / alumina, 1.081, 0.04),
        "gas": (flow["gas"] / alumina, 85.5, 0.01),
        "power": (flow["power"] / alumina, 215.5, 0.02),
        "soda": (1000 * flow["soda_lost"] / alumina, 3.05, 0.05),
        "margin": (8 * np.mean(values), 1.56e6, 0.06),
        "washes": (np.mean([done.washes.sum() for done in runs]), 7, 0.15),
    }
    for what, (found, usual, within) in expected.items():
        assert found == pytest.approx(usual, rel=within), what
    stocks = {name: np.concatenate([done.stocks[name][:, 0] for done in runs]) for name in ("alumina", "hydrate")}
    assert 22_500 < np.percentile(stocks["alumina"], 10) < np.percentile(stocks["alumina"], 95) < 24_100
    assert 13_000 < np.percentile(stocks["hydrate"], 5) < np.percentile(stocks["hydrate"], 95) < 22_000


def test_the_same_settings_give_the_same_bytes_and_another_seed_others() -> None:
    first, again, other = (truth_of(replace(SHORT, seed=seed)) for seed in (5, 5, 6))
    assert first.value.tobytes() == again.value.tobytes()
    assert first.areas == again.areas
    assert first.value.tobytes() != other.value.tobytes()


def test_no_story_moves_a_disturbance_of_another() -> None:
    """One generator each: without stories the weather, the trips and the noises are the same draw by draw."""
    paths = []
    for stories in (Stories(), NO_STORIES):
        settings = Settings(seed=9, days=120, base_days=3, stories=stories)
        paths.append(disturbances(settings, Parameters()))
    with_stories, without = paths
    for name in ("cooling", "digestion_trip", "calciner_trip", "mud", "washing", "moisture", "evaporation"):
        assert np.array_equal(getattr(with_stories, name), getattr(without, name)), name
    weeks = np.arange(len(without.alumina_in_ore)) // 24 - 3
    same = (weeks < 63) | (weeks >= 91)
    assert np.array_equal(with_stories.alumina_in_ore[same], without.alumina_in_ore[same])
    assert (with_stories.silica_in_ore[~same] > without.silica_in_ore[~same]).all()


def test_a_counterfactual_is_what_a_run_of_its_own_gives() -> None:
    befalls = disturbances(SHORT, Parameters())
    duty, by_name = crew_on_duty(SHORT.hours, SHORT.base_days), skills(4)
    zero = {name: np.zeros(4) for name in by_name}
    both = run(Parameters(), befalls, levers([Scenario(by_name), Scenario(zero)], duty))
    alone = run(Parameters(), befalls, levers([Scenario(zero)], duty))
    for name, path in both.flows.items():
        assert np.array_equal(path[:, 1], alone.flows[name][:, 0]), name
    assert not np.array_equal(both.flows["ore"][:, 0], both.flows["ore"][:, 1])


def test_a_crew_without_skill_is_worth_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Skills(**dict.fromkeys(Skills.__dataclass_fields__, 0.0))
    monkeypatch.setattr("shiftledger.simulate.truth.skills", lambda seed: skills(seed, nothing))
    truth = truth_of(SHORT)
    assert {effect.own for area in AREAS for effect in truth.areas[area]} == {0.0}
    assert [effect.total for effect in truth.groups] == [0.0] * 4


def test_a_better_crew_is_worth_what_it_saves(monkeypatch: pytest.MonkeyPatch) -> None:
    """One per cent less steam for the same water, by one crew alone: its own effect is that steam at its price."""
    by_name = {name: np.zeros(4) for name in Skills.__dataclass_fields__}
    by_name["evaporation"] = np.array([0.0, 0.0, -0.01, 0.0])
    monkeypatch.setattr("shiftledger.simulate.truth.skills", lambda seed: by_name)
    truth = truth_of(replace(SHORT, stories=NO_STORIES))
    works = (truth.on_duty == 2) & (np.arange(len(truth.on_duty)) >= 24 * SHORT.base_days)
    noise = truth.befalls.evaporation
    steam = truth.happened.flows["evaporation_steam"][works, 0]
    saved = (steam / (1 - 0.01 + noise[works]) * 0.01).sum() * Prices().steam
    better = truth.areas["evaporation"][2]
    assert better.own * better.shifts == pytest.approx(saved, rel=1e-9)
    assert better.total == pytest.approx(better.own, rel=1e-9)
    assert [effect.own for crew, effect in enumerate(truth.areas["evaporation"]) if crew != 2] == [0.0] * 3


def test_fouling_is_left_to_others(nominal: Truth) -> None:
    """What evaporation is worth in total is not what it is worth in its own shifts; what it saves in steam at once is."""
    differs = [abs(effect.total - effect.own) for effect in nominal.areas["evaporation"]]
    assert max(differs) > 100


def test_the_project_and_the_games_have_a_truth_and_none_without_them(nominal: Truth) -> None:
    project = nominal.project
    assert project is not None
    assert 50_000 < project.saving < 2_000_000
    assert project.baseline_cost - project.actual_cost == pytest.approx(project.saving, rel=0.25), "evaporation saves most of it"
    before = 24 * (nominal.settings.base_days + 91)
    assert np.abs(project.steam[:before]).max() == 0.0
    assert np.abs(project.steam[before:]).max() > 1
    assert nominal.gaming_gain is not None
    assert nominal.gaming_crew != nominal.over_reading_crew
    without = truth_of(replace(SHORT, stories=NO_STORIES))
    assert (without.project, without.gaming_gain) == (None, None)
    assert (without.gaming_crew, without.over_reading_crew) == (None, None)


def test_the_shadow_is_a_cost_to_go() -> None:
    """Nothing when clean, a wash when due; its slope is what an hour costs on average less what this hour costs."""
    made_of, prices = Parameters(), Prices()
    ends = shadow(np.array([made_of.washed, made_of.wash_at]), made_of, prices)
    assert ends == pytest.approx([0.0, prices.wash])
    growth = made_of.fouling * NOMINAL_WATER / 206
    at = np.array([0.1, 0.2, 0.3])
    slope = (shadow(at + 1e-3, made_of, prices) - shadow(at - 1e-3, made_of, prices)) / 2e-3
    hourly = prices.steam * NOMINAL_WATER * made_of.steam_per_water * made_of.fouling_steam * (at - made_of.washed)
    mean = slope * growth + hourly
    assert mean == pytest.approx([mean[0]] * 3, rel=1e-3), "the same mean cost of an hour everywhere"
    assert np.all(np.diff(shadow(np.array([0.35, 0.4, 0.5]), made_of, prices)) > 0)


def test_crews_take_turns_and_sum_to_nothing() -> None:
    duty = crew_on_duty(24 * 16, 0)
    assert np.bincount(duty).tolist() == [96] * 4
    shifts = duty.reshape(-1, 8)
    assert (shifts == shifts[:, :1]).all(), "a crew works whole shifts"
    assert shifts[:9, 0].tolist() == [0, 1, 2, 0, 1, 2, 3, 0, 1], "two days, two middles, two nights, two days of rest"
    drawn_skills = skills(3)
    assert all(abs(values.sum()) < 1e-12 for values in drawn_skills.values())


def test_skills_and_noises_have_the_spread_that_is_declared() -> None:
    many = np.array([skills(seed)["fouling"] for seed in range(2000)])
    assert many.var(axis=1, ddof=1).mean() ** 0.5 == pytest.approx(0.08, rel=0.03)
    path = first_order(np.random.default_rng(1), 200_000, *Noises().mud)
    assert path.std() == pytest.approx(0.03, rel=0.05)
    assert np.corrcoef(path[:-1], path[1:])[0, 1] == pytest.approx(0.96, abs=0.01)


def test_trips_come_and_last_as_declared() -> None:
    down = trips(np.random.default_rng(8), 24 * 365 * 60, mean_days=18, scale=3)
    begins = int(((down[1:] > 0) & (down[:-1] == 0)).sum())
    assert down.sum() / begins == pytest.approx(7, rel=0.1), "one hour and gamma(2, 3)"
    assert 60 * 365 / begins == pytest.approx(18.3, rel=0.1)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"days": 0}, "at least one day"),
        ({"seed": -1}, "seed"),
        ({"base_days": -1}, "base_days"),
    ],
)
def test_what_cannot_be_simulated_is_refused(wrong: dict[str, int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Settings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"gaming_share": 1.5}, {"wash_cut": 1.0}, {"project": 0.0}, {"gaming_hours": 9}])
def test_stories_of_impossible_size_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Stories(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("left_out", [{"project_day": None}, {"wash_cut": 0.0, "overdraw": 0.0}])
def test_what_a_story_is_worth_is_the_difference_of_two_runs(left_out: dict[str, float | None]) -> None:
    """The truth's own counterfactual against a simulation in which the story is left out: the same to the cent."""
    told = replace(SHORT, days=20, stories=Stories(project_day=5))
    here, there = (truth_of(replace(told, stories=stories)) for stories in (told.stories, replace(told.stories, **left_out)))  # type: ignore[arg-type]
    assert here.project is not None
    gain = here.project.saving if "project_day" in left_out else here.gaming_gain
    assert gain
    assert float((here.value - there.value).sum()) == pytest.approx(gain, abs=0.01)


def test_what_a_group_is_worth_is_about_the_sum_of_its_areas(nominal: Truth) -> None:
    """Areas hardly move each other's effects: the rest is small against the spread of the groups."""
    sums = [sum(nominal.areas[area][crew].total for area in AREAS) for crew in range(4)]
    groups = [effect.total for effect in nominal.groups]
    assert max(abs(a - b) for a, b in zip(sums, groups, strict=True)) < 0.1 * float(np.ptp(groups))


def test_a_planned_stop_is_by_day_and_whole() -> None:
    settings = Settings(seed=3, days=100, base_days=0)
    stop = disturbances(settings, Parameters()).planned_stop
    hours = np.flatnonzero(stop)
    assert set(hours % 24) == set(range(12))
    assert len(hours) % 12 == 0
    assert set(stop[hours].round(9)) == {Parameters().calciner_trip}
