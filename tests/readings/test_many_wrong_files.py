"""R4: a folder full of wrong files, hostile ones among them, in one load: each is named with what is wrong, and the good one is loaded."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import shiftledger as sl

HEAD = "time,tag,value\n"
AT = "2026-03-31T06:00:00+02:00"
FILES: dict[str, bytes] = {
    "01.csv": f'{HEAD}{AT},FT-ORE,"1,5"\n'.encode(),
    "02.csv": f"time;tag;value\n{AT};FT-ORE;1\n".encode(),
    "03.csv": f"time,tagg,value\n{AT},FT-ORE,1\n".encode(),
    "04.csv": b"",
    "05.csv": f"{HEAD}31/03/2026 06:00,FT-ORE,1\n".encode(),
    "06.csv": f"{HEAD}{AT},FT-ORR,1\n".encode(),
    "07.xlsx": b"PK\x03\x04garbage",
    "08.csv.gz": b"\x1f\x8b\x08\x00garbage",
    "09.csv": b"\x00\x01\x02\xff\xfe\x00",
    "10.csv": b"a" * 2_000_000,
    "11.csv": f"time,tag,value,value\n{AT},FT-ORE,1,2\n".encode(),
    "good.csv": f"{HEAD}{AT},FT-ORE,1\n".encode(),
}
# What a clerk should learn of each file, by its place: the code, and words that message or remedy must have.
SAID = {
    "01.csv:2": "R022",
    "02.csv:1": 'R007 the cells of the file are separated by semicolons; delimiter = ";"',
    "03.csv:1": 'R007 the column "tag" is not in the file; Closest: tagg',
    "04.csv": "R006 the file is empty",
    "05.csv:2": "R021",
    "06.csv:2": 'R011 tag "FT-ORR" is not declared; Closest: FT-ORE',
    "07.xlsx": "R006 the file is binary",
    "08.csv.gz": "R005 the compressed file ends early or is damaged",
    "09.csv:1": "R004",
    "10.csv:1": "R006 line 1 is longer than 1 MiB",
    "11.csv:1": 'R008 the column "value" stands twice in the header',
    "gone.csv": "R003 the file does not exist",
    "more": "R003 this is a folder, not a file",
}


def test_each_wrong_file_is_told_and_the_good_one_loaded(root: Path, tmp_path: Path) -> None:
    plant = copytree(root / "plants" / "two-tanks", tmp_path / "plant")
    with (plant / "sources.toml").open("a", encoding="utf-8") as sources:
        sources.write('\n[source.more]\nmatch = "[01g]*.*"\n')
    more = tmp_path / "more"
    more.mkdir()
    for name, raw in FILES.items():
        (more / name).write_bytes(raw)
    view = sl.load(sl.open(plant), [*(more / name for name in FILES), tmp_path / "gone.csv", more])
    told = {str(issue.at): issue for issue in reversed(view.issues)}
    assert {at for at in told if at != "06.csv"} == set(SAID)  # of 06.csv also how many rows wait
    for at, words in SAID.items():
        code, _, rest = words.partition(" ")
        said = f"{told[at].message} {told[at].remedy}"
        assert (told[at].code, [part for part in rest.split("; ") if part not in said]) == (code, []), said
        assert told[at].remedy
    assert [report.source for report in view.reports if report.appended] == ["good.csv"]
