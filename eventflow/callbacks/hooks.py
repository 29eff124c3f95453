"""Which method of a handler hears of an event, and with which arguments: one pure table, `HOOKS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias, cast
from uuid import UUID

from eventflow.bus import Emitter
from eventflow.events import MISSING, Event, Kind, Phase
from eventflow.messages import (
    BaseMessage,
    BaseMessageChunk,
    ChatGeneration,
    ChatGenerationChunk,
    Generation,
    GenerationChunk,
    LLMResult,
    get_buffer_string,
)

__all__ = ("HOOKS", "NEVER_CALLED", "Arguments", "Hook", "as_uuid", "described", "transcript_start")

Arguments: TypeAlias = tuple[tuple[Any, ...], dict[str, Any]]
"""What a method is called with: by place, and by name."""

as_uuid: Final = lru_cache(maxsize=1024)(UUID)
"""A run id as handlers get it; most events are about a run that was told of just before."""


class Hook(NamedTuple):
    """One method of a handler, the attribute that turns it off, and what it is told of an event."""

    method: str
    ignored_by: str
    arguments: Callable[[Event], Arguments]


# ---- who it is about


def _about(event: Event) -> dict[str, Any]:
    info = event.info
    parents = info.parent_ids
    return {
        "run_id": as_uuid(info.run_id),
        "parent_run_id": as_uuid(parents[-1]) if parents else None,
        "tags": [*info.tags],
    }


def _at_start(event: Event) -> dict[str, Any]:
    return {**_about(event), "metadata": {**event.info.metadata}, "name": event.info.name}


def _serialized(event: Event) -> dict[str, Any]:
    """What LangChain gives as the serialized model or tool, reduced to what handlers look up in it."""
    return {"name": event.info.name, "id": [event.info.name]}


# ---- chains, prompts and parsers


def _chain_start(event: Event) -> Arguments:
    kind = event.info.kind
    # As in LangChain: a placeholder where the input still has to be collected from a stream.
    inputs = {"input": ""} if event.input is MISSING else event.input
    return (None, inputs), {**_at_start(event), "run_type": None if kind == "chain" else kind}


def _chain_end(event: Event) -> Arguments:
    """The end or the error of a chain; of a streamed one with its inputs, which the start may not have known."""
    about = _about(event)
    if event.info.streamed and event.input is not MISSING:
        about["inputs"] = event.input
    return (event.data,), about


def _error(event: Event) -> Arguments:
    return (event.data,), _about(event)


# ---- models

_CALL: Final = "described"


def described(sender: Emitter, event: Event) -> Event:
    """The start of a model's run, with what the model says of the call; any other event as it is.

    The model is asked only here, for handlers: an event does not keep it alive.
    """
    describe = getattr(getattr(sender, "source", None), "describe_call", None)
    given = event.input
    if describe is None or not isinstance(given, Mapping):
        return event
    told = {**cast("Mapping[str, Any]", given), _CALL: describe()}
    return Event(event.phase, event.info, event.data, (told, None))


def _model_start(event: Event, key: str) -> Arguments:
    about, given = {**_at_start(event), "batch_size": 1}, event.input
    if isinstance(given, Mapping):
        about |= cast("Mapping[str, Any]", given).get(_CALL, {})
    return (about.pop("serialized", None) or _serialized(event), _given(event, key)), about


def _chat_model_start(event: Event) -> Arguments:
    return _model_start(event, "messages")


def _llm_start(event: Event) -> Arguments:
    return _model_start(event, "prompts")


def transcript_start(event: Event) -> Arguments:
    """What `on_llm_start` is told of a chat model, for a handler that has nothing better."""
    (serialized, lists), named = _chat_model_start(event)
    return (serialized, [get_buffer_string(messages) for messages in lists]), named


def _given(event: Event, key: str) -> Any:
    """The messages or prompts that events show as `{key: …}`; one list of them, or one prompt, for a call."""
    given = event.input
    known = isinstance(given, Mapping) and key in given  # else the model is about to refuse it
    return cast("Mapping[str, Any]", given)[key] if known else [given]


def _new_token(event: Event) -> Arguments:
    chunk = _generation_chunk(event.data)
    token = chunk.message.content if isinstance(chunk, ChatGenerationChunk) else chunk.text
    about = _about(event)
    about["chunk"] = chunk
    return (token,), about


def _generation_chunk(chunk: object) -> GenerationChunk | ChatGenerationChunk:
    if isinstance(chunk, BaseMessageChunk):
        return ChatGenerationChunk(chunk)
    return chunk if isinstance(chunk, GenerationChunk) else GenerationChunk(str(chunk))


def _llm_end(event: Event) -> Arguments:
    return (_llm_result(event.data),), _about(event)


def _llm_result(output: object) -> LLMResult:
    if isinstance(output, LLMResult):
        return output
    if isinstance(output, BaseMessageChunk):
        return LLMResult([[ChatGenerationChunk(output)]], _llm_output(output))
    if isinstance(output, BaseMessage):
        return LLMResult([[ChatGeneration(output)]], _llm_output(output))
    if isinstance(output, Mapping):
        return LLMResult(**cast("Mapping[str, Any]", output))
    return LLMResult([[Generation(str(output))]])


def _llm_output(message: BaseMessage) -> dict[str, Any] | None:
    """The provider's own usage, where the model keeps it in the message; LangChain has it in both places."""
    said = message.response_metadata
    if "token_usage" not in said:
        return None
    return {key: said[key] for key in ("token_usage", "model_name") if key in said}


