"""What stands in the store when a program is killed at any of its writes? Every prefix of loads, closes and acts, one by one.

    python bench/crash.py [--every 10] [--only "first close"] [--modes killed,torn,full,read-only]

`tests/engine/cut.c` is preloaded, so that every write, sync, rename, link and new file that Python, SQLite and the Delta writer ask the
system for counts. At each of them the program is killed (SIGKILL; `torn`: after half of a write), or the disk is full or read-only from
there on. Then the store is opened again: verify holds, a seal is whole or absent, and asking again ends in the undisturbed books. One line a
scenario. A kill loses nothing that the system took; a lost power supply can. Needs Linux and a C compiler.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
MODES = {"killed": 1, "torn": 2, "full": 3, "read-only": 4}


def main(every: int, only: str, modes: list[str]) -> int:
    from engine.cuts import compiled, cutter
    from engine.replays import SCENARIOS, replayed, told_live

    broken = 0
    with tempfile.TemporaryDirectory() as made:
        library = compiled(Path(made))
        if library is None:
            print("needs Linux and a C compiler")
            return 2
        print(f"{'scenario':<28}{'mode':<11}{'tried':>6}{'absent':>8}{'whole':>7}{'seconds':>9}")
        tries = {one.name: partial(replayed, scenario=one) for one in SCENARIOS} | {"push": told_live}
        for title, run in tries.items():
            for name in modes if only in title else ():
                began, stood = time.perf_counter(), Counter[str]()
                with tempfile.TemporaryDirectory() as folder, cutter(library) as cuts:
                    try:
                        for _, _, what in run(cuts, Path(folder), modes=(MODES[name],), every=every):
                            stood[what] += 1
                    except AssertionError as error:
                        broken += 1
                        print(f"{title}, {name}: BROKEN after {sum(stood.values())}: {str(error)[:600]}", flush=True)
                took = time.perf_counter() - began
                tried = sum(stood.values())
                print(f"{title:<28}{name:<11}{tried:>6}{stood['absent']:>8}{stood['whole']:>7}{took:>9.0f}", flush=True)
    return int(bool(broken))


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description="Programs killed at every write.")
    asked.add_argument("--every", type=int, default=1, help="only every so many writes")
    asked.add_argument("--only", default="", help="part of a scenario's name")
    asked.add_argument("--modes", default="killed", help=", ".join(MODES))
    given = asked.parse_args()
    sys.exit(main(given.every, given.only, given.modes.split(",")))
