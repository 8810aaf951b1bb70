"""R3: what is heard of a server that runs inside the test: changes, what was missed, and what goes wrong with it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asyncua import ua

from readings.opcua_heard import HERE, Heard, at, listening, row, source, until
from readings.opcua_server import Site, certificate
from readings.small import plant
from shiftledger.core.issue import Issue
from shiftledger.core.period import DAY, SECOND, instant
from shiftledger.plant.model import Meter, SourceFile
from shiftledger.readings.batch import BAD, GOOD, UNCERTAIN
from shiftledger.readings.sources import opcua, opcua_listening, opcua_reports, opcua_standing
from shiftledger.readings.sources.live import Message, Told

BANDS = ["Off", "Light", "Middle", "Maximum"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    keys = tmp_path_factory.mktemp("keys")
    for name in ("shiftledger", "stranger"):
        certificate(keys, name, f"urn:{name}")
    site = Site(keys)
    for name in ("F1", "F2", "F3", "F4", "F5", "F6"):
        site.add(name, 0.0)
    site.add("NoPast", 0.0, history=False)
    site.begin()
    site.run(_bands(site))
    yield site
    site.end()


async def _bands(site: Site) -> None:
    kind = await site.server.nodes.enum_data_type.add_data_type(ua.NodeId("Band", 2), ua.QualifiedName("Band", 2))
    names = [ua.LocalizedText(name) for name in BANDS]
    await kind.add_property(
        ua.NodeId("Names", 2), ua.QualifiedName("EnumStrings", 0), ua.Variant(names, ua.VariantType.LocalizedText)
    )
    value = ua.Variant(1, ua.VariantType.Int32)
    await site.server.nodes.objects.add_variable(ua.NodeId("Band1", 2), ua.QualifiedName("Band1", 2), value, datatype=kind.nodeid)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opcua, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(opcua_listening, "FIRST_PAUSE", 0.05)


def test_r3_changes_are_heard_with_their_quality_and_states_by_name(site: Site) -> None:
    site.tell("F1", 1.5, at(0))
    site.tell("Band1", 1, at(0), kind=ua.VariantType.Int32)

    async def run() -> Heard:
        async with listening(
            source(site, {"ns=2;s=F1": "FT-1", "nsu=urn:line2;s=Band1": "BAND", "/Objects/2:F1": "LT-1"})
        ) as heard:
            await until(lambda: len(heard.values("FT-1")) == 1)
            for second, value, status in (
                (1, 2.5, ua.StatusCodes.Uncertain),
                (2, 3.5, ua.StatusCodes.BadSensorFailure),
                (3, 4.5, 0),
            ):
                await asyncio.to_thread(site.tell, "F1", value, at(second), status)
            await asyncio.to_thread(site.tell, "F1", float("nan"), at(4))
            await asyncio.to_thread(site.tell, "Band1", 3, at(2), 0, ua.VariantType.Int32)
            await until(lambda: len(heard.values("BAND")) == 2 and len(heard.refused) == 2)
        return heard

    heard = asyncio.run(run())
    assert heard.values("FT-1") == [row(0, 1.5, "1.5"), row(1, 2.5, "2.5", UNCERTAIN), row(2, None, "", BAD), row(3, 4.5, "4.5")]
    assert heard.values("LT-1") == heard.values("FT-1")
    assert heard.values("BAND") == [row(0, None, "Light"), row(2, None, "Maximum")]
    assert {one.address for one in heard.refused} == {"opcua:ns=2;s=F1", "opcua:/Objects/2:F1"}
    assert (heard.issues, heard.ended) == ([], ())


def test_r3_unknown_nodes_are_an_issue_each_and_the_others_are_heard(site: Site) -> None:
    site.tell("F2", 1.0, at(0))
    columns = {
        "ns=2;s=Lost": "A",
        "ns=9;s=F2": "B",
        "nsu=urn:line3;s=F2": "C",
        "F2": "D",
        "/Objects/2:Lost": "E",
        "ns=2;s=F2": "FT-1",
    }

    async def run() -> Heard:
        async with listening(source(site, columns)) as heard:
            await until(lambda: bool(heard.told))
        return heard

    heard = asyncio.run(run())
    assert heard.values("FT-1") == [row(0, 1.0, "1.0")]
    assert sorted(heard.issues) == [
        ("R101", f'source "line2": node {said}')
        for said in (
            '"/Objects/2:Lost": no node lies at the end of this path',
            '"F2": this is no node id',
            '"ns=2;s=Lost": the server refuses it (BadNodeIdUnknown)',
            '"ns=9;s=F2": the server has no namespace 9; it has 0 to 2',
            '"nsu=urn:line3;s=F2": the server has no namespace "urn:line3"',
        )
    ]


def test_r3_after_a_lost_connection_the_gap_is_read_from_history(site: Site) -> None:
    """Ten values are told while the server is away, and answered in pages of three; a node without history stays a gap."""
    site.tell("F3", 100.0, at(0))
    columns = {"ns=2;s=F3": "FT-1", "ns=2;s=NoPast": "LT-1"}

    async def run() -> Heard:
        async with listening(source(site, columns, backfill=DAY)) as heard:
            await until(lambda: bool(heard.values("FT-1")) and bool(heard.values("LT-1")))
            await asyncio.to_thread(site.kill)
            await until(lambda: any(code == "R059" for code, _ in heard.issues))
            for second in range(1, 11):
                await asyncio.to_thread(site.tell, "F3", 100.0 + second, at(second))
            await asyncio.to_thread(site.begin)
            await until(lambda: len(heard.values("FT-1")) == 11)
            await asyncio.to_thread(site.tell, "F3", 200.0, at(11))
            await until(lambda: len(heard.values("FT-1")) == 12)
        return heard

    heard = asyncio.run(run())
    expected = [*(row(second, 100.0 + second, f"{100.0 + second}") for second in range(11)), row(11, 200.0, "200.0")]
    assert heard.values("FT-1") == expected
    assert heard.ended == ()
    codes = [code for code, _ in heard.issues]
    assert codes.count("R059") == 1
    gaps = [message for code, message in heard.issues if code == "R103"]
    assert len(gaps) == 2  # what came before the first connection is not known either
    assert all("LT-1" in gap and "the server offers no history of it" in gap for gap in gaps)


def test_r4_what_a_queue_lost_is_said_and_read_from_history(site: Site) -> None:
    """The server says by the overflow bit that values between 1 and 9 were thrown away; its history has them."""
    site.tell("F4", 0.0, at(0))

    async def run() -> Heard:
        async with listening(source(site, {"ns=2;s=F4": "FT-1"}, backfill=DAY)) as heard:
            await until(lambda: bool(heard.told))
            for second in range(1, 9):
                site.past.keep("F4", ua.DataValue(ua.Variant(float(second)), ua.StatusCode(0), at(second)))
            await asyncio.to_thread(site.tell, "F4", 9.0, at(9), 0x0480)
            await until(lambda: len(heard.values("FT-1")) == 10)
        return heard

    heard = asyncio.run(run())
    assert [value for _, value, _, _ in heard.values("FT-1")] == [float(n) for n in range(10)]
    assert heard.issues == [("R102", 'source "line2": FT-1: the server\'s queue ran over')]


def test_r4_a_report_is_kept_when_the_disk_has_room_again(site: Site) -> None:
    """Deliveries fail four times; nothing of the reports is lost, and no connection is given up."""

    async def run() -> Heard:
        heard = Heard()
        async with listening(source(site, {"ns=2;s=F5": "FT-1"}), heard):
            await until(lambda: bool(heard.told))
            heard.broken = 4
            for second in (1, 2, 3):
                await asyncio.to_thread(site.tell, "F5", float(second), at(second))
            await until(lambda: len(heard.told) == 4)
        return heard

    heard = asyncio.run(run())
    assert [one.value for one in heard.told] == [0.0, 1.0, 2.0, 3.0]
    assert heard.issues == []


def test_r4_missing_reports_are_noticed_by_their_numbers() -> None:
    reports = opcua_reports.Reports(None, None, None)  # type: ignore[arg-type]
    assert [reports._missed(number) for number in (7, 8, 10, 11)] == [False, False, True, False]
    reports = opcua_reports.Reports(None, None, None)  # type: ignore[arg-type]
    assert [reports._missed(number) for number in (2**32 - 2, 2**32 - 1, 1, 2)] == [False] * 4


def test_r3_a_server_that_does_not_answer_is_said_once_and_tried_again(site: Site) -> None:
    lost = source(site, {"ns=2;s=F6": "FT-1"}, url="opc.tcp://${OPC_HOST}:1/x")

    async def run(*, tries: bool) -> Heard:
        async with listening(lost) as heard:
            if tries:
                await until(lambda: bool(heard.issues))
                await asyncio.sleep(0.2)  # and goes on trying
        return heard

    assert [issue.code for issue in asyncio.run(run(tries=False)).ended or ()] == ["R052"]  # the variable is not set
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPC_HOST", "127.0.0.1")
        heard = asyncio.run(run(tries=True))
    assert [code for code, _ in heard.issues] == ["R051"]
    assert [(issue.code, issue.at) for issue in heard.ended or ()] == [("R051", HERE)]


def test_r3_values_without_a_source_stamp_are_marked(site: Site) -> None:
    site.tell("F6", 1.0, None, 0, None, at(5))

    async def run() -> Heard:
        async with listening(source(site, {"ns=2;s=F6": "FT-1"})) as heard:
            await until(lambda: bool(heard.told))
        return heard

    heard = asyncio.run(run())
    assert heard.values("FT-1") == [row(5, 1.0, "1.0")]
    assert heard.issues == [("R104", 'source "line2": opcua:ns=2;s=F6: values are stamped by the server\'s clock')]


def secured(site: Site, name: str = "shiftledger", **changes: Any) -> SourceFile:
    keys = {"certificate": f"{site.folder}/{name}.pem", "private_key": f"{site.folder}/{name}-key.pem", "security": "encrypt"}
    return source(site, {"ns=2;s=F6": "FT-1"}, **{**keys, **changes})


@pytest.mark.parametrize("security", ["sign", "encrypt"])
def test_r3_a_secured_connection_with_a_user_is_heard(site: Site, security: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPC_PASSWORD", "a@b:c")
    url = site.url.replace("//", "//crew:${OPC_PASSWORD}@")

    async def run() -> Heard:
        async with listening(secured(site, security=security, url=url, server_certificate=f"{site.folder}/server.pem")) as heard:
            await until(lambda: bool(heard.told))
        return heard

    heard = asyncio.run(run())
    assert heard.values("FT-1")
    assert heard.ended == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "stranger"}, "refuses: BadCertificateUntrusted"),
        ({"server_certificate": "{folder}/stranger.pem"}, "does not show the certificate that `server_certificate` holds"),
        ({"url": "opc.tcp://crew:${OPC_PASSWORD}@127.0.0.1:{port}/line2"}, "refuses: BadUserAccessDenied"),
    ],
)
def test_r3_what_is_refused_is_said_without_secrets(
    site: Site, changes: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPC_PASSWORD", "not-it")
    filled = {key: text.replace("{folder}", str(site.folder)).replace("{port}", str(site.port)) for key, text in changes.items()}

    async def run() -> Heard:
        async with listening(secured(site, **filled)) as heard:
            await until(lambda: bool(heard.issues))
        return heard

    heard = asyncio.run(run())
    assert heard.issues == [("R052", f'source "line2": opc.tcp://127.0.0.1:{site.port}/line2 {said}')]
    assert "not-it" not in str(heard.ended)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"certificate": "none.pem"}, 'there is no file "none.pem" (certificate)'),
        ({"private_key": "{folder}"}, 'there is no file "{folder}" (private_key)'),
        ({"private_key": "{folder}/server.pem"}, "(private_key) holds no RSA key"),
        ({"certificate": "{folder}/server-key.pem"}, "(certificate) holds no certificate"),
        ({"private_key": "{folder}/server-key.pem"}, "the key is not that of the certificate"),
    ],
)
def test_r3_files_that_cannot_secure_anything_end_it_at_once(site: Site, changes: dict[str, str], said: str) -> None:
    filled = {key: text.replace("{folder}", str(site.folder)) for key, text in changes.items()}

    async def run() -> tuple[Issue, ...]:
        return await asyncio.wait_for(opcua.listen(plant(), secured(site, **filled), Heard(), asyncio.Event()), 5)

    (issue,) = asyncio.run(run())
    assert (issue.code, issue.at) == ("R100", HERE)
    assert said.replace("{folder}", str(site.folder)) in issue.message


def test_r3_a_value_that_stands_is_told_again_before_it_counts_as_a_gap(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The meter of FT-1 may be silent for 0.2 s. Its value was stamped 5 s ago and does not change; the server confirms it by its own clock."""
    monkeypatch.setattr(opcua_standing, "OFTEN", 0.05 * SECOND)
    meters = (Meter("FT-1", "rate", max_gap=SECOND // 5), Meter("LT-1", "level", max_gap=SECOND // 5))
    began = datetime.now(UTC)
    site.tell("F1", 7.5, began - timedelta(seconds=5))
    site.tell("F2", 1.0, began - timedelta(seconds=5), ua.StatusCodes.BadSensorFailure)

    async def run() -> Heard:
        async with listening(source(site, {"ns=2;s=F1": "FT-1", "ns=2;s=F2": "LT-1"}), meters=meters) as heard:
            await until(lambda: len(heard.values("FT-1")) >= 3)
        return heard

    heard = asyncio.run(run())
    first, *again = heard.values("FT-1")
    assert first[0] == instant(began - timedelta(seconds=5))
    assert {row[1:] for row in again} == {(7.5, "7.5", GOOD)}
    assert all(instant(began) - SECOND * 2 < row[0] for row in again)  # the server's clock goes by seconds
    assert len(heard.values("LT-1")) == 1  # what is bad is not told again
    assert heard.issues == []


class Recalling(Heard):
    """Knows what was told before the program began."""

    async def newest(self) -> dict[str, Told]:
        return {"FT-1": Told("FT-1", instant(at(2)), 2.0, "2.0", GOOD), "LT-1": Told("LT-1", instant(at(0)), 3.0, "3.0", GOOD)}


def test_r3_at_the_start_history_is_read_from_what_is_known(site: Site) -> None:
    """FT-1 was heard until 2 s; what came before is not read again. LT-1 is declared, but its node is not listened to."""
    site.add("F7", 0.0)
    for second in range(1, 6):
        site.tell("F7", float(second), at(second))

    async def run() -> Heard:
        async with listening(source(site, {"ns=2;s=F7": "FT-1"}, backfill=DAY), Recalling()) as heard:
            await until(lambda: len(heard.values("FT-1")) == 4)
        return heard

    assert asyncio.run(run()).values("FT-1") == [row(second, float(second), f"{second}.0") for second in (2, 3, 4, 5)]


def test_l6_a_value_that_stands_for_months_is_told_as_standing_now(site: Site) -> None:
    """A set point of 200 days ago, in a month that is settled: nobody asked for that time, and its month is left alone."""
    site.add("F8", 0.0)
    began = datetime.now(UTC)
    site.tell("F8", 7.5, began - timedelta(days=200))

    async def run() -> Heard:
        async with listening(source(site, {"ns=2;s=F8": "FT-1"})) as heard:
            await until(lambda: len(heard.values("FT-1")) == 1)
            await asyncio.to_thread(site.tell, "F8", 8.5, datetime.now(UTC))
            await until(lambda: len(heard.values("FT-1")) == 2)
        return heard

    first, then = asyncio.run(run()).values("FT-1")
    assert abs(first[0] - instant(began)) < 5 * SECOND
    assert (first[1], then[1]) == (7.5, 8.5)
    assert first[0] < then[0]


def test_r3_a_node_that_the_server_learns_later_is_heard_from_then_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opcua, "LOOK_AGAIN", 0.05)
    columns = {"ns=2;s=F1": "FT-1", "ns=2;s=Later": "LT-1", "/Objects/2:Later": "KWH-1"}

    async def run() -> Heard:
        async with listening(source(site, columns)) as heard:
            await until(lambda: len(heard.issues) == 2 and Message() in heard.messages)
            await asyncio.sleep(0.2)  # some questions in vain
            await asyncio.to_thread(site.add, "Later", 5.0)
            await asyncio.to_thread(site.tell, "Later", 5.0, at(0))
            await until(lambda: bool(heard.values("LT-1")) and bool(heard.values("KWH-1")))
            await asyncio.to_thread(site.tell, "Later", 6.0, at(1))
            await until(lambda: row(1, 6.0, "6.0") in heard.values("LT-1"))
        return heard

    heard = asyncio.run(run())
    assert sorted(code for code, _ in heard.issues) == ["R101", "R101"]  # each once, and no connection was given up


def test_r3_without_its_package_a_source_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncua", None)
    declared = SourceFile("line2", format="opcua", url="opc.tcp://127.0.0.1:1", at=HERE)
    (issue,) = asyncio.run(opcua.listen(plant(), declared, Heard(), asyncio.Event()))
    assert (issue.code, issue.at, "asyncua" in issue.message) == ("R050", HERE, True)
