"""A chain that remembers: what it is given, what is kept, and when."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

import eventflow
from eventflow import (
    AIMessage,
    ChatPromptTemplate,
    ConfigurableFieldSpec,
    HumanMessage,
    MessagesPlaceholder,
    RunnableLambda,
    ScriptedChatModel,
    StrOutputParser,
)
from eventflow.history import (
    BaseChatMessageHistory,
    InMemoryChatMessageHistory,
    RunnableWithMessageHistory,
)
from twins import Words, complaints


class Sessions(dict):
    """The stores of all sessions, made when first asked for."""

    def __call__(self, session_id):
        return self.setdefault(session_id, InMemoryChatMessageHistory())

    def texts(self, session_id):
        return [message.content for message in self[session_id].messages]


def of(session_id, **more):
    return {"configurable": {"session_id": session_id, **more}}


def counting(messages):
    """Answers with the number of messages that it was given."""
    return f"{len(messages)}"


def words(messages):
    """The same, in three chunks."""
    yield from ("that ", "was ", f"{len(messages)}")


def chat(runnable=counting, **options):
    sessions = Sessions()
    return RunnableWithMessageHistory(runnable, sessions, **options), sessions


async def test_it_remembers():
    chain, sessions = chat()
    assert chain.invoke("a", of("s")) == "1"
    assert await chain.ainvoke([HumanMessage("b")], of("s")) == "3"
    assert list(chain.stream("c", of("s"))) == ["5"]
    assert [chunk async for chunk in chain.astream("d", of("s"))] == ["7"]
    assert sessions.texts("s") == ["a", "1", "b", "3", "c", "5", "d", "7"]
    assert sessions["s"].messages[:2] == [HumanMessage("a"), AIMessage("1")]


def test_sessions_stay_apart():
    chain, sessions = chat()
    assert [chain.invoke("a", of(name)) for name in ("x", "y", "x")] == ["1", "1", "3"]
    assert sessions.texts("x") == ["a", "1", "a", "3"]


def test_history_in_a_place_of_its_own():
    prompt = ChatPromptTemplate.from_messages(
        [("system", "Be {manner}."), MessagesPlaceholder("past"), ("human", "{question}")]
    )
    chain, sessions = chat(
        prompt | (lambda value: str(len(value.to_messages()))),
        input_messages_key="question",
        history_messages_key="past",
    )
    assert chain.invoke({"manner": "kind", "question": "a"}, of("s")) == "2"
    assert chain.invoke({"manner": "kind", "question": "b"}, of("s")) == "4"
    assert sessions.texts("s") == ["a", "2", "b", "4"]


def test_input_and_output_in_keys():
    chain, sessions = chat(
        lambda given: {"answer": counting(given["question"]), "style": given["style"]},
        input_messages_key="question",
        output_messages_key="answer",
    )
    assert chain.invoke({"question": "a", "style": 1}, of("s")) == {"answer": "1", "style": 1}
    assert chain.invoke({"question": HumanMessage("b"), "style": 1}, of("s")) == {"answer": "3", "style": 1}
    assert sessions.texts("s") == ["a", "1", "b", "3"]


def test_a_model():
    chain, sessions = chat(ScriptedChatModel.from_text("Hello you", chunk_size=5))
    whole, *_ = chunks = list(chain.stream("hi", of("s")))
    assert len(chunks) > 1
    answer = sessions["s"].messages[1]
    assert type(answer) is AIMessage
    assert (answer.content, answer.id) == ("Hello you", whole.id)


# ---- when it is kept


async def test_a_stream_is_kept_when_it_has_ended():
    chain, sessions = chat(RunnableLambda(words))
    for chunk in chain.stream("a", of("s")):
        assert sessions.texts("s") == [], chunk
    assert sessions.texts("s") == ["a", "that was 1"]
    async for chunk in chain.astream("b", of("s")):
        assert len(sessions["s"].messages) == 2, chunk
    assert sessions.texts("s") == ["a", "that was 1", "b", "that was 3"]


async def test_of_a_stream_that_is_left_early_nothing_is_kept():
    chain, sessions = chat(RunnableLambda(words))
    stream = chain.stream("a", of("s"))
    next(stream)
    stream.close()
    async with aclosing(chain.astream("a", of("s"))) as chunks:
        async for _ in chunks:
            break
    assert sessions.texts("s") == []


async def test_of_a_turn_that_fails_nothing_is_kept():
    def fail(messages):
        yield "half"
        raise LookupError("the rest is lost")

    chain, sessions = chat(fail)
    with pytest.raises(LookupError):
        chain.invoke("a", of("s"))
    with pytest.raises(LookupError):
        list(chain.stream("a", of("s")))
    with pytest.raises(LookupError):
        await chain.ainvoke("a", of("s"))
    with pytest.raises(LookupError):
        [chunk async for chunk in chain.astream("a", of("s"))]
    assert sessions.texts("s") == []


class Full(InMemoryChatMessageHistory):
    def add_messages(self, messages):
        raise OSError("no space left")


async def test_what_cannot_be_kept_is_an_error():
    chain = RunnableWithMessageHistory(counting, lambda session_id: Full())
    with pytest.raises(OSError, match="no space left"):
        chain.invoke("a", of("s"))
    with pytest.raises(OSError, match="no space left"):
        await chain.ainvoke("a", of("s"))
    with pytest.raises(OSError, match="no space left"):
        list(chain.stream("a", of("s")))


def test_an_answer_that_is_no_message_is_an_error():
    chain, sessions = chat(lambda messages: {"a": 1, "b": 2})
    with pytest.raises(ValueError, match="give output_messages_key="):
        chain.invoke("a", of("s"))
    assert sessions.texts("s") == []


def test_an_input_that_is_no_message_is_refused_before_anything_runs():
    chain, sessions = chat(lambda given: pytest.fail("it ran"), history_messages_key="past")
    with pytest.raises(ValueError, match="give input_messages_key="):
        chain.invoke({"a": 1, "b": 2}, of("s"))
    assert sessions.texts("s") == []


def test_a_retry_is_kept_once():
    answers = iter([None, None, "at last"])

    def flaky(messages):
        answer = next(answers)
        if answer is None:
            raise ValueError("not yet")
        return answer

    chain, sessions = chat(flaky)
    assert chain.with_retry(wait_exponential_jitter=False).invoke("a", of("s")) == "at last"
    assert sessions.texts("s") == ["a", "at last"]


async def test_watching_keeps_nothing_twice():
    chain, sessions = chat(RunnableLambda(words))
    async for _ in chain.astream_events("a", of("s")):
        pass
    for _ in chain.stream_events("b", of("s")):
        pass
    assert sessions.texts("s") == ["a", "that was 1", "b", "that was 3"]


async def test_snapshots_are_kept_as_their_last():
    class Growing(StrOutputParser):
        def gives_snapshots(self, fed):
            return True

        def _transform(self, input):
            whole = ""
            for chunk in input:
                whole += chunk
                yield whole

    chain, sessions = chat(RunnableLambda(words) | Growing())
    assert list(chain.stream("a", of("s"))) == ["that ", "that was ", "that was 1"]
    assert sessions.texts("s") == ["a", "that was 1"]


# ---- at the same time


def test_a_batch():
    chain, sessions = chat()
    assert chain.batch(["a", "b"], [of("x"), of("y")]) == ["1", "1"]
    assert (sessions.texts("x"), sessions.texts("y")) == (["a", "1"], ["b", "1"])


async def test_turns_of_one_session_at_the_same_time_do_not_mix():
    begun = asyncio.Event()
    waiting = []

    async def answer(messages):
        waiting.append(messages)
        if len(waiting) == 3:
            begun.set()
        await begun.wait()
        return f"to {messages[-1].content}"

    chain, sessions = chat(answer)
    await chain.abatch(["a", "b", "c"], of("s"))
    kept = sessions.texts("s")
    assert sorted(zip(kept[::2], kept[1::2], strict=True)) == [("a", "to a"), ("b", "to b"), ("c", "to c")]


# ---- which session


@pytest.mark.parametrize("config", [None, {}, {"configurable": {"user": "ann"}}])
async def test_a_call_has_to_say_which_session(config):
    chain, sessions = chat()
    message = r"Missing keys \['session_id'\].*Expected keys are \['session_id'\].*'configurable'"
    with pytest.raises(ValueError, match=message):
        chain.invoke("a", config)
    with pytest.raises(ValueError, match=message):
        await chain.ainvoke("a", config)
    with pytest.raises(ValueError, match=message):
        list(chain.stream("a", config))
    assert sessions == {}


def spec(id):
    return ConfigurableFieldSpec(id=id, annotation=str, default="")


def test_a_session_with_several_names():
    sessions = {}

    def session(user_id, conversation_id):
        return sessions.setdefault((user_id, conversation_id), InMemoryChatMessageHistory())

    chain = RunnableWithMessageHistory(
        counting, session, history_factory_config=[spec("user_id"), spec("conversation_id")]
    )
    assert chain.invoke("a", {"configurable": {"user_id": "ann", "conversation_id": "1"}}) == "1"
    assert [*sessions] == [("ann", "1")]
    with pytest.raises(ValueError, match=r"Missing keys \['conversation_id'\]"):
        chain.invoke("a", {"configurable": {"user_id": "ann"}})
    assert [one.id for one in chain.config_specs] == ["conversation_id", "user_id"]


@pytest.mark.parametrize(
    "function",
    [
        lambda any_name: InMemoryChatMessageHistory(),
        lambda: InMemoryChatMessageHistory(),
        lambda session_id, more=1: InMemoryChatMessageHistory(),
        lambda *, session_id: InMemoryChatMessageHistory(),
        lambda **names: InMemoryChatMessageHistory(),
    ],
)
def test_functions_that_take_one_name(function):
    assert RunnableWithMessageHistory(counting, function).invoke("a", of("s")) == "1"


def test_one_session_for_all():
    kept = InMemoryChatMessageHistory()
    chain = RunnableWithMessageHistory(counting, lambda: kept, history_factory_config=[])
    assert [chain.invoke("a"), chain.invoke("a")] == ["1", "3"]


def test_a_function_that_does_not_take_the_names_is_refused():
    with pytest.raises(ValueError, match=r"takes \['user'\].*names \['a', 'b'\]"):
        RunnableWithMessageHistory(counting, lambda user: None, history_factory_config=[spec("a"), spec("b")])


def test_a_coroutine_function_is_refused():
    async def session(session_id):
        return InMemoryChatMessageHistory()

    with pytest.raises(TypeError, match="must not be a coroutine function"):
        RunnableWithMessageHistory(counting, session)


# ---- inside and around it


async def test_async_code_awaits_the_store():
    class Awaited(BaseChatMessageHistory):
        def __init__(self):
            self.kept = []

        @property
        def messages(self):
            raise AssertionError("read without waiting")

        def clear(self):
            self.kept = []

        async def aget_messages(self):
            return self.kept

        async def aadd_messages(self, messages):
            self.kept += messages

    store = Awaited()
    chain = RunnableWithMessageHistory(counting, lambda: store)
    assert await chain.ainvoke("a", of("s")) == "1"
    assert [chunk async for chunk in chain.astream("b", of("s"))] == ["3"]
    assert len(store.kept) == 4


def test_code_inside_finds_the_store():
    def look(messages, config):
        return f"{len(config['configurable']['message_history'].messages)} before"

    chain, _ = chat(look)
    assert [chain.invoke("a", of("s")), chain.invoke("b", of("s"))] == ["0 before", "2 before"]


def test_arguments_reach_the_chain():
    chain, _ = chat(RunnableLambda(lambda messages, by=1: str(len(messages) * by)))
    assert chain.invoke("a", of("s"), by=7) == "7"
    assert list(chain.stream("a", of("s"), by=7)) == ["21"]


def test_it_is_a_step_like_others():
    chain, sessions = chat()
    longer = RunnableLambda(str.strip) | chain | (lambda text: f"<{text}>")
    assert longer.invoke(" a ", of("s")) == "<1>"
    assert sessions.texts("s") == ["a", "1"]
    assert longer.with_config(of("s")).invoke("b") == "<3>"


def test_what_it_takes():
    chain, _ = chat(input_messages_key="question", history_messages_key="past")
    assert [*chain.get_input_jsonschema()["properties"]] == ["question"]
    assert chat()[0].get_input_jsonschema()["type"] == "array"
    assert [one.id for one in chain.config_specs] == ["session_id"]
    nodes = [node.name for node in chain.get_graph().nodes.values()]
    assert {"load_history", "counting"} <= {*nodes}


async def test_its_runs():
    chain, _ = chat(input_messages_key="q", history_messages_key="past")
    chain = RunnableWithMessageHistory(
        lambda given: counting(given["past"]), Sessions(), input_messages_key="q", history_messages_key="past"
    )
    started = [
        (event["name"], len(event["parent_ids"]), event["tags"])
        for event in chain.stream_events({"q": "a"}, of("s"))
        if event["event"] == "on_chain_start"
    ]
    assert sorted(started) == sorted(
        [
            ("RunnableWithMessageHistory", 0, []),
            ("insert_history", 1, ["seq:step:1"]),
            ("RunnableParallel<past>", 2, []),
            ("load_history", 3, ["map:key:past"]),
            ("check_sync_or_async", 1, ["seq:step:2"]),
            ("RunnableLambda", 2, []),
        ]
    )


def test_its_halves_are_one_program():
    house = Path(eventflow.__file__).parent
    source, store = (
        (house / f"history/{name}.py").read_text(encoding="utf-8") for name in ("session", "base")
    )
    others = [path.read_text(encoding="utf-8") for path in house.glob("runnables/*.py")]
    bridges = {
        "RunnableWithMessageHistory._load": "the messages of a store are an attribute, and are awaited"
    }
    assert complaints(source, Words.of(source, store, *others), bridges) == []
