"""`SQLiteCache`: answers that are kept in a file, for several threads and processes."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eventflow.messages import Generation
from eventflow.models.caches import BaseCache
from eventflow.models.kept import from_json, to_json

if TYPE_CHECKING:
    from sqlite3 import Connection

__all__ = ("SQLiteCache",)

_TABLE: Final = "CREATE TABLE IF NOT EXISTS eventflow_answers (key BLOB PRIMARY KEY, answer TEXT NOT NULL)"


class SQLiteCache(BaseCache):
    """Keeps answers in an SQLite file, which several threads and processes may share.

    Arguments:
        database_path: the file; made if there is none.
        timeout: seconds to wait for another process that writes.

    What is kept is JSON: texts and messages, never code; an answer that is not data is not kept, and one that
    cannot be read is as good as none. Keys are hashes, so that prompts are not in the file; answers are.

    In async code a worker thread does the work. There is nothing to close: each use has its own connection.

    Raises ValueError if `database_path` is no file (":memory:": there is `InMemoryCache`), FileNotFoundError if its
    folder is not there, sqlite3.Error where SQLite does.
    """

    def __init__(self, database_path: str | Path = ".eventflow.db", *, timeout: float = 30) -> None:
        if str(database_path).startswith((":", "file:")) or not str(database_path):
            raise ValueError(
                f"database_path={str(database_path)!r} is not a file: InMemoryCache() needs none"
            )
        self._path = Path(database_path).absolute()
        self._timeout = timeout
        folder = self._path.parent
        if not folder.is_dir():
            raise FileNotFoundError(
                f"SQLiteCache cannot make {str(self._path)!r}: there is no folder {str(folder)!r}; make it first"
            )
        with self._connection() as connection:
            _to_wal(connection)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(_TABLE)
            connection.execute("COMMIT")

    def lookup(self, prompt: str, llm_string: str) -> Sequence[Generation] | None:
        query = "SELECT answer FROM eventflow_answers WHERE key = ?"
        with self._connection() as connection:
            row = connection.execute(query, (_hash(prompt, llm_string),)).fetchone()
        return None if row is None else from_json(row[0])

    def update(self, prompt: str, llm_string: str, return_val: Sequence[Generation]) -> None:
        answer = to_json(return_val)
        if answer is not None:
            statement = "INSERT OR REPLACE INTO eventflow_answers (key, answer) VALUES (?, ?)"
            self._write(statement, (_hash(prompt, llm_string), answer))

    def clear(self, **kwargs: Any) -> None:
        self._write("DELETE FROM eventflow_answers")

    def _write(self, statement: str, values: tuple[Any, ...] = ()) -> None:
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(statement, values)
            connection.execute("COMMIT")

    @contextmanager
    def _connection(self) -> Generator[Connection, None, None]:
        import sqlite3  # here, since few programs need it

        try:
            with closing(
                sqlite3.connect(self._path, timeout=self._timeout, isolation_level=None)
            ) as connection:
                connection.execute("PRAGMA synchronous=NORMAL")
                yield connection
        except sqlite3.Error as error:
            error.add_note(f"in the SQLiteCache at {str(self._path)!r}")
            raise


def _to_wal(connection: Connection) -> None:
    """Let readers read while one writes; if another process is just about to do that, it will do."""
    import sqlite3

    try:
        connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError:  # locked: the file works without it, too
        return


def _hash(prompt: str, llm_string: str) -> bytes:
    import hashlib  # here, as above

    hashed = hashlib.sha256(f"{len(prompt)}:".encode())
    hashed.update(prompt.encode(errors="surrogatepass"))
    hashed.update(llm_string.encode(errors="surrogatepass"))
    return hashed.digest()
