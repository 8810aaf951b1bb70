"""R3: what a receiver of pushed readings answers, also to bodies that wish it ill; 200 comes only when all of it is on disk."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import httpx
import pytest

from readings.small import plant
from readings.telling import PUSHED, SIX
from shiftledger.core.period import MINUTE
from shiftledger.plant.model import SourceFile
from shiftledger.readings.sources.http import LARGEST, MOST
from shiftledger.readings.sources.live import Message, NotKept
from shiftledger.web.push import Receiver, _bound, app_of, listen, token_of

ROW = {"time": "2026-03-04T06:00:00Z", "tag": "FT-1", "value": 1.5}


class Sender:
    """Pushes to a receiver in memory; `taken` is what reached the disk."""

    def __init__(self, source: SourceFile = PUSHED, token: str = "", full: bool = False) -> None:
        self.taken: list[Message] = []

        async def deliver(message: Message) -> None:
            if full:
                raise NotKept("no space left")
            self.taken.append(message)

        self.receiver = Receiver(plant(source), source, deliver, token, clock=lambda: SIX + 10 * MINUTE)

    def push(self, body: Any, media: str = "application/json", **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes | str) else json.dumps(body)

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app_of(self.receiver))
            async with httpx.AsyncClient(transport=transport, base_url="http:" + "//plant") as client:
                return await client.post("/readings", content=content, headers={"content-type": media, **headers})

        return asyncio.run(send())

    def values(self) -> list[tuple[str, int, str, int]]:
        return [(t.tag, (t.ts - SIX) // MINUTE, t.text, t.quality) for message in self.taken for t in message.told]


def test_r3_one_object_an_array_lines_and_csv_say_the_same() -> None:
    rows = [ROW, {"time": "2026-03-04T07:01:00+01:00", "tag": "FT-1", "value": "2.5"}]
    bodies = {
        "application/json; charset=utf-8": json.dumps(rows),
        "application/x-ndjson": "\n\n".join(json.dumps(row) for row in rows),
        "text/csv": "tag,value,remark,time\nFT-1,1.5,x,2026-03-04T06:00:00Z\n\nFT-1,2.5,,2026-03-04 06:01:00+00:00\n",
    }
    for media, body in bodies.items():
        sender = Sender()
        answer = sender.push(body, media)
        assert (answer.status_code, answer.json()) == (200, {"kept": 2, "refused": 0, "rows": []}), media
        assert sender.values() == [("FT-1", 0, "1.5", 0), ("FT-1", 1, "2.5", 0)], media
    assert Sender().push(ROW).json()["kept"] == 1


def test_r3_names_are_mapped_and_decimals_read_as_declared() -> None:
    source = SourceFile(
        "p",
        format="http",
        decimal=",",
        delimiter=";",
        time_format="%d.%m.%Y %H:%M",
        zone="Europe/Berlin",
        tag="Messstelle",
        columns=(("T1", "FT-1"),),
    )
    sender = Sender(source)
    assert (
        sender.push("time;Messstelle;value\n04.03.2026 07:00;T1;1,5\n04.03.2026 07:01;T1;1.5\n", "text/csv").json()["refused"]
        == 1
    )
    assert sender.values() == [("FT-1", 0, "1.5", 0)]


def test_r4_bad_rows_are_named_one_by_one_and_the_rest_is_taken() -> None:
    sender = Sender()
    rows = f"""[{json.dumps(ROW)}, 7, {{"time": "2026-03-04T06:01:00Z", "tag": "FT-1", "value": NaN}},
        {{"time": "2026-03-04T06:02:00Z", "tag": "FT-1", "value": 1e400}}, {{"time": "x", "tag": "FT-1", "value": 1}},
        {{"time": "2026-03-04T06:03:00Z", "value": 1}}, {{"time": "2026-03-04T06:04:00Z", "tag": "FT-9", "value": 1}},
        {{"time": "2026-03-04T06:05:00Z", "tag": "BAND", "value": "Dark"}}, {{"time": "2026-03-05T06:00:00Z", "tag": "FT-1", "value": 1}},
        {{"time": "-999999-01-01", "tag": "FT-1", "value": 1}}, {{"time": "2026-03-04T06:06:00Z", "tag": "FT-1", "value": {"9" * 5000}}},
        {{"time": "2026-03-04T06:07:00Z", "tag": "FT-1", "value": 1, "value": 2}}, {{"time": "2026-03-04T06:08:00Z", "tag": "FT-1", "value": {{}}}}]"""
    answer = sender.push(rows).json()
    assert (answer["kept"], answer["refused"]) == (1, 12)
    reasons = {row["row"]: row["reason"] for row in answer["rows"]}
    assert sorted(reasons) == list(range(2, 14))
    assert reasons[7] == 'tag "FT-9" is not declared'
    assert reasons[8] == '"Dark" is not a code of state tag "BAND"'
    assert reasons[9] == "it arrived at 2026-03-04T06:10:00Z, before its own time: a clock is wrong"
    assert all(word in reasons[n] for n, word in ((3, "nan"), (4, "inf"), (5, '"x"'), (11, "inf"), (12, "twice"), (13, "object")))


@pytest.mark.parametrize(
    ("body", "media", "status", "word"),
    [
        ("", "application/json", 400, "cannot be read"),
        ("[[", "application/json", 400, "cannot be read"),
        ('"word"', "application/json", 400, "neither an object nor an array"),
        ("[" * 200_000, "application/json", 400, "nested"),
        (b"\xff\xfe\x00", "application/json", 400, "not text in utf-8"),
        ("[]", "application/json; charset=klingon", 415, "no charset"),
        ("[]", "application/json; charset=hex", 415, "no charset"),
        ("<a/>", "application/xml", 415, "not read here"),
        ("[]", "", 415, "not read here"),
        ("tag,value\nFT-1,1\n", "text/csv", 400, 'the column "time"'),
        ("time,tag,tag,value\n", "text/csv", 400, 'the column "tag"'),
        ('time,tag,value\n"', "text/csv", 400, "no CSV"),
        (b"x" * (LARGEST + 1), "application/json", 413, "send it in parts"),
        ("[" + ",".join(["0"] * (MOST + 1)) + "]", "application/json", 413, "send no more than"),
    ],
)
def test_r3_a_body_of_which_nothing_can_be_taken_is_refused_in_words(body: Any, media: str, status: int, word: str) -> None:
    sender = Sender()
    answer = sender.push(body, media)
    assert (answer.status_code, sender.taken) == (status, [])
    assert word in answer.json()["error"]


def test_r3_text_that_cannot_be_written_is_answered_all_the_same() -> None:
    answer = Sender().push('[{"time": "2026-03-04T06:00:00Z", "tag": "\\ud800\\u0000", "value": "' + "y" * 1_000_000 + '"}]')
    assert (answer.status_code, answer.json()["refused"]) == (200, 1)
    assert len(answer.content) < 2_000


def test_r3_the_token_is_asked_for_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    sender = Sender(token="s3cret")
    for shown in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic s3cret"}, {"authorization": "s3cret"}):
        answer = sender.push(ROW, **shown)  # type: ignore[arg-type]
        assert (answer.status_code, sender.taken) == (401, [])
        assert "s3cret" not in answer.text
    assert sender.push(ROW, authorization="Bearer s3cret").status_code == 200
    declared = SourceFile("p", format="http", token="${PUSH_TOKEN}")
    monkeypatch.delenv("PUSH_TOKEN", raising=False)
    assert [issue.code for issue in token_of(declared)[1]] == ["R052"]
    monkeypatch.setenv("PUSH_TOKEN", "s3cret")
    assert token_of(declared) == ("s3cret", ())


def test_r3_what_cannot_be_kept_is_to_be_sent_again() -> None:
    answer = Sender(full=True).push(ROW)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "no space left" in answer.json()["error"]


def test_r3_too_many_at_once_and_packed_bodies_are_refused() -> None:
    sender = Sender()
    assert sender.push(ROW, **{"content-encoding": "gzip"}).status_code == 415
    sender.receiver.busy = 32
    assert sender.push(ROW).status_code == 429
    sender.receiver.busy = 0
    assert sender.push(ROW).status_code == 200
    assert sender.receiver.busy == 0


def test_r3_a_listener_without_its_token_says_so_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUSH_TOKEN", raising=False)
    source = SourceFile("p", format="http", listen="127.0.0.1:0", token="${PUSH_TOKEN}")

    async def run() -> Any:
        async def deliver(message: Message) -> None:
            raise AssertionError

        return await listen(plant(source), source, deliver, asyncio.Event())

    (issue,) = asyncio.run(run())
    assert issue.message == 'source "p": the environment variable "PUSH_TOKEN" with its token is not set'


def test_r3_an_answer_does_not_wait_for_the_acknowledgement_of_its_first_half() -> None:
    """An answer is written in two parts; with Nagle's algorithm the second waits 40 ms for the sender's delayed acknowledgement."""
    opened = _bound(SourceFile("pushed", format="http", listen="127.0.0.1:0"))
    assert isinstance(opened, socket.socket)
    with opened, socket.create_connection(opened.getsockname()), opened.accept()[0] as accepted:
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_r4_a_row_without_a_tag_says_so_in_words_of_rows() -> None:
    answer = Sender().push([ROW, {"time": ROW["time"], "value": 2}]).json()
    assert [(one["row"], one["reason"]) for one in answer["rows"]] == [(2, 'the row has no "tag"')]
