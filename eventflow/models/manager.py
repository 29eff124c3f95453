"""What a model's hooks are given as `run_manager`: the run, as LangChain's users know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from eventflow.messages import (
    AIMessageChunk,
    BaseMessage,
    ChatGenerationChunk,
    Generation,
    GenerationChunk,
)
from eventflow.models.answers import fallback_id
from eventflow.runs import Run, RunHandle

__all__ = ("AsyncCallbackManagerForLLMRun", "CallbackManagerForLLMRun")


class _RunManager:
    """What the sync and the async one have in common."""

    __slots__ = ("_run",)

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def run_id(self) -> UUID:
        """The id of the run."""
        return UUID(self._run.run_id)

    @property
    def parent_run_id(self) -> UUID | None:
        """The id of the run that it is part of."""
        parent = self._run.parent_run
        return None if parent is None else UUID(parent.run_id)

    @property
    def tags(self) -> list[str]:
        """The tags of the run."""
        return [*self._run.info.tags]

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The metadata of the run."""
        return self._run.info.metadata

    def get_child(self, tag: str | None = None) -> RunHandle:
        """What `config["callbacks"]` has to be for a runnable to become a child of the run."""
        return self._run.handle(tag)

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


class CallbackManagerForLLMRun(_RunManager):
    """The run that `_generate` works for.

    Only `_generate` is given one: what `_stream` yields is told of by the model itself.
    """

    __slots__ = ()

    def on_llm_new_token(
        self, token: str | list[Any], *, chunk: Generation | BaseMessage | None = None, **kwargs: Any
    ) -> None:
        """Tell of a token: an `on_chat_model_stream` or `on_llm_stream` event, with `chunk` if there is one."""
        self._tell(token, chunk)


class AsyncCallbackManagerForLLMRun(_RunManager):
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
