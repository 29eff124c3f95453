"""Pieces of calls are put together, however a server cuts, numbers and repeats them."""

from types import SimpleNamespace

import pytest

pytest.importorskip("openai")

from hypothesis import given
from hypothesis import strategies as st

from eventflow import AIMessageChunk, merge_chunks
from eventflow_openai.completions_calls import CallNumbers, made_up_id

NAMES = st.sampled_from(["weather", "clock", "now"])
CALLS = st.lists(st.tuples(NAMES, st.lists(st.text(min_size=1), min_size=1, max_size=4)), max_size=4)


def piece(index=None, id=None, name=None, args=None):
    return SimpleNamespace(index=index, id=id, function=SimpleNamespace(name=name, arguments=args))


def said(pieces, *, at_once):
    """What the pieces of a reply add up to: name, arguments, id and number of each call."""
    numbers = CallNumbers()
    groups = [pieces] if at_once else [[one] for one in pieces]
    chunks = [AIMessageChunk("", tool_call_chunks=numbers.pieces("r", group)) for group in groups]
    whole = merge_chunks([AIMessageChunk(""), *chunks])
    return [(one["name"], one["args"], one["id"], one["index"]) for one in whole.tool_call_chunks]


@given(CALLS, st.booleans(), st.booleans(), st.booleans(), st.sampled_from(["own", "zero", "none"]))
def test_one_call_after_the_other(calls, at_once, repeated, early, numbered):
    pieces, expected = [], []
    for number, (name, texts) in enumerate(calls):
        index = {"own": number, "zero": 0, "none": None}[numbered]
        call_id = f"c{number}"
        if early:
            pieces.append(piece(index, call_id, name, ""))
        for place, text in enumerate(texts):
            first = repeated or (place == 0 and not early)
            pieces.append(piece(index, call_id if first else None, name if first else None, text))
        expected.append((name, "".join(texts), call_id, number))
    assert said(pieces, at_once=at_once) == expected


@given(CALLS, st.randoms(use_true_random=False), st.booleans())
def test_calls_in_turns(calls, random, at_once):
    """Pieces of different calls in any order, those of one call in theirs."""
    queues = [
        [piece(number, f"c{number}", name, ""), *(piece(number, args=text) for text in texts)]
        for number, (name, texts) in enumerate(calls)
    ]
    pieces = [queue.pop(0) for queue in queues]
    while any(queues):
        pieces.append(random.choice([queue for queue in queues if queue]).pop(0))
    assert said(pieces, at_once=at_once) == [
        (name, "".join(texts), f"c{number}", number) for number, (name, texts) in enumerate(calls)
    ]


@given(st.lists(NAMES, max_size=4), st.sampled_from([None, 0]))
def test_whole_calls_without_ids(names, index):
    """Where nothing tells two calls apart but that they are whole; the same name twice needs more than that."""
    names = [*dict.fromkeys(names)]
    expected = [(name, "{}", made_up_id("r", number), number) for number, name in enumerate(names)]
    assert said([piece(index, None, name, "{}") for name in names], at_once=False) == expected


def test_a_name_may_come_in_pieces():
    assert said([piece(0, "c", "wea", ""), piece(0, None, "ther", None)], at_once=False) == [
        ("weather", "", "c", 0)
    ]


def test_calls_whose_arguments_have_not_begun():
    numbers = CallNumbers()
    numbers.pieces("r", [piece(0, "a", "f", ""), piece(1, "b", "g", "{"), piece(2, "c", "h")])
    assert numbers.without_arguments() == [0, 2]
