"""The handler class to inherit from: LangChain's methods, each doing nothing.

Who does not inherit from it is heard just as well: a handler is any object that has some of the methods.
Each may be a coroutine function, and is given keyword arguments that are not named here, such as `name` and
`run_type`: take `**kwargs`.

The methods here do nothing and are never called: a handler is told only of what it overrides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias
from uuid import UUID

from eventflow.messages import BaseMessage, ChatGenerationChunk, GenerationChunk, LLMResult

__all__ = ("BaseCallbackHandler", "Token")

Token: TypeAlias = str | list[str | dict[str, Any]]


class BaseCallbackHandler:
    """What is told of a run, and of all runs below it, when it stands in `config={"callbacks": [handler]}`.

    Override the methods you want; the others cost nothing. Sync methods are called where the event happens,
    before the run goes on; coroutine methods are awaited one after the other, all of them before the run that
    was given the handler returns. What a method raises is logged and the run goes on, unless `raise_error`.

    Prompts and output parsers call the `on_chain_…` methods. `on_text`, `on_agent_…` and `on_retry` exist so
    that handlers written for LangChain need no change; nothing here calls them.

    >>> from eventflow import RunnableLambda
    >>> class Inputs(BaseCallbackHandler):
    ...     def on_chain_start(self, serialized, inputs, *, name, **kwargs):
    ...         print(name, inputs)
    >>> RunnableLambda(lambda x: x + 1, name="plus_one").invoke(1, {"callbacks": [Inputs()]})
    plus_one 1
    2
    """

    raise_error: bool = False
    """Whether what a method raises is raised into the run instead of being logged."""

    run_inline: bool = False
    """LangChain's; sync methods are always called inline here."""

    @property
    def ignore_llm(self) -> bool:
        """Whether the `on_llm_…` methods are not to be called."""
        return False

    @property
    def ignore_retry(self) -> bool:
        """Whether `on_retry` is not to be called."""
        return False

    @property
    def ignore_chain(self) -> bool:
        """Whether the `on_chain_…` methods are not to be called."""
        return False

    @property
    def ignore_agent(self) -> bool:
        """Whether the `on_tool_…` and `on_agent_…` methods are not to be called (one flag, as in LangChain)."""
        return False

    @property
    def ignore_retriever(self) -> bool:
        """Whether the `on_retriever_…` methods are not to be called."""
        return False

    @property
    def ignore_chat_model(self) -> bool:
        """Whether `on_chat_model_start` is not to be called."""
        return False

    @property
    def ignore_custom_event(self) -> bool:
        """Whether `on_custom_event` is not to be called."""
        return False

    def on_chain_start(
        self,
        serialized: dict[str, Any] | None,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """A chain, prompt or output parser starts; `inputs` is `{"input": ""}` while it still comes in chunks."""

    def on_chain_end(
        self, outputs: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> Any:
        """It has ended well; when it was streamed, `kwargs` has its `inputs`."""

    def on_chain_error(
        self, error: BaseException, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> Any:
        """It has failed or was cancelled; `kwargs` as at its end."""

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """A chat model starts. Where this is not overridden, `on_llm_start` is told, with a transcript."""
        raise NotImplementedError(f"{type(self).__name__} has no on_chat_model_start: on_llm_start is told")

    def on_llm_start(
        self,
        serialized: dict[str, Any],
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """A text model starts."""

    def on_llm_new_token(
        self,
        token: Token,
        *,
        chunk: GenerationChunk | ChatGenerationChunk | None = None,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        **kwargs: Any,
    ) -> Any:
        """A model of either kind gives a piece of its answer; `token` is its content."""

    def on_llm_end(
        self,
        response: LLMResult,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        **kwargs: Any,
    ) -> Any:
        """A model of either kind has answered; `response.generations[0][0]` has the answer."""

    def on_llm_error(
        self,
        error: BaseException,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        **kwargs: Any,
    ) -> Any:
        """A model of either kind has failed or was cancelled."""

    def on_tool_start(
        self,
        serialized: dict[str, Any],
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        inputs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """A tool starts; `inputs` are its arguments, `input_str` the same as text."""

    def on_tool_end(
        self, output: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> Any:
        """A tool has ended well."""

    def on_tool_error(
        self, error: BaseException, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> Any:
        """A tool has failed or was cancelled."""

    def on_retriever_start(
        self,
        serialized: dict[str, Any] | None,
        query: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """A retriever starts."""

    def on_retriever_end(
        self, documents: Sequence[Any], *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> Any:
        """A retriever has found `documents`."""

    def on_retriever_error(
        self, error: BaseException, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> Any:
        """A retriever has failed or was cancelled."""

    def on_custom_event(
        self,
        name: str,
        data: Any,
        *,
        run_id: UUID,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """User code has dispatched an event of its own; `run_id` is that of the run around it."""

    def on_text(self, text: str, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any) -> Any:
        """Never called."""

    def on_agent_action(
        self, action: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> Any:
        """Never called."""

    def on_agent_finish(
        self, finish: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> Any:
        """Never called."""

    def on_retry(
        self, retry_state: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> Any:
        """Never called."""
