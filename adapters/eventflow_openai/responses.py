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

__all__ = ("ChunkReader", "to_result")


def to_result(completion: Any) -> ChatResult:
    """A whole reply, an SDK `ChatCompletion`; its candidates in order.

    Raises ModelError if the reply has no candidates.
    """
    if not completion.choices:
        raise ModelError(f"the model {completion.model!r} gave a reply without choices: {_error(completion)}")
    generations = [_generation(completion, choice) for choice in completion.choices]
    return ChatResult(generations, {"model_name": completion.model, "id": completion.id})


def _generation(completion: Any, choice: Any) -> ChatGeneration:
    said = choice.message.model_dump(exclude_none=True)
    (message,) = convert_to_messages(
        [
            {
                "role": "assistant",
                "content": said.get("content") or "",
                "tool_calls": said.get("tool_calls") or [],
            }
        ]
    )
    assert isinstance(message, AIMessage)  # noqa: S101  # for the type checker: the role says so
    message.id = completion.id
    message.additional_kwargs = _extras(said)
    message.usage_metadata = usage_metadata(completion.usage)
    message.response_metadata = _metadata(completion, choice.finish_reason, _dumped(choice.logprobs))
    return ChatGeneration(message, generation_info={"finish_reason": choice.finish_reason})


class ChunkReader:
    """Makes messages of the chunks of one reply.

    What a provider repeats or sends late (usage, model name, finish reason) is kept, and given once in the
    closing chunk, so that adding the chunks up gives what the reply says without streaming.
    """

    def __init__(self) -> None:
        self._last: Any = None
        self._finish: str | None = None
        self._usage: Any = None
        self._logprobs: list[Any] = []

    def read(self, chunk: Any) -> ChatGenerationChunk | None:
        """What an SDK `ChatCompletionChunk` says; None if it says nothing that is not kept for the end."""
        self._last = chunk
        self._usage = chunk.usage or self._usage
        if not chunk.choices:
            return None
        choice = chunk.choices[0]
        self._finish = choice.finish_reason or self._finish
        if choice.logprobs is not None and choice.logprobs.content:
            self._logprobs += [entry.model_dump() for entry in choice.logprobs.content]
        delta = choice.delta
        text = delta.content or ""
        pieces = [_piece(call) for call in delta.tool_calls or ()]
        extras = _extras(delta.model_extra or {}, refusal=delta.refusal)
        if not (text or pieces or extras):
            return None
        message = AIMessageChunk(text, id=chunk.id)
        if pieces:
            message.tool_call_chunks = pieces
        if extras:
            message.additional_kwargs = extras
        return ChatGenerationChunk(message)

    def close(self) -> ChatGenerationChunk | None:
        """The closing chunk; None if nothing has come."""
        if self._last is None:
            return None
        logprobs = {"content": self._logprobs} if self._logprobs else None
        message = AIMessageChunk("", id=self._last.id, chunk_position="last")
        message.response_metadata = _metadata(self._last, self._finish, logprobs)
        message.usage_metadata = usage_metadata(self._usage)
        return ChatGenerationChunk(message)


def usage_metadata(usage: Any) -> UsageMetadata | None:
    """The token counts of a reply, an SDK `CompletionUsage`, in the standard form; None if it has none."""
    if usage is None:
        return None
    made = UsageMetadata(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        total_tokens=usage.total_tokens,
    )
    given, taken = usage.prompt_tokens_details, usage.completion_tokens_details
    read = _counts(given, cache_read="cached_tokens", audio="audio_tokens")
    if read:
        made["input_token_details"] = cast(InputTokenDetails, read)
    thought = _counts(taken, reasoning="reasoning_tokens", audio="audio_tokens")
    if thought:
        made["output_token_details"] = cast(OutputTokenDetails, thought)
    return made


def _counts(details: Any, **names: str) -> dict[str, int]:
    found = {ours: getattr(details, theirs, None) for ours, theirs in names.items()}
    return {ours: count for ours, count in found.items() if count is not None}


def _piece(call: Any) -> ToolCallChunk:
    function = call.function
    return tool_call_chunk(
        name=(function.name or None) if function else None,
        args=function.arguments if function else None,
        id=call.id or None,
        index=call.index,
    )


def _extras(said: Mapping[str, Any], refusal: str | None = None) -> dict[str, Any]:
    """What has no place of its own: the reasoning of models that show it, and a refusal."""
    reasoning = said.get("reasoning_content") or said.get("reasoning")
    found = {"reasoning_content": reasoning, "refusal": refusal or said.get("refusal")}
    return {key: value for key, value in found.items() if value}


def _metadata(reply: Any, finish: str | None, logprobs: Any) -> dict[str, Any]:
    made = {
        "model_provider": "openai",
        "model_name": reply.model,
        "system_fingerprint": getattr(reply, "system_fingerprint", None),
        "service_tier": getattr(reply, "service_tier", None),
        "finish_reason": finish,
        "logprobs": logprobs,
    }
    return {key: value for key, value in made.items() if value is not None}


def _dumped(model: Any) -> Any:
    return None if model is None else model.model_dump()


def _error(completion: Any) -> Any:
    extra: dict[str, Any] = completion.model_extra or {}
    return extra.get("error", "it says nothing more")
