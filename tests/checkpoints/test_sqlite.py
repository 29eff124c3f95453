"""What a file adds: it outlives the program, other programs have it open, and it may be damaged."""

import asyncio
import multiprocessing
import os
import sqlite3
import threading
from contextlib import closing

import pytest

from checkpoints.savers import checkpoint, metadata, place, rows
from eventflow.checkpoints import AsyncSqliteSaver, SqliteSaver
from eventflow.errors import CheckpointError, CodecError

SAVERS = 8
STEPS = 25


def grow(saver, steps, config=None, log=()):
    config, log = config or place(), [*log]
    for step in range(steps):
        log = [*log, len(log)]
        config = saver.put(config, checkpoint(log=log), metadata(step), {"log": step}, {"log": len(log) - 1})
    return config


def open_and_close(path):
    with SqliteSaver.from_conn_string(path):
        pass


def log_of(saver, config=None):
    return saver.get_tuple(config or place()).checkpoint["channel_values"]["log"]


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "file.db")


@pytest.fixture
def filled(path):
    with SqliteSaver.from_conn_string(path) as saver:
        grow(saver, 3)
    return path


def changed(path, statement):
    """Do something to a database behind the back of the saver."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(statement)


async def test_a_file_opened_again_goes_on(filled):
    with SqliteSaver.from_conn_string(filled) as saver:
        config = saver.get_tuple(place()).config
        grow(saver, 2, config, log_of(saver))
    async with AsyncSqliteSaver.from_conn_string(filled) as saver:
        assert log_of(saver) == [0, 1, 2, 3, 4]
        assert (await saver.aget_tuple(place())).checkpoint["channel_values"] == {"log": [0, 1, 2, 3, 4]}


def test_a_file_holds_what_was_added_and_no_more(filled):
    with SqliteSaver.from_conn_string(filled) as saver:
        assert rows(saver) == {"places": 1, "checkpoints": 3, "values": 3, "writes": 0}
    with closing(sqlite3.connect(filled)) as db:
        data = [bytes(row[0]) for row in db.execute("SELECT data FROM eventflow_values ORDER BY id")]
    assert data == [b"\x01[0]", b"\x01[1]", b"\x01[2]"]


def test_the_journal_is_a_log_that_readers_do_not_wait_for(filled):
    with closing(sqlite3.connect(filled)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        db.execute("BEGIN")
        db.execute("SELECT count(*) FROM eventflow_checkpoints").fetchone()
        with SqliteSaver.from_conn_string(filled) as saver:
            grow(saver, 1, place("2"))


def test_a_connection_of_ones_own(path):
    with closing(sqlite3.connect(path, check_same_thread=False)) as connection:
        saver = SqliteSaver(connection)
        saver.setup()
        saver.setup()
        grow(saver, 2)
        assert not connection.in_transaction
        assert log_of(SqliteSaver(connection)) == [0, 1]
        connection.execute("CREATE TABLE mine (x)")
        connection.execute("INSERT INTO mine VALUES (1)")
        with pytest.raises(CheckpointError, match="transaction within a transaction"):
            log_of(saver)
        connection.commit()
        assert log_of(saver) == [0, 1]


def test_other_tables_are_left_alone(path):
    changed(path, "CREATE TABLE checkpoints (thread_id TEXT, checkpoint BLOB)")
    with SqliteSaver.from_conn_string(path) as saver:
        grow(saver, 1)
        assert log_of(saver) == [0]


def test_what_belongs_together_is_done_as_one(path):
    with SqliteSaver.from_conn_string(path) as saver:
        one = checkpoint(x=1)
        config = place(id=one["id"])
        todo = [
            ("put", (place(), one, metadata(), {"x": 1})),
            ("put_writes", (config, [("x", 1)], "t")),
            ("put", (config, checkpoint(x=object()), metadata(), {"x": 2})),
        ]
        with pytest.raises(CodecError):
            saver.put_all(todo)
        assert set(rows(saver).values()) == {0}
        saver.put_all(todo[:2])
        saver.put_all([])
        assert saver.get_tuple(place()).pending_writes == [("t", "x", 1)]


async def test_the_same_awaited(path):
    async with AsyncSqliteSaver.from_conn_string(path) as saver:
        one = checkpoint(x=1)
        todo = [("put", (place(), one, metadata(), {"x": 1}))]
        await saver.aput_all([*todo, ("put_writes", (place(id=one["id"]), [("x", 1)], "t"))])
        await saver.aput_all([])
        assert (await saver.aget_tuple(place())).pending_writes == [("t", "x", 1)]


async def test_a_connection_of_ones_own_in_a_thread(path):
    saver = AsyncSqliteSaver(sqlite3.connect(path, check_same_thread=False))
    await saver.setup()
    assert await saver.aget_tuple(place()) is None
    await saver.aclose()
    await saver.aclose()
    with pytest.raises(CheckpointError, match="cannot be used: it was closed"):
        await saver.aget_tuple(place())


# ---- what cannot be used


def test_a_saver_that_is_closed(filled):
    with SqliteSaver.from_conn_string(filled) as saver:
        pass
    with pytest.raises(CheckpointError, match="cannot be used: Cannot operate on a closed database"):
        saver.get_tuple(place())


async def test_a_file_that_is_no_database(path):
    with open(path, "wb") as file:  # noqa: ASYNC230
        file.write(b"no database, and long enough to be taken for one" * 100)
    with pytest.raises(CheckpointError, match=r"file\.db is damaged, or no SQLite database; put back a copy"):
        open_and_close(path)
    with pytest.raises(CheckpointError, match="is damaged"):
        async with AsyncSqliteSaver.from_conn_string(path):
            pass


def test_a_file_that_is_damaged_inside(path):
    with SqliteSaver.from_conn_string(path) as saver:
        grow(saver, 300)
    with open(path, "r+b") as file:
        size = file.seek(0, 2)
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    with pytest.raises(CheckpointError, match="is damaged"), SqliteSaver.from_conn_string(path) as saver:
        saver.get_tuple(place())


async def test_a_place_where_no_file_can_be(tmp_path):
    nowhere = str(tmp_path / "missing" / "file.db")
    with pytest.raises(
        CheckpointError, match=r"open the database '.*file\.db': there is no folder '.*missing'; make"
    ):
        open_and_close(nowhere)
    with pytest.raises(CheckpointError, match=r"cannot open the database .*: unable to open database file"):
        open_and_close(str(tmp_path))
    with pytest.raises(CheckpointError, match="cannot open the database"):
        async with AsyncSqliteSaver.from_conn_string(nowhere):
            pass


def test_a_file_of_a_newer_version(filled):
    changed(filled, "UPDATE eventflow_schema SET version = 99")
    with pytest.raises(CheckpointError, match="of version 99, and this eventflow knows them up to 1: update"):
        open_and_close(filled)


@pytest.mark.parametrize(
    "statement", ["DELETE FROM eventflow_schema", "UPDATE eventflow_schema SET version = 'x'"]
)
def test_a_file_of_no_version(filled, statement):
    changed(filled, statement)
    with pytest.raises(CheckpointError, match="damaged: it does not say which version"):
        open_and_close(filled)


@pytest.mark.parametrize(
    ("statement", "error", "says"),
    [
        ("UPDATE eventflow_values SET data = x'01ff'", CodecError, "damaged"),
        ("UPDATE eventflow_values SET data = x'0131' WHERE id = 2", CodecError, "parts are no lists"),
        ("DELETE FROM eventflow_values WHERE id = 1", CheckpointError, "a part of a value is missing"),
        ("DELETE FROM eventflow_values WHERE id = 3", CheckpointError, "a part of a value is missing"),
        (
            "UPDATE eventflow_values SET base = 3 WHERE id = 1",
            CheckpointError,
            "a part of a value is missing",
        ),
        ("UPDATE eventflow_checkpoints SET sources = 'x'", CheckpointError, "sources"),
        ("UPDATE eventflow_checkpoints SET sources = '[1]'", CheckpointError, "sources"),
        ("UPDATE eventflow_checkpoints SET head = x''", CodecError, "empty"),
        ("UPDATE eventflow_checkpoints SET head = x'015b5d'", CodecError, "what was kept is damaged"),
    ],
)
def test_rows_that_are_damaged(filled, statement, error, says):
    changed(filled, statement)
    with SqliteSaver.from_conn_string(filled) as saver, pytest.raises(error, match=says):
        saver.get_tuple(place())


def test_an_error_says_which_checkpoint(filled):
    changed(filled, "UPDATE eventflow_checkpoints SET head = x'01'")
    with SqliteSaver.from_conn_string(filled) as saver, pytest.raises(CodecError) as raised:
        saver.get_tuple(place())
    assert raised.value.__notes__[0].endswith("of thread '1', namespace ''")


# ---- several programs


def in_processes(count, work, *arguments):
    """Do something in several processes at once; the exit codes."""
    fork = multiprocessing.get_context("fork")
    barrier = fork.Barrier(count)
    started = [fork.Process(target=work, args=(barrier, n, *arguments)) for n in range(count)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    return [process.exitcode for process in started]


def write(barrier, number, path):
    barrier.wait()
    with SqliteSaver.from_conn_string(path) as saver:  # all of them make the tables
        config, log = place(str(number % 2), f"ns{number}"), []
        for step in range(STEPS):
            log = [*log, step]
            config = saver.put(config, checkpoint(log=log), metadata(step), {"log": step}, {"log": step})
            saver.put_writes(config, [("x", step)], "t")
            assert log_of(saver, config) == log


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that begin where this one is")
def test_eight_processes_write_at_once(path):
    assert in_processes(SAVERS, write, path) == [0] * SAVERS
    with SqliteSaver.from_conn_string(path) as saver:
        assert rows(saver) == {
            "places": SAVERS,
            "checkpoints": SAVERS * STEPS,
            "values": SAVERS * STEPS,
            "writes": SAVERS * STEPS,
        }
        for number in range(SAVERS):
            assert log_of(saver, place(str(number % 2), f"ns{number}")) == [*range(STEPS)]


@pytest.mark.parametrize("kind", [SqliteSaver, AsyncSqliteSaver])
def test_eight_threads_with_a_saver_each_write_at_once(kind, path):
    barrier, errors = threading.Barrier(SAVERS), []

    def work(number):
        try:
            if kind is SqliteSaver:
                write(barrier, number, path)
            else:
                barrier.wait()
                asyncio.run(awrite(path, number))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(SAVERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with SqliteSaver.from_conn_string(path) as saver:
        for number in range(SAVERS):
            assert log_of(saver, place(str(number % 2), f"ns{number}")) == [*range(STEPS)]


async def awrite(path, number):
    async with AsyncSqliteSaver.from_conn_string(path) as saver:
        await agrow(saver, number)


async def agrow(saver, number):
    config, log = place(str(number % 2), f"ns{number}"), []
    for step in range(STEPS):
        log = [*log, step]
        config = await saver.aput(config, checkpoint(log=log), metadata(step), {"log": step}, {"log": step})


def test_one_saver_in_several_loops(path):
    """Made in one loop, used in eight others at once, and closed in one more."""
    saver = AsyncSqliteSaver(sqlite3.connect(path, check_same_thread=False))
    threads = [threading.Thread(target=lambda n=n: asyncio.run(agrow(saver, n))) for n in range(SAVERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(SAVERS):
        assert log_of(saver, place(str(number % 2), f"ns{number}")) == [*range(STEPS)]
    asyncio.run(saver.aclose())


async def test_who_closes_waits_for_what_is_being_done(path):
    saver = AsyncSqliteSaver(sqlite3.connect(path, check_same_thread=False))
    jobs = [asyncio.ensure_future(agrow(saver, n)) for n in range(4)]
    while await saver.aget_tuple(place("0", "ns0")) is None:
        pass
    await saver.aclose()
    ended = await asyncio.gather(*jobs, return_exceptions=True)
    assert all("it was closed" in str(one) for one in ended)
    with SqliteSaver.from_conn_string(path) as again:
        log = log_of(again, place("0", "ns0"))
        assert log == [*range(len(log))]
