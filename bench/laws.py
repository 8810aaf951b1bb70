"""Do the laws of the books hold on many made-up plants? Money against raw truth, late results in any order, settled months.

    python bench/laws.py --seeds 0..99 [--law late] [--jobs 2]

Every plant is a folder with three to twelve units, closed through the public verbs (`tests/plants_made.py` draws it, the laws stand
in `tests/plants_made_acts.py` and `tests/plants_made_terms.py`). One line a law with its plants, its seconds and the seeds that broke it; the
exit status is 1 if any did.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]


def laws() -> list[Callable[[Any, Path], None]]:
    """Those of every plant, and those that add off-spec and aging states to it."""
    import plants_made_acts
    import plants_made_terms

    return [*plants_made_acts.LAWS, *plants_made_terms.LAWS]


def tried(seed: int, name: str) -> tuple[int, str, float, str]:
    """(seed, law, seconds, what broke it or "")."""
    from plants_made_drawing import made

    law = next(law for law in laws() if law.__name__ == name)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        try:
            law(made(seed), Path(folder))
        except Exception as error:  # whatever it is, the seed that does it is what is looked for
            at = traceback.extract_tb(error.__traceback__)[-1]
            return seed, name, time.perf_counter() - began, f"{at.name}:{at.lineno} {type(error).__name__} {str(error)[:300]}"
    return seed, name, time.perf_counter() - began, ""


def main(first: int, last: int, wanted: str, jobs: int) -> int:
    names = [law.__name__ for law in laws() if wanted in law.__name__]
    seconds, broken = defaultdict[str, float](float), defaultdict[str, list[int]](list)
    with ProcessPoolExecutor(jobs) as pool:
        waiting = [pool.submit(tried, seed, name) for seed in range(first, last + 1) for name in names]
        for done in as_completed(waiting):
            seed, name, took, what = done.result()
            seconds[name] += took
            if what:
                broken[name].append(seed)
                print(f"seed {seed}: {name}: {what}", flush=True)
    print(f"{'law':<44}{'plants':>7}{'seconds':>9}{'broken':>8}")
    for name in names:
        print(f"{name:<44}{last - first + 1:>7}{seconds[name]:>9.0f}{len(broken[name]):>8}")
    return int(bool(broken))


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description="The laws of the books on made-up plants.")
    asked.add_argument("--seeds", default="0..9", help="first..last")
    asked.add_argument("--law", default="", help="part of a law's name; all without it")
    asked.add_argument("--jobs", type=int, default=2)
    given = asked.parse_args()
    begin, _, end = given.seeds.partition("..")
    sys.exit(main(int(begin), int(end or begin), given.law, given.jobs))
