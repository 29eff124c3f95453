"""`SqliteSaver` and `AsyncSqliteSaver`: checkpoints in a SQLite database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

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
    Link,
    Row,
    checkpoint_of,
    chosen_by,
    config_of,
    head_of,
    matches,
    place_of,
    sources_of,
    tuple_of,
    writes_of,
)
from eventflow.checkpoints.sqlite_file import SqliteFile, connect
from eventflow.codec import dumps
from eventflow.errors import CheckpointError
from eventflow.runnables.seam import in_thread, settled
from eventflow.runs import RunnableConfig

if TYPE_CHECKING:
    from sqlite3 import Connection

__all__ = ("AsyncSqliteSaver", "SqliteSaver")

T = TypeVar("T")

# Values and all that they are built on, from the first to the last. A base is older than what is built on it; that
# it has to be keeps a damaged table from going round in circles.
_LINKS: Final = """
    WITH RECURSIVE chain (root, id, base, kept, data, depth) AS (
        SELECT id, id, base, kept, data, 0 FROM eventflow_values WHERE place = ?1 AND id IN ({marks})
        UNION ALL
        SELECT root, older.id, older.base, older.kept, older.data, depth + 1
        FROM chain JOIN eventflow_values AS older
        ON older.place = ?1 AND older.id = chain.base AND older.id < chain.id
    )
    SELECT root, base, kept, data FROM chain ORDER BY depth DESC
"""

_REACHED: Final = """
    WITH RECURSIVE chain (id, base) AS (
        SELECT id, base FROM eventflow_values WHERE place = ?1 AND id IN ({marks})
        UNION
        SELECT older.id, older.base
        FROM chain JOIN eventflow_values AS older ON older.place = ?1 AND older.id = chain.base
    )
    SELECT id FROM chain
