"""The catalogue of wording: complete, used, and covering everything that the library can say."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from render.made import NAMES
from shiftledger.acts.acts import KINDS as KINDS_OF_ACTS
from shiftledger.engine.against import CAUSES as CAUSES_OF_CHANGE
from shiftledger.engine.explain import OPERATIONS
from shiftledger.engine.listed import LAPSED, MISSING, OVER, STANDS
from shiftledger.ledger.posting import KINDS
from shiftledger.ledger.steps import ORDER
from shiftledger.plant.load import load_text
from shiftledger.plant.model import CAUSES, UNCLASSED
from shiftledger.quantities.decisions import KINDS as DECIDED
from shiftledger.render.messages import TABLE, names_of, say, say_of, words

SOURCE = Path(__file__).parents[2] / "src" / "shiftledger"
STATUSES = ("measured", "reconciled", "estimated", "allocated", "provisional")
REASONS = (
    "no budget",
    "no standards",
    "hours absent",
    "output absent",
    "flow absent",
    "flow partial",
    "output partial",
    "no planned price for a standard item",
)
MARKS = (
    *(
        "absent",
        "ambiguous",
        "assumption",
        "band-unknown",
        "by-events",
        "carried",
        "counter-fault",
        "derived",
        "fill:last-good",
        "fill:mean-of-shift",
        "follows",
    ),
    *("fill:standard", "interpolated", "not-rolled", "opening", "overlap", "partial", "rolled", "settled", "stale", "time-mean"),
    *("uncertain", "blip", "blip-open", "standing", "meter-change", "reset", "shared"),
    *("allocated", "below-detection", "driver-idle", "driver-partial", "lot-unusable", "not-fresh", "leap-open", "set-back"),
    "grade-unknown",
    "aged",
)
ACCOUNTS = (
    "price",
    "fixed",
    "rounding",
    "revaluation",
    "prior-period",
    "unreconciled",
    "no-fault",
    "metering",
    "inherited",
    "shadow",
    "regraded",
)
FAMILIES = {
    "kind": {*KINDS, "cents", "change"},
    "status": set(STATUSES),
    "mark": set(MARKS),
    "bridge": set(ORDER),
    "reason": set(REASONS),
    "op": {*OPERATIONS, "given"},
    "account": set(ACCOUNTS),
    "about": set(ACCOUNTS),
    "decision": set(DECIDED),
    "settable": {"load", "hours", "stream", "price", "condition", "opening", "state-start", "state-end", "reset", "assay"},
    "moved": {cause for cause, _ in CAUSES_OF_CHANGE},
    "quality": {"1", "2", "4"},
    "cause": {*CAUSES, UNCLASSED},
    "column": {"plan", "standard", "allowed", "actual"},
    "act-kind": set(KINDS_OF_ACTS),
    "act-standing": {STANDS, LAPSED, MISSING, OVER},
}


PUT_TOGETHER = {  # keys whose end stands nowhere in the program as one word
    *(f"formula.site.{account}" for account in ACCOUNTS if account not in ("metering", "inherited")),
    *(f"formula.of.potential-{held}" for held in range(3)),
    *("diff.version.settlement", "new.ask.day-start"),
}
SHOWN = ("render", "cli")


def _trees(folders: Iterable[str]) -> Iterator[ast.AST]:
    """Every module below the folders, without the tables of wording."""
    for folder in folders:
        for path in sorted((SOURCE / folder).rglob("*.py")):
            if not path.name.startswith("messages_"):
                tree = ast.parse(path.read_text("utf-8"))
                yield from (
                    (part for part in tree.body if not isinstance(part, ast.AnnAssign)) if path.name == "messages.py" else (tree,)
                )


def _strings(*folders: str) -> set[str]:
    return {
        node.value
        for tree in _trees(folders)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _beginnings(*folders: str) -> set[str]:
    """What stands before the braces in `f"labour.by.{by}"`, and the families that `say_of` is asked for."""
    nodes = [node for tree in _trees(folders) for node in ast.walk(tree)]
    texts = [node.values for node in nodes if isinstance(node, ast.JoinedStr) and len(node.values) == 2]
    first = [str(parts[0].value) for parts in texts if isinstance(parts[0], ast.Constant)]
    return {text for text in first if re.fullmatch(r"[a-z][a-z.-]*[.-]", text)} | {f"{key}." for key in _said("say_of")}


def _said(function: str) -> set[str]:
    """What a function of the catalogue is asked for by name."""
    calls = [node for tree in _trees(SHOWN) for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    first = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == function]
    return {str(arg.value) for arg in first if isinstance(arg, ast.Constant)}


def _unused(keys: Iterable[str]) -> set[str]:
    """Keys that stand nowhere as they are, nor as a beginning with an end that stands anywhere in the program."""
    whole, beginnings, ends = _strings(*SHOWN), _beginnings(*SHOWN), _strings(".")
    return {
        key
        for key in keys
        if key not in whole | PUT_TOGETHER
        and not any(key.startswith(head) and key.removeprefix(head) in ends for head in beginnings)
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_every_value_of_a_family_has_wording_and_no_more(family: str) -> None:
    known = {key.partition(".")[2] for key in TABLE if key.startswith(f"{family}.")}
    assert known == FAMILIES[family]


@pytest.mark.parametrize("key", TABLE)
def test_both_languages_say_the_same_values(key: str) -> None:
    chinese, english = TABLE[key]
    fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (chinese, english)]
    assert fields[0] == fields[1]
    assert key == "op.given" or (chinese.strip() and english.strip())


def test_every_key_in_the_code_exists_and_every_key_is_used() -> None:
    called = _said("say")
    assert len(called) > 50
    assert called <= set(TABLE)
    free = {key for key in TABLE if key.partition(".")[0] not in FAMILIES}
    assert _unused(free) == set()
    assert set(TABLE) >= PUT_TOGETHER
    assert _unused(["labour.by.shoe-size", "no-such-key"]) == {"labour.by.shoe-size", "no-such-key"}


def test_what_a_close_does_with_a_day_has_wording() -> None:
    text = (SOURCE / "engine" / "local.py").read_text("utf-8")
    for outcome in ("sealed", "unchanged", "restored", "refused"):
        assert f'"{outcome}"' in text
        assert f"days.{outcome}" in TABLE


def test_every_mark_that_quantities_set_has_wording() -> None:
    paths = [*sorted((SOURCE / "quantities").glob("*.py")), *sorted((SOURCE / "balance").glob("*.py"))]
    text = "\n".join(path.read_text("utf-8") for path in paths)
    found = set(re.findall(r'marks(?: \||\.add\()\s*[({]*"([a-z-]+)"', text)) | set(re.findall(r'\{"([a-z-]+)", \*', text))
    assert len(found) > 5
    assert found <= set(MARKS)


def test_unknown_values_show_as_they_are_and_unknown_keys_are_mistakes() -> None:
    assert say_of("mark", "new-mark", "zh") == "new-mark"
    assert words("mark", ("stale", "new-mark"), "en") == "a value is too old; new-mark"
    with pytest.raises(KeyError):
        say("no such key", "en")


def test_names_come_from_the_plant_and_a_missing_one_is_the_id() -> None:
    files = {
        "plant.toml": '[plant]\nid = "p"\nname_zh = "厂"\ncurrency = "EUR"\nzone = "Asia/Shanghai"\nday_start = 08:00:00\n',
        "areas.toml": '[area.mill]\nname_zh = "磨矿"\nname_en = "Mill"\nrotation = "r"\n',
        "rotations.toml": '[rotation.r]\npattern = "D"\nanchor = 2026-01-01\ncrews = {A = 0}\nslots = [{id = "D", start = 08:00:00, name_zh = "白班"}]\n',
        "units.toml": '[unit.U1]\narea = "mill"\n',
    }
    names = names_of(load_text(files).result)
    assert names.zone == "Asia/Shanghai"
    assert (names.name("plant", "p", "zh"), names.name("plant", "p", "en")) == ("厂", "p")
    assert (names.name("area", "mill", "en"), names.name("unit", "U1", "zh"), names.name("unit", "U9", "zh")) == (
        "Mill",
        "U1",
        "U9",
    )
    assert (names.slot("mill", "2026-01-01.D", "zh"), names.slot("mill", "2026-01-01.D", "en")) == ("白班", "")


def test_l2_accounts_are_called_by_their_names() -> None:
    called = {
        account: NAMES.node(account, "en")
        for account in (
            "area:mill",
            "stock:T",
            "outside",
            "outside:grid",
            "site:unreconciled:T",
            "site:unreconciled:U1",
            "site:new",
            "odd",
        )
    }
    assert called == {
        "area:mill": "Mill", "stock:T": "Slurry tank", "outside": "outside", "outside:grid": "grid",
        "site:unreconciled:T": "Unreconciled Slurry tank", "site:unreconciled:U1": "Unreconciled U1", "site:new": "site:new", "odd": "odd",
    }  # fmt: skip
