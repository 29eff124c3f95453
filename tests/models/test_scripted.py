"""A model that plays a script: exactly what is written, in every way it can be called."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.errors import ModelError
from eventflow.messages import AIMessage, AIMessageChunk, HumanMessage
from eventflow.models import ScriptedChatModel

USAGE = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
CALL = {"name": "add", "args": {"a": 1}, "id": "1", "type": "tool_call"}


def streamed(model):
    return [chunk.content for chunk in model.stream("x")]


async def read(chunks, heard):
    """Take note of what comes, as far as it comes."""
    async for chunk in chunks:
        heard.append(chunk.content)
    return heard


# ---- what a turn may be


def test_text_and_pieces_of_text():
    model = ScriptedChatModel("Hello", ["Hel", "lo"], ("a",))
    assert [streamed(model) for _ in range(3)] == [["Hello"], ["Hel", "lo"], ["a"]]


def test_messages_and_chunks_as_they_are():
    whole = AIMessage("hi", id="7", tool_calls=[CALL], usage_metadata=USAGE, response_metadata={"m": "x"})
    model = ScriptedChatModel(whole, [AIMessageChunk("a", id="8"), AIMessageChunk("b", id="8")])
    assert model.invoke("x") == whole
    assert [(chunk.content, chunk.id) for chunk in model.stream("x")] == [("a", "8"), ("b", "8")]


def test_pieces_of_tool_calls_and_usage():
    model = ScriptedChatModel(
        [{"name": "add", "args": '{"a', "id": "1", "index": 0}, {"args": '": 1}', "index": 0}, USAGE],
        ["Adding. ", CALL],
    )
    first, *rest = model.stream("x")
    assert first.tool_call_chunks[0]["args"] == '{"a'
    assert ((first + rest).tool_calls, (first + rest).usage_metadata) == ([CALL], USAGE)
    assert model.invoke("x").tool_calls == [CALL]


async def test_an_exception_is_raised_where_it_stands():
    model = ScriptedChatModel(["a", TimeoutError("gone"), "never"], loop=True)
    heard = []
    with pytest.raises(TimeoutError, match="gone"):
        heard.extend(chunk.content for chunk in model.stream("x"))
    with pytest.raises(TimeoutError, match="gone"):
        await read(model.astream("x"), heard)
    with pytest.raises(TimeoutError, match="gone"):
        await model.ainvoke("x")
    assert heard == ["a", "a"]


async def test_a_pause_lets_others_run():
    model = ScriptedChatModel(["a", 0, "b"], loop=True)
    order = []

    await asyncio.gather(read(model.astream("x"), order), read(model.astream("x"), order))
    assert order == ["a", "a", "b", "b"]
    assert streamed(model) == ["a", "b"]


def test_an_empty_turn_is_an_empty_stream():
    with pytest.raises(ModelError, match="No generation chunks"):
        ScriptedChatModel([]).invoke("x")


@pytest.mark.parametrize("item", [object(), {}, {"role": "user"}, None, ["nested"], HumanMessage("hi")])
def test_anything_else_is_refused_when_the_script_is_written(item):
    with pytest.raises(ValueError, match="turn 2 of the script has"):
        ScriptedChatModel("fine", [item])


# ---- playing


async def test_all_ways_of_asking_say_the_same():
    model = ScriptedChatModel(["Hel", "lo", CALL], loop=True)
    whole = model.invoke("x")
    first, *rest = [chunk async for chunk in model.astream("x")]
    assert whole.content == (await model.ainvoke("x")).content == (first + rest).content == "Hello"
    assert whole.tool_calls == (await model.ainvoke("x")).tool_calls == (first + rest).tool_calls == [CALL]
    assert [first, *rest][-1].chunk_position == "last"


def test_a_script_is_left_as_it_is():
    chunk = AIMessageChunk("a")
    model = ScriptedChatModel([chunk], loop=True)
    first, second = next(model.stream("x")), next(model.stream("x"))
    assert first.id != second.id
    assert (chunk.id, chunk.chunk_position) == (None, None)


def test_one_call_too_many_says_so():
    model = ScriptedChatModel("a")
    model.invoke("x")
    with pytest.raises(ModelError, match=r"has 1 turns, and this is call 2.*loop=True"):
        model.invoke("y")
    assert len(model.calls) == 1


def test_a_loop_begins_again():
    model = ScriptedChatModel("a", "b", loop=True)
    assert [model.invoke("x").text for _ in range(5)] == ["a", "b", "a", "b", "a"]


def test_an_empty_script_answers_nothing():
    for loop in (False, True):
        with pytest.raises(ModelError, match="has 0 turns"):
            ScriptedChatModel(turns=[], loop=loop).invoke("x")


def test_each_turn_is_played_once_in_threads():
    model = ScriptedChatModel(*map(str, range(50)))
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _: model.invoke("x").text, range(50)))
    assert sorted(said, key=int) == list(map(str, range(50)))
    model.assert_exhausted()


# ---- looking back


def test_calls_are_what_was_asked():
    model = ScriptedChatModel("a", "b")
    model.invoke([("system", "s"), ("human", "h")], stop=["."], temperature=0)
    model.bind_tools(["add"], tool_choice="any").invoke("x")
    first, second = model.calls
    assert [message.text for message in first.messages] == ["s", "h"]
    assert (first.stop, first.kwargs, first.tools) == (["."], {"temperature": 0}, ())
    assert (second.tools, second.kwargs["tool_choice"]) == (["add"], "any")


def test_exhausted_or_not():
    model = ScriptedChatModel("a", "b")
    model.invoke("x")
    with pytest.raises(AssertionError, match="1 of 2 turns"):
        model.assert_exhausted()
    model.invoke("x")
    model.assert_exhausted()


# ---- from text


@given(text=st.text(max_size=20), size=st.integers(1, 6))
def test_text_is_cut_and_adds_up(text, size):
    model = ScriptedChatModel.from_text(text, chunk_size=size, loop=True)
    chunks = streamed(model)
    assert "".join(chunks) == text == model.invoke("x").text
    assert all(len(chunk) == size for chunk in chunks[:-1])


def test_several_texts_with_pauses_and_fields():
    model = ScriptedChatModel.from_text("abcde", "f", chunk_size=2, pause=0, name="poet")
    assert [streamed(model), streamed(model)] == [["ab", "cd", "e"], ["f"]]
    assert model.get_name() == "poet"


def test_chunks_of_nothing_are_refused():
    with pytest.raises(ValueError, match="chunk_size=0"):
        ScriptedChatModel.from_text("a", chunk_size=0)
