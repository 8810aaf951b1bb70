"""One mistake in one file of a plant: `check` never raises, never blames a file that is right, and does not bury the cause (P).

Every kind of mistake once in each plant, always the same ones; `bench/mistakes.py` draws as many as one likes.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

import shiftledger as sl
from properties.mistakes import KINDS, WHOLE, Mistake, blames_another, mistake, plant_text, said, told
from shiftledger.core.issue import Issue, Location

FEW = 4  # messages that one mistake may give; most give one
PLANTS = ("two-tanks", "steel-energy", "flotation", "new")


@pytest.fixture(scope="module", params=PLANTS)
def text(request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    if request.param == "new":
        folder = tmp_path_factory.mktemp("mistakes") / "new"
        assert sl.new(folder).ok
        return plant_text(folder)
    return plant_text(root / "plants" / str(request.param))


def test_a_mistake_is_told_where_it_is(text: dict[str, bytes], tmp_path: Path) -> None:
    before = said(text, tmp_path / "right")
    counts = []
    for kind in (*KINDS, *WHOLE):
        done = mistake(text, Random(f"{kind} {len(text)}"), kind)
        found = told(before, said(done.text, tmp_path / kind))
        assert [shown(one) for one in found if blames_another(done, one)] == [], (kind, done.file)
        assert len(found) <= FEW, (kind, done.file, [shown(one) for one in found])
        counts.append(len(found))
    assert sum(count == 1 for count in counts) >= len(counts) // 3


def shown(issue: Issue) -> str:
    return f"{issue.at} {issue.code} {issue.message}"


@pytest.mark.parametrize(
    ("file", "old", "new", "messages"),
    [
        ("plant.toml", '"Europe/Berlin"', '"Europe/Berlim"', ['plant.toml:7 P013 there is no time zone "Europe/Berlim"']),
        ("meters.csv", "tag,", "tagg,", ['meters.csv:2 P005 meters.csv has no column "tagg"']),
        ("meters.csv", ",", ";", ["meters.csv:2 P003 the cells of meters.csv are separated by semicolons, not by commas"]),
        (
            "meters.csv",
            ",",
            "，",
            ["meters.csv:2 P003 the cells of meters.csv are separated by full-width commas, not by commas"],
        ),
        (
            "units.toml",
            "[unit.U1]",
            "[unit.U",
            ["units.toml:2 P003 not valid TOML: expected ']' at the end of a table declaration"],
        ),
    ],
)
def test_one_mistake_one_message(root: Path, tmp_path: Path, file: str, old: str, new: str, messages: list[str]) -> None:
    """Written by hand: what follows from a mistake is not told beside it."""
    text = plant_text(root / "plants" / "two-tanks")
    changed = text[file].decode("utf-8").replace(old, new, -1 if old == "," else 1)
    assert changed.encode() != text[file]
    assert [
        shown(one) for one in told(said(text, tmp_path / "a"), said({**text, file: changed.encode()}, tmp_path / "b"))
    ] == messages


@pytest.mark.parametrize(
    ("plant", "file", "old", "new", "message"),
    [  # a header whose cells moved, one without a name, a file that ends early, a table that lost its first line
        ("flotation", "prices/planned.csv", "price,link,", "link,price,", "prices/planned.csv:4 P007 price: "
         '"iron" is not a number, nor is any cell below it'),
        ("flotation", "prices/planned.csv", "material,price,", "material,,", "prices/planned.csv:2 P005 a column of prices/planned.csv has no name"),
        ("flotation", "streams.toml", "[stream.pulp]", None, 'meters.csv:5 P012 meter "PULP" measures the stream "pulp", which is not declared; '
         "nor is what others name: meters.csv:6, meters.csv:7, meters.csv:8 and 4 more"),
        ("two-tanks", "materials.toml", "[material.steam]\n", "", 'materials.toml:20 P010 "name_zh" stands already at materials.toml:15, '
         "and so do keys below it"),
    ],
)  # fmt: skip
def test_a_mistake_that_takes_much_with_it_is_one_message(
    root: Path, tmp_path: Path, plant: str, file: str, old: str, new: str | None, message: str
) -> None:
    """`new` None: the file ends before `old`."""
    text = plant_text(root / "plants" / plant)
    before = text[file].decode("utf-8")
    assert old in before
    after = before.partition(old)[0] if new is None else before.replace(old, new, 1)
    found = told(said(text, tmp_path / "a"), said({**text, file: after.encode()}, tmp_path / "b"))
    assert [shown(one) for one in found] == [message]


def test_the_judge_is_strict() -> None:
    """A message in another file is no blame only where it marks or quotes what vanished, or names the file."""
    done = Mistake("delete line", "units.toml", frozenset({"unit.U1", "area", "mill", "12"}), {})

    def issue(message: str, text: str, marked: str, remedy: str = "") -> Issue:
        return Issue("P012", "error", message, Location("streams.toml", 1, text.index(marked) + 1, len(marked), text), remedy)

    assert not blames_another(done, issue('stream "ore" goes to "U1", which is not declared', 'to = "U1"', "U1"))
    assert not blames_another(done, issue("there is no units.toml", 'to = "U2"', "U2"))
    assert blames_another(
        done, issue('stream "ore" goes to "U2", which is not declared', 'to = "U2"', "U2", "Declare the area U1.")
    )
    assert blames_another(done, issue("a row of 12 cells of the area", "a,12", "12"))


def test_a_missing_file_is_told_once(root: Path, tmp_path: Path) -> None:
    text = plant_text(root / "plants" / "two-tanks")
    del text["units.toml"]
    (found,) = said(text, tmp_path)
    assert (found.code, found.at and found.at.file) == ("P012", "streams.toml")
    assert found.message.endswith(": there is no units.toml")
