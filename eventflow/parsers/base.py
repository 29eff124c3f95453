"""What all output parsers have: a model's answer in, a value out, inline and without threads."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ConfigDict

from eventflow.events import Kind
from eventflow.messages import BaseMessage, ChatGeneration, Generation, PromptValue
from eventflow.runnables import RunnableSerializable
from eventflow.runnables.seam import in_thread
from eventflow.runs import Run

__all__ = ("BaseGenerationOutputParser", "BaseLLMOutputParser", "BaseOutputParser", "generation_of", "quoted")

T = TypeVar("T")


def generation_of(input: object) -> Generation:
    """What `parse_result` is given for the text or message that a parser is given.

    Raises ValueError if it is something else.
    """
    if isinstance(input, BaseMessage):
        return ChatGeneration(input)
    if isinstance(input, str):
        return Generation(input)
    raise ValueError(
        f"an output parser takes text or a message, not {type(input).__name__}: put it behind a model, or "
        "behind a function that picks the text"
    )


def quoted(text: str) -> str:
    """An answer as an error quotes it: what is longer than 200 characters is cut.

    >>> quoted("No."), len(quoted("x" * 1000))
    ("'No.'", 203)
    """
    return repr(text if len(text) <= 200 else f"{text[:200]}…")


class BaseGenerationOutputParser(RunnableSerializable[str | BaseMessage, T], Generic[T]):
    """Base of parsers that look at the whole message, such as its tool calls: override `parse_result`."""

    model_config = ConfigDict(extra="forbid")

    kind: ClassVar[Kind] = "parser"

    blocking: ClassVar[bool] = False
    """Parsing is done inline, in async code, too; set it to True where it waits for something."""

    @abstractmethod
    def parse_result(self, result: Sequence[Generation], *, partial: bool = False) -> T:
        """Make a value of the candidates that a model gave; as a rule only the first counts.

        Arguments:
            result: at least one candidate.
            partial: the answer is not complete: make of it what can be made, or return None.

        Raises OutputParserException if it is not what is expected.
        """

    async def aparse_result(self, result: Sequence[Generation], *, partial: bool = False) -> T:
        """`parse_result` for async code; calls that."""
        if self.blocking:
            return await in_thread(self.parse_result, result, partial=partial)
        return self.parse_result(result, partial=partial)

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        return self.parse_result([generation_of(input)])

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        return await self.aparse_result([generation_of(input)])


BaseLLMOutputParser = BaseGenerationOutputParser
"""LangChain's name for what `BaseGenerationOutputParser` and `BaseOutputParser` have in common."""


class BaseOutputParser(BaseGenerationOutputParser[T], Generic[T]):
    """Base of parsers of text: override `parse`.

    >>> class YesOrNo(BaseOutputParser[bool]):
    ...     def parse(self, text: str) -> bool:
    ...         return text.strip().lower() == "yes"
    >>> YesOrNo().invoke(" Yes")
    True
    """

    @property
    def _type(self) -> str:
        """The kind of parser, for logs."""
        return type(self).__name__

    @abstractmethod
    def parse(self, text: str) -> T:
        """Make a value of a model's text. Raises OutputParserException if it is not what is expected."""

    async def aparse(self, text: str) -> T:
        """`parse` for async code; calls that."""
        if self.blocking:
            return await in_thread(self.parse, text)
        return self.parse(text)

    def parse_result(self, result: Sequence[Generation], *, partial: bool = False) -> T:
        """Parse the text of the first candidate."""
        return self.parse(result[0].text)

    def parse_with_prompt(self, completion: str, prompt: PromptValue) -> T:
        """Parse a text, knowing the prompt that it answers; here that does not matter."""
        return self.parse(completion)

    def get_format_instructions(self) -> str:
        """What to tell the model about the form of its answer.

        Raises NotImplementedError if the parser has nothing to say.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no format instructions: override get_format_instructions"
        )
