"""What must not stand in the tree, what must be in the wheel, and issue codes that mean one thing."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import zipfile
from collections import Counter
from pathlib import Path

import pytest

import shiftledger
from shiftledger.core.issue import SEVERITIES, Kind

# Written in pieces so that this file does not find itself.
NETWORK = re.compile(r"\b(?:https?|ftp|ssh)" + r"://(?!www\.w3\.org/)\S+|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
MACHINE = re.compile(r"(?<![\w.])/(?:home|root|work|Users|opt|mnt|tmp)" + r"/\w+|\b[A-Z]:\\\w+")
LOCAL = {"127.0.0.1", "0.0.0.0"}
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def tracked_files(root: Path) -> list[Path]:
    """The files that git keeps or would keep."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("needs git and a checkout: only tracked files are looked at")
    files = (root / name for name in listed.stdout.decode("utf-8").split("\0") if name)
    return sorted(path for path in files if path.is_file())


def matches(root: Path, *patterns: re.Pattern[str]) -> list[str]:
    found = []
    for path in tracked_files(root):
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), start=1):
            hits = (hit for pattern in patterns for hit in pattern.findall(line) if hit not in LOCAL)
            found += [f"{path.relative_to(root)}:{number}: {hit}" for hit in hits]
    return found


def test_no_network_address_or_machine_path_is_kept(root: Path) -> None:
    assert matches(root, NETWORK, MACHINE) == []


def test_nothing_is_left_unfinished(root: Path) -> None:
    assert matches(root, UNFINISHED) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see http" + "://plant.example/a", True),
        ('xmlns="http' + '://www.w3.org/2000/svg"', False),
        ("host 10.1" + ".2.33", True),
        ("pin 2026.9.21.13, stubs 20.0.0.20260819, clause 1.2.3", False),
        ("from /ho" + "me/someone/plant", True),
        ("kWh/h, plants/two-tanks, a/tmp/b", False),
        ("C:" + "\\plant", True),
    ],
)
def test_addresses_and_paths_are_recognised(text: str, found: bool) -> None:
    assert bool(NETWORK.search(text) or MACHINE.search(text)) is found


def test_wheel_holds_the_migrations_and_the_example_plants(root: Path, tmp_path: Path) -> None:
    wheels = pytest.importorskip("hatchling.builders.wheel", reason="needs hatchling, which builds the wheel")
    (wheel,) = wheels.WheelBuilder(str(root)).build(directory=str(tmp_path), versions=["standard"])
    names = zipfile.ZipFile(wheel).namelist()
    assert "shiftledger/acts/migrations/versions/0001_first.py" in names
    assert "shiftledger/acts/migrations/script.py.mako" in names
    plants = {str(path.relative_to(root)) for path in tracked_files(root) if path.is_relative_to(root / "plants")}
    assert {f"shiftledger/{name}" for name in plants} == {name for name in names if name.startswith("shiftledger/plants/")}
    outside = [name for name in names if not name.startswith(("shiftledger/", "shiftledger-"))]
    assert outside == []


def catalogue() -> list[Kind]:
    """All issue codes of the program, as its modules list them in `CODES`."""
    found = pkgutil.walk_packages(shiftledger.__path__, "shiftledger.")
    modules = [importlib.import_module(module.name) for module in found if module.name.endswith("codes")]
    return [kind for module in modules for kind in module.CODES]


def test_every_issue_code_is_declared_once_and_explained() -> None:
    kinds = catalogue()
    assert [code for code, n in Counter(kind.code for kind in kinds).items() if n > 1] == []
    for kind in kinds:
        assert re.fullmatch(r"[A-Z][0-9]{3}", kind.code), kind
        assert kind.severity in SEVERITIES, kind
        assert kind.title, kind
        assert kind.explanation.endswith("."), kind
