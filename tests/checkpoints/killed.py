"""A program that is killed: a graph of thirty steps on a file. Run by `test_kills.py`, in a process of its own.

    python killed.py FILE DONE sync|async sync|async|exit

The first word says which saver, and so which half; the second is the durability. Each node that is begun is
added to the file DONE. It begins, or goes on where it was, says so, and prints the state at the end.
"""

import asyncio
import json
import operator
import os
import sys
import time
from typing import Annotated, Any

from typing_extensions import TypedDict

from eventflow import END, START, AsyncSqliteSaver, SqliteSaver, StateGraph

STEPS = 30
PAUSE = 0.001
THREAD: Any = {"configurable": {"thread_id": "1"}}


class State(TypedDict):
    n: int
    log: Annotated[list[str], operator.add]


def compiled(saver: Any, done: str, awaits: bool) -> Any:
    """Two nodes at a time."""

    def note(name: str, state: State) -> None:
        file = os.open(done, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(file, f"{name}{state['n']}\n".encode())
        os.close(file)

    def acted(name: str, state: State) -> dict[str, Any]:
        return {"log": [f"{name}{state['n']}"], **({"n": state["n"] + 1} if name == "a" else {})}

    def node(name: str) -> Any:
        def act(state: State) -> Any:
            note(name, state)
            time.sleep(PAUSE)
            return acted(name, state)

        async def aact(state: State) -> Any:
            note(name, state)
            await asyncio.sleep(PAUSE)
            return acted(name, state)

        return aact if awaits else act

    graph = StateGraph(State).add_node("a", node("a")).add_node("b", node("b"))
    graph.add_edge(START, "a").add_edge(START, "b")
    graph.add_conditional_edges("a", lambda state: ["a", "b"] if state["n"] < STEPS else END, ["a", "b", END])
    return graph.compile(checkpointer=saver)


def begun(state: Any) -> Any:
    """What to call the graph with."""
    print("begun", flush=True)
    return None if state is not None else {"n": 0, "log": []}


def main(path: str, done: str, durability: Any) -> Any:
    with SqliteSaver.from_conn_string(path) as saver:
        input = begun(saver.get_tuple(THREAD))
        return compiled(saver, done, False).invoke(input, THREAD, durability=durability)


async def amain(path: str, done: str, durability: Any) -> Any:
    async with AsyncSqliteSaver.from_conn_string(path) as saver:
        input = begun(await saver.aget_tuple(THREAD))
        return await compiled(saver, done, True).ainvoke(input, THREAD, durability=durability)


if __name__ == "__main__":
    _, path, done, half, durability = sys.argv
    state = asyncio.run(amain(path, done, durability)) if half == "async" else main(path, done, durability)
    print(json.dumps(state))
