"""How `with_structured_output` reads an answer: its JSON or its call as a value, a refusal as an exception."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from eventflow import (
    AIMessage,
    BaseMessage,
    BaseTransformOutputParser,
    ModelError,
    Run,
    ToolLike,
)
from eventflow.models import text_parser, tools_parser
from eventflow.parsers import (
    JsonOutputKeyToolsParser,
    JsonOutputParser,
    PydanticOutputParser,
    PydanticToolsParser,
)

__all__ = ("OpenAIRefusalError", "answer_parser", "call_parser", "refusal_of")


class OpenAIRefusalError(ModelError):
    """A model refused to give an answer of the form that was asked for; the text is what it said."""


def answer_parser(schema: ToolLike | None, *, partial: bool = False) -> BaseTransformOutputParser[Any]:
    """What reads the JSON in the text of an answer.

    It raises OpenAIRefusalError if the answer is a refusal, and gives None if it consists of tool calls.

    Arguments:
        schema: a pydantic model, of which instances are given; for anything else, what the JSON says.
        partial: stream views of the instance that is being written.
    """
    known = None if schema is None else text_parser(schema, partial=partial)
    if isinstance(known, PydanticOutputParser):
        return _PydanticAnswer(pydantic_object=known.pydantic_object, name=known.get_name(), partial=partial)
    return _JsonAnswer(name=JsonOutputParser.__name__)


def call_parser(schema: ToolLike, *, partial: bool = False) -> BaseTransformOutputParser[Any]:
    """What reads the call of the tool that `schema` stands for.

    It raises OpenAIRefusalError if the answer is a refusal, OutputParserException if there is no such call.
    """
    known = tools_parser(schema, partial=partial)
    options: dict[str, Any] = {"name": known.get_name(), "first_tool_only": True, "required": True}
    if isinstance(known, PydanticToolsParser):
        return _ModelCall(tools=known.tools, partial=partial, **options)
    return _CallArguments(key_name=known.key_name, **options)


def refusal_of(message: BaseMessage) -> str:
    """What a message says instead of an answer; empty if it does not refuse.

    >>> refusal_of(AIMessage([{"type": "refusal", "refusal": "I cannot."}]))
    'I cannot.'
    """
    if refused := message.additional_kwargs.get("refusal"):
        return str(refused)
    content: Sequence[Any] = message.content if isinstance(message.content, list) else ()
    blocks = [block for block in content if isinstance(block, Mapping)]
    values: list[Any] = [
        block.get("value") if block.get("type") == "non_standard" else block for block in blocks
    ]
    return "".join(block["refusal"] for block in values if block.get("type") == "refusal")


class _OnlyCallsError(Exception):
    """An answer consists of tool calls; never leaves this file."""


class _Answer(BaseTransformOutputParser[Any]):
    """Looks at a message before it is parsed."""

    _reads_calls: ClassVar[bool] = False

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        try:
            _check(input, self._reads_calls)
        except _OnlyCallsError:
            return None
        return super()._do_invoke(input, run, **kwargs)

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        try:
            _check(input, self._reads_calls)
        except _OnlyCallsError:
            return None
        return await super()._do_ainvoke(input, run, **kwargs)

    def _do_transform(self, chunks: Iterator[Any], run: Run, **kwargs: Any) -> Iterator[Any]:
        try:
            for value in super()._do_transform(_checked(chunks, self._reads_calls), run, **kwargs):
                yield value
        except _OnlyCallsError:
            yield None

    async def _do_atransform(self, chunks: AsyncIterator[Any], run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        try:
            async for value in super()._do_atransform(_achecked(chunks, self._reads_calls), run, **kwargs):
                yield value
        except _OnlyCallsError:
            yield None


class _JsonAnswer(_Answer, JsonOutputParser):
    pass


class _PydanticAnswer(_Answer, PydanticOutputParser[Any]):
    pass


class _ModelCall(_Answer, PydanticToolsParser):
    _reads_calls: ClassVar[bool] = True


class _CallArguments(_Answer, JsonOutputKeyToolsParser):
    _reads_calls: ClassVar[bool] = True


def _checked(chunks: Iterator[str | BaseMessage], reads_calls: bool) -> Iterator[str | BaseMessage]:
    """The same chunks; at the end their sum is checked, before a parser looks for the end of the JSON."""
    total: Any = None
    for chunk in chunks:
        total = chunk if total is None else total + chunk
        yield chunk
    _check(total, reads_calls)


async def _achecked(
    chunks: AsyncIterator[str | BaseMessage], reads_calls: bool
) -> AsyncIterator[str | BaseMessage]:
    total: Any = None
    async for chunk in chunks:
        total = chunk if total is None else total + chunk
        yield chunk
    _check(total, reads_calls)


def _check(message: Any, reads_calls: bool) -> None:
    if not isinstance(message, AIMessage):
        return
    if refusal := refusal_of(message):
        raise OpenAIRefusalError(refusal)
    if message.tool_calls and not message.text and not reads_calls:
        raise _OnlyCallsError
