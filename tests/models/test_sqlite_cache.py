"""Answers in a file: they outlive the program, are data, and are shared by threads and processes."""

import sqlite3
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.messages import (
    AIMessage,
    ChatGeneration,
    Generation,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from eventflow.models import SQLiteCache
from eventflow.models.kept import from_json, to_json

CALL = {"name": "add", "args": {"a": 1}, "id": "1", "type": "tool_call"}


def test_it_outlives_the_program(tmp_path):
    path = tmp_path / "a.db"
    message = AIMessage("a", id="1", tool_calls=[CALL], response_metadata={"k": [1]})
    SQLiteCache(path).update("p", "m", [ChatGeneration(message, {"finish": "stop"}), Generation("b")])
    found = SQLiteCache(str(path)).lookup("p", "m")
    assert found == [ChatGeneration(message, {"finish": "stop"}), Generation("b")]
    assert type(found[0].message) is AIMessage


def test_keys_do_not_run_into_one_another(tmp_path):
    cache = SQLiteCache(tmp_path / "a.db")
    cache.update("ab", "c", [Generation("1")])
    assert cache.lookup("a", "bc") is None
    cache.update("ab", "c", [Generation("2")])
    assert cache.lookup("ab", "c") == [Generation("2")]


def test_prompts_are_not_in_the_file(tmp_path):
    path = tmp_path / "a.db"
    SQLiteCache(path).update("my question \ud800", "my model", [Generation("my answer")])
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"my answer" in written
    assert b"my question" not in written
    assert b"my model" not in written


def test_what_is_no_data_is_not_kept_and_what_cannot_be_read_is_not_found(tmp_path):
    path = tmp_path / "a.db"
    cache = SQLiteCache(path)
    cache.update("p", "m", [Generation("a", {"open": object()})])
    assert cache.lookup("p", "m") is None
    cache.update("p", "m", [Generation("a")])
    with sqlite3.connect(path) as connection:
        connection.execute('UPDATE eventflow_answers SET answer = \'[{"message": {"type": "os.system"}}]\'')
    connection.close()
    assert cache.lookup("p", "m") is None


@pytest.mark.parametrize("path", [":memory:", "", "file:x?mode=memory"])
def test_what_is_no_file_is_refused(path):
    with pytest.raises(ValueError, match="is not a file"):
        SQLiteCache(path)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"a\.db': there is no folder '.*missing'; make it first"):
        SQLiteCache(tmp_path / "missing" / "a.db")


def test_a_file_that_is_no_database_is_named(tmp_path):
    path = tmp_path / "a.db"
    path.write_bytes(b"no database, and long enough to be taken for one" * 100)
    with pytest.raises(sqlite3.DatabaseError) as raised:
        SQLiteCache(path)
    assert raised.value.__notes__ == [f"in the SQLiteCache at {str(path)!r}"]


def test_threads_share_one(tmp_path):
    cache = SQLiteCache(tmp_path / "a.db")
    failed = []

    def work(name):
        try:
            for n in range(10):
                cache.update(f"{name}{n}", "m", [Generation(name)])
                assert cache.lookup(f"{name}{n}", "m") == [Generation(name)]
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


WORK = """
import sys
from eventflow import Generation, SQLiteCache

path, name = sys.argv[1:]
cache = SQLiteCache(path)
for n in range(5):
    cache.update(f"{name}{n}", "m", [Generation(name)])
"""


def test_processes_share_one(tmp_path):
    path = tmp_path / "a.db"
    processes = [subprocess.Popen([sys.executable, "-c", WORK, str(path), name]) for name in "ab"]
    assert [process.wait(60) for process in processes] == [0, 0]
    cache = SQLiteCache(path)
    assert all(cache.lookup(f"{name}{n}", "m") for name in "ab" for n in range(5))


# ---- answers as JSON

messages = st.one_of(
    st.builds(AIMessage, st.text(max_size=5), id=st.none() | st.text(max_size=3)),
    st.builds(HumanMessage, st.text(max_size=5)),
    st.builds(SystemMessage, st.text(max_size=5)),
    st.builds(lambda text: ToolMessage(text, tool_call_id="1"), st.text(max_size=5)),
)
infos = st.none() | st.dictionaries(
    st.text(max_size=3), st.integers() | st.text(max_size=3), min_size=1, max_size=3
)


@given(
    kept=st.lists(
        st.builds(ChatGeneration, messages, infos) | st.builds(Generation, st.text(max_size=5), infos),
        max_size=4,
    )
)
def test_answers_come_back(kept):
    assert from_json(to_json(kept)) == kept


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[1]", '[{"message": 1}]', '[{"message": {"type": "x", "data": {}}}]', "null", '[{"a": 1}]'],
)
def test_other_json_is_none(text):
    assert not from_json(text)
