"""Does `check` say what is wrong when somebody makes one mistake? Random mistakes in the text of the example plants and of new ones.

    python bench/mistakes.py --each 200 [--seed a]

Each mistake is one of `tests/properties/mistakes.py` in one file: a line lost or doubled, a letter, a separator, a date from a spreadsheet, an
encoding, a file that is gone. Told are, by plant: how many mistakes gave no message (most are harmless: a mark of bytes, a remark), one, two,
... messages; then each mistake that raised, that blamed a file which is right, or that gave more than four messages. The exit status is 1 if
any raised or blamed another file.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
MANY = 4


def plants(folder: Path) -> Iterator[Path]:
    """The example plants, and two that `new` writes."""
    import shiftledger as sl

    yield from sorted(path for path in (ROOT / "plants").iterdir() if path.is_dir())
    assert sl.new(folder / "new-one").ok
    materials = ("ore:t:100", "slurry:t:180", "product:t:250", "steam:t:150")
    made = sl.new(
        folder / "new-two", areas=("mill", "filter"), materials=materials, slots=2, zone="Europe/Berlin", currency="EUR"
    )
    assert made.ok
    yield from (folder / "new-one", folder / "new-two")


def tried(plant: Path, each: int, seed: str) -> tuple[Counter[int], list[str], list[str]]:
    """How many messages so many mistakes gave; what is wrong; what is much."""
    from properties.mistakes import blames_another, mistake, plant_text, said, told

    text = plant_text(plant)
    with tempfile.TemporaryDirectory() as folder:
        before = said(text, Path(folder))
    counts, wrong, much = Counter[int](), list[str](), list[str]()
    for n in range(each):
        done = mistake(text, Random(f"{seed}-{plant.name}-{n}"))
        if done.text == text:
            continue
        name = f"{plant.name} {n}: {done.kind} in {done.file}"
        try:
            with tempfile.TemporaryDirectory() as folder:
                found = told(before, said(done.text, Path(folder)))
        except Exception as error:  # whatever it is, the mistake that does it is what is looked for
            wrong.append(f"{name}: {type(error).__name__} {str(error)[:200]}")
            continue
        counts[len(found)] += 1
        wrong += [f"{name}: {one.at} {one.code} {one.message}" for one in found if blames_another(done, one)]
        much += [f"{name}: {len(found)} messages, first {found[0].at} {found[0].message}"] if len(found) > MANY else []
    return counts, wrong, much


def main(each: int, seed: str) -> int:
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for plant in plants(Path(folder)):
            counts, wrong, much = tried(plant, each, seed)
            print(f"{plant.name}: " + ", ".join(f"{count} x {n}" for n, count in sorted(counts.items())))
            print("".join(f"  WRONG {line}\n" for line in wrong) + "".join(f"  many  {line}\n" for line in much), end="")
            failed |= bool(wrong)
    return int(failed)


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--each", type=int, default=200)
    asked.add_argument("--seed", default="a")
    given = asked.parse_args()
    sys.exit(main(given.each, given.seed))
