"""Chat models without a provider, by LangChain's names: they say what they are told to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

from eventflow.errors import EventflowError, ModelError
from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
)
from eventflow.models.base import BaseChatModel
from eventflow.models.pieces import in_words
from eventflow.models.simple import SimpleChatModel
from eventflow.runs import RunnableConfig

__all__ = (
    "FakeChatModel",
    "FakeListChatModel",
    "FakeListChatModelError",
    "FakeMessagesListChatModel",
    "GenericFakeChatModel",
    "ParrotFakeChatModel",
)


Configs: TypeAlias = RunnableConfig | Sequence[RunnableConfig] | None


class GenericFakeChatModel(BaseChatModel):
    """Says the next of `messages`, text or messages; streams it word by word and space by space.

    What a message has beside its content is in the last chunk, so that the chunks add up to the message
    (LangChain's leaves out tool calls, usage and response metadata).

    Raises ModelError if it is asked when `messages` has come to its end.

    >>> model = GenericFakeChatModel(messages=iter(["Hello you", "Bye"]))
    >>> [chunk.text for chunk in model.stream("hi")]
    ['Hello', ' ', 'you']
    >>> model.invoke("hi").text
    'Bye'
    """

    blocking: ClassVar[bool] = False

    messages: Iterator[Any]

    @property
    def _llm_type(self) -> str:
        return "generic-fake-chat-model"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        return _result(self._next())

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in in_words(self._next()):
            yield ChatGenerationChunk(chunk)

    def _next(self) -> AIMessage:
        said = next(self.messages, None)
        if said is None:
            raise ModelError(
                "GenericFakeChatModel has nothing more to say: it was asked once more than it has messages"
            )
        return AIMessage(said) if isinstance(said, str) else said


class FakeListChatModel(SimpleChatModel):
    """Says the texts in `responses` in turn, and then again from the first; streams by the character.

    Arguments:
        responses: what it says.
        sleep: seconds to wait before each answer, or each chunk.
        i: the next one to say.
        error_on_chunk_number: where a stream raises FakeListChatModelError; an answer that has as many chunks
            is not given in one piece either.

    >>> model = FakeListChatModel(responses=["ab", "c"])
    >>> [chunk.text for chunk in model.stream("hi")], model.invoke("hi").text, model.invoke("hi").text
    (['a', 'b'], 'c', 'ab')
    """

    responses: list[str]
    sleep: float | None = None
    i: int = 0
    error_on_chunk_number: int | None = None

    @property
    def _llm_type(self) -> str:
        return "fake-list-chat-model"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"responses": self.responses}

    def _call(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> str:
        if self.sleep is not None:
            time.sleep(self.sleep)
        return self._whole()

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        if self.sleep is not None:
            await asyncio.sleep(self.sleep)
        return _result(AIMessage(self._whole()))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for number, chunk in enumerate(_characters(self._next())):
            if self.sleep is not None:
                time.sleep(self.sleep)
            self._check(number)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for number, chunk in enumerate(_characters(self._next())):
            if self.sleep is not None:
                await asyncio.sleep(self.sleep)
            self._check(number)
            yield chunk

    def _next(self) -> str:
        response = self.responses[self.i]
        self.i = (self.i + 1) % len(self.responses)
        return response

    def _whole(self) -> str:
        """The next answer in one piece; where a stream raises, this does, so that watching changes nothing."""
        said = self._next()
        for number, _ in enumerate(_characters(said)):
            self._check(number)
        return said

    def _check(self, number: int) -> None:
        if number == self.error_on_chunk_number:
            raise FakeListChatModelError(f"chunk {number} is the one that error_on_chunk_number names")

    def batch(
        self,
        inputs: Sequence[Any],
        config: Configs = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """One after the other, so that each input gets its own response."""
        return super().batch(inputs, _one_at_a_time(config), return_exceptions=return_exceptions, **kwargs)

    async def abatch(
        self,
        inputs: Sequence[Any],
        config: Configs = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """The same as `batch`, awaited."""
        return await super().abatch(
            inputs, _one_at_a_time(config), return_exceptions=return_exceptions, **kwargs
        )


class FakeListChatModelError(EventflowError):
    """What `FakeListChatModel` raises where it was told to."""


class FakeMessagesListChatModel(BaseChatModel):
    """Says the messages in `responses` in turn, and then again from the first; does not stream.

    Arguments:
        responses: what it says.
        sleep: seconds to wait before each.
        i: the next one to say.
    """

    responses: list[BaseMessage]
    sleep: float | None = None
    i: int = 0

    @property
    def _llm_type(self) -> str:
        return "fake-messages-list-chat-model"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        if self.sleep is not None:
            time.sleep(self.sleep)
        return self._next()

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        if self.sleep is not None:
            await asyncio.sleep(self.sleep)
        return self._next()

    def _next(self) -> ChatResult:
        response = self.responses[self.i]
        self.i = (self.i + 1) % len(self.responses)
        return _result(response)


class FakeChatModel(SimpleChatModel):
    """Says "fake response".

    >>> FakeChatModel().invoke("hi").text
    'fake response'
    """

    blocking: ClassVar[bool] = False

    @property
    def _llm_type(self) -> str:
        return "fake-chat-model"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"key": "fake"}

    def _call(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> str:
        return "fake response"


class ParrotFakeChatModel(BaseChatModel):
    """Gives back the last message it was given.

    >>> ParrotFakeChatModel().invoke([("system", "Repeat."), ("ai", "hello")]).text
    'hello'
    """

    blocking: ClassVar[bool] = False

    @property
    def _llm_type(self) -> str:
        return "parrot-fake-chat-model"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        if not messages:
            raise ModelError("ParrotFakeChatModel repeats the last message, and was given none")
        return _result(messages[-1])


def _result(message: BaseMessage) -> ChatResult:
    return ChatResult([ChatGeneration(message)])


def _one_at_a_time(config: Configs) -> Configs:
    if isinstance(config, Sequence):
        return [{**each, "max_concurrency": 1} for each in config]
    return {**(config or {}), "max_concurrency": 1}


def _characters(text: str) -> Iterator[ChatGenerationChunk]:
    characters = list(text) or [""]
    for number, character in enumerate(characters, 1):
        position: Any = "last" if number == len(characters) else None
        yield ChatGenerationChunk(AIMessageChunk(character, chunk_position=position))