"""

_TABLES: Final = ("eventflow_checkpoints", "eventflow_values", "eventflow_writes")


class _SqliteCheckpoints(BaseCheckpointSaver):
    """What both savers are: they differ in where their async methods work."""

    def __init__(self, conn: Connection) -> None:
        self._file = SqliteFile(conn, "the database of checkpoints")

    # ---- reading

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        thread, ns, id = place_of(config)
        with self._file.transaction("DEFERRED") as db:
            place = _place(db, thread, ns)
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
            links = _links(db, place, _read_sources(sources))
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
                f"WHERE {where} ORDER BY c.id DESC",
                [*chosen.values()],
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
        thread, ns, parent = place_of(config)
        id, head, about = checkpoint["id"], head_of(checkpoint), dumps(metadata)
        with self._file.transaction("IMMEDIATE") as db:
            place = _made_place(db, thread, ns)
            store = partial(_store, db, place)
            sources = sources_of(checkpoint, new_versions, kept or {}, _sources(db, place, parent), store)
            db.execute(
                "INSERT OR REPLACE INTO eventflow_checkpoints VALUES (?, ?, ?, ?, ?, ?)",
                (place, id, parent, head, about, json.dumps(sources)),
            )
        return config_of(thread, ns, id)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        thread, ns, id = checkpoint_of(config)
        data = writes_of(writes)
        with self._file.transaction("IMMEDIATE") as db:
            db.execute(
                "INSERT INTO eventflow_writes SELECT ?1, ?2, ?3, count(*), ?4 FROM eventflow_writes "
                "WHERE place = ?1 AND checkpoint = ?2 ON CONFLICT DO UPDATE SET data = excluded.data",
                (_made_place(db, thread, ns), id, task_id, data),
            )

    def put_all(self, todo: Sequence[Todo]) -> None:
        if todo:
            with self._file.transaction("IMMEDIATE"):
                super().put_all(todo)

    async def aput_all(self, todo: Sequence[Todo]) -> None:
        if todo:
            await self._aside(self.put_all, todo)

    def delete_thread(self, thread_id: str) -> None:
        with self._file.transaction("IMMEDIATE") as db:
            for place, _ in _places(db, thread_id):
                for table in _TABLES:
                    db.execute(f"DELETE FROM {table} WHERE place = ?", (place,))  # noqa: S608
                db.execute("DELETE FROM eventflow_places WHERE id = ?", (place,))

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        if str(source_thread_id) == str(target_thread_id):
            return
        with self._file.transaction("IMMEDIATE") as db:
            for place, ns in _places(db, source_thread_id):
                _copy(db, place, _made_place(db, str(target_thread_id), ns))

    def prune(self, thread_ids: Sequence[str], *, strategy: Strategy = "keep_latest") -> None:
        for thread_id in thread_ids:
            if not keeps_latest(strategy):
                self.delete_thread(thread_id)
                continue
            with self._file.transaction("IMMEDIATE") as db:
                for place, _ in _places(db, thread_id):
                    _keep_latest(db, place)


class SqliteSaver(_SqliteCheckpoints):
    """Keeps checkpoints in a SQLite database. Safe for several threads, and several processes with a saver each.

    Each step is on disk before the next begins, as a whole: a program that is killed goes on from there.

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

    It is `SqliteSaver` for programs with a loop: the sync methods can be called, too, and wait.

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
        """Close the connection, and end the thread."""
        await self._aside(self._file.close)
        self._worker.shutdown()

    async def _aside(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        work: Callable[[], T] = partial(function, *args, **kwargs)
        return await settled(asyncio.get_running_loop().run_in_executor(self._worker, work))


# ---- single statements


def _place(db: Connection, thread: str, ns: str) -> int | None:
    select = "SELECT id FROM eventflow_places WHERE thread_id = ? AND ns = ?"
    found = db.execute(select, (thread, ns)).fetchone()
    return None if found is None else found[0]


def _made_place(db: Connection, thread: str, ns: str) -> int:
    place = _place(db, thread, ns)
    if place is None:
        place = db.execute(
            "INSERT INTO eventflow_places (thread_id, ns) VALUES (?, ?)", (thread, ns)
        ).lastrowid
    assert place is not None  # noqa: S101  # an INSERT has a row
    return place


def _places(db: Connection, thread: str) -> list[tuple[int, str]]:
    """The namespaces of a thread."""
    return db.execute("SELECT id, ns FROM eventflow_places WHERE thread_id = ?", (str(thread),)).fetchall()


def _sources(db: Connection, place: int, id: str | None) -> dict[str, int]:
    """Where the values of a checkpoint are; nothing if there is no such checkpoint."""
    select = "SELECT sources FROM eventflow_checkpoints WHERE place = ? AND id = ?"
    found = db.execute(select, (place, id)).fetchone()
    return {} if found is None else _read_sources(found[0])


def _read_sources(text: str) -> dict[str, int]:
    try:
        sources: dict[str, int] = json.loads(text)
    except ValueError as error:
        raise CheckpointError(f"the database of checkpoints is damaged: sources {text!r}") from error
    return sources


def _last_value(db: Connection, place: int) -> int:
    (last,) = db.execute("SELECT max(id) FROM eventflow_values WHERE place = ?", (place,)).fetchone()
    return last or 0


def _store(db: Connection, place: int, base: int | None, link: Link) -> int:
    id = _last_value(db, place) + 1
    db.execute("INSERT INTO eventflow_values VALUES (?, ?, ?, ?, ?)", (place, id, base, *link))
    return id


def _links(db: Connection, place: int, sources: Mapping[str, int]) -> dict[str, list[Link]]:
    """What values are made of. Raises CheckpointError if a part is missing."""
    found: dict[int, list[Link]] = {}
    chain = _LINKS.format(marks=_marks(sources))
    for root, base, kept, data in db.execute(chain, [place, *sources.values()]):
        if root not in found and base is not None:
            break
        found.setdefault(root, []).append(Link(kept, data))
    if len(found) < len(sources):
        raise CheckpointError("the database of checkpoints is damaged: a part of a value is missing")
    return {name: found[root] for name, root in sources.items()}


def _marks(sources: Mapping[str, int]) -> str:
    """Where their ids are put in; ?1 is the place."""
    return ", ".join(f"?{number}" for number in range(2, len(sources) + 2))


def _copy(db: Connection, place: int, target: int) -> None:
    """Copy what is in one place to another, behind the values that are there."""
    ids = _last_value(db, target)
    db.execute(
        "INSERT INTO eventflow_values SELECT ?2, id + ?3, base + ?3, kept, data FROM eventflow_values WHERE place = ?1",
        (place, target, ids),
    )
    select = "SELECT id, sources FROM eventflow_checkpoints WHERE place = ?"
    for id, sources in db.execute(select, (place,)).fetchall():
        moved = {name: source + ids for name, source in _read_sources(sources).items()}
        db.execute(
            "INSERT OR REPLACE INTO eventflow_checkpoints SELECT ?2, id, parent, head, metadata, ?4 "
            "FROM eventflow_checkpoints WHERE place = ?1 AND id = ?3",
            (place, target, id, json.dumps(moved)),
        )
    db.execute(
        "INSERT OR REPLACE INTO eventflow_writes SELECT ?2, checkpoint, task, number, data "
        "FROM eventflow_writes WHERE place = ?1",
        (place, target),
    )


def _keep_latest(db: Connection, place: int) -> None:
    """Forget all but the newest checkpoint of a place, and what it is made of."""
    (id,) = db.execute("SELECT max(id) FROM eventflow_checkpoints WHERE place = ?", (place,)).fetchone()
    sources = _sources(db, place, id)
    reached = _REACHED.format(marks=_marks(sources))
    db.execute(
        f"DELETE FROM eventflow_values WHERE place = ?1 AND id NOT IN ({reached})",  # noqa: S608
        (place, *sources.values()),
    )
    db.execute("DELETE FROM eventflow_checkpoints WHERE place = ? AND id <> ?", (place, id))
    db.execute("DELETE FROM eventflow_writes WHERE place = ? AND checkpoint <> ?", (place, id))
    db.execute("UPDATE eventflow_checkpoints SET parent = NULL WHERE place = ?", (place,))
