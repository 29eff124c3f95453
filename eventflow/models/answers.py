"""From what a model's hooks give to what its callers get: ids, metadata, the last chunk, and the whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final, TypeAlias, cast

from eventflow.errors import ModelError
from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    BaseMessageChunk,
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
    MessageLikeRepresentation,
    PromptValue,
    convert_to_messages,
    merge_chunks,
    message_chunk_to_message,
)
from eventflow.messages.merge import merge_dicts
from eventflow.runs import Run

__all__ = (
    "LanguageModelInput",
    "agenerate_from_stream",
    "answer",
    "as_messages",
    "closing_chunk",
    "fallback_id",
    "generate_from_stream",
    "labelled",
)

LanguageModelInput: TypeAlias = PromptValue | str | Sequence[MessageLikeRepresentation]
"""What a chat model takes: a prompt value, text, or messages and what stands for them."""

_NO_CHUNKS: Final = (
    "No generation chunks were returned: {} gave an empty stream, and an answer needs at least one chunk"
)


def as_messages(input: Any) -> list[BaseMessage]:
    """The messages that a model's input stands for, in a new list.

    Raises ValueError if it is neither a prompt value nor text nor a sequence.

    >>> as_messages("hi")
    [HumanMessage(content='hi', additional_kwargs={}, response_metadata={})]
    """
    if isinstance(input, (PromptValue, str)) or (
        isinstance(input, Sequence) and not isinstance(input, (bytes, bytearray))
    ):
        return convert_to_messages(cast("str", input))
    raise ValueError(
        f"a chat model takes a prompt value, text or a list of messages, not {type(input).__name__}: put a "
        "prompt in front of it, or a function that picks the messages"
    )


def fallback_id(run: Run) -> str:
    """The id of a message that its provider gave none; the same for all chunks of a run and for the whole.

    LangChain adds `-0` where the model was not streamed; here watching a run does not change its result.
    """
    return f"lc_run--{run.run_id}"


def labelled(piece: ChatGenerationChunk, message_id: str) -> BaseMessageChunk:
    """The message of a chunk, which gets `message_id` if it has none, and the generation's info.

    Changed in place, as in LangChain: the chunk was made for this run.
    """
    message = piece.message
    attributes = message.__dict__
    if "id" not in attributes and "content" in attributes:  # as below, but six times as fast
        attributes["id"] = message_id
    elif message.id is None:
        message.id = message_id
    if piece.generation_info:
        message.response_metadata = {**piece.generation_info, **message.response_metadata}
    return message


def closing_chunk(last: BaseMessage | None, model: object) -> AIMessageChunk | None:
    """The chunk to add after the provider's `last` one: empty and marked; None if that was marked, too.

    Raises ModelError if there was no chunk at all.
    """
    if last is None:
        raise ModelError(_NO_CHUNKS.format(type(model).__name__))
    if not isinstance(last, AIMessageChunk) or last.chunk_position == "last":
        return None
    empty: Any = "" if isinstance(last.content, str) else []
    return AIMessageChunk(empty, id=last.id, chunk_position="last")


def answer(result: ChatResult, run: Run) -> AIMessage:
    """The message of the first candidate, with an id, and what else the provider said as its metadata.

    Raises ModelError if there is no candidate.
    """
    if not result.generations:
        raise ModelError(
            f"{run.source.get_name()} returned a ChatResult without generations: an answer needs at least one"
        )
    generation = result.generations[0]
    message = generation.message
    update: dict[str, Any] = {}
    if message.id is None:
        update["id"] = fallback_id(run)
    if result.llm_output or generation.generation_info:
        update["response_metadata"] = {
            **(result.llm_output or {}),
            **(generation.generation_info or {}),
            **message.response_metadata,
        }
    return cast(AIMessage, message.model_copy(update=update) if update else message)


def generate_from_stream(stream: Iterator[ChatGenerationChunk]) -> ChatResult:
    """Add up what a `_stream` hook yields, for a `_generate` hook to return.

    Raises ModelError (a ValueError) if the stream is empty.

    >>> chunks = [ChatGenerationChunk(AIMessageChunk(text)) for text in ("a", "b")]
    >>> generate_from_stream(iter(chunks)).generations[0].text
    'ab'
    """
    return _folded(list(stream))


async def agenerate_from_stream(stream: AsyncIterator[ChatGenerationChunk]) -> ChatResult:
    """The same for `_astream` and `_agenerate`."""
    return _folded([piece async for piece in stream])


def _folded(pieces: list[ChatGenerationChunk]) -> ChatResult:
    if not pieces:
        raise ModelError(_NO_CHUNKS.format("the model"))
    message = message_chunk_to_message(merge_chunks([piece.message for piece in pieces]))
    infos = [piece.generation_info for piece in pieces if piece.generation_info]
    return ChatResult([ChatGeneration(message, merge_dicts(*infos) if infos else None)])
