"""What a model's hooks are given as `run_manager`: the run, and where tokens that are not yielded are told."""

from __future__ import annotations

from typing import Any

from eventflow.messages import (
    AIMessageChunk,
    BaseMessage,
    ChatGenerationChunk,
    Generation,
    GenerationChunk,
)
from eventflow.models.answers import fallback_id
from eventflow.runs.manager import RunManager

__all__ = ("AsyncCallbackManagerForLLMRun", "CallbackManagerForLLMRun")


class _ModelRunManager(RunManager):
    """The run that a model's hook works for, and what tells of its tokens."""

    __slots__ = ()

    def _tell(self, token: str | list[Any], chunk: Generation | BaseMessage | None) -> None:
        """Tell of a token that a hook did not yield; it gets the id that the answer will have."""
        if self._run.kind == "llm":
            self._run.chunk(chunk if isinstance(chunk, GenerationChunk) else GenerationChunk(str(token)))
            return
        message = chunk.message if isinstance(chunk, ChatGenerationChunk) else chunk
        if not isinstance(message, BaseMessage):
            message = AIMessageChunk(token)
        if message.id is None:
            message = message.model_copy(update={"id": fallback_id(self._run)})
        self._run.chunk(message)


class CallbackManagerForLLMRun(_ModelRunManager):
    """The run that `_generate` works for.

    Only `_generate` is given one: what `_stream` yields is told of by the model itself.
    """

    __slots__ = ()

    def on_llm_new_token(
        self, token: str | list[Any], *, chunk: Generation | BaseMessage | None = None, **kwargs: Any
    ) -> None:
        """Tell of a token: an `on_chat_model_stream` or `on_llm_stream` event, with `chunk` if there is one."""
        self._tell(token, chunk)


class AsyncCallbackManagerForLLMRun(_ModelRunManager):
    """The run that `_agenerate` works for."""

    __slots__ = ()

    async def on_llm_new_token(
        self, token: str | list[Any], *, chunk: Generation | BaseMessage | None = None, **kwargs: Any
    ) -> None:
        """Tell of a token: an `on_chat_model_stream` or `on_llm_stream` event, with `chunk` if there is one."""
        self._tell(token, chunk)
        await self._run.apause()

    def get_sync(self) -> CallbackManagerForLLMRun:
        """The same for sync code."""
        return CallbackManagerForLLMRun(self._run)
