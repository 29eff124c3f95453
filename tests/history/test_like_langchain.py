"""What is cut, kept and told of a conversation is what LangChain cuts, keeps and tells.

Where it is not, that is on purpose: texts that are cut from the end (`test_trim.py`), invalid tool calls, names
and roles of merged messages (`test_runs.py`), chunks (`test_kinds.py`), answers of streams (`test_session.py`).
"""

from __future__ import annotations

import warnings
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventflow
from eventflow import history, messages

pytest.importorskip("langchain_core")

from langchain_core import chat_history as peer_history
from langchain_core import language_models as peer_models
from langchain_core import messages as peer_messages
from langchain_core import prompts as peer_prompts
from langchain_core import runnables as peer_runnables
from langchain_core.runnables import history as peer_session

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

texts = st.sampled_from(["", "a", "b c", "d\ne", "f\n\ng h\n"])
contents = texts | st.lists(
    texts | st.builds(lambda t: {"type": "text", "text": t}, texts) | st.just({"type": "image", "url": "u"}),
    min_size=1,
    max_size=3,
)
ids = st.none() | st.sampled_from(["1", "2", "3"])


def call(id):
    return {"name": "look", "args": {"x": 1}, "id": id, "type": "tool_call"}


calls = st.lists(
    st.builds(call, st.sampled_from(["c1", "c2", "c3"])), max_size=2, unique_by=lambda c: c["id"]
)
spoken = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "system"]), "content": contents, "id": ids},
    optional={"name": st.sampled_from(["ann", "bob"])},
)
answers = st.fixed_dictionaries(
    {"role": st.just("assistant"), "content": contents, "id": ids, "tool_calls": calls},
    optional={"name": st.sampled_from(["ann", "bob"])},
)
results = st.fixed_dictionaries(
    {"role": st.just("tool"), "content": texts, "id": ids, "tool_call_id": st.sampled_from(["c1", "c2"])}
)
talks = st.lists(spoken | answers | results, max_size=6)


def plain(made):
    return [message.model_dump() for message in made]


def without_names(made):
    """For merged messages: LangChain drops the names of those that it merges."""
    return [{**message, "name": None} for message in plain(made)]


def words(made):
    return sum(len(message.text.split()) for message in made)


types = st.lists(st.sampled_from(["human", "ai", "system", "tool"]), max_size=2)
names = st.lists(st.sampled_from(["ann", "bob"]), max_size=2)


@given(
    talks,
    st.fixed_dictionaries(
        {},
        optional={
            **{f"{side}_types": types for side in ("include", "exclude")},
            **{f"{side}_names": names for side in ("include", "exclude")},
            **{
                f"{side}_ids": st.lists(st.sampled_from(["1", "2"]), max_size=2)
                for side in ("include", "exclude")
            },
            "exclude_tool_calls": st.booleans() | st.lists(st.sampled_from(["c1", "c2"]), max_size=2),
        },
    ),
)
def test_filter(talk, conditions):
    ours = history.filter_messages(talk, **conditions)
    assert plain(ours) == plain(peer_messages.filter_messages(talk, **conditions))


@given(talks, st.sampled_from(["\n", " | ", ""]))
def test_merge(talk, separator):
    ours = history.merge_message_runs(talk, chunk_separator=separator)
    theirs = peer_messages.merge_message_runs(talk, chunk_separator=separator)
    assert without_names(ours) == without_names(theirs)


kinds = st.none() | st.sampled_from(["human", "ai", "tool", "system", ("human", "tool")])


@given(talks, st.integers(0, 12), st.sampled_from([words, len, "approximate"]), st.booleans(), kinds, kinds)
def test_trim_from_the_end(talk, room, counter, include_system, start_on, end_on):
    options = {
        "max_tokens": room * 4 if counter == "approximate" else room,
        "token_counter": counter,
        "include_system": include_system,
        "start_on": start_on,
        "end_on": end_on,
    }
    assert plain(history.trim_messages(talk, **options)) == plain(
        peer_messages.trim_messages(talk, **options)
    )


@given(talks, st.integers(0, 12), st.booleans(), kinds)
def test_trim_from_the_beginning(talk, room, allow_partial, end_on):
    options = {
        "max_tokens": room,
        "token_counter": words,
        "strategy": "first",
        "allow_partial": allow_partial,
        "end_on": end_on,
    }
    assert plain(history.trim_messages(talk, **options)) == plain(
        peer_messages.trim_messages(talk, **options)
    )


# ---- sessions

OURS = SimpleNamespace(
    session=history.RunnableWithMessageHistory,
    store=history.InMemoryChatMessageHistory,
    prompt=eventflow.ChatPromptTemplate,
    placeholder=eventflow.MessagesPlaceholder,
    function=eventflow.RunnableLambda,
    model=eventflow.GenericFakeChatModel,
    answer=messages.AIMessage,
)
THEIRS = SimpleNamespace(
    session=peer_session.RunnableWithMessageHistory,
    store=peer_history.InMemoryChatMessageHistory,
    prompt=peer_prompts.ChatPromptTemplate,
    placeholder=peer_prompts.MessagesPlaceholder,
    function=peer_runnables.RunnableLambda,
    model=peer_models.GenericFakeChatModel,
    answer=peer_messages.AIMessage,
)


def prompted(side, store):
    prompt = side.prompt.from_messages([side.placeholder("past"), ("human", "{question}")])
    model = side.model(messages=iter([side.answer("one two"), side.answer("three four")]))
    return side.session(prompt | model, store, input_messages_key="question", history_messages_key="past")


def keyed(side, store):
    def answer(given):
        return {"answer": f"{len(given['question'])}", "other": 1}

    return side.session(
        side.function(answer), store, input_messages_key="question", output_messages_key="answer"
    )


def bare(side, store):
    def answer(given):
        return f"{len(given)}"

    return side.session(side.function(answer), store)


PROGRAMS = [(prompted, {"question": "q"}), (keyed, {"question": "q"}), (bare, "q")]
CONFIG = {"configurable": {"session_id": "s"}}


def kept(store):
    return [
        (message.type.removesuffix("MessageChunk").lower(), message.content) for message in store.messages
    ]


@pytest.mark.parametrize(("program", "input"), PROGRAMS)
async def test_what_is_kept(program, input):
    found = []
    for side in (OURS, THEIRS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            store = side.store()
            chain = program(side, lambda session_id, store=store: store)
            chain.invoke(input, CONFIG)
            [chunk async for chunk in chain.astream(input, CONFIG)]
        found.append(kept(store))
    assert found[0] == found[1]
    assert len(found[0]) == 4


def by_run(events):
    """What each run tells, in order; the order among the runs is not compared."""
    runs = {}
    for event in events:
        line = (event["event"], event["name"], [*event["tags"]], len(event["parent_ids"]), [*event["data"]])
        runs.setdefault(event["run_id"], []).append(line)
    return sorted(runs.values())


@pytest.mark.parametrize(("program", "input"), PROGRAMS)
async def test_what_is_told(program, input):
    told = []
    for side in (OURS, THEIRS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            store = side.store()
            chain = program(side, lambda session_id, store=store: store)
            told.append(by_run([event async for event in chain.astream_events(input, CONFIG, version="v2")]))
    assert told[0] == told[1]
