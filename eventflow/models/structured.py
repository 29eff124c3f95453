"""Answers as values: how `with_structured_output` is made of a model, what it is told, and a parser.

For a provider's `with_structured_output`. By a tool call, the inherited method does it all, with the class's
`bind_tools`; a method of the provider's own is three steps:

    bound = self.bind(response_format=...)                    1. a model that is told the form of its answer
    parser = text_parser(schema)                              2. what reads its text (`tools_parser`: its calls)
    return structured_output(bound, parser, include_raw)      3. the chain of both

`convert_to_json_schema(schema)` is the schema to tell a provider.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from operator import itemgetter
from typing import Any

from eventflow.messages import AIMessage
from eventflow.models.answers import LanguageModelInput
from eventflow.parsers import (
    BaseOutputParser,
    JsonOutputKeyToolsParser,
    JsonOutputParser,
    PydanticOutputParser,
    PydanticToolsParser,
)
from eventflow.runnables import (
    Runnable,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    RunnableWithFallbacks,
)
from eventflow.runnables.shapes import is_model
from eventflow.runs import Run
from eventflow.tools import ToolLike, convert_to_openai_tool

__all__ = ("structured_output", "text_parser", "tools_parser")


def structured_output(
    model: Runnable[LanguageModelInput, AIMessage],
    parser: BaseOutputParser[Any],
    include_raw: bool = False,
) -> Runnable[LanguageModelInput, Any]:
    """A model and the parser of its answers, as one runnable.

    Arguments:
        model: a model that is told the form of its answer.
        parser: what makes a value of it.
        include_raw: give `{"raw": message, "parsed": value, "parsing_error": None}`, and, when the parser
            raises, None as `parsed` and what it raised as `parsing_error`; else the value, and raise.

    >>> from eventflow import ScriptedChatModel, StrOutputParser
    >>> structured_output(ScriptedChatModel("hi"), StrOutputParser(), include_raw=True).invoke("")["parsed"]
    'hi'
    """
    if not include_raw:
        return model | parser
    parsed = RunnableLambda[Any, Any](itemgetter("raw")) | parser
    read = RunnablePassthrough.assign(parsed=parsed, parsing_error=_none())
    unread = RunnablePassthrough.assign(parsed=_none())
    asked = RunnableParallel[LanguageModelInput]({"raw": model})
    return asked | _Reading(read, [unread], exception_key="parsing_error")


def tools_parser(
    schema: ToolLike, *, partial: bool = False
) -> PydanticToolsParser | JsonOutputKeyToolsParser:
    """What reads the call of a tool that is made of `schema`; an answer without one is an error.

    Arguments:
        schema: a pydantic model, of which instances are given; for anything else that stands for a tool, the
            arguments are given as a dictionary.
        partial: stream views of the instance that is being written, see `Partial`.

    Raises TypeError if `schema` does not stand for a tool, ValueError if a dictionary has no name, or if
    `partial` is said and `schema` is no pydantic model.

    >>> tools_parser({"title": "Joke", "type": "object", "properties": {}}).key_name
    'Joke'
    """
    if is_model(schema):
        return PydanticToolsParser(tools=[schema], first_tool_only=True, required=True, partial=partial)
    _refuse_partial(partial)
    name = convert_to_openai_tool(schema)["function"]["name"]
    return JsonOutputKeyToolsParser(key_name=name, first_tool_only=True, required=True)


def text_parser(schema: ToolLike, *, partial: bool = False) -> JsonOutputParser | PydanticOutputParser[Any]:
    """What reads the JSON in the text of an answer.

    Arguments:
        schema: a pydantic model, of which instances are given; for anything else, what the JSON says.
        partial: stream views of the instance that is being written, see `Partial`.

    Raises ValueError if `partial` is said and `schema` is no pydantic model.

    >>> text_parser({"title": "Joke", "type": "object", "properties": {}}).parse('{"setup": "Why?"}')
    {'setup': 'Why?'}
    """
    if is_model(schema):
        return PydanticOutputParser(pydantic_object=schema, partial=partial)
    _refuse_partial(partial)
    return JsonOutputParser()


def _refuse_partial(partial: bool) -> None:
    if partial:
        raise ValueError(
            "partial=True needs a pydantic model, whose fields it shows: leave it out, for dictionaries are "
            "streamed with what is there of them anyway"
        )


class _Reading(RunnableWithFallbacks[Any, Any]):
    """Fallbacks whose stream is one chunk: the error may come after the raw message, and is caught all the same."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = "RunnableWithFallbacks"

    def _do_stream(self, input: Any, run: Run, **kwargs: Any) -> Iterator[Any]:
        yield self._do_invoke(input, run, **kwargs)

    async def _do_astream(self, input: Any, run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        yield await self._do_ainvoke(input, run, **kwargs)


def _none() -> Runnable[Any, None]:
    return RunnableLambda[Any, None](lambda _: None, blocking=False)
