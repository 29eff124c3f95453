"""`SqliteFile`: a SQLite database that threads and processes share, with the tables for checkpoints.

Rules for this file:
1. Who will write says so first (`BEGIN IMMEDIATE`). A transaction that begins with reading cannot wait for its
   turn to write: SQLite refuses it at once.
2. Everything that belongs together is one transaction: what is killed in the middle has not happened.
3. The journal is a write-ahead log, so that readers and the writer do not wait for each other.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final, Literal

from eventflow.errors import CheckpointError

if TYPE_CHECKING:
    from sqlite3 import Connection, Error

__all__ = ("SqliteFile", "connect")

PATIENCE: Final = 30.0
"""Seconds to wait for other threads and processes that write."""

VERSION: Final = 1
"""Of the tables."""

_TABLES: Final = (
    "CREATE TABLE eventflow_schema (version INTEGER NOT NULL)",
    # A namespace of a thread. What belongs to it is kept together, in the order in which it came.
    "CREATE TABLE eventflow_places (id INTEGER PRIMARY KEY, thread_id TEXT NOT NULL, ns TEXT NOT NULL,"
    " UNIQUE (thread_id, ns))",
    # `sources` says which value each key has: {key: id of the value}.
    "CREATE TABLE eventflow_checkpoints (place INTEGER NOT NULL, id TEXT NOT NULL, parent TEXT, head BLOB NOT NULL,"
    " metadata BLOB NOT NULL, sources TEXT NOT NULL, PRIMARY KEY (place, id)) WITHOUT ROWID",
    # A value, or what was added to the first `kept` items of the value `base`.
    "CREATE TABLE eventflow_values (place INTEGER NOT NULL, id INTEGER NOT NULL, base INTEGER, kept INTEGER NOT NULL,"
    " data BLOB NOT NULL, PRIMARY KEY (place, id)) WITHOUT ROWID",
    "CREATE TABLE eventflow_writes (place INTEGER NOT NULL, checkpoint TEXT NOT NULL, task TEXT NOT NULL,"
    " number INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (place, checkpoint, task)) WITHOUT ROWID",
)


def connect(path: str) -> Connection:
    """Open a database file, for use in any thread. Raises CheckpointError if that is not possible."""
    import os
    import sqlite3

    try:
        return sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        folder = os.path.dirname(os.path.abspath(path))
        why = error if os.path.isdir(folder) else f"there is no folder {folder!r}; make it first"
        raise CheckpointError(f"cannot open the database {path!r}: {why}") from error


class SqliteFile:
    """One connection to a database, used by one thread at a time.

    Arguments:
        connection: the connection. Its busy timeout and its journal are set when it is first used.
        name: what errors call it.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self.name = name
        self._lock = threading.RLock()
        self._ready = False
        self._inside = False  # a transaction

    def setup(self) -> None:
        """Make the tables if they are not there. Done by itself when they are first needed.

        Raises CheckpointError if the database is damaged, or was written by a newer eventflow.
        """
        with self._lock, self._told():
            self._prepare()

    @contextmanager
    def transaction(self, kind: Literal["DEFERRED", "IMMEDIATE"]) -> Generator[Connection]:
        """Do several things as one: IMMEDIATE to write, DEFERRED to read. One inside another is a part of it.

        Raises CheckpointError if the database cannot be used, and then nothing has happened.
        """
        with self._lock, self._told():
            if self._inside:
                yield self._connection
                return
            self._prepare()
            self._inside = True
            try:
                with self._transaction(kind) as connection:
                    yield connection
            finally:
                self._inside = False

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _transaction(self, kind: str) -> Generator[Connection]:
        connection = self._connection
        connection.execute(f"BEGIN {kind}")
        try:
            yield connection
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _prepare(self) -> None:
        if self._ready:
            return
        self._connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
        self._use_wal()
        self._connection.execute(
            "PRAGMA synchronous = NORMAL"
        )  # what a crash of the system loses is whole steps
        if not self._has_tables():
            with self._transaction("IMMEDIATE"):
                if not self._has_tables():  # nobody else was faster
                    self._make_tables()
        self._ready = True

    def _use_wal(self) -> None:
        """Switch to a write-ahead log. SQLite does not wait for its turn here, so this does."""
        import sqlite3

        end = monotonic() + PATIENCE
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > end:
                    raise
            sleep(0.005)

    def _has_tables(self) -> bool:
        """Whether the tables are there. Raises CheckpointError if they are of a newer version."""
        select = self._connection.execute
        if not select("SELECT 1 FROM sqlite_master WHERE name = 'eventflow_schema'").fetchone():
            return False
        (version,) = select("SELECT version FROM eventflow_schema").fetchone() or (None,)
        if not isinstance(version, int):
            raise CheckpointError(f"{self.name} is damaged: it does not say which version its tables have")
        if version > VERSION:
            raise CheckpointError(
                f"{self.name} has checkpoints of version {version}, and this eventflow knows them up to {VERSION}: "
                "update eventflow"
            )
        return True

    def _make_tables(self) -> None:
        for table in _TABLES:
            self._connection.execute(table)
        self._connection.execute("INSERT INTO eventflow_schema VALUES (?)", (VERSION,))

    @contextmanager
    def _told(self) -> Generator[None]:
        """Say what the errors of SQLite mean here."""
        import sqlite3

        try:
            yield
        except sqlite3.Error as error:
            raise CheckpointError(f"{self.name} {_meaning(error)}: {error}") from error


def _meaning(error: Error) -> str:
    name: str = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return "is damaged, or no SQLite database; put back a copy of it, or begin with a new file"
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"was held by another program for {PATIENCE:.0f} seconds"
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return "cannot be opened to write"
    return "cannot be used"
