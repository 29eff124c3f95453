"""What is measured: each row is one workload, written once and run on eventflow and on its peer.

A workload is a function of a library (the names it needs, see `Library`) that prepares what it needs and
returns something to call; one call does `units` units of work. Times are per unit.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

Call = Callable[[], object]


@dataclass(frozen=True)
class Library:
    """The names a workload needs, from eventflow or from langchain-core."""

    name: str
    RunnableLambda: Any
    RunnableSequence: Any
    ChatPromptTemplate: Any
    BaseChatModel: Any
    StrOutputParser: Any
    AIMessage: Any
    AIMessageChunk: Any
    ChatGeneration: Any
    ChatGenerationChunk: Any
    ChatResult: Any


@dataclass(frozen=True)
class Row:
    """One line of the table: what is done, how often in one call, and how many times faster we must be.

    With `spans`, a call says itself how long its units took: what is done before them and after does not count.
    """

    title: str
    unit: str
    units: int
    prepare: Callable[[Library], Call]
    budget: float
    rounds: int = 5
    spans: bool = False


def lambda_invoke(lib: Library) -> Call:
    """A call of a function that does nothing."""
    invoke = lib.RunnableLambda(lambda x: x).invoke

    def call() -> None:
        for _ in range(1000):
            invoke(1)

    return call


def sequence_ainvoke(lib: Library) -> Call:
    """Fifty coroutine functions in a row."""

    async def same(x: int) -> int:
        return x

    sequence = lib.RunnableSequence(*[lib.RunnableLambda(same)] * 50)

    async def main() -> None:
        for _ in range(10):
            await sequence.ainvoke(1)

    return lambda: asyncio.run(main())


def generator_events(chunks: int) -> Callable[[Library], Call]:
    """An async generator, watched chunk by chunk."""

    def prepare(lib: Library) -> Call:
        async def numbers(_: object) -> AsyncIterator[int]:
            for i in range(chunks):
                yield i

        runnable = lib.RunnableLambda(numbers)

        async def main() -> None:
            async for _ in runnable.astream_events(0, version="v2"):
                pass

        return lambda: asyncio.run(main())

    return prepare


def chat_model(lib: Library, tokens: int, *, turns: bool = False) -> Any:
    """A chat model that emits `tokens` tokens; with `turns`, each after a turn of the event loop."""

    class Scripted(lib.BaseChatModel):  # type: ignore[misc, name-defined]  # the base is a value here
        @property
        def _llm_type(self) -> str:
            return "scripted"

        def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Any:
            message = lib.AIMessage(content="token " * tokens)
            return lib.ChatResult(generations=[lib.ChatGeneration(message=message)])

        async def _astream(
            self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any
        ) -> AsyncIterator[Any]:
            for _ in range(tokens):
                if turns:
                    await asyncio.sleep(0)
                chunk = lib.ChatGenerationChunk(message=lib.AIMessageChunk(content="token "))
                if run_manager:
                    await run_manager.on_llm_new_token("token ", chunk=chunk)
                yield chunk

    return Scripted()


def chat(lib: Library, tokens: int, *, turns: bool = False) -> Any:
    """Prompt, model and parser."""
    prompt = lib.ChatPromptTemplate.from_messages([("system", "Be brief."), ("human", "{question}")])
    return prompt | chat_model(lib, tokens, turns=turns) | lib.StrOutputParser()


def chat_astream(tokens: int) -> Callable[[Library], Call]:
    """The answer as text, nobody listening."""

    def prepare(lib: Library) -> Call:
        chain = chat(lib, tokens)

        async def main() -> None:
            async for _ in chain.astream({"question": "Why?"}):
                pass

        return lambda: asyncio.run(main())

    return prepare


def chat_events(tokens: int) -> Callable[[Library], Call]:
    """The same, watched: three events a token."""

    def prepare(lib: Library) -> Call:
        chain = chat(lib, tokens)

        async def main() -> None:
            async for _ in chain.astream_events({"question": "Why?"}, version="v2"):
                pass

        return lambda: asyncio.run(main())

    return prepare


def concurrent_chats(chats: int, tokens: int) -> Callable[[Library], Call]:
    """Many chats at once in one loop, each watched by its own consumer."""

    def prepare(lib: Library) -> Call:
        chain = chat(lib, tokens)

        async def one() -> None:
            async for _ in chain.astream_events({"question": "Why?"}, version="v2"):
                pass

        async def main() -> None:
            await asyncio.gather(*(one() for _ in range(chats)))

        return lambda: asyncio.run(main())

    return prepare


def streams_at_once(streams: int) -> Callable[[Library], Call]:
    """Streams of seven tokens that all run at the same time in one loop, a turn of the loop each token.

    A scripted model is asked, and nobody listens but who asks. What 10,000 streams cost more than 100 is the
    garbage collector of Python, which looks through all that is alive; with it switched off the cost is flat.
    """

    def prepare(lib: Library) -> Call:
        chain = chat(lib, 7, turns=True)

        async def one() -> None:
            async for _ in chain.astream({"question": "Why?"}):
                pass

        async def main() -> None:
            await asyncio.gather(*(one() for _ in range(streams)))

        return lambda: asyncio.run(main())

    return prepare


def tool_call_merge(pieces: int) -> Callable[[Library], Call]:
    """The arguments of a tool call, streamed in pieces and added up one by one, read at the end."""

    def prepare(lib: Library) -> Call:
        def piece(text: str, first: bool) -> Any:
            call = {
                "name": "search" if first else None,
                "args": text,
                "id": "call_1" if first else None,
                "index": 0,
                "type": "tool_call_chunk",
            }
            return lib.AIMessageChunk(content="", tool_call_chunks=[call])

        texts = ['{"q": "', *["abcd"] * (pieces - 2), '"}']
        chunks = [piece(text, n == 0) for n, text in enumerate(texts)]

        def call() -> None:
            whole = chunks[0]
            for chunk in chunks[1:]:
                whole = whole + chunk
            assert whole.tool_calls[0]["args"]["q"]

        return call

    return prepare


ROWS = (
    Row("RunnableLambda.invoke, nobody listening", "call", 1000, lambda_invoke, 60),
    Row("50-step sequence, ainvoke", "step", 500, sequence_ainvoke, 50),
    Row("generator through astream_events", "chunk", 20_000, generator_events(20_000), 10, 3),
    Row("prompt | model | parser, astream", "token", 5_000, chat_astream(5_000), 20, 3),
    Row("the same through astream_events", "token", 5_000, chat_events(5_000), 15, 3),
    Row("100 chats of 100 tokens at once, astream_events", "chat", 100, concurrent_chats(100, 100), 12, 3),
    Row("1,000 streams at once", "stream", 1_000, streams_at_once(1_000), 12, 2),
    Row("tool-call arguments in 2,000 pieces", "merge", 2_000, tool_call_merge(2_000), 40, 3),
)

GROWTH = (
    ("generator through astream_events", "chunk", (2_000, 20_000, 200_000), generator_events),
    ("prompt | model | parser, astream_events", "token", (500, 5_000, 50_000), chat_events),
    ("streams at once", "stream", (100, 1_000, 10_000), streams_at_once),
    ("tool-call arguments in pieces", "merge", (2_000, 20_000, 200_000), tool_call_merge),
)
"""Our own cost for n, 10n and 100n: it must stay flat."""
