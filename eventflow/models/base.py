"""`BaseChatModel`: messages in, a message out, whole or in chunks, as the life of a run.

Rules for this file:
1. What is yielded is told of by the run, so `_stream` gets no `run_manager`, as in LangChain; what a hook that
   gives a whole answer tells of through its `run_manager` is told of as well.
2. The answer is the same, its id included, whether it was streamed inside or not.
3. Nothing is checked, converted or copied for each token.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, cast

from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatGeneration,
    LLMResult,
    PromptValue,
    message_chunk_to_message,
)
from eventflow.models.answers import (
    LanguageModelInput,
    answer,
    as_messages,
    closing_chunk,
    fallback_id,
    labelled,
)
from eventflow.models.hooks import ChatModelHooks
from eventflow.models.manager import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from eventflow.runnables import Runnable
from eventflow.runnables.drive import acollect, collect
from eventflow.runnables.seam import aclose, close
from eventflow.runs import Callbacks, Run, RunnableConfig, get_config_list, merge_configs

__all__ = ("BaseChatModel",)


class BaseChatModel(ChatModelHooks):
    """Base of chat models; subclass it as you would subclass LangChain's.

    Arguments:
        tags, metadata, callbacks: of its runs.
        disable_streaming: True never to stream, "tool_calling" not to when called with `tools`.

    A model that can stream does so in `invoke`, too, when somebody wants its tokens (an event stream, a
    callback handler, a `messages` mode); what it returns is the same.

    >>> from eventflow import AIMessage, ChatGeneration, ChatResult
    >>> class Echo(BaseChatModel):
    ...     @property
    ...     def _llm_type(self):
    ...         return "echo"
    ...     def _generate(self, messages, stop=None, run_manager=None, **kwargs):
    ...         return ChatResult([ChatGeneration(AIMessage(messages[-1].text))])
    >>> Echo().invoke("hello").text
    'hello'
    """

    # ---- the verbs, as they are called on models

    def invoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """Answer.

        Arguments:
            input: text, a prompt value, or messages and what stands for them.
            config: see `RunnableConfig`.
            stop: texts before which the answer is to end.
            kwargs: passed on to the hooks.

        Raises ValueError if `input` is something else, ModelError if the model gives no answer.
        """
        return super().invoke(input, self._configured(config, stop), stop=stop, **kwargs)

    async def ainvoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """The same as `invoke`, awaited."""
        return await super().ainvoke(input, self._configured(config, stop), stop=stop, **kwargs)

    def stream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> Iterator[AIMessageChunk]:
        """Answer in chunks; the last has `chunk_position="last"`.

        What cannot stream gives its one message, not as a chunk, as in LangChain.
        """
        if self._streaming(("_stream",), {**kwargs, "stream": True}):
            chunks = super().stream(input, self._configured(config, stop), stop=stop, **kwargs)
            return cast("Iterator[AIMessageChunk]", chunks)
        return self._one(input, config, stop=stop, **kwargs)

    def astream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AIMessageChunk]:
        """The same as `stream`, asynchronously."""
        if self._streaming(("_stream", "_astream"), {**kwargs, "stream": True}):
            chunks = super().astream(input, self._configured(config, stop), stop=stop, **kwargs)
            return cast("AsyncIterator[AIMessageChunk]", chunks)
        return self._aone(input, config, stop=stop, **kwargs)

    def _one(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        yield self.invoke(*args, **kwargs)

    async def _aone(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        yield await self.ainvoke(*args, **kwargs)

    def _configured(self, config: RunnableConfig | None, stop: list[str] | None) -> RunnableConfig | None:
        """The config of a call, with what the model itself and `stop` add to it."""
        if not stop and not self.callbacks:
            return config
        own: dict[str, Any] = {"callbacks": self.callbacks, "metadata": {"ls_stop": stop} if stop else None}
        return merge_configs(config, own)

    # ---- the work

    def _do_invoke(self, input: Any, run: Run, *, stop: list[str] | None = None, **kwargs: Any) -> Any:
        chosen = self._streaming(("_stream",), kwargs)
        if run.listened("stream") if chosen is None else chosen:
            return message_chunk_to_message(collect(run, self._do_stream(input, run, stop=stop, **kwargs)))
        messages = as_messages(input)
        if "_generate" in self._managed:
            kwargs["run_manager"] = CallbackManagerForLLMRun(run)
        return answer(self._generate(messages, stop=stop, **kwargs), run)

    async def _do_ainvoke(self, input: Any, run: Run, *, stop: list[str] | None = None, **kwargs: Any) -> Any:
        chosen = self._streaming(("_stream", "_astream"), kwargs)
        if run.listened("stream") if chosen is None else chosen:
            return message_chunk_to_message(
                await acollect(run, self._do_astream(input, run, stop=stop, **kwargs))
            )
        messages = as_messages(input)
        if "_agenerate" in self._managed:
            kwargs["run_manager"] = AsyncCallbackManagerForLLMRun(run)
        return answer(await self._agenerate(messages, stop=stop, **kwargs), run)

    def _do_stream(
        self, input: Any, run: Run, *, stop: list[str] | None = None, **kwargs: Any
    ) -> Iterator[Any]:
        pieces = self._stream(as_messages(input), stop=stop, **kwargs)
        message: BaseMessage | None = None
        message_id = ""
        try:
            for piece in pieces:
                message_id = message_id or piece.message.id or fallback_id(run)
                message = labelled(piece, message_id)
                yield message
        finally:
            close(pieces)
        closing = closing_chunk(message, self)
        if closing is not None:
            yield closing

    async def _do_astream(
        self, input: Any, run: Run, *, stop: list[str] | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        pieces = self._astream(as_messages(input), stop=stop, **kwargs)
        message: BaseMessage | None = None
        message_id = ""
        try:
            async for piece in pieces:
                message_id = message_id or piece.message.id or fallback_id(run)
                message = labelled(piece, message_id)
                yield message
        finally:
            await aclose(pieces)
        closing = closing_chunk(message, self)
        if closing is not None:
            yield closing

    # ---- what its run says of it

    def run_tags(self) -> tuple[str, ...]:
        return tuple(self.tags or ())

    def run_metadata(self) -> Mapping[str, Any]:
        return {
            **self._get_ls_params(),
            "ls_integration": "eventflow_chat_model",
            **(self.metadata or {}),
        }

    def event_input(self, input: Any) -> Any:
        return {"messages": [as_messages(input)]}

    # ---- several candidates, and tools

    def generate(
        self,
        messages: Sequence[Sequence[BaseMessage]],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        """`invoke` for each of several lists of messages, one after the other; see `agenerate`."""
        config, options = _split(callbacks, kwargs)
        configs = get_config_list(config, len(messages))
        return _result(
            [self.invoke(m, c, stop=stop, **options) for m, c in zip(messages, configs, strict=True)]
        )

    async def agenerate(
        self,
        messages: Sequence[Sequence[BaseMessage]],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        """`ainvoke` for each of several lists of messages, at the same time.

        Arguments:
            messages: one list a call.
            stop: texts before which the answers are to end.
            callbacks: handlers of these runs.
            kwargs: `tags`, `metadata`, `run_name` and `run_id` of the runs; others are passed to the hooks.

        Returns one generation for each, with its message.
        """
        config, options = _split(callbacks, kwargs)
        return _result(await self.abatch([*messages], config, stop=stop, **options))

    def generate_prompt(
        self,
        prompts: Sequence[PromptValue],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        """`generate` for prompt values."""
        return self.generate([prompt.to_messages() for prompt in prompts], stop, callbacks, **kwargs)

    async def agenerate_prompt(
        self,
        prompts: Sequence[PromptValue],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        """`agenerate` for prompt values."""
        return await self.agenerate([prompt.to_messages() for prompt in prompts], stop, callbacks, **kwargs)

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The same model, allowed to call `tools`; each provider's class overrides it.

        Raises NotImplementedError if the model's class does not.
        """
        raise NotImplementedError(
            f"{type(self).__name__} does not say how its provider wants tools: override bind_tools, and return "
            "self.bind(tools=...) with the tools in the provider's format"
        )


def _split(callbacks: Callbacks, kwargs: dict[str, Any]) -> tuple[RunnableConfig, dict[str, Any]]:
    """What of `kwargs` is config, and what is passed on."""
    config: dict[str, Any] = {"callbacks": callbacks}
    for key in ("tags", "metadata", "run_name", "run_id"):
        if key in kwargs:
            config[key] = kwargs.pop(key)
    return merge_configs(config), kwargs


def _result(messages: Sequence[AIMessage]) -> LLMResult:
    return LLMResult([[ChatGeneration(message)] for message in messages], {})
