"""Who listens to the live sources of a plant, and keeps what they tell (DESIGN, "Live batches"; R3)?

Each source runs as a stream; what it is told goes to its write-ahead file, and its sender is answered when it is on disk. Messages that
come at once share one write. Every few minutes, and at the end, what waits is folded into the lake beside the listening.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from shiftledger.core.issue import Issue, Location, Outcome, failing, ordered
from shiftledger.plant.formats import is_live
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.batch import LoadReport
from shiftledger.readings.codes import closest
from shiftledger.readings.live_codes import R051, R053, R055, R056, R059, live_issue
from shiftledger.readings.sources.live import Message, NotKept, Refused, Stream, Told, package_missing, sound, streams_offered
from shiftledger.readings.wal import FOLDER, Writer, folders, held, segments_of

TOGETHER = 20_000  # rows that share one write
GRACE = 5.0  # seconds that a stream has to end
PATIENCE = 3.0  # seconds until another program that folds has ended
Fold = Callable[[Collection[Path]], Outcome[tuple[LoadReport, ...]]]


@dataclass(frozen=True, slots=True)
class Heard:
    """How one source stands: what it was told since the start, the stamp of the newest reading and the last arrival (us), its state.

    `state`: connecting (nothing was heard yet), listening, lost (it connects again), failing (the disk), ended. `waiting`: readings that
    are not in the lake yet.
    """

    source: str
    format: str
    messages: int = 0
    readings: int = 0
    refused: int = 0
    newest: int | None = None
    arrived: int | None = None
    state: str = "connecting"
    waiting: int = 0


@dataclass(slots=True)
class Keeper:
    """Puts the messages of one source on disk; `deliver` is what its stream calls."""

    source: SourceFile
    writer: Writer
    clock: Callable[[], int]
    issues: list[Issue] = field(default_factory=list)
    messages: int = 0
    readings: int = 0
    refused: int = 0
    waiting: int = 0
    newest: int | None = None
    arrived: int | None = None
    state: str = "connecting"
    _queue: list[tuple[Message, asyncio.Future[None]]] = field(default_factory=list)
    _write: asyncio.Task[None] | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def deliver(self, message: Message) -> None:
        """Returns when the message is on disk; NotKept if it cannot be put there."""
        kept = sound(message)
        self._note(kept)
        if not (kept.told or kept.refused):
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((kept, done))
        if self._write is None or self._write.done():
            self._write = asyncio.create_task(self._write_all())
        await done

    async def settled(self) -> None:
        """When nothing is being written any more."""
        if self._write is not None:
            await self._write

    async def rotate(self) -> tuple[Path, ...]:
        """The segments to which nothing is appended any more."""
        async with self._lock:
            self.writer.rotate()
            return segments_of(self.writer.folder)

    async def _write_all(self) -> None:
        while self._queue:
            some, rows = 0, 0
            for message, _ in self._queue:
                some, rows = some + 1, rows + len(message.told) + len(message.refused)
                if rows > TOGETHER:
                    break
            taken, self._queue = self._queue[:some], self._queue[some:]
            told = [one for message, _ in taken for one in message.told]
            refused = [one for message, _ in taken for one in message.refused]
            failed = await self._append(told, refused)
            for message, done in taken:
                if failed is None:
                    self._count(message)
                if not done.done():  # whoever waited may have gone
                    done.set_exception(failed) if failed else done.set_result(None)

    async def _append(self, told: Sequence[Told], refused: Sequence[Refused]) -> NotKept | None:
        arrived = self.clock()
        try:
            async with self._lock:
                await asyncio.to_thread(self.writer.append, told, refused, arrived)
        except Exception as error:  # whatever it is: what is not on disk is not acknowledged
            reason = str(error) or type(error).__name__
            if self.state != "failing":
                message = f'source "{self.source.id}": what it tells cannot be kept: {reason}'
                self.issues.append(live_issue(R056, message, self.source.at, R056.explanation))
            self.state = "failing"
            return NotKept(reason)
        self.state, self.arrived = "listening", arrived
        return None

    def _note(self, message: Message) -> None:
        """What a message says of the connection: an empty one that it stands, an issue that it broke."""
        self.issues += message.issues
        if any(issue.code == R059.code for issue in message.issues):
            self.state = "lost"
        elif message == Message() and self.state != "failing":  # only a write shows that the disk takes it again
            self.state = "listening"

    def _count(self, message: Message) -> None:
        self.messages += 1
        self.readings += len(message.told)
        self.refused += len(message.refused)
        self.waiting += len(message.told)
        stamps = [one.ts for one in message.told]
        self.newest = max(stamps + ([self.newest] if self.newest is not None else []), default=None)

    def heard(self) -> Heard:
        one = self.source
        counts = (self.messages, self.readings, self.refused, self.newest, self.arrived)
        return Heard(one.id, one.format, *counts, self.state, self.waiting)


@dataclass(frozen=True, slots=True)
class Recalling:
    """What a stream calls: its messages go to disk, and it can ask what the source told last."""

    keeper: Keeper
    recall: Callable[[SourceFile], Mapping[str, Told]]

    async def __call__(self, message: Message) -> None:
        await self.keeper.deliver(message)

    async def newest(self) -> Mapping[str, Told]:
        return await asyncio.to_thread(self.recall, self.keeper.source)


@dataclass(frozen=True, slots=True)
class Watch:
    """How long to listen, how often to fold (seconds), and who is told how it goes.

    `once`: end when every source was told something that is on disk. `said`: issues as they come; `seen`: how the sources stand, about
    once a second; `folded`: what a fold brought into the lake.
    """

    fold_every: float = 300.0
    seconds: float | None = None
    once: bool = False
    seen: Callable[[tuple[Heard, ...]], None] = lambda _: None
    said: Callable[[tuple[Issue, ...]], None] = lambda _: None
    folded: Callable[[tuple[LoadReport, ...]], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Listened:
    """How the sources stood at the end, and what was brought into the lake."""

    heard: tuple[Heard, ...] = ()
    reports: tuple[LoadReport, ...] = ()


def chosen_sources(plant: Plant, names: Collection[str]) -> Outcome[tuple[SourceFile, ...]]:
    """The live sources with these ids, or all."""
    live = {key: source for key, source in sorted(plant.sources.items()) if is_live(source)}
    known = f"There are: {', '.join(live) or 'none'}."
    issues = [
        live_issue(R053, f'"{name}" is no live source', Location("sources.toml"), f"{closest(name, live)}{known}")
        for name in names
        if name not in live
    ]
    if not live and not issues:
        remedy = "Declare one in sources.toml with format mqtt, opcua or http."
        issues.append(live_issue(R053, "this plant has no live source", Location("sources.toml"), remedy))
    return Outcome(tuple(source for key, source in live.items() if key in names or not names), tuple(issues))


async def listen(
    plant: Plant,
    sources: Sequence[SourceFile],
    state_folder: Path,
    *,
    fold: Fold,
    last_row: Callable[[str], int],
    recall: Callable[[SourceFile], Mapping[str, Told]],
    stop: asyncio.Event,
    watch: Watch,
    clock: Callable[[], int],
) -> Outcome[Listened]:
    """Listen to the sources until `stop`, or as long as `watch` says; everything that was acknowledged is then in the lake.

    `fold` brings what waits into the lake (of these segments only); `last_row` is the number of a source's last row there; `recall` is the
    newest reading of every tag that a source told. Nothing is
    listened to while another program listens for the plant.
    """
    until = time.monotonic() + PATIENCE
    while True:
        with ExitStack() as holding:
            try:
                alone = holding.enter_context(held(state_folder))
            except OSError as error:
                return Outcome(Listened(), (_no_place(error),))
            if alone:
                return await _Listening(plant, sources, state_folder, fold, last_row, recall, stop, watch, clock).run()
        if time.monotonic() > until:
            return Outcome(Listened(), (live_issue(R055, "another program listens for this plant", Location(str(state_folder))),))
        await asyncio.sleep(0.1)


def _no_place(error: OSError) -> Issue:
    message = f"nothing that is told could be kept: {error.strerror or error}"
    remedy = "Make room, or let this program write to the plant's state, and listen again."
    return live_issue(R056, message, Location(f"{FOLDER}/lock"), remedy)


@dataclass(slots=True)
class _Listening:
    """One run of `listen`."""

    plant: Plant
    sources: Sequence[SourceFile]
    state_folder: Path
    fold: Fold
    last_row: Callable[[str], int]
    recall: Callable[[SourceFile], Mapping[str, Told]]
    stop: asyncio.Event
    watch: Watch
    clock: Callable[[], int]
    keepers: dict[str, Keeper] = field(default_factory=dict)
    reports: list[LoadReport] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    async def run(self) -> Outcome[Listened]:
        await self._fold(
            [path for folder in folders(self.state_folder) for path in segments_of(folder)]
        )  # left by an earlier program
        for source in self.sources:
            writer = Writer(self.state_folder / FOLDER / source.id, self.last_row(source.id))
            self.keepers[source.id] = Keeper(source, writer, self.clock)
        quit_all = asyncio.Event()
        tasks = [asyncio.create_task(self._one(keeper, quit_all)) for keeper in self.keepers.values()]
        await self._watch(tasks)
        quit_all.set()
        _, late = await asyncio.wait(tasks, timeout=GRACE)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, *(keeper.settled() for keeper in self.keepers.values()), return_exceptions=True)
        await self._fold_all()
        self._say(())
        self.watch.seen(self._heard())
        return Outcome(Listened(self._heard(), tuple(self.reports)), ordered(self.issues))

    async def _watch(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Until it is time to end: show how it goes, and fold every now and then."""
        begun = folded = time.monotonic()
        while not self.stop.is_set() and not all(task.done() for task in tasks):
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.stop.wait(), self._pause(begun))
            self._say(())
            self.watch.seen(self._heard())
            if self.watch.once and all(one.messages or one.state == "ended" for one in self.keepers.values()):
                return
            if self.watch.seconds is not None and time.monotonic() - begun >= self.watch.seconds:
                return
            if time.monotonic() - folded >= self.watch.fold_every and not self.stop.is_set():
                await self._fold_all()
                folded = time.monotonic()

    def _pause(self, begun: float) -> float:
        left = float("inf") if self.watch.seconds is None else begun + self.watch.seconds - time.monotonic()
        return max(0.0, min(0.1 if self.watch.once else 1.0, self.watch.fold_every, left))

    async def _one(self, keeper: Keeper, quit_all: asyncio.Event) -> None:
        """One source until its stream ends; what it raises is said and ends it alone."""
        source = keeper.source
        try:
            stream: Stream = streams_offered()[source.format].load()
            issues = await _run(stream(self.plant, source, Recalling(keeper, self.recall), quit_all))
        except ModuleNotFoundError as error:
            issues = (package_missing(source, error),)
        except Exception as error:  # a package of somebody else: the other sources go on
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            message = f'source "{source.id}": what listens to {source.format} failed ({reason})'
            issues = (live_issue(R051, message, source.at, "Report it to whoever offers the format."),)
        keeper.state = "ended"
        self._say(issues)

    def _say(self, issues: Sequence[Issue]) -> None:
        fresh = [*issues, *(issue for keeper in self.keepers.values() for issue in keeper.issues)]
        for keeper in self.keepers.values():
            keeper.issues.clear()
        if fresh:
            self.issues += [issue for issue in dict.fromkeys(fresh) if issue not in self.issues][
                : max(0, 1000 - len(self.issues))
            ]
            self.watch.said(ordered(fresh))

    def _heard(self) -> tuple[Heard, ...]:
        return tuple(keeper.heard() for keeper in self.keepers.values())

    async def _fold_all(self) -> None:
        closed = [path for keeper in self.keepers.values() for path in await keeper.rotate()]
        counts = [(keeper, keeper.waiting) for keeper in self.keepers.values()]
        if await self._fold(closed):
            for keeper, count in counts:
                keeper.waiting -= count

    async def _fold(self, closed: Collection[Path]) -> bool:
        """Fold beside the listening; a lake that cannot be used is said, and what waits goes on waiting."""
        done = await asyncio.to_thread(self.fold, closed)
        self.reports += done.result
        self._say(done.issues)
        if done.result:
            self.watch.folded(done.result)
        return not failing(done.issues)


async def _run(running: Awaitable[tuple[Issue, ...]]) -> tuple[Issue, ...]:
    return tuple(await running)
