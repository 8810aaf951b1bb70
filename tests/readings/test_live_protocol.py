"""R3: who listens to which format, and what of a live source's address is never shown."""

from __future__ import annotations

from shiftledger.core.issue import Location
from shiftledger.plant.checks_live import live_faults
from shiftledger.plant.formats import LIVE
from shiftledger.plant.model import SourceFile
from shiftledger.readings.sources.live import STREAMS, package_missing, streams_offered
from shiftledger.readings.sources.live_address import server_of

HERE = Location("sources.toml", 4)


def test_r3_every_live_format_has_its_stream() -> None:
    assert tuple(name for name, _ in STREAMS) == LIVE
    assert set(LIVE) <= set(streams_offered())


def test_r3_a_missing_package_is_said_with_its_remedy() -> None:
    issue = package_missing(SourceFile("b", format="mqtt", at=HERE), ModuleNotFoundError(name="aiomqtt.client"))
    assert (issue.code, issue.at) == ("R050", HERE)
    assert (issue.message, issue.remedy) == (
        'source "b": the package "aiomqtt", which listens to mqtt, is not installed',
        'Once: pip install "shiftledger[live]".',
    )


def test_r3_an_address_is_filled_and_its_secrets_are_hidden() -> None:
    declared = SourceFile("b", format="mqtt", url="mqtts://${U}:${P}@broker:8883/x?y=1", at=HERE)
    server = server_of(declared, {"U": "plant", "P": "a@b:c/d"}).result
    assert server is not None
    assert (server.plain, server.user, server.password) == ("mqtts://broker:8883/x?y=1", "plant", "a@b:c/d")
    assert server.hidden("login plant a@b:c/d or a%40b%3Ac%2Fd refused") == "login plant *** or *** refused"
    assert "a@b" not in repr(server)


def test_r3_what_is_missing_or_no_address_is_an_issue_at_the_source() -> None:
    lost = server_of(SourceFile("b", url="mqtt://${U}:${P}@h", at=HERE), {"U": "x"})
    assert [(issue.code, issue.at, issue.message) for issue in lost.issues] == [
        ("R052", HERE, 'source "b": the environment variable "P" is not set')
    ]
    for url in ("mqtt://h:99999", "broker:1883", "mqtt://", "mqtt://[::1"):
        assert [issue.code for issue in server_of(SourceFile("b", url=url, at=HERE), {}).issues] == ["R051"], url


def test_r3_no_password_in_the_address_of_a_protocol_of_a_package() -> None:
    faults = live_faults(SourceFile("a", format="lines", url="lines://me:secret@host"))
    assert list(faults) == ["url"]
    assert live_faults(SourceFile("a", format="lines", url="lines://me:${SECRET}@host")) == {}
