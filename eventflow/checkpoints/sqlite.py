"""`SqliteSaver` and `AsyncSqliteSaver`: checkpoints in a SQLite database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Self, TypeVar

from eventflow.checkpoints.base import (
    BaseCheckpointSaver,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    Strategy,
    Todo,
    keeps_latest,
)
from eventflow.checkpoints.pieces import (
    Encoded,
    Row,
    checkpoint_of,
    chosen_by,
    config_of,
    encoded,
    matches,
    place_of,
    sources_of,
    tuple_of,
    writes_of,
)
from eventflow.checkpoints.sqlite_file import SqliteFile, connect
from eventflow.checkpoints.sqlite_rows import (
    copy_place,
    forget_thread,
    keep_latest,
    links_of,
    made_place,
    place_id,
    places_of,
    read_sources,
    sources_at,
    store_value,
)
from eventflow.errors import CheckpointError
from eventflow.runnables.seam import in_thread, settled
from eventflow.runs import RunnableConfig

if TYPE_CHECKING:
    from sqlite3 import Connection

__all__ = ("AsyncSqliteSaver", "SqliteSaver")

T = TypeVar("T")


class _SqliteCheckpoints(BaseCheckpointSaver):
    """What both savers are: they differ in where their async methods work."""

    def __init__(self, conn: Connection) -> None:
        self._file = SqliteFile(conn, "the database of checkpoints")

    # ---- reading

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        thread, ns, id = place_of(config)
        with self._file.transaction("DEFERRED") as db:
            place = place_id(db, thread, ns)
            if place is None:
                return None
            columns = "SELECT id, parent, head, metadata, sources FROM eventflow_checkpoints WHERE place = ?"
            if id is None:
                row = db.execute(f"{columns} ORDER BY id DESC LIMIT 1", (place,)).fetchone()
            else:
                row = db.execute(f"{columns} AND id = ?", (place, id)).fetchone()
            if row is None:
                return None
            *rest, sources = row
            links = links_of(db, place, read_sources(sources))
            writes = db.execute(
                "SELECT task, data FROM eventflow_writes WHERE place = ? AND checkpoint = ? ORDER BY number",
                (place, row[0]),
            ).fetchall()
        return tuple_of(Row(thread, ns, *rest), links, writes)

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: Mapping[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        thread, ns, id = (None, None, None) if config is None else chosen_by(config)
        end = None if before is None else place_of(before).id
        terms = {"thread_id = ?": thread, "ns = ?": ns, "c.id = ?": id, "c.id < ?": end}
        chosen = {term: value for term, value in terms.items() if value is not None}
        where = " AND ".join(["p.id = c.place", *chosen])
        with self._file.transaction("DEFERRED") as db:
            found = db.execute(
                "SELECT thread_id, ns, c.id, metadata FROM eventflow_places AS p, eventflow_checkpoints AS c "  # noqa: S608
                f"WHERE {where} ORDER BY c.id DESC LIMIT ?",
                [*chosen.values(), -1 if limit is None or filter else limit],
            ).fetchall()
        wanted = (config_of(*place) for *place, metadata in found if matches(metadata, filter))
        # Each is read for itself: whoever looks at a history slowly does not keep the database waiting.
        read = (self.get_tuple(place) for place in wanted)
        yield from islice((one for one in read if one is not None), limit)

    # ---- writing

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: Mapping[str, int],
        kept: Mapping[str, int] | None = None,
    ) -> RunnableConfig:
        row = self._put_encoded(encoded(config, checkpoint, metadata, new_versions, kept))
        return config_of(row.thread, row.ns, row.id)

    def _put_encoded(self, checkpoint: Encoded) -> Row:
        row = checkpoint.row
        with self._file.transaction("IMMEDIATE") as db:
            place = made_place(db, row.thread, row.ns)
            sources = sources_of(
                checkpoint, sources_at(db, place, row.parent), partial(store_value, db, place)
            )
            db.execute(
                "INSERT OR REPLACE INTO eventflow_checkpoints VALUES (?, ?, ?, ?, ?, ?)",
                (place, row.id, row.parent, row.head, row.metadata, json.dumps(sources)),
            )
        return row

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        self._put_writes_encoded(*checkpoint_of(config), task_id, writes_of(writes))

    def _put_writes_encoded(self, thread: str, ns: str, id: str, task_id: str, data: bytes) -> None:
        with self._file.transaction("IMMEDIATE") as db:
            db.execute(
                "INSERT INTO eventflow_writes SELECT ?1, ?2, ?3, count(*), ?4 FROM eventflow_writes "
                "WHERE place = ?1 AND checkpoint = ?2 ON CONFLICT DO UPDATE SET data = excluded.data",
                (made_place(db, thread, ns), id, task_id, data),
            )

    def prepared(self, todo: Sequence[Todo]) -> Sequence[Todo]:
        return [self._prepared(name, *arguments) for name, arguments in todo]

    def _prepared(self, name: str, *arguments: Any) -> Todo:
        if name == "put":
            return "_put_encoded", (encoded(*arguments),)
        config, writes, task_id, *_ = arguments
        return "_put_writes_encoded", (*checkpoint_of(config), task_id, writes_of(writes))

    def put_all(self, todo: Sequence[Todo]) -> None:
        if todo:
            with self._file.transaction("IMMEDIATE"):
                super().put_all(todo)

    async def aput_all(self, todo: Sequence[Todo]) -> None:
        if todo:
            await self._aside(self.put_all, todo)

    def delete_thread(self, thread_id: str) -> None:
        with self._file.transaction("IMMEDIATE") as db:
            forget_thread(db, thread_id)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        if str(source_thread_id) == str(target_thread_id):
            return
        with self._file.transaction("IMMEDIATE") as db:
            for place, ns in places_of(db, source_thread_id):
                copy_place(db, place, made_place(db, str(target_thread_id), ns))

    def prune(self, thread_ids: Sequence[str], *, strategy: Strategy = "keep_latest") -> None:
        for thread_id in thread_ids:
            if not keeps_latest(strategy):
                self.delete_thread(thread_id)
                continue
            with self._file.transaction("IMMEDIATE") as db:
                for place, _ in places_of(db, thread_id):
                    keep_latest(db, place)


class SqliteSaver(_SqliteCheckpoints):
    """Keeps checkpoints in a SQLite database. Safe for several threads, and several processes with a saver each.

    Each step is on disk before the next begins, as a whole: a program that is killed goes on from there. Where a
    graph is awaited that is so with `durability="sync"`; else it goes on while a step is written.

    Arguments:
        conn: a connection, which the saver has for itself; made with `check_same_thread=False` unless all is
            done in one thread. It is yours to close. See `from_conn_string`.

    >>> with SqliteSaver.from_conn_string(":memory:") as saver:
    ...     saver.get_tuple({"configurable": {"thread_id": "1"}}) is None
    True
    """

    @classmethod
    @contextmanager
    def from_conn_string(cls, conn_string: str) -> Generator[Self]:
        """A saver on the file of this name, which is made if it is not there; closed at the end.

        Raises CheckpointError if the file is damaged, or cannot be written.
        """
        saver = cls(connect(conn_string))
        saver._file.name = conn_string
        try:
            saver.setup()
            yield saver
        finally:
            saver._file.close()

    def setup(self) -> None:
        """Make the tables if they are not there. Need not be called."""
        self._file.setup()


class AsyncSqliteSaver(_SqliteCheckpoints):
    """Keeps checkpoints in a SQLite database, in a thread of its own that no other work holds up.

    It is `SqliteSaver` for programs with a loop, or several: the sync methods can be called, too, and wait. A graph
    goes on while its steps are written (see `Durability`).

    Arguments:
        conn: a connection made with `check_same_thread=False`, which the saver has for itself.

    >>> import asyncio
    >>> async def main():
    ...     async with AsyncSqliteSaver.from_conn_string(":memory:") as saver:
    ...         return await saver.aget_tuple({"configurable": {"thread_id": "1"}}) is None
    >>> asyncio.run(main())
    True
    """

    def __init__(self, conn: Connection) -> None:
        super().__init__(conn)
        self._worker = ThreadPoolExecutor(1, "eventflow-checkpoints")

    @classmethod
    @asynccontextmanager
    async def from_conn_string(cls, conn_string: str) -> AsyncGenerator[Self]:
        """A saver on the file of this name, which is made if it is not there; closed at the end.

        Raises CheckpointError if the file is damaged, or cannot be written.
        """
        saver = cls(await in_thread(connect, conn_string))
        saver._file.name = conn_string
        try:
            await saver.setup()
            yield saver
        finally:
            await saver.aclose()

    async def setup(self) -> None:
        """Make the tables if they are not there. Need not be called."""
        await self._aside(self._file.setup)

    async def aclose(self) -> None:
        """Close the connection, and end the thread, when what is being done is done."""
        await in_thread(self._worker.shutdown)
        self._file.close()

    async def _aside(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        work: Callable[[], T] = partial(function, *args, **kwargs)
        try:
            job = asyncio.get_running_loop().run_in_executor(self._worker, work)
        except RuntimeError as error:
            raise CheckpointError(f"{self._file.name} cannot be used: it was closed") from error
        return await settled(job)
