"""From what a model's hooks give to what its callers get: ids, metadata, the last chunk, and the whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias, cast, final

from eventflow.errors import ModelError
from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    BaseMessageChunk,
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
    Generation,
    MessageLikeRepresentation,
    PromptValue,
    convert_to_messages,
    merge_chunks,
    message_chunk_to_message,
)
from eventflow.messages.merge import merge_dicts
from eventflow.runs import Run

__all__ = (
    "Answer",
    "LanguageModelInput",
    "added_up",
    "agenerate_from_stream",
    "as_messages",
    "checked",
    "closing_chunk",
    "fallback_id",
    "folded",
    "generate_from_stream",
    "kept",
    "marker",
    "to_keep",
    "wrong_chunk",
    "wrong_kept",
)

LanguageModelInput: TypeAlias = PromptValue | str | Sequence[MessageLikeRepresentation]
"""What a chat model takes: a prompt value, text, or messages and what stands for them."""

_PIECE: Final = "ChatGenerationChunk(message=AIMessageChunk(...))"

NO_CHUNKS: Final = (
    "No generation chunks were returned: {} gave an empty stream, and an answer needs at least one chunk"
)


@final
class Answer:
    """What a call gave: the candidates, the first of which is the answer, and what else the provider said."""

    __slots__ = ("generations", "llm_output", "run")

    def __init__(
        self, run: Run, generations: Sequence[Generation], llm_output: dict[str, Any] | None = None
    ) -> None:
        self.run = run
        self.generations = generations
        self.llm_output = llm_output


def as_messages(input: Any) -> list[BaseMessage]:
    """The messages that a model's input stands for, in a new list.

    Raises ValueError if it is neither a prompt value nor text nor a sequence.

    >>> as_messages("hi")
    [HumanMessage(content='hi', additional_kwargs={}, response_metadata={})]
    """
    if isinstance(input, (list, str, PromptValue)) or (  # asking for a Sequence is slow
        isinstance(input, Sequence) and not isinstance(input, (bytes, bytearray))
    ):
        return convert_to_messages(cast("str", input))
    raise ValueError(
        f"a chat model takes a prompt value, text or a list of messages, not {type(input).__name__}: put a "
        "prompt in front of it, or a function that picks the messages"
    )


def fallback_id(run: Run, number: int = 0) -> str:
    """The id of a message that its provider gave none; the same for all chunks of a run and for the whole.

    LangChain adds `-0` where the model was not streamed; here watching a run does not change its result.
    Only further candidates have a number.
    """
    return f"lc_run--{run.run_id}-{number}" if number else f"lc_run--{run.run_id}"


def marker(run: Run) -> Callable[[Any], BaseMessageChunk]:
    """What takes the message out of each chunk that a hook yields, with the id of all of them and its info.

    The message is changed in place, as in LangChain: the chunk was made for this run.

    Raises ModelError if it is given something else.
    """
    message_id = ""

    def mark(piece: Any) -> BaseMessageChunk:
        nonlocal message_id
        try:
            message: BaseMessageChunk = piece.message
            attributes = message.__dict__
        except AttributeError:
            raise wrong_chunk(run, piece, _PIECE) from None
        if not message_id:
            if not isinstance(cast("object", message), BaseMessageChunk):
                raise wrong_chunk(run, piece, _PIECE)
            message_id = message.id or fallback_id(run)
        if "id" not in attributes and "content" in attributes:  # as below, but six times as fast
            attributes["id"] = message_id
        elif message.id is None:
            message.id = message_id
        if piece.generation_info:
            message.response_metadata = {**piece.generation_info, **message.response_metadata}
        return message

    return mark


def wrong_chunk(run: Run, piece: object, instead: str) -> ModelError:
    """Why what a hook has yielded cannot be a chunk."""
    return ModelError(
        f"{run.source.get_name()} streams {type(piece).__name__}: its hook is to yield {instead}"
    )


def closing_chunk(last: BaseMessage | None, model: object) -> AIMessageChunk | None:
    """The chunk to add after the provider's `last` one: empty and marked; None if that was marked, too.

    Raises ModelError if there was no chunk at all.
    """
    if last is None:
        raise ModelError(NO_CHUNKS.format(type(model).__name__))
    if not isinstance(last, AIMessageChunk) or last.chunk_position == "last":
        return None
    empty: Any = "" if isinstance(last.content, str) else []
    return AIMessageChunk(empty, id=last.id, chunk_position="last")


def added_up(message: BaseMessage, run: Run) -> Answer:
    """The answer that was streamed."""
    return Answer(run, [ChatGeneration(message)])


def checked(result: Any, run: Run) -> Answer:
    """The answer in a hook's result: messages with ids, and what else the provider said as their metadata.

    Raises ModelError if there is none.
    """
    if not isinstance(result, ChatResult):
        raise ModelError(
            f"{run.source.get_name()} answered with {type(result).__name__}: its hook is to return "
            "ChatResult(generations=[ChatGeneration(message=AIMessage(...))])"
        )
    if not result.generations:
        raise ModelError(
            f"{run.source.get_name()} returned a ChatResult without generations: an answer needs at least one"
        )
    said = result.llm_output
    generations = [_finished(g, said, run, n) for n, g in enumerate(result.generations)]
    return Answer(run, generations, said)


def _finished(
    generation: ChatGeneration, said: dict[str, Any] | None, run: Run, number: int
) -> ChatGeneration:
    message, info = generation.message, generation.generation_info
    update: dict[str, Any] = {}
    if message.id is None:
        update["id"] = fallback_id(run, number)
    if said or info:
        update["response_metadata"] = {**(said or {}), **(info or {}), **message.response_metadata}
    return ChatGeneration(message.model_copy(update=update), info) if update else generation


def to_keep(answer: Answer) -> list[Generation]:
    """An answer for a cache, without the ids that it has of its run."""
    return [_anonymous(generation, answer.run) for generation in answer.generations]


def _anonymous(generation: Generation, run: Run) -> Generation:
    if not isinstance(generation, ChatGeneration) or not (generation.message.id or "").startswith(
        fallback_id(run)
    ):
        return generation
    return ChatGeneration(generation.message.model_copy(update={"id": None}), generation.generation_info)


def kept(found: Sequence[Generation], run: Run) -> Answer:
    """An answer from a cache: it has cost nothing, and its ids are of this run.

    Raises ModelError if it is none.
    """
    messages = [_kept_message(generation, run) for generation in found]
    result = ChatResult([ChatGeneration(m, g.generation_info) for m, g in zip(messages, found, strict=True)])
    return checked(result, run)


def _kept_message(generation: object, run: Run) -> BaseMessage:
    if not isinstance(generation, Generation):
        raise wrong_kept(run, generation)
    message = generation.message if isinstance(generation, ChatGeneration) else AIMessage(generation.text)
    if isinstance(message, AIMessage) and message.usage_metadata:
        return message.model_copy(update={"usage_metadata": {**message.usage_metadata, "total_cost": 0}})
    return message


def wrong_kept(run: Run, found: object) -> ModelError:
    """Why what a cache gave cannot be an answer."""
    return ModelError(
        f"the cache of {run.source.get_name()} gave {type(found).__name__}: lookup() is to return None, or the "
        "list that update() was given"
    )


def generate_from_stream(stream: Iterator[ChatGenerationChunk]) -> ChatResult:
    """Add up what a `_stream` hook yields, for a `_generate` hook to return.

    Raises ModelError (a ValueError) if the stream is empty.

    >>> chunks = [ChatGenerationChunk(AIMessageChunk(text)) for text in ("a", "b")]
    >>> generate_from_stream(iter(chunks)).generations[0].text
    'ab'
    """
    return folded(list(stream), "the model")


async def agenerate_from_stream(stream: AsyncIterator[ChatGenerationChunk]) -> ChatResult:
    """The same for `_astream` and `_agenerate`."""
    return folded([piece async for piece in stream], "the model")


def folded(pieces: list[ChatGenerationChunk], name: str) -> ChatResult:
    """What the chunks of the model `name` add up to. Raises ModelError if there are none."""
    if not pieces:
        raise ModelError(NO_CHUNKS.format(name))
    message = message_chunk_to_message(merge_chunks([piece.message for piece in pieces]))
    infos = [piece.generation_info for piece in pieces if piece.generation_info]
    return ChatResult([ChatGeneration(message, merge_dicts(*infos) if infos else None)])
