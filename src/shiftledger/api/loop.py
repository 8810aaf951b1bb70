"""How listening runs: in an event loop of its own, ended by a signal, by an event of the caller, or by itself."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from shiftledger.api.stores import now
from shiftledger.core.issue import Outcome
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.listening import Fold, Listened, Watch, listen
from shiftledger.readings.sources.live import Told


def run_listening(
    plant: Plant,
    sources: Sequence[SourceFile],
    state_folder: Path,
    fold: Fold,
    last_row: Callable[[str], int],
    recall: Callable[[SourceFile], Mapping[str, Told]],
    watch: Watch,
    stop: threading.Event | None,
) -> Outcome[Listened]:
    """Listen to the end; in a thread of its own where an event loop runs already, as in a notebook."""

    async def listening() -> Outcome[Listened]:
        ended = asyncio.Event()
        watcher = asyncio.create_task(_until(stop, ended)) if stop is not None else None
        try:
            with _signals(ended):
                how = {"fold": fold, "last_row": last_row, "recall": recall, "stop": ended, "watch": watch, "clock": now}
                return await listen(plant, sources, state_folder, **how)  # type: ignore[arg-type]
        finally:
            if watcher is not None:
                watcher.cancel()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(listening())
    found: list[Outcome[Listened] | BaseException] = []

    def run() -> None:
        try:
            found.append(asyncio.run(listening()))
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


async def _until(stop: threading.Event, ended: asyncio.Event) -> None:
    while not stop.is_set():
        await asyncio.sleep(0.05)
    ended.set()


@contextmanager
def _signals(ended: asyncio.Event) -> Iterator[None]:
    """Meanwhile SIGINT and SIGTERM end the listening cleanly; in another thread than the first nothing changes."""
    loop = asyncio.get_running_loop()
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError, OSError):
                before[number] = signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
