"""Text models without a provider, by LangChain's names: they say what they are told to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from eventflow.errors import EventflowError
from eventflow.messages import GenerationChunk
from eventflow.models.llms import LLM
from eventflow.runs import RunnableConfig

__all__ = ("FakeListLLM", "FakeListLLMError", "FakeStreamingListLLM")


class FakeListLLM(LLM):
    """Says the texts in `responses` in turn, and then again from the first; does not stream.

    Arguments:
        responses: what it says.
        sleep: seconds to wait before each answer.
        i: the next one to say.

    >>> model = FakeListLLM(responses=["one", "two"])
    >>> model.invoke("a"), model.batch(["b", "c"])
    ('one', ['two', 'one'])
    """

    responses: list[str]
    sleep: float | None = None
    i: int = 0

    @property
    def _llm_type(self) -> str:
        return "fake-list"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"responses": self.responses}

    def _call(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> str:
        if self.sleep is not None:
            time.sleep(self.sleep)
        return self._next()

    async def _acall(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> str:
        if self.sleep is not None:
            await asyncio.sleep(self.sleep)
        return self._next()

    def _next(self) -> str:
        response = self.responses[self.i]
        self.i = (self.i + 1) % len(self.responses)
        return response

    def batch(self, inputs: Sequence[Any], config: Any = None, **kwargs: Any) -> list[str]:
        """One after the other, so that each input gets its own response."""
        return super().batch(inputs, _one_at_a_time(config), **kwargs)

    async def abatch(self, inputs: Sequence[Any], config: Any = None, **kwargs: Any) -> list[str]:
        """The same as `batch`, awaited."""
        return await super().abatch(inputs, _one_at_a_time(config), **kwargs)


class FakeStreamingListLLM(FakeListLLM):
    """The same, by the character.

    Arguments:
        responses, i: as for `FakeListLLM`.
        sleep: seconds to wait before each character.
        error_on_chunk_number: where an answer raises FakeListLLMError.

    >>> list(FakeStreamingListLLM(responses=["abc"]).stream("hi"))
    ['a', 'b', 'c']
    """

    error_on_chunk_number: int | None = None

    def _call(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> str:
        return "".join(chunk.text for chunk in self._stream(prompt))

    async def _acall(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> str:
        return "".join([chunk.text async for chunk in self._astream(prompt)])

    def _stream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[GenerationChunk]:
        for number, character in enumerate(self._next() or [""]):
            if self.sleep is not None:
                time.sleep(self.sleep)
            self._check(number)
            yield GenerationChunk(character)

    async def _astream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[GenerationChunk]:
        for number, character in enumerate(self._next() or [""]):
            if self.sleep is not None:
                await asyncio.sleep(self.sleep)
            self._check(number)
            yield GenerationChunk(character)

    def _check(self, number: int) -> None:
        if number == self.error_on_chunk_number:
            raise FakeListLLMError(f"chunk {number} is the one that error_on_chunk_number names")


class FakeListLLMError(EventflowError):
    """What `FakeStreamingListLLM` raises where it was told to."""


def _one_at_a_time(config: RunnableConfig | Sequence[RunnableConfig] | None) -> Any:
    if isinstance(config, Sequence):
        return [{**each, "max_concurrency": 1} for each in config]
    return {**(config or {}), "max_concurrency": 1}
