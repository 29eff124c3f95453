"""The table of events, row by row: for each kind of run what `name`, `input`, `chunk` and `output` are.

A row is a runnable, what it is given, and its events when it is a step of a chain that is streamed, and when it is
invoked inside one. They are the same in sync and async code, and with `version="v2"` they are LangChain's own: each
row is run there, too, where it is installed.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from eventflow import (
    AIMessage,
    ChatPromptTemplate,
    GenericFakeChatModel,
    PromptTemplate,
    RunnableGenerator,
    RunnableLambda,
    RunnablePassthrough,
    StrOutputParser,
    SystemMessage,
    listen,
)
from eventflow.documents import Document
from eventflow.models import FakeListLLM, FakeStreamingListLLM
from eventflow.retrievers import BaseRetriever
from eventflow.tools import tool

OURS = SimpleNamespace(
    AIMessage=AIMessage,
    BaseRetriever=BaseRetriever,
    ChatPromptTemplate=ChatPromptTemplate,
    Document=Document,
    FakeListLLM=FakeListLLM,
    FakeStreamingListLLM=FakeStreamingListLLM,
    GenericFakeChatModel=GenericFakeChatModel,
    PromptTemplate=PromptTemplate,
    RunnableGenerator=RunnableGenerator,
    RunnableLambda=RunnableLambda,
    RunnablePassthrough=RunnablePassthrough,
    StrOutputParser=StrOutputParser,
    SystemMessage=SystemMessage,
    tool=tool,
)
"""What the rows are made of."""


@pytest.fixture(scope="module")
def theirs() -> SimpleNamespace:
    """The same of LangChain."""
    pytest.importorskip("langchain_core")
    from langchain_core import (
        documents,
        language_models,
        messages,
        output_parsers,
        prompts,
        retrievers,
        runnables,
        tools,
    )

    rooms = (tools, documents, language_models, messages, output_parsers, prompts, retrievers, runnables)
    return SimpleNamespace(
        **{name: next(getattr(room, name) for room in rooms if hasattr(room, name)) for name in vars(OURS)}
    )


# ---- what is run


def format_docs(docs: list[Any]) -> str:
    return ", ".join(doc.page_content for doc in docs)


def words(texts: Iterator[str]) -> Iterator[str]:
    for text in texts:
        yield from text.split()


async def awords(texts: AsyncIterator[str]) -> AsyncIterator[str]:
    async for text in texts:
        for word in text.split():
            yield word


def some_tool(lib: Any) -> Any:
    @lib.tool
    def some_tool(x: int, y: str) -> dict[str, Any]:
        """Some tool."""
        return {"x": x, "y": y}

    return some_tool


def retriever(lib: Any) -> Any:
    class Greetings(lib.BaseRetriever):
        def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Any]:
            return [lib.Document(page_content=f"{query} world!"), lib.Document(page_content="goodbye world!")]

    return Greetings()


def docs(lib: Any) -> list[Any]:
    return [lib.Document(page_content="hello world!"), lib.Document(page_content="goodbye world!")]


def messages(lib: Any) -> list[Any]:
    return [lib.SystemMessage(content="Be brief."), ("human", "hello")]


# ---- the table

Told = list[tuple[str, dict[str, Any]]]


class Row(NamedTuple):
    kind: str
    name: str
    make: Callable[[Any], Any]
    given: Callable[[Any], Any]
    streamed: Told
    invoked: Told
    different: str = ""
    """Why LangChain has other events; nothing, if it has the same."""
    more: Callable[[Told, str], Told] = lambda told, way: told
    """What is told without `version="v2"`, if that is more."""

    def told(self, way: str, version: str | None = None) -> Told:
        """The events of a way to run it."""
        told: Told = getattr(self, way)
        return told if version == "v2" else self.more(told, way)


ASKED = {"messages": [[("SystemMessage", "Be brief."), ("HumanMessage", "hello")]]}
PROMPTS = {"prompts": ["hello"]}
DOCS = [("Document", "hello world!"), ("Document", "goodbye world!")]
ARGS = {"x": 1, "y": "2"}
CALL = {"name": "some_tool", "args": ARGS, "id": "c1", "type": "tool_call"}
QUESTION = {"question": "hello"}
ANSWERED = ("ChatPromptValue", [("SystemMessage", "Be brief."), ("HumanMessage", "hello")])


def generated(text: str) -> dict[str, Any]:
    return {
        "generations": [[{"text": text, "generation_info": None, "type": "Generation"}]],
        "llm_output": None,
    }


def whole(input: Any, output: Any) -> Told:
    """The events of what gives no chunks."""
    return [("start", {"input": input}), ("end", {"input": input, "output": output})]


def with_call_id(told: Told, way: str) -> Told:
    """Which call of the model it answers stands in each event."""
    return [(phase, {**data, "tool_call_id": "c1"}) for phase, data in told]


def with_input(told: Told, way: str) -> Told:
    """The start of a run that is invoked tells what was given, for nothing has to be waited for."""
    return [("start", {"input": told[-1][1]["input"]}), *told[1:]] if way == "invoked" else told


TOKENS: Told = [("stream", {"chunk": ("AIMessageChunk", text)}) for text in ("hello", " ", "world")]
LETTERS: Told = [("stream", {"chunk": ("GenerationChunk", text)}) for text in "Hi!"]

TABLE = {
    "chat_model": Row(
        "chat_model",
        "GenericFakeChatModel",
        lambda lib: lib.GenericFakeChatModel(messages=iter([lib.AIMessage(content="hello world", id="m1")])),
        messages,
        streamed=[
            ("start", {"input": ASKED}),
            *TOKENS,
            ("end", {"input": ASKED, "output": ("AIMessageChunk", "hello world")}),
        ],
        invoked=[
            ("start", {"input": ASKED}),
            *TOKENS,
            ("end", {"input": ASKED, "output": ("AIMessage", "hello world")}),
        ],
    ),
    "llm": Row(
        "llm",
        "FakeListLLM",
        lambda lib: lib.FakeListLLM(responses=["Hello human!"]),
        lambda lib: "hello",
        streamed=whole(PROMPTS, generated("Hello human!")),
        invoked=whole(PROMPTS, generated("Hello human!")),
    ),
    "llm that streams": Row(
        "llm",
        "FakeStreamingListLLM",
        lambda lib: lib.FakeStreamingListLLM(responses=["Hi!"]),
        lambda lib: "hello",
        streamed=[
            ("start", {"input": PROMPTS}),
            *LETTERS,
            ("end", {"input": PROMPTS, "output": generated("Hi!")}),
        ],
        invoked=[
            ("start", {"input": PROMPTS}),
            *LETTERS,
            ("end", {"input": PROMPTS, "output": generated("Hi!")}),
        ],
        different="a text model has to tell of its tokens itself, and this one does not",
    ),
    "chain": Row(
        "chain",
        "format_docs",
        lambda lib: lib.RunnableLambda(format_docs),
        docs,
        streamed=[
            ("start", {}),
            ("stream", {"chunk": "hello world!, goodbye world!"}),
            ("end", {"input": DOCS, "output": "hello world!, goodbye world!"}),
        ],
        invoked=whole(DOCS, "hello world!, goodbye world!"),
    ),
    "chain that streams": Row(
        "chain",
        "words",
        lambda lib: lib.RunnableGenerator(words, awords),
        lambda lib: "hello world",
        streamed=[
            ("start", {}),
            ("stream", {"chunk": "hello"}),
            ("stream", {"chunk": "world"}),
            ("end", {"input": "hello world", "output": "helloworld"}),
        ],
        invoked=[
            ("start", {}),
            ("stream", {"chunk": "hello"}),
            ("stream", {"chunk": "world"}),
            ("end", {"input": "hello world", "output": "helloworld"}),
        ],
        more=with_input,
    ),
    "tool": Row(
        "tool",
        "some_tool",
        some_tool,
        lambda lib: ARGS,
        streamed=whole(ARGS, ARGS),
        invoked=whole(ARGS, ARGS),
    ),
    "tool that a model calls": Row(
        "tool",
        "some_tool",
        some_tool,
        lambda lib: CALL,
        streamed=whole(ARGS, ("ToolMessage", '{"x": 1, "y": "2"}')),
        invoked=whole(ARGS, ("ToolMessage", '{"x": 1, "y": "2"}')),
        more=with_call_id,
    ),
    "retriever": Row(
        "retriever",
        "Greetings",
        retriever,
        lambda lib: "hello",
        streamed=whole({"query": "hello"}, DOCS),
        invoked=whole({"query": "hello"}, DOCS),
    ),
    "prompt": Row(
        "prompt",
        "ChatPromptTemplate",
        lambda lib: lib.ChatPromptTemplate.from_messages([("system", "Be brief."), ("human", "{question}")]),
        lambda lib: QUESTION,
        streamed=whole(QUESTION, ANSWERED),
        invoked=whole(QUESTION, ANSWERED),
    ),
    "text prompt": Row(
        "prompt",
        "PromptTemplate",
        lambda lib: lib.PromptTemplate.from_template("Say {question}"),
        lambda lib: QUESTION,
        streamed=whole(QUESTION, ("StringPromptValue", "Say hello")),
        invoked=whole(QUESTION, ("StringPromptValue", "Say hello")),
    ),
    "parser": Row(
        "parser",
        "StrOutputParser",
        lambda lib: lib.StrOutputParser(),
        lambda lib: lib.AIMessage(content="hello", id="m1"),
        streamed=[
            ("start", {}),
            ("stream", {"chunk": "hello"}),
            ("end", {"input": ("AIMessage", "hello"), "output": "hello"}),
        ],
        invoked=whole(("AIMessage", "hello"), "hello"),
    ),
}


# ---- the events as the table shows them


def shown(value: Any) -> Any:
    """Messages, documents and prompts by type and text; their ids and what is empty are told elsewhere."""
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shown(item) for item in value]
    name = type(value).__name__
    if name.endswith(("Message", "MessageChunk")):
        return (name, value.content)
    if name == "Document":
        return (name, value.page_content)
    if name == "ChatPromptValue":
        return (name, shown(value.messages))
    if name in ("StringPromptValue", "GenerationChunk"):
        return (name, value.text)
    return value


def told_of(row: Row, events: list[Any]) -> Told:
    """What the events say of the run of the row, whose kind and name are in each of them."""
    (run_id,) = {event["run_id"] for event in events if event["name"] == row.name}
    told = [event for event in events if event["run_id"] == run_id]
    assert {event["name"] for event in told} == {row.name}
    assert all(event["event"].startswith(f"on_{row.kind}_") for event in told)
    assert all(len(event["parent_ids"]) == 1 for event in told)
    return [(event["event"].removeprefix(f"on_{row.kind}_"), shown(event["data"])) for event in told]


def streamed(row: Row, lib: Any) -> Any:
    """The row as a step of a chain."""
    return lib.RunnablePassthrough() | row.make(lib)


def invoking(row: Row, lib: Any) -> Any:
    """A function that invokes the row."""
    runnable = row.make(lib)

    async def acall(x: Any) -> Any:
        return await runnable.ainvoke(x)

    return lib.RunnableLambda(lambda x: runnable.invoke(x), acall)


WAYS = {"streamed": streamed, "invoked": invoking}


@pytest.mark.parametrize("version", [None, "v2"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TABLE)
def test_as_the_table_says(name, way, version):
    row = TABLE[name]
    events = [*WAYS[way](row, OURS).stream_events(row.given(OURS), version=version)]
    assert told_of(row, events) == row.told(way, version)


@pytest.mark.parametrize("version", [None, "v2"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TABLE)
async def test_as_the_table_says_in_a_task(name, way, version):
    row = TABLE[name]
    program = WAYS[way](row, OURS)
    events = [event async for event in program.astream_events(row.given(OURS), version=version)]
    assert told_of(row, events) == row.told(way, version)


@pytest.mark.parametrize("name", TABLE)
def test_whoever_listens_to_a_chain_that_is_invoked_is_told_the_same(name):
    row = TABLE[name]
    with listen() as events:
        streamed(row, OURS).invoke(row.given(OURS))
    assert told_of(row, [*events]) == row.told("invoked")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if not row.different])
async def test_langchain_has_the_same_table(name, way, theirs):
    row = TABLE[name]
    program = WAYS[way](row, theirs)
    events = [event async for event in program.astream_events(row.given(theirs), version="v2")]
    assert told_of(row, events) == row.told(way, "v2")


@pytest.mark.parametrize("version", [None, "v2"])
@pytest.mark.parametrize("name", TABLE)
def test_at_the_root_the_start_has_what_was_given_and_the_end_has_not(name, version):
    row = TABLE[name]
    given = row.given(OURS)
    first, *_, last = row.make(OURS).stream_events(given, version=version)
    assert (first["event"], first["name"]) == (f"on_{row.kind}_start", row.name)
    assert first["data"]["input"] == (ARGS if row.kind == "tool" and version is None else given)
    assert last["event"] == f"on_{row.kind}_end"
    assert shown(last["data"]["output"]) == row.streamed[-1][1]["output"]
    assert "input" not in last["data"]
    assert first["parent_ids"] == last["parent_ids"] == []


@pytest.mark.parametrize("kind", ["chat_model", "llm", "chain", "tool", "retriever", "prompt", "parser"])
def test_the_table_has_every_kind(kind):
    assert kind in {row.kind for row in TABLE.values()}
