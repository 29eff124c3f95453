"""Which method hears of which event, with which arguments: as LangChain's handlers are told."""

import pytest

from callbacks.telling import CHILD, ROOT, Diary, HandMade
from eventflow.callbacks import handler_receiver
from eventflow.events import KINDS, MISSING, PHASES
from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    ChatGeneration,
    ChatGenerationChunk,
    Generation,
    GenerationChunk,
    HumanMessage,
    LLMResult,
    SystemMessage,
)

ERROR = ValueError("no")
MESSAGES = [SystemMessage("be brief"), HumanMessage("hi")]


def told(run, phase, data=None, **more):
    diary = Diary()
    run.tell(handler_receiver(diary), phase, data, **more)
    return diary.only


def test_the_start_of_a_chain_has_its_input_and_who_it_is():
    run = HandMade(name="joke", tags=("a",), metadata={"m": 1})
    assert told(run, "start", "cat", input="cat") == (
        "on_chain_start",
        (None, "cat"),
        {
            "run_id": ROOT,
            "parent_run_id": None,
            "tags": ["a"],
            "metadata": {"m": 1},
            "name": "joke",
            "run_type": None,
        },
    )


def test_an_input_that_is_still_collected_is_a_placeholder_at_the_start():
    assert told(HandMade(streamed=True), "start", MISSING)[1] == (None, {"input": ""})


def test_an_input_that_only_events_hide_is_told():
    assert told(HandMade(streamed=True), "start", MISSING, input="cat")[1] == (None, "cat")


def test_the_end_of_a_streamed_chain_has_its_inputs():
    method, by_place, by_name = told(HandMade(streamed=True), "end", "meow", input="cat")
    assert (method, by_place, by_name["inputs"]) == ("on_chain_end", ("meow",), "cat")


def test_the_end_of_an_invoked_chain_has_none():
    by_name = told(HandMade(tags=("a",)), "end", "meow", input="cat")[2]
    assert by_name == {"run_id": ROOT, "parent_run_id": None, "tags": ["a"]}


def test_a_child_knows_its_parent():
    assert told(HandMade(parent=HandMade()), "end", 1)[2] == {
        "run_id": CHILD,
        "parent_run_id": ROOT,
        "tags": [],
    }


@pytest.mark.parametrize("kind", ["prompt", "parser"])
def test_prompts_and_parsers_are_chains_with_a_type(kind):
    run = HandMade(kind)
    assert told(run, "start", 1, input=1)[0] == "on_chain_start"
    assert told(run, "start", 1, input=1)[2]["run_type"] == kind
    assert told(run, "end", 2)[:2] == ("on_chain_end", (2,))
    assert told(run, "error", ERROR)[:2] == ("on_chain_error", (ERROR,))


def test_the_start_of_a_chat_model_has_its_messages():
    method, (serialized, messages), by_name = told(
        HandMade("chat_model", name="gpt"), "start", input={"messages": [MESSAGES]}
    )
    assert (method, serialized["name"], serialized["id"][-1]) == ("on_chat_model_start", "gpt", "gpt")
    assert messages == [MESSAGES]
    assert by_name["name"] == "gpt"


def test_the_start_of_a_text_model_has_its_prompts():
    method, (_, prompts), _ = told(HandMade("llm"), "start", input={"prompts": ["hi"]})
    assert (method, prompts) == ("on_llm_start", ["hi"])
    assert told(HandMade("llm"), "start", input="hi")[1][1] == ["hi"]


def test_a_token_has_its_content_and_its_chunk():
    chunk = AIMessageChunk("hel", id="m1")
    assert told(HandMade("chat_model", tags=("a",)), "stream", chunk) == (
        "on_llm_new_token",
        ("hel",),
        {"run_id": ROOT, "parent_run_id": None, "tags": ["a"], "chunk": ChatGenerationChunk(chunk)},
    )


def test_a_token_with_blocks_has_them_as_they_are():
    blocks = [{"type": "text", "text": "hel"}]
    _, (token,), by_name = told(HandMade("chat_model"), "stream", AIMessageChunk(blocks))
    assert token == blocks
    assert by_name["chunk"].text == "hel"


@pytest.mark.parametrize("chunk", ["hel", GenerationChunk("hel")])
def test_a_token_of_a_text_model(chunk):
    _, by_place, by_name = told(HandMade("llm"), "stream", chunk)
    assert by_place == ("hel",)
    assert by_name["chunk"] == GenerationChunk("hel")


