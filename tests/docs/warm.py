"""A process that has imported the program, and forks for every command: a page of forty commands need not start Python forty times.

Each command runs in a process of its own, with its own folder, environment, streams and exit code, from nothing but imported modules. What
runs until it is stopped, such as `listen`, is started in the usual way, so that a signal reaches it.
"""

from __future__ import annotations

import array
import contextlib
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATH = str(ROOT / "src")
STARTED_COLD = ("listen",)  # verbs; so is what brings modules of its own
# What stands as `shiftledger` and `python` on the path of a page. Its own start takes next to nothing.
CLIENT = r"""#!{python} -IS
import array, json, os, socket, sys
called, words = {called!r}, sys.argv[1:]
cold = any(word in {cold!r} for word in words) or (called == "python" and words[:1] != ["-c"])
if cold or os.environ.get("PYTHONPATH") != {path!r}:
    os.execv({python!r}, [{python!r}, *(["-m", "shiftledger"] if called == "shiftledger" else []), *words])
asked = json.dumps([called, words, os.getcwd(), dict(os.environ)]).encode()
with socket.socket(socket.AF_UNIX) as line:
    line.connect({address!r})
    line.sendmsg([len(asked).to_bytes(8, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
    line.sendall(asked)
    code = line.recv(1)
os._exit(code[0] if code else 70)
"""


@contextlib.contextmanager
def warm_process(folder: Path) -> Iterator[str]:
    """The address of a warm process that ends with the block."""
    address = str(folder / "warm")
    environment = {**os.environ, "PYTHONPATH": PATH, "TZ": "UTC"}
    started = subprocess.Popen([sys.executable, __file__, address], env=environment, stdout=subprocess.PIPE)
    try:
        assert started.stdout is not None
        assert started.stdout.readline() == b"ready\n"
        yield address
    finally:
        started.kill()
        started.wait()


def client(called: str, address: str) -> str:
    """The text of the command `called` that lets the warm process do it."""
    return CLIENT.format(python=sys.executable, called=called, cold=STARTED_COLD, path=PATH, address=address)


def _serve(address: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forked ones: each tells its code itself
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        os.write(1, b"ready\n")
        while True:
            line, _ = door.accept()
            if os.fork() == 0:
                door.close()
                _answer(line)
            line.close()


def _answer(line: socket.socket) -> None:
    """In the forked process: take over streams, folder and environment, run, tell the code, end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    head, rights, _, _ = line.recvmsg(8, socket.CMSG_SPACE(3 * array.array("i").itemsize))
    streams = array.array("i", rights[0][2])
    asked = b""
    while len(asked) < int.from_bytes(head, "big"):
        asked += line.recv(1 << 16)
    called, words, folder, environment = json.loads(asked)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    code = 1
    try:
        code = _command(called, words)
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        for text in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                text.flush()
        line.sendall(bytes([code]))
        os._exit(code)


def _command(called: str, words: list[str]) -> int:
    if called == "python":
        sys.argv, sys.path[0] = ["-c", *words[2:]], ""
        exec(compile(words[1], "<string>", "exec"), {"__name__": "__main__"})  # a block of a page of this project
        return 0
    from shiftledger.cli.app import _run

    sys.argv = ["shiftledger", *words]
    return _run()


def _import_all() -> None:
    import shiftledger

    for found in pkgutil.walk_packages(shiftledger.__path__, "shiftledger."):
        if not found.name.endswith("__main__"):
            with contextlib.suppress(ImportError):  # of what is installed only for live sources and tests
                importlib.import_module(found.name)


if __name__ == "__main__":
    _import_all()
    _serve(sys.argv[1])
