"""The pages of the documentation: their blocks of code, links, and how a block runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from docs.warm import client

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(?P<words>[^\n`]*)\n(?P<body>.*?)^```[ ]*$", re.MULTILINE | re.DOTALL)
ANY = "..."  # a line of expected output that stands for any number of lines


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: `kind` is the first word after the fence, `words` the others; `text` what stands in it."""

    page: str
    line: int
    kind: str
    words: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Every page that people read: the front page, the documentation, and the pages of the example plants."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "plants").glob("*/README.md"))]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    found = []
    for match in FENCE.finditer(text):
        kind, *words = match["words"].split() or [""]
        found.append(Block(name_of(page), text.count("\n", 0, match.start()) + 1, kind, tuple(words), match["body"]))
    return found


def prose(page: Path) -> str:
    """A page without its blocks and its code in backticks; lines keep their numbers."""
    text = FENCE.sub(lambda match: "\n" * match[0].count("\n"), page.read_text("utf-8"))
    return re.sub(r"`[^`\n]*`", "", text)


def bench(folder: Path, warm: str = "") -> Path:
    """Where a page's blocks run: the example plants, one of them as `my-plant`, `bench`, and the commands `shiftledger` and `python`.

    `warm`: the address of a warm process that runs the commands; without it each starts by itself.
    """
    without_state = shutil.ignore_patterns(".shiftledger", "__pycache__")
    shutil.copytree(ROOT / "plants", folder / "plants", ignore=without_state)
    shutil.copytree(ROOT / "bench", folder / "bench", ignore=without_state)
    shutil.copytree(ROOT / "plants" / "two-tanks", folder / "my-plant", ignore=without_state)
    (folder / ".bin").mkdir()
    for name, called in (("shiftledger", " -m shiftledger"), ("python", "")):
        command = folder / ".bin" / name
        command.write_text(client(name, warm) if warm else f'#!/bin/sh\nexec "{sys.executable}"{called} "$@"\n', "utf-8")
        command.chmod(0o755)
    return folder


def run(block: Block, folder: Path) -> str:
    """What the block prints. `sh fails` must end with an error, every other block without one."""
    environment = {
        **os.environ, "PATH": f"{folder / '.bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "src"),
        "COLUMNS": "80", "TERMINAL_WIDTH": "80", "NO_COLOR": "1", "TERM": "dumb", "PYTHONIOENCODING": "utf-8", "TZ": "UTC",
    }  # fmt: skip
    command = ["sh", "-e", "-c", block.text] if block.kind == "sh" else [str(folder / ".bin" / "python"), "-c", block.text]
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=600
    )
    assert (done.returncode != 0) == ("fails" in block.words), f"{block} ends with {done.returncode}:\n{done.stdout}"
    assert "Traceback" not in done.stdout, f"{block}:\n{done.stdout}"
    return done.stdout


def fits(expected: str, printed: str) -> bool:
    """True if the lines of `printed` are those of `expected`, where a line `...` stands for any lines.

    How wide a column is does not matter: blanks and leaders of dots count as one blank.
    """
    wanted = [ANY if line.strip() == ANY else squeezed(line) for line in expected.splitlines()]
    pattern = "".join("(?:.*\n)*?" if line == ANY else f"{re.escape(line)}\n" for line in wanted)
    return re.fullmatch(pattern, "".join(f"{squeezed(line)}\n" for line in printed.rstrip().splitlines())) is not None


def squeezed(line: str) -> str:
    return " ".join(re.sub(r"(?<= )(?:\. )+", "", f"{line} ").split())
