"""What models return to the runnables that call them."""

from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
    Generation,
    GenerationChunk,
    LLMResult,
    RunInfo,
)


def test_generation_has_text_and_info():
    generation = Generation(text="x", generation_info={"finish": "stop"})
    assert generation.model_dump() == {
        "text": "x",
        "generation_info": {"finish": "stop"},
        "type": "Generation",
    }
    assert repr(Generation("x")) == "Generation(text='x')"
    with pytest.raises(ValueError, match=r"Generation\.text must be a str, not int"):
        Generation(3)
    with pytest.raises(ValueError, match=r"Generation\.generation_info must be a dict or None, not str"):
        Generation("x", "stop")


def test_text_pieces_add_up():
    total = GenerationChunk("a", {"n": 1}) + GenerationChunk("b") + GenerationChunk("c", {"n": 2})
    assert total == GenerationChunk("abc", {"n": 3})
    assert (GenerationChunk("a") + GenerationChunk("b")).generation_info is None
    with pytest.raises(TypeError, match="cannot add str to GenerationChunk"):
        GenerationChunk("a") + "b"


def test_text_of_a_chat_generation_is_that_of_its_message():
    assert ChatGeneration(message=AIMessage(["a", {"type": "text", "text": "b"}])).text == "ab"
    assert ChatGeneration(message=AIMessage("a"), text="ignored").text == "a"
    with pytest.raises(ValueError, match=r"ChatGeneration\.message expected a dictionary or an instance"):
        ChatGeneration(message="x")


def test_message_pieces_add_up():
    pieces = [ChatGenerationChunk(message=AIMessageChunk(text)) for text in "abc"]
    last = ChatGenerationChunk(
        message=AIMessageChunk("", chunk_position="last"), generation_info={"finish": "stop"}
    )
    one_by_one = pieces[0] + pieces[1] + pieces[2] + last
    at_once = pieces[0] + [*pieces[1:], last]
    assert one_by_one == at_once
    assert one_by_one.text == "abc"
    assert one_by_one.generation_info == {"finish": "stop"}
    assert one_by_one.message.chunk_position == "last"
    assert (last + last).generation_info == add(last, [last]).generation_info == {"finish": "stopstop"}
    for wrong in (AIMessageChunk("x"), [pieces[0], "x"], 3):
        with pytest.raises(TypeError, match="cannot add"):
            pieces[0] + wrong


def test_results_dump_messages_whole():
    call = {"name": "f", "args": {}, "id": "1", "type": "tool_call"}
    result = ChatResult(generations=[ChatGeneration(message=AIMessage("x", tool_calls=[call]))])
    assert result.llm_output is None
    assert result.model_dump()["generations"][0]["message"]["tool_calls"] == [call]
    assert ChatResult.model_validate(result.model_dump()) == result
    with pytest.raises(ValueError, match=r"ChatResult\.generations must be a list of ChatGeneration"):
        ChatResult(generations=None)


def test_llm_result_reads_each_kind_of_generation_back():
    result = LLMResult(
        generations=[[Generation("x"), ChatGeneration(message=AIMessage("y"))]],
        llm_output={"model": "m"},
        run=[RunInfo(run_id="1")],
    )
    again = LLMResult.model_validate(result.model_dump())
    assert again == result
    assert [type(one) for one in again.generations[0]] == [Generation, ChatGeneration]


def test_results_are_equal_whoever_made_them():
    assert LLMResult([[Generation("x")]], run=[RunInfo("1")]) == LLMResult([[Generation("x")]])
    assert LLMResult([[Generation("x")]]) != LLMResult([[Generation("y")]])


@pytest.mark.parametrize("generations", [None, [Generation("x")], "x"])
def test_generations_must_be_lists_of_lists(generations):
    with pytest.raises(ValueError, match=r"LLMResult\.generations must be a list of lists"):
        LLMResult(generations)


def test_flat_results_count_tokens_once():
    result = LLMResult([[Generation("x")], [Generation("y")]], {"token_usage": {"total": 3}, "model": "m"})
    first, second = result.flatten()
    assert (first.generations, first.llm_output) == ([[Generation("x")]], result.llm_output)
    assert (second.generations, second.llm_output) == (
        [[Generation("y")]],
        {"token_usage": {}, "model": "m"},
    )
    assert LLMResult([[Generation("x")]]).flatten() == [LLMResult([[Generation("x")]])]


# ---- sums of text chunks


@given(texts=st.lists(st.text(max_size=3), min_size=2, max_size=8), read=st.sets(st.integers(0, 8)))
def test_text_chunks_add_up_however_often_the_sums_are_read_and_added_to(texts, read):
    whole, sums = GenerationChunk(texts[0]), []
    for number, text in enumerate(texts[1:], 1):
        sums.append((whole, "".join(texts[:number])))
        whole += GenerationChunk(text)
        if number in read:
            assert whole.text == "".join(texts[: number + 1])
    assert whole == GenerationChunk("".join(texts))
    for earlier, text in sums:
        assert (earlier + GenerationChunk("!")).text == text + "!"
        assert earlier == GenerationChunk(text)
    whole.text = "changed"
    assert (whole + GenerationChunk("!")).text == "changed!"
