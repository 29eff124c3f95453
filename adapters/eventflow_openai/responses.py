"""From what the chat completions endpoint answers to messages, whole and in chunks."""

from __future__ import annotations

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
    ToolCallChunk,
    UsageMetadata,
    convert_to_messages,
    tool_call_chunk,
)

__all__ = ("ChunkReader", "to_result", "usage_metadata")

_CUT_OFF = (None, "length", "content_filter")
"""Reasons to finish after which a call without arguments may be one whose arguments never came."""

_NOTHING_YET = " "
"""Arguments of such a call: white space is no JSON object, so the call is an invalid one."""


def to_result(completion: Any) -> ChatResult:
    """A whole reply, an SDK `ChatCompletion`; its candidates in order.

    Raises ModelError if it is no chat completion, or has no candidates.
    """
    if isinstance(completion, str):
        raise ModelError(
            "the server replied with text instead of a chat completion: is base_url right? It mostly ends with /v1"
        )
    if not completion.choices:
        raise ModelError(f"the model {completion.model!r} gave a reply without choices: {_error(completion)}")
    generations = [_generation(completion, choice) for choice in completion.choices]
    return ChatResult(generations, {"model_name": completion.model})


def _generation(completion: Any, choice: Any) -> ChatGeneration:
    said = choice.message.model_dump(exclude_none=True)
    (message,) = convert_to_messages(
        [
            {
                "role": "assistant",
                "content": said.get("content") or "",
                "tool_calls": _whole_calls(said.get("tool_calls") or [], choice.finish_reason),
            }
        ]
    )
    assert isinstance(message, AIMessage)  # noqa: S101  # for the type checker: the role says so
    message.id = completion.id or None
    message.additional_kwargs = _extras(said)
    message.usage_metadata = usage_metadata(completion.usage)
    logprobs = None if choice.logprobs is None else choice.logprobs.model_dump()
    message.response_metadata = _metadata(completion, completion, choice.finish_reason, logprobs)
    return ChatGeneration(message, generation_info={"finish_reason": choice.finish_reason})


def _whole_calls(calls: list[dict[str, Any]], finish: str | None) -> list[dict[str, Any]]:
    if finish in _CUT_OFF:
        for call in calls:
            function = call.get("function")
            if function is not None:
                function["arguments"] = function.get("arguments") or _NOTHING_YET
    return calls


class ChunkReader:
    """Makes messages of the chunks of one reply.

    What a provider repeats or sends late (usage, model name, finish reason) is kept, and given once in the
    closing chunk, so that adding the chunks up gives what the reply says without streaming. Of several
    candidates the first is read, as it is the answer without streaming, too.
    """

    def __init__(self) -> None:
        self._first: Any = None
        self._last: Any = None
        self._finish: str | None = None
        self._usage: Any = None
        self._logprobs: dict[str, list[Any] | None] = {}
        self._without_arguments: set[int] = set()

    def read(self, chunk: Any) -> ChatGenerationChunk | None:
        """What an SDK `ChatCompletionChunk` says; None if it says nothing that is not kept for the end."""
        self._first = self._first or chunk
        self._last = chunk
        self._usage = chunk.usage or self._usage
        if not chunk.choices:
            return None
        choice = chunk.choices[0]
        if choice.index:
            return None
        self._finish = choice.finish_reason or self._finish
        if choice.logprobs is not None:
            self._keep_logprobs(choice.logprobs.model_dump())
        return None if choice.delta is None else self._said(chunk.id, choice.delta)

    def _said(self, reply_id: str, delta: Any) -> ChatGenerationChunk | None:
        text = delta.content or ""
        pieces = [self._piece(call) for call in delta.tool_calls or ()]
        extras = _extras(delta.model_extra or {}, refusal=delta.refusal)
        if not (text or pieces or extras):
            return None
        message = AIMessageChunk(text, id=reply_id or None)
        if pieces:
            message.tool_call_chunks = pieces
        if extras:
            message.additional_kwargs = extras
        return ChatGenerationChunk(message)

    def _piece(self, call: Any) -> ToolCallChunk:
        function, index = call.function, call.index
        arguments = function.arguments if function else None
        if arguments:
            self._without_arguments.discard(index)
        elif index is not None and call.id:
            self._without_arguments.add(index)
        name = (function.name or None) if function else None
        return tool_call_chunk(name=name, args=arguments, id=call.id or None, index=index)

    def _keep_logprobs(self, given: Mapping[str, Any]) -> None:
        for key, entries in given.items():
            kept = self._logprobs.get(key)
            self._logprobs[key] = kept if entries is None else [*(kept or ()), *entries]

    def close(self) -> ChatGenerationChunk | None:
        """The closing chunk; None if nothing has come."""
        if self._last is None:
            return None
        message = AIMessageChunk("", id=self._last.id or None, chunk_position="last")
        message.response_metadata = _metadata(self._last, self._first, self._finish, self._logprobs or None)
        message.usage_metadata = usage_metadata(self._usage)
        if self._finish in _CUT_OFF and self._without_arguments:
            cut = sorted(self._without_arguments)
            message.tool_call_chunks = [tool_call_chunk(args=_NOTHING_YET, index=index) for index in cut]
        return ChatGenerationChunk(message)


def usage_metadata(usage: Any) -> UsageMetadata | None:
    """The token counts of a reply, an SDK `CompletionUsage`, in the standard form; None if it has none."""
    if usage is None:
        return None
    asked, said = usage.prompt_tokens or 0, usage.completion_tokens or 0
    made = UsageMetadata(
        input_tokens=asked, output_tokens=said, total_tokens=usage.total_tokens or asked + said
    )
    read = _counts(usage.prompt_tokens_details, cache_read="cached_tokens", audio="audio_tokens")
    if read:
        made["input_token_details"] = cast(InputTokenDetails, read)
    thought = _counts(usage.completion_tokens_details, reasoning="reasoning_tokens", audio="audio_tokens")
    if thought:
        made["output_token_details"] = cast(OutputTokenDetails, thought)
    return made


def _counts(details: Any, **names: str) -> dict[str, int]:
    found = {ours: getattr(details, theirs, None) for ours, theirs in names.items()}
    return {ours: count for ours, count in found.items() if count is not None}


def _extras(said: Mapping[str, Any], refusal: str | None = None) -> dict[str, Any]:
    """What has no place of its own: the reasoning of models that show it, and a refusal."""
    reasoning = said.get("reasoning_content") or said.get("reasoning")
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
