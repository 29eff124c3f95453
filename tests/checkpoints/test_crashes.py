"""A program that is killed goes on where it was: what it had done is there, and at most one step is done again."""

import multiprocessing
import operator
import os
import random
import signal
import sqlite3
from contextlib import closing
from typing import Annotated

import pytest
from typing_extensions import TypedDict

from eventflow.checkpoints import SqliteSaver
from eventflow.graph import END, START, StateGraph

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="needs processes that begin where this one is"
)

STEPS = 30
THREAD = {"configurable": {"thread_id": "1"}}


class State(TypedDict):
    n: int
    log: Annotated[list[str], operator.add]


def graph(saver, done):
    """Two nodes at a time, thirty times; each notes in a file that it has run."""

    def node(name):
        def act(state):
            with open(done, "a") as file:
                file.write(f"{name}{state['n']}\n")
            return {"log": [f"{name}{state['n']}"], **({"n": state["n"] + 1} if name == "a" else {})}

        return act

    made = StateGraph(State).add_node("a", node("a")).add_node("b", node("b"))
    made.add_edge(START, "a").add_edge(START, "b")
    made.add_conditional_edges("a", lambda state: ["a", "b"] if state["n"] < STEPS else END, ["a", "b", END])
    return made.compile(checkpointer=saver)


def work(path, done, statements):
    """Begin or go on, and be killed before this statement of SQL."""
    left = iter(range(statements))

    def count(statement):
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    with SqliteSaver.from_conn_string(path) as saver:
        saver._file._connection.set_trace_callback(count)
        begun = saver.get_tuple(THREAD) is not None
        graph(saver, done).invoke(None if begun else {"n": 0, "log": []}, THREAD)


def outcome(saver, done):
    state = graph(saver, done).get_state(THREAD)
    steps = [one.metadata["step"] for one in graph(saver, done).get_state_history(THREAD)]
    return state.values, state.next, steps


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    with SqliteSaver.from_conn_string(str(folder / "file.db")) as saver:
        graph(saver, folder / "done").invoke({"n": 0, "log": []}, THREAD)
        return outcome(saver, folder / "done")


@pytest.mark.parametrize("seed", range(4))
def test_killed_again_and_again(seed, tmp_path, undisturbed):
    chance, path, done = random.Random(seed), str(tmp_path / "file.db"), tmp_path / "done"
    fork = multiprocessing.get_context("fork")
    kills = 0
    while True:
        process = fork.Process(target=work, args=(path, done, chance.randrange(1, 200)))
        process.start()
        process.join()
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        kills += 1
        assert kills < 200
    assert kills > 2
    with SqliteSaver.from_conn_string(path) as saver:
        assert outcome(saver, done) == undisturbed
    ran = done.read_text().split()
    assert (
        len(ran) <= 2 * STEPS + 2 * kills
    )  # what was killed in the middle of a step ran again, and nothing else


@pytest.mark.parametrize("statement", range(1, 40, 2))
def test_killed_at_the_beginning(statement, tmp_path, undisturbed):
    path, done = str(tmp_path / "file.db"), tmp_path / "done"
    process = multiprocessing.get_context("fork").Process(target=work, args=(path, done, statement))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    work(path, done, 10**6)
    with SqliteSaver.from_conn_string(path) as saver:
        assert outcome(saver, done) == undisturbed
    assert len(done.read_text().split()) <= 2 * STEPS + 2
