"""What a user gives by mistake: the error says what, where and what instead, however it is run, and is told once.

Each case is a runnable, what it is given, the type of the error, and parts of its text.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel, ValidationError

from eventflow import (
    AIMessage,
    BaseChatModel,
    BM25Retriever,
    ChatGenerationChunk,
    ChatPromptTemplate,
    ChatResult,
    FakeListChatModel,
    HumanMessage,
    InMemoryChatMessageHistory,
    ModelError,
    NoRunError,
    OutputParserException,
    PromptTemplate,
    Runnable,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    RunnableWithMessageHistory,
    ScriptedChatModel,
    StrOutputParser,
    SubscriptionError,
    create_retriever_tool,
    dispatch_custom_event,
    listen,
    subscribe,
)
from eventflow.models import init_chat_model
from eventflow.tools import StructuredTool


class Case(NamedTuple):
    runnable: Runnable[Any, Any]
    input: Any
    error: type[Exception]
    says: tuple[str, ...]
    config: Any = None
    kwargs: dict[str, Any] = {}  # noqa: RUF012


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def save(path: str) -> str:
    """Save a file."""
    raise OSError(f"disk full: {path}")


BIRDS = BM25Retriever.from_texts(["Parrots talk."])


class Silent(BaseChatModel):
    """Answers without a candidate."""

    def _generate(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        return ChatResult([])


class Empty(BaseChatModel):
    """Begins a stream, and says nothing."""

    def _stream(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        yield from ()


class Nothing(BaseChatModel):
    """Forgets to answer."""

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Any:
        return None


PROMPT = ChatPromptTemplate.from_messages([("system", "Be {mood}."), ("human", "{question}")])
MODEL = ScriptedChatModel(["Hel", "lo"], loop=True)
ADD = StructuredTool.from_function(add)
SAVE = StructuredTool.from_function(save)
HALF = {"name": "add", "args": '{"a": 1, "b', "id": "c1", "index": 0}

MISSING = (
    "Input to ChatPromptTemplate is missing variables {'mood'}",
    "Expected: ['mood', 'question']",
    "Received: ['question']",
)
NO_MESSAGES = (
    "a chat model takes a prompt value, text or a list of messages, not",
    "put a prompt in front of it",
)

CASES = {
    "a variable is missing": Case(PROMPT, {"question": "Why?"}, KeyError, MISSING),
    "a variable is missing, in a chain": Case(PROMPT | MODEL, {"question": "Why?"}, KeyError, MISSING),
    "a variable is missing, in a text": Case(
        PromptTemplate.from_template("{a} {b}"),
        {"a": 1},
        KeyError,
        ("Input to PromptTemplate is missing variables {'b'}", "Expected: ['a', 'b']"),
    ),
    "a prompt is given no mapping": Case(
        PROMPT, 5, TypeError, ("Expected mapping type as input to ChatPromptTemplate", "received int")
    ),
    "a model is given a number": Case(MODEL, 5, ValueError, (*NO_MESSAGES, "not int")),
    "a model is given what is meant for its prompt": Case(
        MODEL | StrOutputParser(), {"question": "Why?"}, ValueError, (*NO_MESSAGES, "not dict")
    ),
    "a model is given a role that is none": Case(
        MODEL,
        [("nobody", "hi")],
        ValueError,
        ("unknown message role 'nobody'", "use one of 'human', 'user', 'ai'"),
    ),
    "a model is fed with a number": Case(
        RunnableLambda(lambda x: 5) | MODEL, "x", ValueError, (*NO_MESSAGES, "not int")
    ),
    "a parser is given a number": Case(
        RunnableLambda(lambda x: 5) | StrOutputParser(),
        "x",
        ValueError,
        ("an output parser takes text or a message, not int", "put it behind a model"),
    ),
    "a tool's arguments are of the wrong type": Case(
        ADD, {"a": "x", "b": 2}, ValidationError, ("1 validation error for add", "a\n", "valid integer")
    ),
    "a tool's arguments are missing": Case(
        RunnableLambda(lambda x: {"a": 1}) | ADD,
        "x",
        ValidationError,
        ("1 validation error for add", "b\n", "required"),
    ),
    "a tool raises": Case(SAVE, {"path": "a.txt"}, OSError, ("disk full: a.txt",)),
    "a model gives no candidate": Case(
        Silent(), "hi", ModelError, ("Silent returned a ChatResult without generations", "needs at least one")
    ),
    "a model forgets to answer": Case(
        Nothing(), "hi", ModelError, ("Nothing answered with NoneType", "ChatResult(generations=[")
    ),
    "a stream is empty": Case(
        PROMPT | Empty(),
        {"mood": "a", "question": "b"},
        ModelError,
        ("No generation chunks were returned", "Empty gave an empty stream", "at least one chunk"),
    ),
    "a script is too short": Case(
        ScriptedChatModel(turns=()),
        "hi",
        ModelError,
        ("the script has 0 turns, and this is call", "loop=True"),
    ),
    "a stream is cut in a tool call": Case(
        ScriptedChatModel([HALF, ConnectionError("the line is dead")], loop=True) | StrOutputParser(),
        "hi",
        ConnectionError,
        ("the line is dead",),
    ),
    "a keyword that a function does not take": Case(
        RunnableLambda(add),
        1,
        TypeError,
        ("add() got an unexpected keyword argument 'c'",),
        kwargs={"b": 1, "c": 2},
    ),
    "a provider that is not known": Case(
        PROMPT | init_chat_model(),
        {"mood": "a", "question": "b"},
        ValueError,
        ("there is no provider 'opnai' of chat models: there are ", "Did you mean 'openai'?"),
        {"configurable": {"model": "opnai:gpt-4o"}},
    ),
    "no model was chosen": Case(
        PROMPT | init_chat_model(),
        {"mood": "a", "question": "b"},
        ValueError,
        ("no model was chosen: give init_chat_model one",),
    ),
    "assign is given no mapping": Case(
        RunnablePassthrough.assign(a=lambda x: 1), 5, ValueError, ("must be a dict",)
    ),
    "a branch of several": Case(
        RunnableParallel(good=lambda x: x, bad=PROMPT), {"question": "Why?"}, KeyError, MISSING
    ),
    "a retry does not help": Case(
        PROMPT.with_retry(wait_exponential_jitter=False), {"question": "Why?"}, KeyError, MISSING
    ),
}


async def _drain(chunks: AsyncIterator[Any]) -> None:
    async for _ in chunks:
        pass


async def run(case: Case, way: str) -> None:
    given = (case.input, case.config)
    if way == "invoke":
        case.runnable.invoke(*given, **case.kwargs)
    elif way == "ainvoke":
        await case.runnable.ainvoke(*given, **case.kwargs)
    elif way == "stream":
        for _ in case.runnable.stream(*given, **case.kwargs):
            pass
    elif way == "astream":
        await _drain(case.runnable.astream(*given, **case.kwargs))
    elif way == "stream_events":
        for _ in case.runnable.stream_events(*given, **case.kwargs):
            pass
    elif way == "astream_events":
        await _drain(case.runnable.astream_events(*given, **case.kwargs))
    elif way == "batch":
        case.runnable.batch([case.input], case.config, **case.kwargs)
    else:
        await case.runnable.abatch([case.input], case.config, **case.kwargs)


WAYS = ("invoke", "ainvoke", "stream", "astream", "stream_events", "astream_events", "batch", "abatch")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CASES)
async def test_the_error_says_what_where_and_what_instead(name, way):
    case = CASES[name]
    with pytest.raises(case.error) as unwatched:
        await run(case, way)
    with listen() as listener, pytest.raises(case.error) as watched:
        await run(case, way)
    events = [*listener]
    for caught in (unwatched, watched):
        assert [part for part in case.says if part not in str(caught.value)] == []
    ends: dict[str, Counter[str]] = {}
    for event in events:
        ends.setdefault(event["run_id"], Counter())[event["event"].rpartition("_")[2]] += 1
    assert ends
    for counted in ends.values():
        assert (counted["start"], counted["end"] + counted["error"]) == (1, 1)
    told = [event["data"]["error"] for event in events if event["event"].endswith("_error")]
    assert told
    assert any(error is watched.value for error in told)


@pytest.mark.parametrize("name", CASES)
def test_a_handler_is_told_without_an_error_of_its_own(name, caplog):
    case = CASES[name]
    told = Counter[str]()

    class Handler:
        raise_error = True

        def __getattr__(self, method: str) -> Any:
            if not method.startswith("on_"):
                raise AttributeError(method)
            return lambda *args, **kwargs: told.update([method.rpartition("_")[2]])

    with pytest.raises(case.error):
        case.runnable.invoke(case.input, {**(case.config or {}), "callbacks": [Handler()]}, **case.kwargs)
    assert told["start"] == told["end"] + told["error"] > 0
    assert caplog.text == ""


# ---- what is not an error of a run


def test_arguments_that_were_cut_are_not_taken_for_whole_ones():
    model = ScriptedChatModel([HALF], loop=True)
    for message in (model.invoke("hi"), *model.stream("hi")):
        assert message.tool_calls == []
        (call,) = message.invalid_tool_calls
        assert (call["name"], call["args"], call["id"]) == ("add", HALF["args"], "c1")
        assert "the arguments are not a complete JSON object" in call["error"]


class Answer(BaseModel):
    """An answer."""

    text: str


@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream", "astream"])
@pytest.mark.parametrize("turn", [[{**HALF, "name": "Answer"}], "I would rather not."], ids=["cut", "words"])
async def test_structured_output_that_is_none_is_refused(turn, way):
    structured = ScriptedChatModel(turn, loop=True).with_structured_output(Answer)
    with listen(phases=["error"]) as listener, pytest.raises(OutputParserException):
        await run(Case(structured, "hi", OutputParserException, ()), way)
    failed = [event["run_id"] for event in listener]
    assert len({*failed}) == len(failed) >= 1


@pytest.mark.parametrize(
    ("use", "error", "says"),
    [
        (
            lambda: PROMPT.stream_events({}, include_nmes=["x"]),
            SubscriptionError,
            "no filter include_nmes: there are in",
        ),
        (
            lambda: PROMPT.stream_events({}, include_names="x"),
            SubscriptionError,
            r"give a list of strings, .*\['x'\]",
        ),
        (
            lambda: PROMPT.astream_events({}, phases=["begin"]),
            SubscriptionError,
            "a run has only the phases start",
        ),
        (
            lambda: list(PROMPT.stream_events({}, version="v9")),
            ValueError,
            "version='v9': give 'v2' .*or leave it out",
        ),
        (
            lambda: subscribe(print, include_nmes=["x"]),
            SubscriptionError,
            "unknown filter include_nmes: there are",
        ),
        (lambda: subscribe(None), SubscriptionError, "a subscriber must be callable, and None is not"),
        (lambda: MODEL.with_retry(stop=3), TypeError, "with_retry.* unexpected keyword argument 'stop'"),
        (lambda: MODEL.with_retry(stop_after_attempt=0), ValueError, "there has to be one attempt"),
        (lambda: MODEL | 5, TypeError, "Expected a Runnable, callable or dict"),
        (lambda: MODEL | StrOutputParser, TypeError, r"is a class: make one of it, StrOutputParser\(...\)"),
        (lambda: MODEL.with_fallbacks(MODEL), TypeError, r"takes a list of them: \[ScriptedChatModel\]"),
        (
            lambda: MODEL.with_retry(retry_if_exception_type="ValueError"),
            TypeError,
            r"^retry_if_exception_type='ValueError': give types of exceptions, such as \(ValueError,\)",
        ),
        (
            lambda: MODEL.with_fallbacks([MODEL], exceptions_to_handle=(ValueError, 5)),
            TypeError,
            "^exceptions_to_handle=.*give types of exceptions",
        ),
        (lambda: MODEL.invoke(HumanMessage("x")), (TypeError, ValueError), "list of messages"),
        (lambda: BIRDS.invoke({"question": "x"}), TypeError, r"not dict: .*itemgetter\(\"question\"\)"),
        (lambda: BM25Retriever.from_texts("x"), TypeError, "give a list of texts"),
        (lambda: create_retriever_tool(MODEL, "n", "d"), TypeError, "takes a retriever, not Scripted"),
        (
            lambda: InMemoryChatMessageHistory().add_messages([HumanMessage("x"), "y"]),
            TypeError,
            r"keeps messages, not str: .*add_user_message\(text\)",
        ),
        (
            lambda: RunnableWithMessageHistory(MODEL, lambda session_id: {}).invoke(
                "x", {"configurable": {"session_id": "1"}}
            ),
            TypeError,
            "get_session_history gave dict: it has to give a BaseChatMessageHistory",
        ),
        (lambda: MODEL.invoke("x", {"callbacks": 5}), TypeError, "callbacks=5: give a list of handlers"),
        (lambda: MODEL.invoke("x", {"run_id": "7"}), ValueError, r"run_id='7': give a UUID"),
        (
            lambda: FakeListChatModel(responses=["x"]).bind_tools([add]),
            NotImplementedError,
            "override bind_tools",
        ),
        (
            lambda: dispatch_custom_event("x", 1),
            NoRunError,
            "'x' was dispatched outside a run: call dispatch_custom",
        ),
        (lambda: AIMessage(5).text, (TypeError, ValueError), "content"),
    ],
)
def test_wrong_use_is_refused_at_the_door(use, error, says):
    with pytest.raises(error, match=says):
        use()
