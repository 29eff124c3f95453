"""Whether a value is what a filter asks for, and a namespace what a condition does."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

from eventflow.stores.items import MatchCondition, Namespace

__all__ = ("fits", "is_like")

_OPERATORS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "$eq": operator.eq,
    "$ne": operator.ne,
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}


def fits(value: Any, wanted: Any) -> bool:
    """Whether a value is equal to what is wanted; of dicts only what is wanted counts.

    Raises ValueError if an operator is unknown.

    >>> fits({"a": {"b": 3, "c": 4}}, {"a": {"b": {"$gt": 2}}})
    True
    """
    if isinstance(wanted, Mapping):
        terms = cast("Mapping[str, Any]", wanted)
        if any(str(name).startswith("$") for name in terms):
            return all(_holds(name, value, operand) for name, operand in terms.items())
        if not isinstance(value, Mapping):
            return False
        found = cast("Mapping[str, Any]", value)
        return all(fits(found.get(name), term) for name, term in terms.items())
    if isinstance(wanted, (list, tuple)):
        if not isinstance(value, (list, tuple)):
            return False
        items, terms_of = cast("Sequence[Any]", value), cast("Sequence[Any]", wanted)
        return len(items) == len(terms_of) and all(map(fits, items, terms_of))
    return bool(value == wanted)


def _holds(name: str, value: Any, operand: Any) -> bool:
    compare = _OPERATORS.get(name)
    if compare is None:
        raise ValueError(f"Unsupported operator: {name}; a filter knows {', '.join(_OPERATORS)}")
    try:
        return bool(compare(value, operand))
    except TypeError:  # a text is neither more nor less than a number
        return False


def is_like(namespace: Namespace, condition: MatchCondition) -> bool:
    """Whether a namespace begins or ends as it should.

    >>> is_like(("users", "ann", "notes"), MatchCondition("prefix", ("users", "*")))
    True
    """
    kind, path = condition
    if len(namespace) < len(path):
        return False
    part = namespace[: len(path)] if kind == "prefix" else namespace[len(namespace) - len(path) :]
    return all(wanted in ("*", label) for label, wanted in zip(part, path, strict=True))
