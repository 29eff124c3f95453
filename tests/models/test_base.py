"""The life of a model's run: ids, chunks, tokens, metadata, errors, and that watching changes nothing."""

from contextlib import aclosing
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.bus import listen
from eventflow.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from eventflow.errors import ModelError
from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
    HumanMessage,
    StringPromptValue,
)
from eventflow.models import BaseChatModel, ScriptedChatModel
from eventflow.parsers import StrOutputParser
from eventflow.runnables import RunnableLambda

RUN_ID = UUID("00000000-0000-7000-8000-000000000001")
FIXED = {"run_id": RUN_ID}


def result(*messages, **options):
    return ChatResult([ChatGeneration(message) for message in messages], **options)


class Cut(BaseChatModel):
    """Answers with a text, cut in pieces when streamed; counts what is open."""

    cuts: list[str] = ["he", "llo"]  # noqa: RUF012
    ids: list[str | None] = [None, None]  # noqa: RUF012
    open: list[str] = []  # noqa: RUF012

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        return result(AIMessage("".join(self.cuts)))

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        self.open.append("sync")
        try:
            for text, own_id in zip(self.cuts, [*self.ids, *[None] * len(self.cuts)], strict=False):
                yield ChatGenerationChunk(AIMessageChunk(text, id=own_id))
        finally:
            self.open.remove("sync")

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
        self.open.append("async")
        try:
            for text, own_id in zip(self.cuts, [*self.ids, *[None] * len(self.cuts)], strict=False):
                yield ChatGenerationChunk(AIMessageChunk(text, id=own_id))
        finally:
            self.open.remove("async")


# ---- ids


def test_all_chunks_and_the_answer_have_the_id_of_the_run():
    expected = f"lc_run--{RUN_ID}"
    assert {chunk.id for chunk in Cut().stream("x", FIXED)} == {expected}
    assert Cut().invoke("x", FIXED).id == expected


async def test_and_so_they_have_in_async_code():
    expected = f"lc_run--{RUN_ID}"
    assert {chunk.id async for chunk in Cut().astream("x", FIXED)} == {expected}
    assert (await Cut().ainvoke("x", FIXED)).id == expected


def test_runs_differ_in_their_ids():
    assert Cut().invoke("x").id != Cut().invoke("x").id


def test_the_id_that_a_provider_gives_once_is_for_all_chunks():
    assert [chunk.id for chunk in Cut(ids=["p-1", None]).stream("x")] == ["p-1", "p-1", "p-1"]


def test_a_message_that_a_hook_keeps_is_left_as_it_is():
    kept = AIMessage("again")

    class Keeper(BaseChatModel):
        def _generate(self, messages, stop=None, run_manager=None, **kwargs):
            return result(kept, llm_output={"model_name": "m"})

    first, second = Keeper().invoke("x"), Keeper().invoke("x")
    assert first.id != second.id
    assert (kept.id, kept.response_metadata) == (None, {})


def test_a_sum_as_a_chunk_gets_the_id_and_keeps_its_own():
    class Sums(BaseChatModel):
        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            yield ChatGenerationChunk(AIMessageChunk("a") + AIMessageChunk("b"))
            yield ChatGenerationChunk(AIMessageChunk("c", id="p-1") + AIMessageChunk("d"))

    first, second, _ = Sums().stream("x", FIXED)
    assert (first.content, first.id) == ("ab", f"lc_run--{RUN_ID}")
    assert (second.content, second.id) == ("cd", "p-1")


# ---- watching changes nothing


@given(cuts=st.lists(st.text(max_size=3), min_size=1, max_size=6))
def test_an_answer_is_the_same_whole_in_chunks_and_watched(cuts):
    model = Cut(cuts=cuts)
    whole = model.invoke("x", FIXED)
    with listen():
        watched = model.invoke("x", FIXED)
    first, *rest = model.stream("x", FIXED)
    added = first + rest
    assert whole == watched
    assert (added.content, added.id, added.chunk_position) == (whole.content, whole.id, "last")


@given(cuts=st.lists(st.text(max_size=3), min_size=1, max_size=6))
async def test_sync_and_async_tell_the_same(cuts):
    def plain(event):
        return event["event"], event["run_id"], str(event["data"])

    model = Cut(cuts=cuts)
    told = [plain(event) async for event in model.astream_events("x", FIXED)]
    assert told == [plain(event) for event in model.stream_events("x", FIXED)]


async def test_a_whole_answer_is_streamed_when_somebody_wants_the_tokens():
    with listen(phases=["stream"]) as events:
        answer = Cut().invoke("x")
    assert [event["data"]["chunk"].content for event in events] == ["he", "llo", ""]
    assert type(answer) is AIMessage
    with listen(phases=["start", "end"]) as events:
        assert (await Cut().ainvoke("x")).content == "hello"
    assert [event["event"] for event in events] == ["on_chat_model_start", "on_chat_model_end"]


