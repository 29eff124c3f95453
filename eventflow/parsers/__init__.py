"""Output parsers: from what a model says to values, whole or as it comes."""

from eventflow.parsers.base import BaseGenerationOutputParser, BaseOutputParser
from eventflow.parsers.string import StrOutputParser
from eventflow.parsers.transform import BaseCumulativeTransformOutputParser, BaseTransformOutputParser

__all__ = (
    "BaseCumulativeTransformOutputParser",
    "BaseGenerationOutputParser",
    "BaseOutputParser",
    "BaseTransformOutputParser",
    "StrOutputParser",
)
