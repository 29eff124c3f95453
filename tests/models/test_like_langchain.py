"""The same models with the import line changed: what they yield, answer and tell, compared with LangChain.

Where eventflow does better on purpose, the difference is evened out here by name (`shown`, `metadata_of`) and
tested in the file it belongs to: ids of answers that were not streamed, ids after the first chunk, the
position in sums, what fakes leave out, empty streams of fakes.
"""

import warnings
from types import SimpleNamespace

import pytest

from eventflow import messages, models, parsers, runnables

lc_models = pytest.importorskip("langchain_core.language_models")
lc_chat_models = pytest.importorskip("langchain_core.language_models.chat_models")
lc_messages = pytest.importorskip("langchain_core.messages")
lc_outputs = pytest.importorskip("langchain_core.outputs")
lc_parsers = pytest.importorskip("langchain_core.output_parsers")
lc_runnables = pytest.importorskip("langchain_core.runnables")


def sides(api):
    """The models of a user, made of one library or the other."""

    class Whole(api.BaseChatModel):
        """Answers as a whole."""

        streaming: bool = False
        model: str = "m-1"
        temperature: float = 0.5
        max_tokens: int = 7

        @property
        def _llm_type(self):
            return "whole"

        def _generate(self, messages, stop=None, run_manager=None, **kwargs):
            text = f"whole:{messages[-1].content}:{stop}:{sorted(kwargs.items())}"
            generation = api.ChatGeneration(message=api.AIMessage(text), generation_info={"finish": "stop"})
            return api.ChatResult(generations=[generation], llm_output={"model_name": "mm"})

    class ChatChunks(Whole):
        """Streams, too; another text, so that one sees which hook was used."""

        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            assert run_manager is None
            for number, text in enumerate(["stre", f"am:{stop}:{sorted(kwargs.items())}"]):
                chunk = api.AIMessageChunk(content=text)
                yield api.ChatGenerationChunk(message=chunk, generation_info={"n": "x"} if number else None)

    class Marked(Whole):
        """Marks its last chunk, and gives ids of its own."""

        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            yield api.ChatGenerationChunk(message=api.AIMessageChunk(content="a", id="mine"))
            last = api.AIMessageChunk(content="b", id="mine", chunk_position="last")
            yield api.ChatGenerationChunk(message=last)

    class Blocks(Whole):
        """Streams content blocks."""

        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            block = {"type": "text", "text": "a", "index": 0}
            yield api.ChatGenerationChunk(message=api.AIMessageChunk(content=[block]))

    class Empty(Whole):
        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            yield from ()

    class Roles(Whole):
        """Streams chunks that are not AI chunks."""

        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            yield api.ChatGenerationChunk(message=api.ChatMessageChunk(content="a", role="critic"))

    class Native(Whole):
        """Has async hooks of its own, beside sync ones."""

        async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
            generation = api.ChatGeneration(message=api.AIMessage("async whole"))
            return api.ChatResult(generations=[generation])

        async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
            yield api.ChatGenerationChunk(message=api.AIMessageChunk(content="async "))
            yield api.ChatGenerationChunk(message=api.AIMessageChunk(content="chunks"))

    return SimpleNamespace(
        **{c.__name__: c for c in (Whole, ChatChunks, Marked, Blocks, Empty, Roles, Native)}
    )


class Api:
    """Everything that several modules have, and the models of `sides` made of it."""

    def __init__(self, *modules):
        self._modules = modules
        vars(self).update(vars(sides(self)))

    def __getattr__(self, name):
        for module in self._modules:
            if hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(name)


OURS = Api(messages, models, parsers, runnables)
THEIRS = Api(lc_messages, lc_outputs, lc_models, lc_chat_models, lc_parsers, lc_runnables)


def shown(value):
    """What can be compared across the two."""
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(item) for item in value]
    if isinstance(value, (OURS.BaseMessage, THEIRS.BaseMessage)):
        ours = value.id is not None and value.id.startswith("lc_run--")
        calls = getattr(value, "tool_calls", None)
        own_id = "of the run" if ours else value.id
        kind = type(value).__name__
        return [kind, value.content, value.response_metadata, value.additional_kwargs, calls, own_id]
    return value


