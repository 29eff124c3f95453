"""Graphs do the same with every saver: what is told of a thread, its history, updates, questions and answers."""

import operator
import re
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum
from types import SimpleNamespace
from typing import Annotated

import pytest
from hypothesis import settings
from typing_extensions import TypedDict

import eventflow
import eventflow.checkpoints
import eventflow.graph
from checkpoints.savers import PlainSaver, opened
from differential.graph_programs import side
from differential.graph_threads import TRANSCRIPTS
from eventflow.checkpoints import InMemorySaver, SqliteSaver
from eventflow.graph import END, START, Command, MessagesState, Send, StateGraph, interrupt
from eventflow.messages import AIMessage, HumanMessage

MADE_ANEW = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|'[0-9a-f]{32}'|\d{4}-\d\d-\d\dT[\d:.+]+| at 0x[0-9a-f]+"
)


def seen(transcript, saver):
    """What a program shows with savers of this kind, without what is made anew for each run."""
    library = side(SimpleNamespace(InMemorySaver=saver), eventflow.graph, eventflow.checkpoints, eventflow)
    return [MADE_ANEW.sub("", repr(part)) for part in transcript(library)]


@pytest.mark.parametrize("name", ["sqlite", "plain"])
@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda transcript: transcript.__name__)
def test_the_same_with_every_saver(transcript, name, tmp_path):
    with ExitStack() as stack:
        count = iter(range(100))

        def saver():
            if name == "plain":
                return PlainSaver()
            return stack.enter_context(SqliteSaver.from_conn_string(str(tmp_path / f"{next(count)}.db")))

        assert seen(transcript, saver) == seen(transcript, InMemorySaver)


class Mood(Enum):
    GOOD = "good"


@dataclass
class Note:
    text: str
    mood: Mood


class State(TypedDict):
    log: Annotated[list[str], operator.add]
    notes: Annotated[list[Note], operator.add]


THREAD = {"configurable": {"thread_id": "1"}}


def asking():
    """Two nodes at once, of which one asks; and what they send to a third."""

    def ask(state):
        return {"log": [f"ask {interrupt({'note': Note('?', Mood.GOOD)})}"]}

    def work(state):
        return {"log": ["work"], "notes": [Note("done", Mood.GOOD)]}

    graph = StateGraph(State).add_node(ask).add_node(work).add_node("one", lambda note: {"log": [note.text]})
    graph.add_edge(START, "ask").add_edge(START, "work")
    return graph.add_conditional_edges(
        "work", lambda state: [Send("one", note) for note in state["notes"]], ["one"]
    )


@pytest.mark.parametrize("name", ["memory", "sqlite", "async sqlite", "plain"])
async def test_a_thread_awaited(name, tmp_path):
    async with opened(name, tmp_path / "file.db") as saver:
        graph = asking().compile(checkpointer=saver)
        await graph.ainvoke({"log": ["in"]}, THREAD)
    same = saver if name in ("memory", "plain") else None
    async with opened(name, tmp_path / "file.db") as saver:
        graph = asking().compile(checkpointer=same or saver)
        state = await graph.aget_state(THREAD)
        assert state.interrupts[0].value == {"note": Note("?", Mood.GOOD)}
        assert state.next == ("ask",)
        final = await graph.ainvoke(Command(resume="yes"), THREAD)
        assert final == {"log": ["in", "ask yes", "work", "done"], "notes": [Note("done", Mood.GOOD)]}
        history = [one async for one in graph.aget_state_history(THREAD)]
        assert [one.metadata["step"] for one in history] == [2, 1, 0, -1]
        await graph.aupdate_state(history[1].config, {"log": ["branch"]}, as_node="ask")
        state = await graph.aget_state(THREAD)
        assert state.values["log"] == ["in", "ask yes", "work", "branch"]
        assert [one.values["log"] async for one in graph.aget_state_history(THREAD, limit=2)] == [
            state.values["log"],
            final["log"],
        ]


@pytest.mark.parametrize("name", ["memory", "sqlite", "async sqlite", "plain"])
async def test_a_conversation(name, tmp_path):
    graph = StateGraph(MessagesState)
    graph.add_node("say", lambda state: {"messages": [AIMessage(f"You said {state['messages'][-1].text}")]})
    graph.add_edge(START, "say").add_edge("say", END)
    async with opened(name, tmp_path / "file.db") as saver:
        chat = graph.compile(checkpointer=saver)
        for text in ("one", "two", "three"):
            final = await chat.ainvoke({"messages": [HumanMessage(text)]}, THREAD)
        assert [message.text for message in final["messages"]][-2:] == ["three", "You said three"]
        assert len(final["messages"]) == 6
        assert (await chat.aget_state(THREAD)).values == final


def test_a_talk_takes_the_room_of_its_messages_on_disk(tmp_path):
    """A file of four times the steps is four times as large: each step adds what it has said."""

    def size(steps):
        path = tmp_path / f"{steps}.db"
        graph = StateGraph(MessagesState).add_node(
            "say", lambda state: {"messages": [AIMessage("word " * 9)]}
        )
        graph.add_edge(START, "say")
        graph.add_conditional_edges("say", lambda state: "say" if len(state["messages"]) < steps else END)
        with SqliteSaver.from_conn_string(str(path)) as saver:
            graph.compile(checkpointer=saver).invoke({"messages": [HumanMessage("hi")]}, THREAD)
        return path.stat().st_size

    few, many = (100, 400) if settings().max_examples <= 50 else (1_000, 4_000)
    assert size(many) < 4.4 * size(few)
