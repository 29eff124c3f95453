"""How many tokens messages have, roughly; as LangChain counts them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow import messages as ours
from eventflow.messages import AIMessage, HumanMessage, ToolMessage, count_tokens_approximately
from eventflow.tools import tool

CALL = {"name": "look", "args": {"x": 1}, "id": "1", "type": "tool_call"}


def characters(*messages, **options):
    return count_tokens_approximately(messages, chars_per_token=1, extra_tokens_per_message=0, **options)


def usage(total):
    return {"input_tokens": total - 1, "output_tokens": 1, "total_tokens": total}


@pytest.mark.parametrize(
    ("message", "count"),
    [
        ("abc", 3 + 4),
        (("ai", "abc"), 3 + 9),
        (HumanMessage("abc", name="ann"), 3 + 4 + 3),
        (ToolMessage("abc", tool_call_id="12"), 3 + 4 + 2),
        (AIMessage("", tool_calls=[CALL]), len(repr([CALL])) + 9),
        (AIMessage(["abc"], tool_calls=[CALL]), 3 + 9),
        (HumanMessage(["abc", {"type": "text", "text": "de"}]), 5 + 4),
        (
            HumanMessage([{"type": "image", "base64": "x" * 1000}, {"type": "image_url", "image_url": "u"}]),
            174,
        ),
        (HumanMessage([{"type": "audio", "base64": "xx"}]), len("{'type': 'audio', 'base64': 'xx'}") + 4),
    ],
)
def test_what_counts(message, count):
    assert characters(message) == count


def test_each_message_is_rounded_up():
    assert count_tokens_approximately(["a", "a"]) == 2 * (2 + 3)
    assert count_tokens_approximately([]) == 0


def test_options():
    assert characters(HumanMessage("", name="ann"), count_name=False) == 4
    assert characters(HumanMessage([{"type": "image", "url": "u"}]), tokens_per_image=1000) == 1004
    assert count_tokens_approximately(["a"], extra_tokens_per_message=0.5) == 3


@pytest.mark.parametrize(
    ("used", "provider", "tokens"),
    [(22, "p", 36), (100, "p", 43), (1, "p", 34), (22, None, 34), (0, "p", 34)],
)
def test_learning_from_what_the_provider_counted(used, provider, tokens):
    talk = [
        HumanMessage("a" * 40),
        AIMessage("b", usage_metadata=usage(used), response_metadata={"model_provider": provider}),
        HumanMessage("c" * 40),
    ]
    assert count_tokens_approximately(talk) == 34
    scaled = count_tokens_approximately(talk, use_usage_metadata_scaling=True)
    assert scaled == (38 if used == 22 and provider else tokens)


def test_nothing_is_learnt_from_several_providers():
    talk = [
        AIMessage("a", usage_metadata=usage(50), response_metadata={"model_provider": name})
        for name in ("p", "q")
    ]
    assert count_tokens_approximately(talk, use_usage_metadata_scaling=True) == 12


def test_tools():
    @tool
    def add(a: int, b: int) -> int:
        """Adds two numbers."""
        return a + b

    described = count_tokens_approximately([], tools=[add])
    assert 30 < described < 60
    assert count_tokens_approximately([], tools=[{"a": 1}, {"b": 2}]) == 4
    assert count_tokens_approximately(["a"], tools=[{"a": 1}]) == 2 + 5


texts = st.text(alphabet="ab c", max_size=12)
blocks = st.one_of(
    texts,
    st.builds(lambda text: {"type": "text", "text": text}, texts),
    st.just({"type": "image", "url": "u"}),
    st.just({"type": "thinking", "thinking": "hm"}),
)
contents = texts | st.lists(blocks, max_size=3)
talks = st.lists(
    st.tuples(st.sampled_from(["human", "ai", "system", "developer"]), contents)
    | st.builds(lambda c: {"role": "assistant", "content": c, "tool_calls": [CALL], "name": "ann"}, contents)
    | st.builds(lambda c: {"role": "tool", "content": c, "tool_call_id": "12"}, texts),
    max_size=5,
)


@given(talks, st.sampled_from([1, 3.3, 4]), st.sampled_from([0, 0.5, 3]), st.booleans())
def test_like_langchain(talk, per_token, extra, count_name):
    peer = pytest.importorskip("langchain_core.messages.utils")
    options = {"chars_per_token": per_token, "extra_tokens_per_message": extra, "count_name": count_name}
    assert ours.count_tokens_approximately(talk, **options) == peer.count_tokens_approximately(
        talk, **options
    )
