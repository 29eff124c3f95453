"""Token counts of a model call, and how they add up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import add
from typing import Any, TypeAlias, cast

from typing_extensions import TypedDict

from eventflow.messages.model import Field

__all__ = ("USAGE", "InputTokenDetails", "OutputTokenDetails", "UsageMetadata", "add_usage", "subtract_usage")


Counts: TypeAlias = Mapping[str, Any]


class InputTokenDetails(TypedDict, total=False):
    """Parts of the input tokens; need not sum to their count."""

    audio: int
    cache_creation: int
    cache_read: int


class OutputTokenDetails(TypedDict, total=False):
    """Parts of the output tokens; need not sum to their count."""

    audio: int
    reasoning: int


class _Counts(TypedDict):
    input_tokens: int
    output_tokens: int
    total_tokens: int


class UsageMetadata(_Counts, total=False):
    """Token counts of one message."""

    input_token_details: InputTokenDetails
    output_token_details: OutputTokenDetails


def add_usage(left: UsageMetadata | None, right: UsageMetadata | None) -> UsageMetadata:
    """Add two counts, details included; None counts nothing.

    Raises ValueError if a count is not an int.

    >>> one = UsageMetadata(input_tokens=1, output_tokens=2, total_tokens=3)
    >>> add_usage(one, one)
    {'input_tokens': 2, 'output_tokens': 4, 'total_tokens': 6}
    """
    return _combine(left, right, add)


def subtract_usage(left: UsageMetadata | None, right: UsageMetadata | None) -> UsageMetadata:
    """Subtract two counts, never going below zero; None counts nothing.

    As in LangChain, what is subtracted from None is returned as it is.

    Raises ValueError if a count is not an int.

    >>> one = UsageMetadata(input_tokens=1, output_tokens=2, total_tokens=3)
    >>> subtract_usage(one, {"input_tokens": 5, "output_tokens": 1, "total_tokens": 6})
    {'input_tokens': 0, 'output_tokens': 1, 'total_tokens': 0}
    """
    return _combine(left, right, lambda a, b: max(a - b, 0))


def _combine(
    left: UsageMetadata | None, right: UsageMetadata | None, operation: Callable[[int, int], int]
) -> UsageMetadata:
    if left and right:
        return cast("UsageMetadata", _combine_counts(cast("Counts", left), cast("Counts", right), operation))
    return left or right or UsageMetadata(input_tokens=0, output_tokens=0, total_tokens=0)


def _combine_counts(left: Counts, right: Counts, operation: Callable[[int, int], int]) -> dict[str, Any]:
    return {key: _combine_values(key, left.get(key), right.get(key), operation) for key in {**left, **right}}


def _combine_values(key: str, left: Any, right: Any, operation: Callable[[int, int], int]) -> Any:
    """Two counts or two tables of counts; a missing one is nothing."""
    kinds = {_kind(value) for value in (left, right) if value is not None}
    if kinds <= {int}:
        return operation(left or 0, right or 0)
    if kinds == {dict}:
        return _combine_counts(left or {}, right or {}, operation)
    raise ValueError(
        f"cannot combine usage {key!r} of {type(left).__name__} and {type(right).__name__}: "
        "counts are int or dictionaries of int"
    )


def _kind(value: object) -> type[object]:
    """int or dict for what can be combined; subclasses count as those."""
    return int if isinstance(value, int) else dict if isinstance(value, Mapping) else type(value)


def _check_usage(value: object) -> UsageMetadata | None:
    """Accept None or the three counts, with details."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        counts = cast("Counts", value)
        if all(isinstance(counts.get(key), int) for key in _Counts.__annotations__):
            return cast("UsageMetadata", dict(counts))
    raise ValueError(
        "must be None or a dictionary with input_tokens, output_tokens and total_tokens, each an int"
    )


_COUNT: dict[str, Any] = {"type": "integer"}
_DETAILS: dict[str, Any] = {"type": "object", "additionalProperties": _COUNT}

USAGE = Field(
    None,
    _check_usage,
    {
        "anyOf": [
            {
                "type": "object",
                "properties": {
                    **dict.fromkeys(_Counts.__annotations__, _COUNT),
                    "input_token_details": _DETAILS,
                    "output_token_details": _DETAILS,
                },
                "required": [*_Counts.__annotations__],
            },
            {"type": "null"},
        ],
        "default": None,
    },
)