def test_tool_calls_are_the_same_streamed_or_not():
    def script():
        return ScriptedChatModel(
            [{"name": "add", "args": '{"a', "id": "1", "index": 0}, {"args": '": 1}', "index": 0}, "done"]
        )

    with listen():
        watched = script().invoke("x", FIXED)
    whole = script().invoke("x", FIXED)
    assert whole == watched
    assert whole.tool_calls == [{"name": "add", "args": {"a": 1}, "id": "1", "type": "tool_call"}]


def test_the_end_has_the_message_or_the_sum_of_its_chunks():
    with listen(phases=["end"]) as events:
        Cut().invoke("x")
        list(Cut().stream("x"))
    whole, added = (event["data"]["output"] for event in events)
    assert type(whole) is AIMessage
    assert type(added) is AIMessageChunk
    assert whole.content == added.content == "hello"


# ---- what hooks tell of themselves


class Telling(BaseChatModel):
    """Streams inside a hook that gives a whole answer, as older models do."""

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        run_manager.on_llm_new_token("he")
        run_manager.on_llm_new_token("llo", chunk=ChatGenerationChunk(AIMessageChunk("llo", id="own")))
        return result(AIMessage("hello"))

    async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
        await run_manager.on_llm_new_token("he")
        run_manager.get_sync().on_llm_new_token("llo", chunk=AIMessageChunk("llo", id="own"))
        return result(AIMessage("hello"))


async def test_tokens_of_a_whole_answer_are_told():
    with listen(phases=["stream"]) as events:
        Telling().invoke("x", FIXED)
        await Telling().ainvoke("x", FIXED)
    chunks = [(event["data"]["chunk"].content, event["data"]["chunk"].id) for event in events]
    assert chunks == [("he", f"lc_run--{RUN_ID}"), ("llo", "own")] * 2


async def test_tokens_told_to_nobody_are_no_error():
    assert Telling().invoke("x").content == (await Telling().ainvoke("x")).content == "hello"


def test_a_stream_inside_a_hook_tells_each_token_once():
    class Both(BaseChatModel):
        streaming: bool = False

        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            for text in ("a", "b"):
                if run_manager:
                    run_manager.on_llm_new_token(text)
                yield ChatGenerationChunk(AIMessageChunk(text))

    for model in (Both(), Both(streaming=True)):
        with listen(phases=["stream"]) as events:
            model.invoke("x")
        assert [event["data"]["chunk"].content for event in events] == ["a", "b", ""]


def test_the_run_manager_knows_the_run():
    seen = []

    class Asking(BaseChatModel):
        def _generate(self, messages, stop=None, run_manager=None, **kwargs):
            child = RunnableLambda(lambda x: x).with_config(run_name="child")
            child.invoke(1, {"callbacks": run_manager.get_child("inner")})
            seen.append(run_manager)
            return result(AIMessage("hi"))

    with listen(phases=["start"]) as events:
        RunnableLambda(lambda x: Asking(tags=["t"], metadata={"k": 1}).invoke(x)).invoke("x")
    outer, model, child = events
    (manager,) = seen
    assert str(manager.run_id) == model["run_id"]
    assert str(manager.parent_run_id) == outer["run_id"]
    assert manager.tags == model["tags"] == ["t"]
    assert manager.metadata["k"] == 1
    assert child["parent_ids"] == [outer["run_id"], model["run_id"]]
    assert child["tags"] == ["inner"]


def test_a_root_run_has_no_parent():
    seen = []

    class Asking(BaseChatModel):
        def _generate(self, messages, stop=None, run_manager=None, **kwargs):
            seen.append(run_manager.parent_run_id)
            return result(AIMessage("hi"))

    Asking().invoke("x")
    assert seen == [None]


# ---- stopping and failing


def test_leaving_a_stream_closes_the_hook():
    model = Cut(open=[])
    stream = model.stream("x")
    next(stream)
    assert model.open == ["sync"]
    stream.close()
    assert model.open == []


async def test_leaving_an_async_stream_closes_the_hook():
    model = Cut(open=[])
    async with aclosing(model.astream("x")) as stream:
        await anext(stream)
        assert model.open == ["async"]
    assert model.open == []


class Failing(BaseChatModel):
    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        yield ChatGenerationChunk(AIMessageChunk("a"))
        raise TimeoutError("gone")


@pytest.mark.parametrize("call", [lambda m: m.invoke("x"), lambda m: list(m.stream("x"))])
def test_an_error_ends_the_run(call):
    with listen() as events, pytest.raises(TimeoutError):
        call(Failing())
    kinds = [event["event"] for event in events]
    assert kinds == ["on_chat_model_start", "on_chat_model_stream", "on_chat_model_error"]


def test_an_empty_stream_is_an_error_that_names_the_model():
    class Silent(BaseChatModel):
        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            yield from ()

    for call in (lambda: list(Silent().stream("x")), lambda: Silent().invoke("x", stream=True)):
        with pytest.raises(ModelError, match="No generation chunks were returned: Silent"):
            call()
    with pytest.raises(ValueError, match="No generation chunks were returned"):
        Silent().invoke("x")


