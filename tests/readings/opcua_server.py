"""An OPC UA server inside a test: it runs in a thread of its own, can be killed and started again, and keeps its history meanwhile."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asyncua import Server, ua
from asyncua.common.utils import ServiceError
from asyncua.crypto import cert_gen
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.history import HistoryDict
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from ports import free_port

START = datetime(2026, 3, 31, 4, tzinfo=UTC)  # 06:00 in Berlin
SPACE = "urn:line2"


class Site:
    """A server with the variables of `add`; `run` does something in its thread.

    With a folder it has a certificate there, offers signing and encryption too, and lets in everybody but users with a wrong password,
    and programs whose certificate does not name a shiftledger.
    """

    def __init__(self, folder: Path | None = None) -> None:
        logging.getLogger("asyncua").setLevel(logging.CRITICAL)
        self.port = free_port()
        self.url = f"opc.tcp://127.0.0.1:{self.port}/line2"
        self.folder = folder
        self.past = _Past()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.made: dict[str, tuple[Any, bool, Any]] = {}
        self.server: Server | None = None
        self.away = True

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def begin(self) -> None:
        """The server starts, or is there again."""
        self.run(self._begin() if self.server is None else self.server.bserver.start())
        self.away = False

    def kill(self) -> None:
        """The server goes away without a farewell to anybody; its port is closed."""
        self.run(self.server.bserver.stop())
        self.away = True

    def end(self) -> None:
        if self.server is not None:
            if self.away:
                self.begin()
            self.run(self.server.stop())
        self.run(_finished())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)

    def add(self, name: str, value: Any, *, history: bool = True, type_: Any = None) -> None:
        """A variable `ns=2;s=name` of the server."""
        self.made[name] = value, history, type_
        if self.server is not None:
            self.run(self._add(name))

    def tell(
        self, name: str, value: Any, at: datetime | None, status: int = 0, kind: Any = None, server: datetime | None = None
    ) -> None:
        """A new value of a variable, also while the server is away."""
        said = ua.DataValue(ua.Variant(value, kind), ua.StatusCode(status), at, server)
        self.past.keep(name, said)
        self.run(self.server.write_attribute_value(ua.NodeId(name, 2), said))

    def heard_by(self) -> list[Any]:
        """The subscriptions of those who listen, not of the history."""
        return [one for one in self.server.iserver.subscription_service.subscriptions.values() if one.pub_request_callback]

    async def _begin(self) -> None:
        server = Server(user_manager=_Users())
        server.iserver.history_manager.set_storage(self.past)
        await server.init()
        server.set_endpoint(self.url)
        server.iserver.aspace.force_server_timestamp = False
        if self.folder is not None:
            certificate(self.folder, "server", "urn:freeopcua:python:server")
            await server.load_certificate(self.folder / "server.pem")
            await server.load_private_key(self.folder / "server-key.pem")
            offered = ua.SecurityPolicyType
            server.set_security_policy([offered.NoSecurity, offered.Basic256Sha256_Sign, offered.Basic256Sha256_SignAndEncrypt])
            server.set_certificate_validator(_trusted)
        assert await server.register_namespace(SPACE) == 2
        self.server = server
        for name in self.made:
            await self._add(name)
        await server.start()

    async def _add(self, name: str) -> None:
        value, history, type_ = self.made[name]
        node = await self.server.nodes.objects.add_variable(ua.NodeId(name, 2), ua.QualifiedName(name, 2), value, datatype=type_)
        if history:
            await node.set_read_only()
            for level in (ua.AttributeIds.AccessLevel, ua.AttributeIds.UserAccessLevel):
                await node.write_attribute(level, ua.DataValue(ua.Variant(5, ua.VariantType.Byte)))


class _Users:
    """Anybody without a name, and the crew with its password."""

    def get_user(self, _: Any, username: str | None = None, password: str | None = None, certificate: Any = None) -> User | None:
        return User(role=UserRole.User) if username is None or (username, password) == ("crew", "a@b:c") else None


async def _trusted(shown: x509.Certificate, _: ua.ApplicationDescription) -> None:
    if "shiftledger" not in shown.subject.rfc4514_string():
        raise ServiceError(ua.StatusCodes.BadCertificateUntrusted)


async def _finished() -> None:
    """Cancels what a stopped server leaves behind."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def certificate(folder: Path, name: str, application: str) -> None:
    """Writes name.pem and name-key.pem, a certificate signed by itself and its key."""
    key = cert_gen.generate_private_key()
    whole = cert_gen.generate_self_signed_app_certificate(
        key, name, {}, [x509.UniformResourceIdentifier(application), x509.DNSName(socket.gethostname())], []
    )
    (folder / f"{name}-key.pem").write_bytes(cert_gen.dump_private_key_as_pem(key))
    (folder / f"{name}.pem").write_bytes(whole.public_bytes(serialization.Encoding.PEM))


class _Past(HistoryDict):
    """A history that outlives its server, and answers in pages of three."""

    def __init__(self) -> None:
        super().__init__(max_history_data_response_size=3)
        self.asked: list[tuple[str, datetime | None, datetime | None]] = []

    def keep(self, name: str, said: ua.DataValue) -> None:
        if said.SourceTimestamp is not None:
            self._datachanges.setdefault(ua.NodeId(name, 2), []).append(said)

    async def read_node_history(self, node_id: Any, start: Any, end: Any, nb_values: int) -> Any:
        self.asked.append((str(node_id.Identifier), start, end))
        return await super().read_node_history(node_id, start, end, nb_values)


def at(minute: float) -> datetime:
    """An instant, minutes after START."""
    return START + timedelta(minutes=minute)