# ---- tools, retrievers and events of the user's own


def _tool_start(event: Event) -> Arguments:
    given = event.input
    inputs = {**cast("Mapping[str, Any]", given)} if isinstance(given, Mapping) else None
    text = "" if given is MISSING else f"{given if inputs is None else inputs}"
    return (_serialized(event), text), {
        **_at_start(event),
        "inputs": inputs,
        "tool_call_id": event.info.tool_call_id,
    }


def _tool_end(event: Event) -> Arguments:
    return (event.data,), {**_about(event), "name": event.info.name}


def _tool_error(event: Event) -> Arguments:
    return (event.data,), {**_about(event), "tool_call_id": event.info.tool_call_id}


def _retriever_start(event: Event) -> Arguments:
    given = event.input
    query = cast("Mapping[str, Any]", given)["query"] if isinstance(given, Mapping) else given
    return (None, query), _at_start(event)


def _retriever_end(event: Event) -> Arguments:
    return (event.data,), _about(event)


def _custom(event: Event) -> Arguments:
    info = event.info
    about = {"run_id": as_uuid(info.run_id), "tags": [*info.tags], "metadata": {**info.metadata}}
    return (event.name, event.data), about


# ---- the table

_CHAIN: Final[dict[Phase, Hook]] = {
    "start": Hook("on_chain_start", "ignore_chain", _chain_start),
    "end": Hook("on_chain_end", "ignore_chain", _chain_end),
    "error": Hook("on_chain_error", "ignore_chain", _chain_end),
}
_MODEL: Final[dict[Phase, Hook]] = {
    "stream": Hook("on_llm_new_token", "ignore_llm", _new_token),
    "end": Hook("on_llm_end", "ignore_llm", _llm_end),
    "error": Hook("on_llm_error", "ignore_llm", _error),
}
_BY_KIND: Final[dict[Kind, dict[Phase, Hook]]] = {
    "chain": _CHAIN,
    "prompt": _CHAIN,
    "parser": _CHAIN,
    "chat_model": {
        "start": Hook("on_chat_model_start", "ignore_chat_model", _chat_model_start),
        **_MODEL,
    },
    "llm": {
        "start": Hook("on_llm_start", "ignore_llm", _llm_start),
        **_MODEL,
    },
    "tool": {
        "start": Hook("on_tool_start", "ignore_agent", _tool_start),
        "end": Hook("on_tool_end", "ignore_agent", _tool_end),
        "error": Hook("on_tool_error", "ignore_agent", _tool_error),
    },
    "retriever": {
        "start": Hook("on_retriever_start", "ignore_retriever", _retriever_start),
        "end": Hook("on_retriever_end", "ignore_retriever", _retriever_end),
        "error": Hook("on_retriever_error", "ignore_retriever", _error),
    },
}
_CUSTOM: Final[dict[Phase, Hook]] = {"custom": Hook("on_custom_event", "ignore_custom_event", _custom)}

HOOKS: Final[dict[tuple[Phase, Kind], Hook]] = {
    (phase, kind): hook for kind, hooks in _BY_KIND.items() for phase, hook in (hooks | _CUSTOM).items()
}
"""The method for each phase and kind of run; where there is none, handlers are not told."""

NEVER_CALLED: Final = ("on_text", "on_agent_action", "on_agent_finish", "on_retry")
"""Methods that a handler may have and nothing here calls."""