@pytest.mark.parametrize(
    ("output", "generation"),
    [
        (AIMessage("hi"), ChatGeneration(AIMessage("hi"))),
        (AIMessageChunk("hi"), ChatGenerationChunk(AIMessageChunk("hi"))),
        ("hi", Generation("hi")),
        (LLMResult([[Generation("hi")]]), Generation("hi")),
        ({"generations": [[{"text": "hi", "type": "Generation"}]], "llm_output": None}, Generation("hi")),
    ],
)
def test_the_end_of_a_model_has_one_generation(output, generation):
    method, (response,), _ = told(HandMade("chat_model"), "end", output)
    assert method == "on_llm_end"
    assert response == LLMResult([[generation]])
    assert type(response.generations[0][0]) is type(generation)


def test_what_the_provider_counted_is_where_langchain_has_it_too():
    said = {"token_usage": {"total_tokens": 3}, "model_name": "gpt", "finish_reason": "stop"}
    _, (response,), _ = told(HandMade("chat_model"), "end", AIMessage("hi", response_metadata=said))
    assert response.llm_output == {"token_usage": {"total_tokens": 3}, "model_name": "gpt"}


def test_the_error_of_a_model():
    assert told(HandMade("chat_model"), "error", ERROR)[:2] == ("on_llm_error", (ERROR,))


def test_a_tool_has_its_arguments_as_a_dict_and_as_text():
    method, (serialized, text), by_name = told(HandMade("tool", name="add"), "start", input={"a": 1})
    assert (method, serialized["name"], text) == ("on_tool_start", "add", "{'a': 1}")
    assert (by_name["inputs"], by_name["tool_call_id"]) == ({"a": 1}, None)


@pytest.mark.parametrize(("input", "text"), [("zz", "zz"), (MISSING, "")])
def test_a_tool_that_was_given_no_dict(input, text):
    _, (_, as_text), by_name = told(HandMade("tool"), "start", input=input)
    assert (as_text, by_name["inputs"]) == (text, None)


def test_the_end_and_the_error_of_a_tool():
    method, by_place, by_name = told(HandMade("tool", name="add"), "end", 3)
    assert (method, by_place, by_name["name"]) == ("on_tool_end", (3,), "add")
    method, by_place, by_name = told(HandMade("tool"), "error", ERROR)
    assert (method, by_place, by_name["tool_call_id"]) == ("on_tool_error", (ERROR,), None)


@pytest.mark.parametrize("input", ["cats", {"query": "cats"}])
def test_a_retriever_has_its_query(input):
    assert told(HandMade("retriever"), "start", input=input)[:2] == ("on_retriever_start", (None, "cats"))
    assert told(HandMade("retriever"), "end", ["d"])[:2] == ("on_retriever_end", (["d"],))
    assert told(HandMade("retriever"), "error", ERROR)[:2] == ("on_retriever_error", (ERROR,))


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_of_the_users_own_has_its_name_and_the_run_around_it(kind):
    run = HandMade(kind, tags=("a",), metadata={"m": 1})
    assert told(run, "custom", {"done": 1}, name="progress") == (
        "on_custom_event",
        ("progress", {"done": 1}),
        {"run_id": ROOT, "tags": ["a"], "metadata": {"m": 1}},
    )


@pytest.mark.parametrize("kind", KINDS)
def test_only_models_tell_of_chunks(kind):
    diary = Diary()
    HandMade(kind).tell(handler_receiver(diary), "stream", "x")
    assert diary.methods == (["on_llm_new_token"] if kind in ("chat_model", "llm") else [])


def test_what_a_handler_does_to_tags_and_metadata_reaches_nobody_else():
    run = HandMade(tags=("a",), metadata={"m": 1})
    first, second = Diary(), Diary()
    for diary in (first, second):
        run.tell(handler_receiver(diary), "start", 1, input=1)
        diary.only[2]["tags"].append("spoilt")
        diary.only[2]["metadata"]["spoilt"] = True
    assert run.info.tags == ("a",)
    assert run.info.metadata == {"m": 1}
    assert second.only[2]["tags"] == ["a", "spoilt"]


def test_every_phase_of_every_kind_but_chunks_has_a_method():
    for kind in KINDS:
        for phase in PHASES:
            if phase != "stream":
                told(HandMade(kind), phase, "x", input="x")