def outcome(call, api):
    """What a call gives, or which kind of error it raises."""
    try:
        return shown(call(api))
    except Exception as error:
        return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")


CALLS = {
    "invoke": lambda api: api.ChatChunks().invoke("hi"),
    "invoke with stop": lambda api: api.ChatChunks().invoke("hi", stop=["a"], other=1),
    "invoke with streaming": lambda api: api.ChatChunks(streaming=True).invoke("hi"),
    "invoke with stream": lambda api: api.ChatChunks().invoke("hi", stream=True),
    "invoke without stream": lambda api: api.ChatChunks(streaming=True).invoke("hi", stream=False),
    "invoke without streaming": lambda api: api.ChatChunks(streaming=False).invoke("hi", stream=True),
    "invoke disabled": lambda api: api.ChatChunks(disable_streaming=True).invoke("hi", stream=True),
    "invoke of what cannot stream": lambda api: api.Whole(streaming=True).invoke("hi"),
    "invoke marked": lambda api: api.Marked(streaming=True).invoke("hi"),
    "invoke empty": lambda api: api.Empty(streaming=True).invoke("hi"),
    "stream": lambda api: list(api.ChatChunks().stream("hi")),
    "stream with stop": lambda api: list(api.ChatChunks().stream("hi", stop=["a"], other=1)),
    "stream of what cannot": lambda api: list(api.Whole().stream("hi")),
    "stream disabled": lambda api: list(api.ChatChunks(disable_streaming=True).stream("hi")),
    "stream with tools": lambda api: list(
        api.ChatChunks(disable_streaming="tool_calling").stream("hi", tools=[1])
    ),
    "stream without tools": lambda api: list(
        api.ChatChunks(disable_streaming="tool_calling").stream("hi", tools=[])
    ),
    "stream without streaming": lambda api: list(api.ChatChunks(streaming=False).stream("hi")),
    "stream without stream": lambda api: list(api.ChatChunks().stream("hi", stream=False)),
    "stream marked": lambda api: list(api.Marked().stream("hi")),
    "stream of blocks": lambda api: list(api.Blocks().stream("hi")),
    "stream of roles": lambda api: list(api.Roles().stream("hi")),
    "stream empty": lambda api: list(api.Empty().stream("hi")),
    "positions": lambda api: [c.chunk_position for c in api.ChatChunks().stream("hi")],
    "positions marked": lambda api: [c.chunk_position for c in api.Marked().stream("hi")],
    "bind": lambda api: api.ChatChunks().bind(stop=["z"]).invoke("hi"),
    "input of pairs": lambda api: api.Whole().invoke([("system", "s"), ("human", "h")]),
    "input of dicts": lambda api: api.Whole().invoke([{"role": "user", "content": "h"}]),
    "input of a pair": lambda api: api.Whole().invoke(("human", "h")),
    "input of a number": lambda api: api.Whole().invoke(5),
    "input of a dict": lambda api: api.Whole().invoke({"a": 1}),
    "input of numbers": lambda api: api.Whole().invoke([5]),
    "chain": lambda api: list((api.ChatChunks() | api.StrOutputParser()).stream("hi")),
    "batch": lambda api: [m.content for m in api.Whole().batch(["a", "b"])],
    "generate": lambda api: [
        g[0].message for g in api.Whole().generate([[api.HumanMessage("a")]]).generations
    ],
    "params": lambda api: dict(api.Whole()._get_ls_params(stop=["q"], model="other", temperature=1)),
    "params of a Chat class": lambda api: dict(api.ChatChunks()._get_ls_params()),
    "words": lambda api: list(api.GenericFakeChatModel(messages=iter(["hello  wor\nld "])).stream("x")),
    "own id": lambda api: list(
        api.GenericFakeChatModel(messages=iter([api.AIMessage("a b", id="7")])).stream("x")
    ),
    "function call": lambda api: [
        c.additional_kwargs
        for c in api.GenericFakeChatModel(
            messages=iter(
                [
                    api.AIMessage(
                        "",
                        additional_kwargs={
                            "function_call": {"name": "f", "arguments": '{"a": 1,\n"b": 2}'},
                            "z": 1,
                        },
                    )
                ]
            )
        ).stream("x")
        if c.additional_kwargs
    ],
    "list": lambda api: [api.FakeListChatModel(responses=["ab", "c"]).invoke("x") for _ in range(3)],
    "list streamed": lambda api: list(api.FakeListChatModel(responses=["ab"]).stream("x")),
    "list batch": lambda api: [
        m.content for m in api.FakeListChatModel(responses=["a", "b", "c"]).batch("wxyz")
    ],
    "list of messages": lambda api: api.FakeMessagesListChatModel(responses=[api.AIMessage("a")]).invoke("x"),
    "parrot": lambda api: api.ParrotFakeChatModel().invoke([("system", "s"), ("user", "u")]),
    "parrot without": lambda api: api.ParrotFakeChatModel().invoke([]),
    "types": lambda api: [
        api.ParrotFakeChatModel()._llm_type,
        api.GenericFakeChatModel(messages=iter([]))._llm_type,
        api.FakeListChatModel(responses=["a"])._llm_type,
        api.FakeListChatModel(responses=["a"])._identifying_params,
        api.FakeMessagesListChatModel(responses=[])._llm_type,
    ],
    "no tools": lambda api: api.Whole().bind_tools([]),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_same(call):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = outcome(call, THEIRS)
    assert outcome(call, OURS) == theirs


ASYNC_CALLS = {
    "ainvoke": lambda api: api.Native().ainvoke("hi"),
    "ainvoke with streaming": lambda api: api.Native(streaming=True).ainvoke("hi"),
    "ainvoke derived": lambda api: api.ChatChunks().ainvoke("hi"),
    "astream": lambda api: collected(api.Native().astream("hi")),
    "astream derived": lambda api: collected(api.ChatChunks().astream("hi")),
    "astream of what cannot": lambda api: collected(api.Whole().astream("hi")),
    "astream disabled": lambda api: collected(api.Native(disable_streaming=True).astream("hi")),
    "abatch": lambda api: api.Native().abatch(["a", "b"]),
}


async def collected(chunks):
    return [chunk async for chunk in chunks]


@pytest.mark.parametrize("call", ASYNC_CALLS.values(), ids=ASYNC_CALLS)
async def test_same_async(call):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = shown(await call(THEIRS))
    assert shown(await call(OURS)) == theirs


def inside(model):
    """A step that calls the model as a whole."""

    async def step(x):
        return await model.ainvoke(x)

    return step


PROGRAMS = {
    "model": lambda api: api.ChatChunks(),
    "native model": lambda api: api.Native(),
    "marked": lambda api: api.Marked(),
    "what cannot stream": lambda api: api.Whole(),
    "disabled": lambda api: api.ChatChunks(disable_streaming=True),
    "model and parser": lambda api: api.Native() | api.StrOutputParser(),
    "inside": lambda api: api.RunnableLambda(inside(api.Native())),
    "inside, derived": lambda api: api.RunnableLambda(inside(api.ChatChunks())),
    "inside, disabled": lambda api: api.RunnableLambda(inside(api.Native(disable_streaming=True))),
    "inside, not streaming": lambda api: api.RunnableLambda(inside(api.Native(streaming=False))),
    "with a stop": lambda api: api.Native().bind(stop=["z"]),
    "with tags": lambda api: api.Native(tags=["own"], metadata={"k": 1}).with_config(tags=["given"]),
}


async def told(program, api):
    """The events, without what differs by design."""
    events = []
    async for event in program(api).astream_events("hi", version="v2"):
        metadata = metadata_of(event) if event["event"] == "on_chat_model_start" else None
        events.append((event["event"], event["name"], sorted(event["tags"]), metadata, shown(event["data"])))
    return events


def metadata_of(event):
    own = {"ls_integration", "lc_versions"}
    return {key: value for key, value in event["metadata"].items() if key not in own}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
async def test_same_events(program):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = await told(program, THEIRS)
    assert await told(program, OURS) == theirs
