"""Who pushes readings by HTTP, and what are they answered (R3)? The receiver of a source with format = "http".

    POST /readings    JSON, NDJSON or CSV; 200 when it is on disk, with what was kept and every row that was refused
    GET /health       200 while it listens

400 the body cannot be read, 401 wrong token, 413 too large, 415 not a form of readings, 429 too many at once, 503 the disk does not take
it (send it again). The same body again changes nothing. It listens on this machine only, unless sources.toml says otherwise.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from shiftledger.core.issue import Issue
from shiftledger.plant.checks_live import VARIABLE, host_of
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.live_codes import R051, R052, live_issue
from shiftledger.readings.sources.http import LARGEST, Pushed, Unread, read_body
from shiftledger.readings.sources.live import CONNECTED, Deliver, Message, NotKept, sound
from shiftledger.readings.told import refusals

AT_ONCE = 32  # bodies that are taken at one time
SHOWN = 100  # refused rows in an answer
SLOW = 60.0  # seconds that a sender has for a body
STATUS = {"size": 413, "form": 415, "content": 400}
CHARSET = re.compile(r"charset=\"?([\w.:-]+)", re.IGNORECASE)
Clock = Callable[[], int]


def _now() -> int:
    return time.time_ns() // 1000


async def listen(plant: Plant, declared: SourceFile, deliver: Deliver, stop: asyncio.Event, /) -> tuple[Issue, ...]:
    """A stream (`readings.sources.live.Stream`): receive what is pushed until `stop`."""
    token, issues = token_of(declared)
    opened = _bound(declared)
    if isinstance(opened, Issue):
        issues = (*issues, opened)
    if issues or isinstance(opened, Issue):
        if isinstance(opened, socket.socket):
            opened.close()
        return issues
    receiver = Receiver(plant, declared, deliver, token)
    config = uvicorn.Config(
        app_of(receiver),
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=3,
        server_header=False,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[opened]))
    ended = asyncio.create_task(stop.wait())
    try:
        await deliver(CONNECTED)  # whoever pushes may come and go; the port is open
        await asyncio.wait({serving, ended}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        server.should_exit = True
        ended.cancel()
        await asyncio.wait({serving})
        opened.close()
    return ()


class _Server(uvicorn.Server):
    """Signals are the program's, not the receiver's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def token_of(declared: SourceFile) -> tuple[str, tuple[Issue, ...]]:
    """What a sender must show, "" where the source asks for nothing; an issue where the variable is not set."""
    if not declared.token:
        return "", ()
    name = declared.token[2:-1] if VARIABLE.fullmatch(declared.token) else ""
    if token := os.environ.get(name, ""):
        return token, ()
    message = f'source "{declared.id}": the environment variable "{name}" with its token is not set'
    return "", (live_issue(R052, message, declared.at, "Set it before listening, and tell it to whoever pushes."),)


def _bound(declared: SourceFile) -> socket.socket | Issue:
    """A socket at the declared address, or why there is none."""
    address = host_of(declared.listen)
    if address is None:
        return live_issue(
            R051, f'source "{declared.id}": listen is no address with a port', declared.at, 'Write listen = "127.0.0.1:8470".'
        )
    try:
        opened = socket.create_server(address, family=socket.AF_INET6 if ":" in address[0] else socket.AF_INET, backlog=128)
        opened.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )  # else an answer waits 40 ms for the sender's acknowledgement
        return opened
    except OSError as error:
        message = f'source "{declared.id}": {declared.listen} cannot be listened to: {error.strerror or error}'
        remedy = "Choose another port with `listen`, or end the program that holds this one."
        return live_issue(R051, message, declared.at, remedy)


# --- answers


@dataclass(slots=True)
class Receiver:
    """What takes the bodies of one source. `token`: what a sender must show, "" for nothing."""

    plant: Plant
    declared: SourceFile
    deliver: Deliver
    token: str = ""
    clock: Clock = _now
    busy: int = field(default=0)

    async def push(self, request: Request) -> JSONResponse:
        """One body: kept and answered, or refused with the reason."""
        if not self._is_known(request):
            return _refused(401, "the token is missing or wrong", **{"WWW-Authenticate": "Bearer"})
        if request.headers.get("content-encoding", "identity") != "identity":
            return _refused(415, "a body that is packed is not read here; send it plain")
        if self.busy >= AT_ONCE:
            return _refused(429, "too many senders at once; send it again in a second", **{"Retry-After": "1"})
        self.busy += 1
        try:
            body = await asyncio.wait_for(_body(request), SLOW)
            if body is None:
                return _refused(413, f"the body has more than {LARGEST:,} bytes; send it in parts", Connection="close")
            return await self._answer(body, request)
        except (TimeoutError, ClientDisconnect):
            return _refused(400, "the body did not come")
        finally:
            self.busy -= 1

    def _is_known(self, request: Request) -> bool:
        """Whether the sender shows the token; takes as long for any wrong one."""
        shown = request.headers.get("authorization", "")
        scheme, _, given = shown.partition(" ")
        right = hmac.compare_digest(given.strip().encode("utf-8", "replace"), self.token.encode("utf-8"))
        return not self.token or (right and scheme.lower() == "bearer")

    async def _answer(self, body: bytes, request: Request) -> JSONResponse:
        kind = request.headers.get("content-type", "")
        charset = CHARSET.search(kind)
        sender = request.client.host if request.client else "unknown"
        pushed = Pushed(body, kind.partition(";")[0].strip().lower(), charset[1] if charset else "", sender, self.clock())
        read, doubtful = await asyncio.to_thread(self._read, pushed)
        if isinstance(read, Unread):
            return _refused(STATUS[read.kind], read.why)
        try:
            await self.deliver(read)
        except NotKept as error:
            return _refused(503, f"it cannot be kept now ({error}); send it again later", **{"Retry-After": "30"})
        return JSONResponse(_told(read, doubtful))

    def _read(self, pushed: Pushed) -> tuple[Message | Unread, dict[str, str]]:
        read = read_body(self.plant, self.declared, pushed)
        if isinstance(read, Unread):
            return read, {}
        read = sound(read)
        return read, refusals(self.plant, self.declared, read.told, pushed.arrived)


def app_of(receiver: Receiver) -> FastAPI:
    """The web application of one receiver."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    async def health() -> dict[str, bool]:
        return {"listening": True}

    app.add_api_route("/readings", receiver.push, methods=["POST"], response_model=None)
    app.add_api_route("/health", health, methods=["GET"])
    return app


async def _body(request: Request) -> bytes | None:
    """The whole body; None as soon as it is too large."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared[:20]) > LARGEST:
        return None
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            return None
        parts.append(part)
    return b"".join(parts)


def _told(message: Message, doubtful: dict[str, str]) -> dict[str, Any]:
    """What became of a body that is on disk: counts, and the rows that wait in quarantine."""
    refused = [{"row": _row(r.address), "reason": r.reason, "text": r.text} for r in message.refused]
    refused += [
        {"row": _row(t.address), "reason": doubtful[t.address], "text": f"{t.tag},{t.text}"[:SHOWN]}
        for t in message.told
        if t.address in doubtful
    ]
    refused.sort(key=lambda one: int(str(one["row"])))
    return {"kept": len(message.told) - len(doubtful), "refused": len(refused), "rows": refused[:SHOWN]}


def _row(address: str) -> int:
    return int(address.rpartition("#")[2])


def _refused(status: int, message: str, **headers: str) -> JSONResponse:
    return JSONResponse({"error": message}, status, headers)
