"""Output parsers: from what a model says to values, whole or as it comes."""

from eventflow.parsers.attached import ParsedData, attach_parser
from eventflow.parsers.base import BaseGenerationOutputParser, BaseLLMOutputParser, BaseOutputParser
from eventflow.parsers.json import JsonOutputParser, SimpleJsonOutputParser
from eventflow.parsers.lists import (
    CommaSeparatedListOutputParser,
    ListOutputParser,
    MarkdownListOutputParser,
    NumberedListOutputParser,
)
from eventflow.parsers.openai_tools import (
    JsonOutputKeyToolsParser,
    JsonOutputToolsParser,
    PydanticToolsParser,
)
from eventflow.parsers.partial import NOT_YET, Partial
from eventflow.parsers.pydantic import PydanticOutputParser
from eventflow.parsers.scalars import BooleanOutputParser, DatetimeOutputParser, EnumOutputParser
from eventflow.parsers.string import StrOutputParser
from eventflow.parsers.transform import BaseCumulativeTransformOutputParser, BaseTransformOutputParser
from eventflow.parsers.xml import XMLOutputParser

__all__ = (
    "NOT_YET",
    "BaseCumulativeTransformOutputParser",
    "BaseGenerationOutputParser",
    "BaseLLMOutputParser",
    "BaseOutputParser",
    "BaseTransformOutputParser",
    "BooleanOutputParser",
    "CommaSeparatedListOutputParser",
    "DatetimeOutputParser",
    "EnumOutputParser",
    "JsonOutputKeyToolsParser",
    "JsonOutputParser",
    "JsonOutputToolsParser",
    "ListOutputParser",
    "MarkdownListOutputParser",
    "NumberedListOutputParser",
    "ParsedData",
    "Partial",
    "PydanticOutputParser",
    "PydanticToolsParser",
    "SimpleJsonOutputParser",
    "StrOutputParser",
    "XMLOutputParser",
    "attach_parser",
)
