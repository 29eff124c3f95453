"""Messages as OpenAI's chat completions take them; as LangChain makes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow import messages as ours
from eventflow.messages import (
    AIMessage,
    ChatPromptValue,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    ToolMessage,
    convert_to_openai_messages,
)

CALL = {"name": "look", "args": {"x": "é"}, "id": "1", "type": "tool_call"}
CALLED = {"type": "function", "id": "1", "function": {"name": "look", "arguments": '{"x": "é"}'}}
IMAGE = {"type": "image_url", "image_url": {"url": "u"}}


def text(text):
    return {"type": "text", "text": text}


@pytest.mark.parametrize(
    ("message", "made"),
    [
        ("hi", {"role": "user", "content": "hi"}),
        (("system", "hi"), {"role": "system", "content": "hi"}),
        ({"role": "developer", "content": "hi"}, {"role": "developer", "content": "hi"}),
        (HumanMessage("hi", name="ann", id="1"), {"role": "user", "name": "ann", "content": "hi"}),
        (
            AIMessage("", tool_calls=[CALL]),
            {"role": "assistant", "tool_calls": [CALLED], "content": ""},
        ),
        (
            AIMessage("no", additional_kwargs={"refusal": "no"}),
            {"role": "assistant", "refusal": "no", "content": "no"},
        ),
        (
            AIMessage("a", invalid_tool_calls=[{"name": "f", "args": "{", "id": "2", "error": "cut off"}]),
            {
                "role": "assistant",
                "tool_calls": [{"type": "function", "id": "2", "function": {"name": "f", "arguments": "{"}}],
                "content": "a",
            },
        ),
        (
            ToolMessage("seen", tool_call_id="1", name="look", artifact=object()),
            {"role": "tool", "name": "look", "tool_call_id": "1", "content": "seen"},
        ),
        (FunctionMessage("seen", name="f"), {"role": "function", "name": "f", "content": "seen"}),
    ],
)
def test_one_message(message, made):
    assert convert_to_openai_messages(message) == made


def test_several():
    made = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    given = ["a", ("ai", "b")]
    assert convert_to_openai_messages(given) == made
    assert convert_to_openai_messages(tuple(given)) == made
    assert convert_to_openai_messages(ChatPromptValue(ours.convert_to_messages(given))) == made
    assert convert_to_openai_messages([]) == []


@pytest.mark.parametrize(
    ("content", "as_string", "as_blocks"),
    [
        ("a", "a", [text("a")]),
        ("", "", []),
        ([], "", []),
        (["a", {"type": "text", "text": "b", "index": 1}], "a\nb", [text("a"), text("b")]),
        ([IMAGE, "a"], [IMAGE, text("a")], [IMAGE, text("a")]),
    ],
)
def test_text_as_a_string_or_as_blocks(content, as_string, as_blocks):
    message = HumanMessage(content)
    assert convert_to_openai_messages(message)["content"] == as_string
    assert convert_to_openai_messages(message, text_format="block")["content"] == as_blocks


def test_ids_if_they_are_wanted():
    made = convert_to_openai_messages([HumanMessage("a", id="1"), AIMessage("b")], include_id=True)
    assert [one.get("id") for one in made] == ["1", None]


def test_calls_in_the_content():
    use = {"type": "tool_use", "id": "1", "name": "look", "input": {"x": "é"}}
    made = {"role": "assistant", "tool_calls": [CALLED], "content": "a"}
    assert convert_to_openai_messages(AIMessage(["a", use])) == made
    assert convert_to_openai_messages(AIMessage(["a", use], tool_calls=[CALL])) == made
    assert convert_to_openai_messages(AIMessage(content_blocks=[text("a"), CALL])) == made


def test_results_in_the_content_come_before_the_rest():
    result = {"type": "tool_result", "tool_use_id": "1", "content": [text("r"), text("s")]}
    answer = {"role": "tool", "tool_call_id": "1", "content": "r\ns"}
    assert convert_to_openai_messages(HumanMessage([result])) == answer
    assert convert_to_openai_messages(HumanMessage(["a", result, "b"])) == [
        answer,
        {"role": "user", "content": "a\nb"},
    ]
    assert convert_to_openai_messages([HumanMessage([result])], text_format="block") == [
        {"role": "tool", "tool_call_id": "1", "content": [text("r"), text("s")]}
    ]


def test_errors_say_where():
    talk = ["a", HumanMessage(["b", {"type": "tool_use", "id": "1"}])]
    with pytest.raises(
        ValueError, match=r"messages\[1\]\.content\[1\] has 'type': 'tool_use' and .* key 'name'"
    ):
        convert_to_openai_messages(talk)
    unknown = HumanMessage([{"type": "smell"}])
    assert convert_to_openai_messages(unknown)["content"] == [{"type": "smell"}]
    with pytest.raises(ValueError, match=r"messages\[0\]\.content\[0\].*does not match OpenAI"):
        convert_to_openai_messages(unknown, pass_through_unknown_blocks=False)


def test_errors_say_where_in_a_result():
    result = {"type": "tool_result", "tool_use_id": "1", "content": ["seen", {"type": "image", "image": "x"}]}
    with pytest.raises(ValueError, match=r"messages\[0\]\.tool_result\.content\[1\] has 'type': 'image'"):
        convert_to_openai_messages(HumanMessage([result]))


def test_what_cannot_be_said():
    with pytest.raises(ValueError, match="Unrecognized text_format='x'"):
        convert_to_openai_messages("hi", text_format="x")
    with pytest.raises(ValueError, match="a RemoveMessage has no role"):
        convert_to_openai_messages([RemoveMessage(id="1")])


def test_what_is_given_stays_as_it_is():
    message = AIMessage([dict(IMAGE), "a"], tool_calls=[CALL])
    before = message.model_copy(deep=True)
    convert_to_openai_messages([message])[0]["content"].clear()
    assert message == before


texts = st.text(alphabet="aé", max_size=3)
shown = st.one_of(
    texts,
    st.builds(text, texts),
    st.just(IMAGE),
    st.just({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "x"}}),
    st.just({"type": "audio", "base64": "x", "mime_type": "audio/wav"}),
    st.just({"type": "file", "base64": "x", "mime_type": "application/pdf", "filename": "f"}),
    st.just({"type": "json", "json": [1]}),
    st.just({"type": "thinking", "thinking": "hm"}),
)
used = st.just({"type": "tool_use", "id": "1", "name": "look", "input": {}})


def contents(blocks):
    return texts | st.lists(blocks, max_size=3)


talks = st.lists(
    st.tuples(st.sampled_from(["human", "system", "developer"]), contents(shown))
    | st.tuples(st.just("ai"), contents(shown | used))
    | st.builds(
        lambda c: {"role": "assistant", "content": c, "tool_calls": [CALL], "name": "ann"}, contents(used)
    )
    | st.builds(lambda c: {"role": "tool", "content": c, "tool_call_id": "1", "id": "i"}, contents(shown)),
    max_size=4,
)


@given(talks, st.sampled_from(["string", "block"]), st.booleans())
def test_like_langchain(talk, text_format, include_id):
    peer = pytest.importorskip("langchain_core.messages")
    options = {"text_format": text_format, "include_id": include_id}
    assert ours.convert_to_openai_messages(talk, **options) == peer.convert_to_openai_messages(
        talk, **options
    )