def test_a_result_without_generations_is_an_error_that_names_the_model():
    class Silent(BaseChatModel):
        def _generate(self, messages, stop=None, run_manager=None, **kwargs):
            return result()

    with pytest.raises(ModelError, match="Silent returned a ChatResult without generations"):
        Silent().invoke("x")


def test_input_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="not dict: put a prompt"):
        Cut().invoke({"question": "?"})


def test_tools_are_refused_with_what_to_do():
    with pytest.raises(NotImplementedError, match=r"Cut .* override bind_tools"):
        Cut().bind_tools([])


# ---- what events say


def started(call):
    with listen(phases=["start"]) as events:
        call()
    return next(event for event in events if event["event"] == "on_chat_model_start")


def test_the_start_has_the_messages():
    for input in ("hi", StringPromptValue("hi"), [HumanMessage("hi")], [("human", "hi")]):
        event = started(lambda input=input: Cut().invoke(input))
        assert event["data"]["input"] == {"messages": [[HumanMessage("hi")]]}


def test_metadata_names_the_model():
    class ChatAcme(Cut):
        model: str = "acme-1"
        temperature: float = 0.5

    event = started(lambda: ChatAcme(metadata={"team": "a"}).invoke("x", stop=["."]))
    assert event["metadata"] == {
        "ls_provider": "acme",
        "ls_model_type": "chat",
        "ls_model_name": "acme-1",
        "ls_temperature": 0.5,
        "ls_stop": ["."],
        "ls_integration": "eventflow_chat_model",
        "team": "a",
    }


def test_a_model_may_describe_itself():
    class Own(Cut):
        def _get_ls_params(self, stop=None, **kwargs):
            return {**super()._get_ls_params(stop=stop, **kwargs), "ls_provider": "mine"}

    assert started(lambda: Own().invoke("x"))["metadata"]["ls_provider"] == "mine"


def test_a_bound_stop_is_shown_and_passed_on():
    model = ScriptedChatModel("a")
    event = started(lambda: model.bind(stop=["z"]).invoke("x"))
    assert event["metadata"]["ls_stop"] == ["z"]
    assert model.calls[0].stop == ["z"]


def test_tags_and_metadata_of_a_model_stay_with_its_own_runs():
    class Outer(Cut):
        def _generate(self, messages, stop=None, run_manager=None, **kwargs):
            RunnableLambda(lambda x: x).invoke(1)
            return result(AIMessage("hi"))

    with listen(phases=["start"]) as events:
        Outer(tags=["own"], metadata={"k": 1}, disable_streaming=True).invoke("x")
    model, inner = events
    assert (model["tags"], model["metadata"]["k"]) == (["own"], 1)
    assert (inner["tags"], inner["metadata"]) == ([], {})


# ---- callback handlers


class Tokens(BaseCallbackHandler):
    def __init__(self):
        self.heard = []

    def on_llm_new_token(self, token, **kwargs):
        self.heard.append(token)


class AsyncTokens(AsyncCallbackHandler):
    def __init__(self):
        self.heard = []

    async def on_llm_new_token(self, token, **kwargs):
        self.heard.append(token)


def test_handlers_of_the_model_and_of_the_call_hear_its_tokens():
    own, given = Tokens(), Tokens()
    model = Cut(callbacks=[own])
    list(model.stream("x", {"callbacks": [given]}))
    assert own.heard == given.heard == ["he", "llo", ""]
    model.invoke("x")
    assert own.heard[3:] == ["he", "llo", ""]


async def test_async_handlers_hear_its_tokens():
    own = AsyncTokens()
    chain = Cut(callbacks=[own]) | StrOutputParser()
    assert [text async for text in chain.astream("x")] == ["he", "llo", ""]
    assert own.heard == ["he", "llo", ""]


# ---- several at once


async def test_generate_answers_each_list_of_messages():
    model = ScriptedChatModel("a", "b", "c", "d", "e", "f")
    lists = [[HumanMessage("1")], [HumanMessage("2")]]
    assert [g[0].text for g in model.generate(lists).generations] == ["a", "b"]
    assert [g[0].text for g in (await model.agenerate(lists, stop=["."])).generations] == ["c", "d"]
    assert [g[0].text for g in model.generate_prompt([StringPromptValue("3")]).generations] == ["e"]
    assert [g[0].text for g in (await model.agenerate_prompt([StringPromptValue("4")])).generations] == ["f"]
    assert [call.messages[0].text for call in model.calls] == ["1", "2", "1", "2", "3", "4"]
    assert model.calls[2].stop == ["."]


def test_generate_takes_what_a_config_says():
    handler = Tokens()
    with listen(phases=["start"]) as events:
        Cut().generate(
            [[HumanMessage("x")]], callbacks=[handler], tags=["t"], run_name="named", run_id=RUN_ID
        )
    (event,) = events
    assert (event["name"], event["tags"], event["run_id"]) == ("named", ["t"], str(RUN_ID))
    assert handler.heard == ["he", "llo", ""]
