"""From what the chat completions endpoint answers to messages, whole and in chunks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from eventflow import (
    AIMessage,
    AIMessageChunk,
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
    InputTokenDetails,
    ModelError,
    OutputTokenDetails,
    UsageMetadata,
    convert_to_messages,
    message_chunk_to_message,
    tool_call_chunk,
)
from eventflow_openai.completions_calls import NOTHING_YET, CallNumbers, made_up_id
from eventflow_openai.endpoint import refuse_text
from eventflow_openai.standard import in_standard_blocks

__all__ = ("ChunkReader", "to_result", "usage_metadata")

_CUT_OFF = (None, "length", "content_filter")
"""Reasons to finish after which a call without arguments may be one whose arguments never came."""


def to_result(completion: Any, *, standard: bool = False) -> ChatResult:
    """A whole reply, an SDK `ChatCompletion`; its candidates in order.

    Arguments:
        completion: what the server said.
        standard: whether messages consist of standard content blocks.

    Raises ModelError if it is no chat completion, or has no candidates.
    """
    refuse_text(completion)
    if not completion.choices:
        raise ModelError(f"the model {completion.model!r} gave a reply without choices: {_error(completion)}")
    generations = [_generation(completion, choice, standard) for choice in completion.choices]
    return ChatResult(generations, {"model_name": completion.model})


def _generation(completion: Any, choice: Any, standard: bool) -> ChatGeneration:
    said = choice.message.model_dump(exclude_none=True, warnings=False)
    calls = _whole_calls(completion.id, said.get("tool_calls") or [], choice.finish_reason)
    content, thought = _content(said.get("content"))
    (message,) = convert_to_messages([{"role": "assistant", "content": content, "tool_calls": calls}])
    assert isinstance(message, AIMessage)  # noqa: S101  # for the type checker: the role says so
    message.id = completion.id or None
    message.additional_kwargs = _extras(said, thought)
    message.usage_metadata = usage_metadata(_usage_of(completion, choice))
    logprobs = None if choice.logprobs is None else choice.logprobs.model_dump()
    message.response_metadata = _metadata(completion, completion, choice.finish_reason, logprobs)
    if standard:
        message = _in_blocks(message)
    return ChatGeneration(message, generation_info={"finish_reason": choice.finish_reason})


def _in_blocks(message: AIMessage) -> AIMessage:
    """The same, as the sum of a stream in blocks."""
    calls = [(call["name"], json.dumps(call["args"]), call["id"]) for call in message.tool_calls]
    calls += [(call["name"] or "", call["args"] or "", call["id"]) for call in message.invalid_tool_calls]
    chunk = AIMessageChunk(message.content, id=message.id, chunk_position="last")
    chunk.additional_kwargs, chunk.response_metadata = message.additional_kwargs, message.response_metadata
    chunk.usage_metadata = message.usage_metadata
    chunk.tool_call_chunks = [
        tool_call_chunk(name=name, args=args, id=call_id, index=number)
        for number, (name, args, call_id) in enumerate(calls)
    ]
    return cast(AIMessage, message_chunk_to_message(in_standard_blocks(chunk)))


def _whole_calls(reply_id: str, calls: list[dict[str, Any]], finish: str | None) -> list[dict[str, Any]]:
    for number, call in enumerate(calls):
        call["id"] = call.get("id") or made_up_id(reply_id, number)
        function = call.get("function")
        if function is not None and finish in _CUT_OFF:
            function["arguments"] = function.get("arguments") or NOTHING_YET
    return calls


class ChunkReader:
    """Makes messages of the chunks of one reply.

    What a provider repeats or sends late (usage, model name, finish reason) is kept, and given once in the
    closing chunk, so that adding the chunks up gives what the reply says without streaming. Of several
    candidates the first is read, as it is the answer without streaming, too.

    Arguments:
        standard: whether messages consist of standard content blocks.
    """

    def __init__(self, *, standard: bool = False) -> None:
        self._standard = standard
        self._first: Any = None
        self._last: Any = None
        self._finish: str | None = None
        self._usage: Any = None
        self._logprobs: dict[str, list[Any] | None] = {}
        self._calls = CallNumbers()

    def read(self, chunk: Any) -> ChatGenerationChunk | None:
        """What an SDK `ChatCompletionChunk` says; None if it says nothing that is not kept for the end."""
        self._first = self._first or chunk
        self._last = chunk
        choice = chunk.choices[0] if chunk.choices else None
        self._usage = _usage_of(chunk, choice) or self._usage
        if choice is None or choice.index:
            return None
        self._finish = choice.finish_reason or self._finish
        if choice.logprobs is not None:
            self._keep_logprobs(choice.logprobs.model_dump())
        return None if choice.delta is None else self._said(chunk.id, choice.delta)

    def _said(self, reply_id: str, delta: Any) -> ChatGenerationChunk | None:
        text, thought = _content(delta.content)
        pieces = self._calls.pieces(reply_id, delta.tool_calls) if delta.tool_calls else []
        extras = _extras(delta.model_extra or {}, thought, delta.refusal)
        if not (text or pieces or extras):
            return None
        message = AIMessageChunk(text, id=reply_id or None)
        if pieces:
            message.tool_call_chunks = pieces
        if extras:
            message.additional_kwargs = extras
        return ChatGenerationChunk(in_standard_blocks(message) if self._standard else message)

    def _keep_logprobs(self, given: Mapping[str, Any]) -> None:
        for key, entries in given.items():
            kept = self._logprobs.setdefault(key, None)
            if kept is None:
                self._logprobs[key] = entries
            elif entries is not None:
                kept += entries

    def close(self) -> ChatGenerationChunk | None:
        """The closing chunk; None if nothing has come."""
        if self._last is None:
            return None
        message = AIMessageChunk("", id=self._last.id or None, chunk_position="last")
        message.response_metadata = _metadata(self._last, self._first, self._finish, self._logprobs or None)
        message.usage_metadata = usage_metadata(self._usage)
        if self._finish in _CUT_OFF and (cut := self._calls.without_arguments()):
            message.tool_call_chunks = [tool_call_chunk(args=NOTHING_YET, index=number) for number in cut]
        return ChatGenerationChunk(in_standard_blocks(message) if self._standard else message)


def _usage_of(reply: Any, choice: Any) -> Any:
    """The token counts, also where Groq and Moonshot have put them."""
    if reply.usage:
        return reply.usage
    beside, inside = reply.model_extra, None if choice is None else choice.model_extra
    found = _get(beside.get("x_groq"), "usage") if beside else None
    return inside.get("usage") if inside and not found else found


def usage_metadata(usage: Any) -> UsageMetadata | None:
    """The token counts of a reply, an SDK `CompletionUsage`, in the standard form; None if it has none."""
    if not usage:
        return None
    asked, said = _get(usage, "prompt_tokens") or 0, _get(usage, "completion_tokens") or 0
    made = UsageMetadata(
        input_tokens=asked,
        output_tokens=said,
        total_tokens=_get(usage, "total_tokens") or asked + said,
    )
    read = _counts(usage, "prompt_tokens_details", cache_read="cached_tokens", audio="audio_tokens")
    if read:
        made["input_token_details"] = cast(InputTokenDetails, read)
    thought = _counts(usage, "completion_tokens_details", reasoning="reasoning_tokens", audio="audio_tokens")
    if thought:
        made["output_token_details"] = cast(OutputTokenDetails, thought)
    return made


def _counts(usage: Any, details: str, **names: str) -> dict[str, int]:
    found = {ours: _get(_get(usage, details), theirs) for ours, theirs in names.items()}
    return {ours: count for ours, count in found.items() if count is not None}


def _get(given: Any, name: str) -> Any:
    """What an object of the SDK, or a dictionary that it does not know, has under a name."""
    if isinstance(given, dict):
        return cast("dict[str, Any]", given).get(name)
    return getattr(given, name, None)


def _content(given: Any) -> tuple[Any, str]:
    """The text and the thoughts in a content, which Mistral may send in blocks; blocks of other kinds stay blocks."""
    if not isinstance(given, list):
        return given or "", ""
    blocks = cast("list[dict[str, Any]]", given)
    if any(block.get("type") not in ("text", "thinking") for block in blocks):
        return blocks, ""
    text = "".join(block["text"] for block in blocks if block["type"] == "text")
    return text, "".join(_thoughts(block["thinking"]) for block in blocks if block["type"] == "thinking")


def _thoughts(given: Any) -> str:
    return given if isinstance(given, str) else "".join(part.get("text", "") for part in given)


def _extras(said: Mapping[str, Any], thought: str = "", refusal: str | None = None) -> dict[str, Any]:
    """What has no place of its own: the reasoning of models that show it, and a refusal."""
    reasoning = said.get("reasoning_content") or said.get("reasoning") or thought
    found = {"reasoning_content": reasoning, "refusal": refusal or said.get("refusal")}
    return {key: value for key, value in found.items() if value}


def _metadata(reply: Any, first: Any, finish: str | None, logprobs: Any) -> dict[str, Any]:
    """What is said of a reply: by itself or its last chunk, or else by the first."""
    names = {
        "model_name": "model",
        "system_fingerprint": "system_fingerprint",
        "service_tier": "service_tier",
    }
    made: dict[str, Any] = {
        ours: getattr(reply, theirs, None) or getattr(first, theirs, None) for ours, theirs in names.items()
    }
    made |= {"model_provider": "openai", "finish_reason": finish, "logprobs": logprobs}
    return {key: value for key, value in made.items() if value is not None}


def _error(completion: Any) -> Any:
    extra: dict[str, Any] = completion.model_extra or {}
    return extra.get("error", "it says nothing more")
