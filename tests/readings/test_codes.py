"""Every code of the readings stage is used, and every used one is declared."""

from __future__ import annotations

import re
from pathlib import Path

from shiftledger.readings import desk_codes, live_codes, mqtt_codes, opcua_codes
from shiftledger.readings.codes import CODES, closest, found


def test_i7_codes_are_in_order_and_all_in_use(root: Path) -> None:
    codes = [kind.code for kind in CODES]
    assert codes == sorted(set(codes))
    stage = (path for path in (root / "src/shiftledger/readings").rglob("*.py") if not path.name.endswith("codes.py"))
    assert {code for path in stage for code in re.findall(r'"(R\d{3})"', path.read_text("utf-8"))} == set(codes)


def test_i7_every_code_is_met_by_a_test(root: Path) -> None:
    tests = "".join(path.read_text("utf-8") for path in sorted((*root.glob("tests/readings/test_*.py"), *root.glob("tests/contracts/test_*.py"))))
    assert [kind.code for kind in CODES if kind.code not in tests] == []


def test_i7_every_code_of_the_desk_is_in_use_and_met_by_a_test(root: Path) -> None:
    codes = [kind.code for kind in desk_codes.CODES]
    assert codes == sorted(set(codes))
    assert {name for name in vars(desk_codes) if re.fullmatch(r"R\d{3}", name)} == set(codes)
    stage = (path for path in (root / "src/shiftledger/readings").rglob("*.py") if path.name != "desk_codes.py")
    used = {code for path in stage for code in re.findall(r"told\(\s*(R\d{3})", path.read_text("utf-8"))}
    tests = "".join(path.read_text("utf-8") for path in sorted((root / "tests/readings").glob("test_*.py")))
    assert (used, [code for code in codes if code not in tests]) == (set(codes), [])


def test_i7_an_issue_has_the_severity_of_its_code() -> None:
    assert (found("R012", "x").severity, found("R035", "x").severity) == ("note", "error")
    assert (closest("FT1", ["FT-1", "LT-9"]), closest("zzz", ["FT-1"])) == ("Closest: FT-1. ", "")


def test_i7_every_code_of_live_sources_is_in_use_and_met_by_a_test(root: Path) -> None:
    codes = [kind.code for kind in live_codes.CODES]
    assert codes == sorted(set(codes))
    assert {name for name in vars(live_codes) if re.fullmatch(r"R\d{3}", name)} == set(codes)
    source = root / "src/shiftledger"
    stage = (path for path in (*source.glob("readings/**/*.py"), *source.glob("web/*.py")) if path.name != "live_codes.py")
    used = {code for path in stage for code in re.findall(r"(?:live_issue|_issues)\(\s*(R\d{3})|\b(R\d{3})\.code", path.read_text("utf-8")) for code in code}
    tests = "".join(path.read_text("utf-8") for folder in ("readings", "contracts", "web") for path in sorted((root / "tests" / folder).glob("test_*.py")))
    assert [code for code in codes if code not in used or code not in tests] == []


def test_i7_every_code_of_mqtt_is_in_use_and_met_by_a_test(root: Path) -> None:
    codes = [kind.code for kind in mqtt_codes.CODES]
    assert codes == sorted(set(codes)) == sorted(name for name in vars(mqtt_codes) if re.fullmatch(r"R\d{3}", name))
    sources = "".join((root / "src/shiftledger/readings/sources" / name).read_text("utf-8") for name in ("mqtt.py", "mqtt_json.py", "sparkplug.py"))
    tests = "".join((root / "tests/readings" / name).read_text("utf-8") for name in ("test_mqtt_json.py", "test_mqtt_live.py", "test_sparkplug.py"))
    assert [code for code in codes if f"({code}, " not in sources or f'"{code}"' not in tests] == []


def test_i7_every_code_of_opc_ua_is_in_use_and_met_by_a_test(root: Path) -> None:
    codes = [kind.code for kind in opcua_codes.CODES]
    assert codes == sorted(set(codes)) == sorted(name for name in vars(opcua_codes) if re.fullmatch(r"R\d{3}", name))
    sources = "".join(path.read_text("utf-8") for path in sorted((root / "src/shiftledger/readings/sources").glob("opcua*.py")))
    tests = "".join(path.read_text("utf-8") for path in sorted((root / "tests/readings").glob("test_opcua*.py")))
    assert [code for code in codes if not re.search(rf"\({code},", sources) or code not in tests] == []
