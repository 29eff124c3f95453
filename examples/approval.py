"""A graph that asks a person, and is gone on with by another process: all it knows is in a SQLite file.

python examples/approval.py                 # writes a letter, and asks
python examples/approval.py --answer yes    # goes on where it stopped: now, or tomorrow
"""

from __future__ import annotations

import argparse
from typing import Any, Literal

from typing_extensions import TypedDict

from eventflow import RunnableConfig, ScriptedChatModel
from eventflow.checkpoints import SqliteSaver
from eventflow.graph import END, START, Command, StateGraph, interrupt

FILE = "approval.sqlite"
THREAD: RunnableConfig = {"configurable": {"thread_id": "letter to Ann"}}
MODEL = ScriptedChatModel.from_text("Dear Ann, your parrot flies back on Friday.")


class Letter(TypedDict):
    wish: str
    text: str


def draft(state: Letter) -> dict[str, str]:
    print("draft   a model writes; this is done once, for what it gave is kept")
    return {"text": MODEL.invoke(state["wish"]).text}


def approve(state: Letter) -> Command[Literal["send", "__end__"]]:
    answer = interrupt(f"Send {state['text']!r}?")
    return Command(goto="send" if answer == "yes" else END)


def send(state: Letter) -> None:
    print(f"send    {state['text']}")


def main() -> None:
    parser = argparse.ArgumentParser(description="A graph that asks a person before it sends a letter.")
    parser.add_argument("--answer", choices=["yes", "no"], help="answer what was asked")
    answer: str | None = parser.parse_args().answer
    builder = StateGraph(Letter).add_node(draft).add_node(approve).add_node(send)
    builder.add_edge(START, "draft").add_edge("draft", "approve")
    with SqliteSaver.from_conn_string(FILE) as saver:
        graph = builder.compile(checkpointer=saver)
        waiting = "approve" in graph.get_state(THREAD).next
        if answer and not waiting:
            parser.error(f"nothing in {FILE} waits for an answer: run this without --answer first")
        begin: Any = None if waiting else {"wish": "A letter to Ann: her parrot is coming back"}
        for update in graph.stream(Command(resume=answer) if answer else begin, THREAD):
            for question in update.get("__interrupt__", ()):
                print(f"asks    {question.value}")
                print(f"\nNothing runs now. To go on:  python {__file__} --answer yes")
    if answer:
        print("ended   with the letter sent" if answer == "yes" else "ended   with the letter not sent")


if __name__ == "__main__":
    main()
