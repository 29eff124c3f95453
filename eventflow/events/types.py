"""The public events: plain dictionaries, typed as a union that narrows on `event`.

Both mypy and pyright narrow `if event["event"] == "on_chat_model_stream"` to one member, and with it the
type of `event["data"]`. The keys are read-only for a type checker: watching a run never changes it.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias

from typing_extensions import ReadOnly, TypedDict

from eventflow.documents import Document
from eventflow.events.names import CustomName, ErrorName
from eventflow.messages import AIMessage, AIMessageChunk, BaseMessage, PromptValue

__all__ = (
    "ChainEndEvent",
    "ChainStartEvent",
    "ChainStreamEvent",
    "ChatModelEndData",
    "ChatModelEndEvent",
    "ChatModelStartData",
    "ChatModelStartEvent",
    "ChatModelStreamData",
    "ChatModelStreamEvent",
    "CustomEvent",
    "EndData",
    "ErrorData",
    "ErrorEvent",
    "EventBase",
    "LLMEndEvent",
    "LLMStartEvent",
    "LLMStreamEvent",
    "ModelInput",
    "ParserEndEvent",
    "ParserStartEvent",
    "ParserStreamEvent",
    "PromptEndData",
    "PromptEndEvent",
    "PromptStartEvent",
    "RetrieverEndData",
    "RetrieverEndEvent",
    "RetrieverInput",
    "RetrieverStartData",
    "RetrieverStartEvent",
    "StartData",
    "StreamData",
    "StreamEvent",
    "ToolEndData",
    "ToolEndEvent",
    "ToolStartData",
    "ToolStartEvent",
    "ToolStreamData",
    "ToolStreamEvent",
)


class ModelInput(TypedDict):
    """What a chat model was given: one list of messages for each generation asked for (always one)."""

    messages: ReadOnly[list[list[BaseMessage]]]


class RetrieverInput(TypedDict):
    """What a retriever was asked."""

    query: ReadOnly[str]


class StartData(TypedDict):
    """`input` is absent where a run is fed chunk by chunk: it is known only at the end."""

    input: NotRequired[ReadOnly[Any]]


class StreamData(TypedDict):
    """One chunk of the output."""

    chunk: ReadOnly[Any]


class EndData(TypedDict):
    """`output` is what the chunks add up to; `input` is absent at the root, whose start has it."""

    output: NotRequired[ReadOnly[Any]]
    input: NotRequired[ReadOnly[Any]]


class ErrorData(TypedDict):
    """The exception that ended the run; a cancellation is an error, too.

    `tool_call_id` is there for tools; None if the tool was not called with a tool call.
    """

    error: ReadOnly[BaseException]
    input: NotRequired[ReadOnly[Any]]
    tool_call_id: NotRequired[ReadOnly[str | None]]


class ChatModelStartData(TypedDict):
    """The messages a chat model is about to read."""

    input: NotRequired[ReadOnly[ModelInput]]


class ChatModelStreamData(TypedDict):
    """One piece of the answer."""

    chunk: ReadOnly[AIMessageChunk]


class ChatModelEndData(TypedDict):
    """The whole answer; an `AIMessageChunk` (which is an `AIMessage`) when the run was streamed."""

    output: NotRequired[ReadOnly[AIMessage]]
    input: NotRequired[ReadOnly[ModelInput]]


class PromptEndData(TypedDict):
    """The filled-in prompt."""

    output: NotRequired[ReadOnly[PromptValue]]
    input: NotRequired[ReadOnly[Any]]


class ToolStartData(TypedDict):
    """The arguments, without injected ones; `tool_call_id` if the tool was called with a tool call."""

    input: NotRequired[ReadOnly[dict[str, Any]]]
    tool_call_id: NotRequired[ReadOnly[str]]


class ToolStreamData(TypedDict):
    """One thing that the tool yielded; at the end of the stream of a tool call, the message."""

    chunk: ReadOnly[Any]
    tool_call_id: NotRequired[ReadOnly[str]]


class ToolEndData(TypedDict):
    """What the tool gave: a `ToolMessage` if it was called with a tool call; `input` is absent at the root."""

    output: NotRequired[ReadOnly[Any]]
    input: NotRequired[ReadOnly[dict[str, Any]]]
    tool_call_id: NotRequired[ReadOnly[str]]


class RetrieverStartData(TypedDict):
    """The question."""

    input: NotRequired[ReadOnly[RetrieverInput]]


class RetrieverEndData(TypedDict):
    """The documents that were found; `input` is absent at the root."""

    output: NotRequired[ReadOnly[list[Document]]]
    input: NotRequired[ReadOnly[RetrieverInput]]


class EventBase(TypedDict):
    """What every event has, whatever its name."""

    name: ReadOnly[str]
    run_id: ReadOnly[str]
    parent_ids: ReadOnly[list[str]]
    tags: ReadOnly[list[str]]
    metadata: ReadOnly[dict[str, Any]]


class ChainStartEvent(EventBase):
    """A chain: any runnable without a kind of its own starts."""

    event: ReadOnly[Literal["on_chain_start"]]
    data: ReadOnly[StartData]


class ChainStreamEvent(EventBase):
    """A chain: any runnable without a kind of its own gives one chunk."""

    event: ReadOnly[Literal["on_chain_stream"]]
    data: ReadOnly[StreamData]


class ChainEndEvent(EventBase):
    """A chain: any runnable without a kind of its own has ended well."""

    event: ReadOnly[Literal["on_chain_end"]]
    data: ReadOnly[EndData]


class ChatModelStartEvent(EventBase):
    """A chat model starts."""

    event: ReadOnly[Literal["on_chat_model_start"]]
    data: ReadOnly[ChatModelStartData]


class ChatModelStreamEvent(EventBase):
    """A chat model gives one chunk."""

    event: ReadOnly[Literal["on_chat_model_stream"]]
    data: ReadOnly[ChatModelStreamData]


class ChatModelEndEvent(EventBase):
    """A chat model has ended well."""

    event: ReadOnly[Literal["on_chat_model_end"]]
    data: ReadOnly[ChatModelEndData]


class LLMStartEvent(EventBase):
    """A text-in, text-out model starts."""

    event: ReadOnly[Literal["on_llm_start"]]
    data: ReadOnly[StartData]


class LLMStreamEvent(EventBase):
    """A text-in, text-out model gives one chunk."""

    event: ReadOnly[Literal["on_llm_stream"]]
    data: ReadOnly[StreamData]


class LLMEndEvent(EventBase):
    """A text-in, text-out model has ended well."""

    event: ReadOnly[Literal["on_llm_end"]]
    data: ReadOnly[EndData]


class PromptStartEvent(EventBase):
    """A prompt template starts."""

    event: ReadOnly[Literal["on_prompt_start"]]
    data: ReadOnly[StartData]


class PromptEndEvent(EventBase):
    """A prompt template has ended well."""

    event: ReadOnly[Literal["on_prompt_end"]]
    data: ReadOnly[PromptEndData]


class ParserStartEvent(EventBase):
    """An output parser starts."""

    event: ReadOnly[Literal["on_parser_start"]]
    data: ReadOnly[StartData]


class ParserStreamEvent(EventBase):
    """An output parser gives one chunk."""

    event: ReadOnly[Literal["on_parser_stream"]]
    data: ReadOnly[StreamData]


class ParserEndEvent(EventBase):
    """An output parser has ended well."""

    event: ReadOnly[Literal["on_parser_end"]]
    data: ReadOnly[EndData]


class ToolStartEvent(EventBase):
    """A tool starts."""

    event: ReadOnly[Literal["on_tool_start"]]
    data: ReadOnly[ToolStartData]


class ToolStreamEvent(EventBase):
    """A tool gives one chunk."""

    event: ReadOnly[Literal["on_tool_stream"]]
    data: ReadOnly[ToolStreamData]


class ToolEndEvent(EventBase):
    """A tool has ended well."""

    event: ReadOnly[Literal["on_tool_end"]]
    data: ReadOnly[ToolEndData]


class RetrieverStartEvent(EventBase):
    """A retriever starts."""

    event: ReadOnly[Literal["on_retriever_start"]]
    data: ReadOnly[RetrieverStartData]


class RetrieverEndEvent(EventBase):
    """A retriever has ended well."""

    event: ReadOnly[Literal["on_retriever_end"]]
    data: ReadOnly[RetrieverEndData]


class ErrorEvent(EventBase):
    """A run of any kind has failed, or was cancelled."""

    event: ReadOnly[ErrorName]
    data: ReadOnly[ErrorData]


class CustomEvent(EventBase):
    """What user code dispatched; `name` is the event's own, ids and tags are those of the run around it."""

    event: ReadOnly[CustomName]
    data: ReadOnly[Any]


StreamEvent: TypeAlias = (
    ChainStartEvent
    | ChainStreamEvent
    | ChainEndEvent
    | ChatModelStartEvent
    | ChatModelStreamEvent
    | ChatModelEndEvent
    | LLMStartEvent
    | LLMStreamEvent
    | LLMEndEvent
    | PromptStartEvent
    | PromptEndEvent
    | ParserStartEvent
    | ParserStreamEvent
    | ParserEndEvent
    | ToolStartEvent
    | ToolStreamEvent
    | ToolEndEvent
    | RetrieverStartEvent
    | RetrieverEndEvent
    | ErrorEvent
    | CustomEvent
)
"""Any event that `astream_events`, `stream_events` and subscribers give."""
