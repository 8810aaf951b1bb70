"""Every block of the front page, the how-to pages and the tutorial runs, and prints what the page says it prints.

In order, in a copy of the example plants: a block `toml heat/plant.toml` (any kind with a file name) writes that file,
`sh` and `python` run, and a block `text` right after one of them is what it printed (a line `...` stands for any lines). `sh fails` ends with an error.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from docs.pages import ROOT, Block, bench, blocks, fits, name_of, run
from docs.warm import warm_process
from ports import free_port

RUNNING = [ROOT / "README.md", *sorted((ROOT / "docs" / "howto").glob("*.md")), *sorted((ROOT / "docs").glob("tutorial/*.md"))]
SLOW = {"docs/howto/steel-energy.md"}  # closes a whole year
BROUGHT = {  # what the reader of a page brings: lies beside the plants when it runs
    "docs/howto/steel-energy.md": ("steel_daewoo_15min/steel_industry_15min.csv.gz",),
    "docs/tutorial/flotation.md": (
        "flotation/flotation_hourly.csv.gz",
        "flotation/flotation_20s_first43h_mangled_as_found.csv.gz",
    ),
}

# Blocks that are not run here, by how they begin: they set up or leave the very environment that the tests run in.
NOT_RUN = ("make ", ". .venv/bin/activate")
PORTS = ("8470", "8471")  # at which pages listen
WRITTEN = ("toml", "csv", "python", "text")  # with the name of a file


COLD = {"README.md"}  # each of its commands starts as a reader starts it


@pytest.fixture(scope="module")
def warm() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, warm_process(Path(folder)) as address:  # a short path: so a socket wants it
        yield address


def parameters() -> list[object]:
    return [pytest.param(page, id=name_of(page), marks=pytest.mark.slow if name_of(page) in SLOW else ()) for page in RUNNING]


def is_skipped(block: Block) -> bool:
    return block.text.startswith(NOT_RUN)


def on_free_ports(found: list[Block]) -> list[Block]:
    """The blocks with a free port in the place of each of PORTS, so that two runs at once do not meet."""
    for port in PORTS:
        free = str(free_port())
        found = [replace(block, text=block.text.replace(port, free)) for block in found]
    return found


@pytest.mark.parametrize("page", parameters())
def test_blocks_run_and_print_what_the_page_says(page: Path, tmp_path: Path, data_set: Callable[[str], Path], warm: str) -> None:
    folder = bench(tmp_path, "" if name_of(page) in COLD else warm)
    for name in BROUGHT.get(name_of(page), ()):
        shutil.copy(data_set(name), folder)
    printed: str | None = None
    for block in on_free_ports(blocks(page)):
        if block.kind in WRITTEN and block.words:
            target = folder / block.words[0]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, "utf-8")
        elif block.kind in ("sh", "python") and not is_skipped(block):
            printed = run(block, folder)
        elif block.kind == "text" and printed is not None:
            assert fits(block.text, printed), f"{block} says otherwise than what was printed:\n{printed}"
            printed = None


@pytest.mark.parametrize("page", parameters())
def test_every_block_has_a_kind_that_is_run_written_or_shown(page: Path) -> None:
    kinds = {block.kind for block in blocks(page)}
    assert kinds <= {"sh", *WRITTEN}, f"{name_of(page)}: {kinds}"


def test_the_list_of_blocks_that_are_not_run_is_used_up() -> None:
    """What no page needs is not in the list, so that it never hides a block by chance."""
    skipped = [block.text for page in RUNNING for block in blocks(page) if is_skipped(block)]
    assert [start for start in NOT_RUN if not any(text.startswith(start) for text in skipped)] == []


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("Steel . . . . .  +1.50\n", "Steel  . . +1.50 \n", True),
        ("Steel . . 1.50\n", "Steel . . 150\n", False),
        ("a\nb\n", "a\nb\n", True),
        ("a\n...\nc\n", "a\nb\nb\nc\n", True),
        ("a\n...\nc\n", "a\nc\n", True),
        ("...\n", "anything\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n...\nd\n", "a\nb\nc\n", False),
        ("1.5\n", "1x5\n", False),
    ],
)
def test_expected_output_is_compared_line_by_line(expected: str, printed: str, same: bool) -> None:
    assert fits(expected, printed) is same
