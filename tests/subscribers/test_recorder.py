"""`Recorder` and the outline it draws."""

import pytest

from eventflow import (
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    ScriptedChatModel,
    StrOutputParser,
    SubscriptionError,
    dispatch_custom_event,
    subscribe,
)
from eventflow.subscribers import Recorder


def recorded(work, **filters):
    recorder = Recorder()
    with subscribe(recorder, **filters):
        work()
    return recorder


def letters(chunks):
    for text in chunks:
        yield from text


def test_names_are_those_of_the_events_in_order():
    recorder = recorded(lambda: list(RunnableGenerator(letters).stream("ab")))
    assert recorder.names() == ["on_chain_start", "on_chain_stream", "on_chain_stream", "on_chain_end"]
    assert [event["event"] for event in recorder.events] == recorder.names()


def test_tree_shows_children_chunks_and_custom_events():
    def load(x):
        dispatch_custom_event("progress", {"done": 0.5})
        return x

    chain = RunnableLambda(load) | ScriptedChatModel(["a", "b"], loop=True) | StrOutputParser()
    recorder = recorded(lambda: list(chain.stream("hi")))
    assert recorder.tree().splitlines() == [
        "chain RunnableSequence: 2 chunks",
        "├── chain load: 1 chunk",
        "│   └── event progress: {done: 0.5}",
        "├── chat_model ScriptedChatModel: 2 chunks",
        "└── parser StrOutputParser: 2 chunks",
    ]


def test_tree_shows_new_attempts():
    recorder = recorded(lambda: RunnableLambda(int, name="number").with_fallbacks([len]).invoke("four"))
    assert recorder.tree().splitlines() == [
        "chain RunnableWithFallbacks",
        "├── chain number: ValueError: invalid literal for int() with base 10: 'four'",
        "├── event on_fallback: attempt 2 of 2: len, after ValueError: invalid literal for int() with base 10: …",
        "└── chain len",
    ]


def test_tree_shows_failures_cancellations_and_what_has_not_ended():
    def fail(x):
        raise ValueError("no\x1b[31m")

    def try_it():
        with pytest.raises(ValueError, match="no"):
            RunnableParallel(bad=RunnableLambda(fail)).invoke(1)

    assert recorded(try_it).tree().splitlines() == [
        r"chain RunnableParallel<bad>: ValueError: no\x1b[31m",
        r"└── chain fail: ValueError: no\x1b[31m",
    ]
    left = recorded(lambda: next(RunnableGenerator(letters).stream("ab")))
    assert left.tree() == "chain letters: 1 chunk, cancelled (GeneratorExit)"
    assert recorded(lambda: RunnableLambda(len).invoke(""), phases=["start"]).tree() == "chain len: not ended"


def test_a_run_whose_parent_was_not_heard_of_stands_below_the_nearest_that_was():
    inner = RunnableLambda(len, name="inner")
    outer = RunnableLambda(lambda x: (inner | str).invoke(x), name="outer")
    recorder = recorded(lambda: outer.invoke("a"), include_names=["outer", "inner"])
    assert recorder.tree() == "chain outer\n└── chain inner"
    assert recorded(lambda: outer.invoke("a"), include_names=["inner"]).tree() == "chain inner"


def test_it_keeps_the_first_and_counts_the_rest():
    recorder = Recorder(limit=2)
    with subscribe(recorder):
        list(RunnableGenerator(letters).stream("abc"))
    assert (recorder.names(), recorder.dropped) == (["on_chain_start", "on_chain_stream"], 3)
    recorder.clear()
    assert (recorder.events, recorder.dropped, recorder.tree()) == ([], 0, "")


def test_a_limit_of_nothing_is_refused():
    with pytest.raises(SubscriptionError, match="limit=0"):
        Recorder(limit=0)
