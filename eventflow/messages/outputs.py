"""What models return to the runnables that call them: generations, pieces of them, and results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from eventflow.messages.base import BaseMessage, BaseMessageChunk
from eventflow.messages.checks import STRING, anything, required_text
from eventflow.messages.chunks import merge_chunks
from eventflow.messages.merge import merge_dicts
from eventflow.messages.model import REQUIRED, Field, Model, lazy

__all__ = (
    "ChatGeneration",
    "ChatGenerationChunk",
    "ChatResult",
    "Generation",
    "GenerationChunk",
    "LLMResult",
    "RunInfo",
)

Info = dict[str, Any]


def _check_info(value: object) -> Info | None:
    if value is None or isinstance(value, dict):
        return cast("Info | None", value)
    raise ValueError("must be a dict or None")


_INFO = Field(None, _check_info, {"anyOf": [{"type": "object"}, {"type": "null"}], "default": None})


class Generation(Model):
    """Text that a model generated.

    Args:
        text: The text.
        generation_info: What else the provider said, such as the finish reason.

    >>> Generation("hi")
    Generation(text='hi')
    """

    model_fields: ClassVar[Mapping[str, Field]] = {
        "text": Field(REQUIRED, required_text, STRING),
        "generation_info": _INFO,
    }

    type: str = "Generation"
    text: str
    generation_info: Info | None = None

    def __init__(self, text: str, generation_info: Info | None = None, **extra: Any) -> None:
        if type(text) is str:
            self.text = text
        else:
            self._assign({"text": text})
        if generation_info is not None:
            self._assign({"generation_info": generation_info})
        if extra:
            self._assign(extra)


class GenerationChunk(Generation):
    """A piece of a generated text.

    >>> GenerationChunk("a") + GenerationChunk("b")
    GenerationChunk(text='ab')
    """

    text: str = lazy(lambda chunk: "".join(chunk._texts_of_sum()))

    def __add__(self, other: GenerationChunk) -> GenerationChunk:
        """Join the texts and merge the infos. Raises TypeError if `other` is not a GenerationChunk.

        The texts are joined when they are asked for, so that adding up takes time in proportion to the chunks.
        """
        if not isinstance(cast("object", other), GenerationChunk):
            raise TypeError(f"cannot add {type(other).__name__} to GenerationChunk")
        attributes = self.__dict__
        if "text" in attributes:
            texts = [self.text]
        elif len(attributes["_texts"]) == attributes["_count"]:
            texts = attributes["_texts"]
        else:  # it was added to before, and that sum has gone on with the list
            texts = self._texts_of_sum()
        texts.append(other.text)
        whole = object.__new__(GenerationChunk)
        whole.__dict__.update(_texts=texts, _count=len(texts))
        if info := _merge_infos(self, other):
            whole.generation_info = info
        return whole

    def _texts_of_sum(self) -> list[str]:
        texts: list[str] = self.__dict__["_texts"]
        return texts[: self.__dict__["_count"]]


class ChatGeneration(Generation):
    """A message that a model generated; `text` is its text.

    >>> from eventflow.messages.ai import AIMessage
    >>> ChatGeneration(message=AIMessage("hi")).text
    'hi'
    """

    model_fields: ClassVar[Mapping[str, Field]] = {
        "text": Field(REQUIRED, required_text, STRING),
        "generation_info": _INFO,
        "message": Field(REQUIRED, BaseMessage.model_validate, {"type": "object"}),
    }

    type: str = "ChatGeneration"
    text: str = lazy(lambda generation: generation.message.text)
    message: BaseMessage

    def __init__(self, message: BaseMessage, generation_info: Info | None = None, **extra: Any) -> None:
        self.message = message
        if not isinstance(cast("object", message), BaseMessage):
            self._assign({"message": message})
        if generation_info is not None:
            self._assign({"generation_info": generation_info})
        if extra:
            extra.pop("text", None)  # LangChain takes it and overwrites it with the message's
            self._assign(extra)


class ChatGenerationChunk(ChatGeneration):
    """A piece of a generated message.

    >>> from eventflow.messages.chunks import AIMessageChunk
    >>> piece = ChatGenerationChunk(message=AIMessageChunk("a"))
    >>> (piece + piece).text, (piece + [piece, piece]).text
    ('aa', 'aaa')
    """

    type: str = "ChatGenerationChunk"
    message: BaseMessageChunk  # pyright: ignore[reportIncompatibleVariableOverride]  # as LangChain has it

    def __add__(self, other: ChatGenerationChunk | Sequence[ChatGenerationChunk]) -> ChatGenerationChunk:
        """Add the messages and merge the infos. Raises TypeError if `other` is something else."""
        if isinstance(other, ChatGenerationChunk):
            info = self.generation_info or other.generation_info
            return ChatGenerationChunk(self.message + other.message, info and _merge_infos(self, other))
        given = cast("object", other)
        if not isinstance(given, (list, tuple)):
            raise TypeError(f"cannot add {type(given).__name__} to ChatGenerationChunk")
        for chunk in cast("Sequence[object]", given):
            if not isinstance(chunk, ChatGenerationChunk):
                raise TypeError(f"cannot add a list with {type(chunk).__name__} to ChatGenerationChunk")
        message = merge_chunks([self.message, *(chunk.message for chunk in other)])
        return ChatGenerationChunk(message, _merge_infos(self, *other))


def _merge_infos(*generations: Generation) -> Info | None:
    infos = [generation.generation_info for generation in generations if generation.generation_info]
    return merge_dicts(*infos) if infos else None


def _check_generations(value: object) -> list[ChatGeneration]:
    if isinstance(value, (list, tuple)):
        return [ChatGeneration.model_validate(item) for item in cast("Sequence[object]", value)]
    raise ValueError("must be a list of ChatGeneration")


class ChatResult(Model):
    """What one call of a chat model gave.

    Args:
        generations: The candidates; the first is the answer.
        llm_output: What else the provider said of the call.
    """

    model_fields: ClassVar[Mapping[str, Field]] = {
        "generations": Field(REQUIRED, _check_generations, {"type": "array", "items": {"type": "object"}}),
        "llm_output": _INFO,
    }

    generations: list[ChatGeneration]
    llm_output: Info | None = None

    def __init__(self, generations: Sequence[ChatGeneration], llm_output: Info | None = None) -> None:
        self._assign({"generations": generations})
        if llm_output is not None:
            self._assign({"llm_output": llm_output})


class RunInfo(Model):
    """Which run made a result."""

    model_fields: ClassVar[Mapping[str, Field]] = {"run_id": Field(REQUIRED, anything, STRING)}

    run_id: Any

    def __init__(self, run_id: Any) -> None:
        self.run_id = run_id


_KINDS: Mapping[str, type[Generation]] = {
    "Generation": Generation,
    "ChatGeneration": ChatGeneration,
    "ChatGenerationChunk": ChatGenerationChunk,
}


def _check_candidates(value: object) -> list[list[Generation]]:
    if isinstance(value, (list, tuple)):
        per_prompt = cast("Sequence[object]", value)
        lists = [cast("Sequence[object]", one) for one in per_prompt if isinstance(one, (list, tuple))]
        if len(lists) == len(per_prompt):
            return [[_to_generation(candidate) for candidate in candidates] for candidates in lists]
    raise ValueError("must be a list of lists of Generation")


def _to_generation(value: object) -> Generation:
    kind = cast("Mapping[str, Any]", value).get("type", "") if isinstance(value, Mapping) else ""
    return _KINDS.get(kind, Generation).model_validate(value)


class LLMResult(Model):
    """What calls of a model gave: per prompt, a list of candidates.

    Args:
        generations: Candidates per prompt.
        llm_output: What else the provider said of the calls.
        run: Which run made each.

    Two results are equal if generations and `llm_output` are, whoever made them.
    """

    model_fields: ClassVar[Mapping[str, Field]] = {
        "generations": Field(REQUIRED, _check_candidates, {"type": "array", "items": {"type": "array"}}),
        "llm_output": _INFO,
        "run": Field(None, anything, {"default": None}),
    }

    type: str = "LLMResult"
    generations: Sequence[Sequence[Generation]]
    llm_output: Info | None = None
    run: list[RunInfo] | None = None

    def __init__(
        self,
        generations: Sequence[Sequence[Generation]],
        llm_output: Info | None = None,
        run: list[RunInfo] | None = None,
        **extra: Any,
    ) -> None:
        self._assign({"generations": generations, "llm_output": llm_output, "run": run, **extra})

    def flatten(self) -> list[LLMResult]:
        """Return one result per prompt; token usage stays with the first, so that it is counted once."""
        later: Info | None = None if self.llm_output is None else {**self.llm_output, "token_usage": {}}
        return [
            LLMResult([candidates], self.llm_output if position == 0 else later)
            for position, candidates in enumerate(self.generations)
        ]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LLMResult):
            return NotImplemented
        return self.generations == other.generations and self.llm_output == other.llm_output

    __hash__ = None
