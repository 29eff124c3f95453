"""Cutting a conversation to what fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from eventflow.history import trim_messages
from eventflow.history.trim import _most
from eventflow.messages import count_tokens_approximately


def words(messages):
    return sum(len(message.text.split()) for message in messages)


TALK = [
    SystemMessage("one two"),
    HumanMessage("three four five"),
    AIMessage("six\nseven\neight", id="a"),
    ToolMessage("nine", tool_call_id="1"),
    HumanMessage("ten eleven twelve"),
]


def trimmed(messages=TALK, /, **options):
    kept = trim_messages(messages, **{"token_counter": words, **options})
    return [message.content for message in kept]


S, H, A, T, L = (message.content for message in TALK)


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({"max_tokens": 12}, [S, H, A, T, L]),
        ({"max_tokens": 11}, [H, A, T, L]),
        ({"max_tokens": 4}, [T, L]),
        ({"max_tokens": 0}, []),
        ({"max_tokens": -1}, []),
        ({"max_tokens": 5, "strategy": "first"}, [S, H]),
        ({"max_tokens": 5, "include_system": True}, [S, L]),
        ({"max_tokens": 1, "include_system": True}, [S]),
        ({"max_tokens": 9, "include_system": True, "start_on": "human"}, [S, L]),
        ({"max_tokens": 11, "include_system": True, "start_on": ("human",)}, [S, L]),
        ({"max_tokens": 7, "start_on": "ai"}, [A, T, L]),
        ({"max_tokens": 6, "end_on": "ai"}, [H, A]),
        ({"max_tokens": 9, "end_on": HumanMessage, "strategy": "first"}, [S, H]),
        ({"max_tokens": 12, "end_on": "system"}, [S]),
        ({"max_tokens": 12, "end_on": "function"}, []),
        ({"max_tokens": 12, "start_on": "function", "include_system": True}, [S]),
        ({"max_tokens": 5, "allow_partial": True}, ["eight", T, L]),
        ({"max_tokens": 7, "allow_partial": True, "strategy": "first"}, [S, H, "six\nseven\n"]),
        ({"max_tokens": 3, "token_counter": len}, [A, T, L]),
    ],
)
def test_what_is_kept(options, kept):
    assert trimmed(**options) == kept


def test_messages_that_fit_are_the_same_objects_and_cut_ones_are_copies():
    kept = trim_messages(TALK, max_tokens=6, token_counter=words, allow_partial=True)
    assert kept[-1] is TALK[-1]
    assert kept[0].content == "seven\neight"
    assert kept[0].id == "a"
    assert TALK[2].content == A


BLOCKS = [
    {"type": "text", "text": "a b\nc"},
    {"type": "text", "text": "d e f"},
    {"type": "image", "url": "u"},
]


@pytest.mark.parametrize(
    ("strategy", "room", "content"),
    [
        ("last", 0, BLOCKS[2:]),
        ("last", 3, BLOCKS[1:]),
        ("last", 6, BLOCKS),
        ("first", 2, "a b\n"),
        ("first", 3, BLOCKS[:1]),
        ("first", 1, None),
    ],
)
def test_blocks_come_before_pieces_of_text(strategy, room, content):
    kept = trimmed([AIMessage(BLOCKS)], max_tokens=room, strategy=strategy, allow_partial=True)
    assert kept == ([] if content is None else [content])


def test_the_last_lines_of_the_last_block():
    assert trimmed([AIMessage(["a", "b\nc"])], max_tokens=0, allow_partial=True) == []
    assert trimmed([AIMessage(["a b", "b\nc d\ne"])], max_tokens=3, allow_partial=True) == ["c d\ne"]
    assert trimmed([AIMessage([{"type": "image", "url": "u"}])], max_tokens=-1, allow_partial=True) == []


class Splitter:
    """Splits as those of langchain_text_splitters do."""

    def split_text(self, text):
        return [f"{word} " for word in text.split()]


@pytest.mark.parametrize("splitter", [Splitter(), Splitter().split_text])
def test_another_splitter(splitter):
    options = {"allow_partial": True, "text_splitter": splitter}
    assert trimmed(max_tokens=2, **options) == ["eleven twelve "]
    assert trimmed(max_tokens=4, strategy="first", **options) == [S, "three four "]


def length(message: BaseMessage) -> int:
    return len(message.text)


class Model:
    def get_num_tokens_from_messages(self, messages):
        return words(messages)


def test_counters():
    assert trimmed(token_counter=length, max_tokens=25) == [T, L]
    assert trimmed(token_counter=Model(), max_tokens=4) == [T, L]
    budget = count_tokens_approximately(TALK[2:])
    assert trimmed(token_counter="approximate", max_tokens=budget) == [A, T, L]  # noqa: S106


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strategy": "middle"}, "Unrecognized strategy='middle'"),
        ({"strategy": "first", "start_on": "human"}, "start_on parameter is only valid with strategy='last'"),
        ({"strategy": "first", "include_system": True}, "include_system parameter is only valid"),
        ({"token_counter": "exact"}, "Invalid token_counter shortcut 'exact'"),
        ({"token_counter": 3}, "Received object of type <class 'int'>"),
        ({"end_on": "robot"}, "no messages of type 'robot'"),
    ],
)
def test_wrong_options_are_refused_before_there_are_messages(options, message):
    with pytest.raises(ValueError, match=message):
        trim_messages(**{"max_tokens": 3, "token_counter": words, **options})


async def test_without_messages_it_is_a_step():
    step = trim_messages(max_tokens=4, token_counter=words)
    assert step.invoke(TALK) == await step.ainvoke(TALK) == TALK[3:]
    assert step.get_name() == "trim_messages"


def test_what_stands_for_messages_is_taken():
    assert trim_messages(["a", ("ai", "b")], max_tokens=1, token_counter=len) == [AIMessage("b")]
    assert trim_messages([], max_tokens=1, token_counter=len) == []


def test_counting_does_not_grow_with_what_is_left_out():
    counted = 0

    def count(messages):
        nonlocal counted
        counted += len(messages)
        return len(messages)

    kept = trim_messages([HumanMessage("hi")] * 10_000, max_tokens=10, token_counter=count)
    assert len(kept) == 10
    assert counted < 100


@given(st.integers(0, 300), st.integers(-1, 320))
def test_most(total, limit):
    asked = []

    def fits(number):
        asked.append(number)
        return number <= limit

    assert _most(total, fits) == max(0, min(total, limit))
    assert all(1 <= number <= total for number in asked)
    assert len(asked) == len(set(asked))


texts = st.lists(st.sampled_from(["a", "b c", "d\ne f\n", "", "g\n\nh"]), max_size=6)


@given(texts, st.integers(0, 12), st.booleans(), st.sampled_from(["first", "last"]))
def test_what_is_kept_fits_and_no_more_would(texts, room, partial, strategy):
    messages = [HumanMessage(text) for text in texts]
    kept = trim_messages(
        messages, max_tokens=room, token_counter=words, allow_partial=partial, strategy=strategy
    )
    assert words(kept) <= room
    whole = "".join(texts)
    part = "".join(message.content for message in kept)
    assert whole.endswith(part) if strategy == "last" else whole.startswith(part)
    if not partial and len(kept) < len(messages):
        more = messages[-len(kept) - 1 :] if strategy == "last" else messages[: len(kept) + 1]
        assert words(more) > room
