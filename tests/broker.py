"""A broker of MQTT for tests: Debian's `mosquitto` on a free port of this machine, or the reason why there is none."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ports import free_port

PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


@dataclass
class Broker:
    """`port` of 127.0.0.1; it keeps sessions in its folder over a restart."""

    program: str
    folder: Path
    port: int
    lines: tuple[str, ...] = ("allow_anonymous true",)
    running: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        config = self.folder / "mosquitto.conf"
        keep = ["persistence true", f"persistence_location {self.folder}/", "log_type none"]
        if os.geteuid() == 0:
            keep.append("user root")  # else it becomes another user, who may not write here
        config.write_text("\n".join((f"listener {self.port} 127.0.0.1", *keep, *self.lines, "")), encoding="utf-8")
        self.running = subprocess.Popen([self.program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self.running.poll() is None, f"mosquitto ended with {self.running.returncode}"
            time.sleep(0.02)
        raise AssertionError("mosquitto does not answer")

    def stop(self) -> None:
        if self.running is not None:
            self.running.terminate()
            self.running.wait(10)
            self.running = None


@contextmanager
def broker(folder: Path, *lines: str) -> Iterator[Broker]:
    """A running broker; `lines` are of its configuration. The test is skipped where mosquitto is not installed."""
    program = shutil.which("mosquitto", path=PLACES)
    if program is None:
        pytest.skip("mosquitto is not installed (Debian package mosquitto)")
    one = Broker(program, folder, free_port(), lines or ("allow_anonymous true",))
    one.start()
    try:
        yield one
    finally:
        one.stop()
