"""`BaseChatModel`: messages in, a message out, whole or in chunks, as the life of a run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

from eventflow.events import Kind
from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatGenerationChunk,
    ChatResult,
    Generation,
    LLMResult,
    message_chunk_to_message,
)
from eventflow.models.answering import AnsweringModel
from eventflow.models.answers import (
    Answer,
    LanguageModelInput,
    added_up,
    as_messages,
    checked,
    closing_chunk,
    folded,
    kept,
    marker,
    to_keep,
)
from eventflow.models.manager import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from eventflow.models.structured import structured_output, tools_parser
from eventflow.runnables import Runnable
from eventflow.runs import Callbacks, Run, RunnableConfig
from eventflow.tools import ToolLike

__all__ = ("BaseChatModel",)


class BaseChatModel(AnsweringModel[AIMessage]):
    """Base of chat models; subclass it as you would subclass LangChain's.

    Arguments:
        tags, metadata, callbacks: of its runs.
        cache: keeps answers; True for the cache of `set_llm_cache`, False for none, None for that if there is one.
        rate_limiter: waited for before each call of the provider.
        disable_streaming: True never to stream, "tool_calling" not to when called with `tools`.
        custom_get_token_ids: a better `get_token_ids`.

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

    kind: ClassVar[Kind] = "chat_model"
    _derives: ClassVar[bool] = True

    @property
    def OutputType(self) -> Any:
        return AIMessage

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
        return _message(self._called(input, config, stop, kwargs))

    async def ainvoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """The same as `invoke`, awaited."""
        return _message(await self._acalled(input, config, stop, kwargs))

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
        if self._wants_chunks({**kwargs, "stream": True}):
            return self._streamed(input, config, stop, kwargs)
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
        if self._awants_chunks({**kwargs, "stream": True}):
            return self._astreamed(input, config, stop, kwargs)
        return self._aone(input, config, stop=stop, **kwargs)

    # ---- the hooks, as they are where they are not overridden

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        """Answer `messages`; derived from `_stream`."""
        return folded(self._from_stream(messages, stop, kwargs), type(self).__name__)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        """Answer `messages`; derived from `_generate`, in a worker thread."""
        if self._sums_astream:
            return folded(await self._from_astream(messages, stop, kwargs), type(self).__name__)
        result: ChatResult = await self._threaded("_generate", messages, stop, run_manager, kwargs)
        return result

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """Answer `messages` in chunks."""
        raise self._streams_not()

    def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        """Answer `messages` in chunks; derived from `_stream`, each step in a worker thread."""
        return self._bridged(messages, stop, kwargs)

    # ---- several candidates, and tools

    def generate(
        self,
        messages: Sequence[Sequence[BaseMessage]],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        """`invoke` for each of several lists of messages, one after the other; see `agenerate`."""
        return self._called_each(messages, stop, callbacks, kwargs)

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

        Returns all candidates of each call, in the order of `messages`; what else the provider said of the
        calls in `llm_output`, and who they were in `run`.
        """
        return await self._acalled_each(messages, stop, callbacks, kwargs)

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

    def with_structured_output(
        self,
        schema: ToolLike,
        *,
        method: Literal["function_calling", "json_mode", "json_schema"] = "function_calling",
        include_raw: bool = False,
        strict: bool | None = None,
        partial: bool = False,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """The same model, with answers that are values of the form that `schema` describes.

        Arguments:
            schema: a pydantic model, whose instances are given; or a TypedDict, a dataclass, a JSON schema with
                a title, or a tool in a provider's format, for which dictionaries are given.
            method: how the model is told: "function_calling", by a tool that it has to call. Classes of
                providers may have others.
            include_raw: give `{"raw": message, "parsed": value, "parsing_error": None or exception}` instead,
                and do not raise when the answer cannot be read.
            partial: stream views of the instance while it is being written, see `Partial`.
            strict, kwargs: passed to `bind_tools`.

        Streamed, it gives what is there of the value so far, again and again; the last is the whole. Instances
        come as soon as what is there is valid, or, with `partial`, views of what is there until it is whole.

        Raises NotImplementedError if the model's class has no `bind_tools`, ValueError for a method that it does
        not have, TypeError or ValueError if `schema` does not stand for a tool. When run, raises
        OutputParserException if the answer is not of that form, or not a call at all (LangChain gives None then).
        """
        if method != "function_calling":
            raise ValueError(
                f"{type(self).__name__} has no method {method!r}: use 'function_calling', or a model whose "
                "provider has it"
            )
        if strict is not None:
            kwargs["strict"] = strict
        bound = self.bind_tools([schema], tool_choice="any", **kwargs)
        return structured_output(bound, tools_parser(schema, partial=partial), include_raw)

    # ---- what its run says of it

    def _call_metadata(self, stop: list[str] | None = None, **kwargs: Any) -> Mapping[str, Any]:
        said = super()._call_metadata(stop=stop, **kwargs)
        return {**said, "ls_integration": said.get("ls_integration", "eventflow_chat_model")}

    def event_input(self, input: Any) -> Any:
        return {"messages": [as_messages(input)]}

    def event_output(self, output: Any) -> Any:
        return _message(output) if isinstance(output, Answer) else output

    # ---- what chat models have for themselves, see `AnsweringModel`

    def _prompt_of(self, input: Any) -> list[BaseMessage]:
        return as_messages(input)

    def _asked_with(self, prompt: Any) -> Any:
        return prompt

    def _chunk_marker(self, run: Run) -> Callable[[Any], Any]:
        return marker(run)

    def _closing_chunk(self, last: Any) -> Any:
        return closing_chunk(last, self)

    def _streamed_answer(self, whole: Any, run: Run) -> Answer:
        return added_up(message_chunk_to_message(whole), run)

    def _checked_answer(self, result: Any, run: Run) -> Answer:
        return checked(result, run)

    def _answer_to_keep(self, answer: Answer) -> Sequence[Generation]:
        return to_keep(answer)

    def _kept_answer(self, found: Sequence[Generation], run: Run) -> Answer:
        return kept(found, run)


def _message(answer: Answer) -> AIMessage:
    generation: Any = answer.generations[0]
    message: AIMessage = generation.message
    return message
