"""The types that code declares: type parameters of a class, annotations of a function, keys that it reads."""

from __future__ import annotations

import dis
import functools
import inspect
import operator
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
)
from types import CodeType
from typing import Any, Final, TypeVar, cast, get_args, get_origin

__all__ = (
    "element_type",
    "keys_read",
    "parameter_type",
    "return_type",
    "signature_of",
    "type_arguments",
    "values_used",
)

_ITERATORS: Final = (Iterator, AsyncIterator, Generator, AsyncGenerator, Iterable, AsyncIterable)


def type_arguments(cls: type, root: type) -> tuple[Any, ...]:
    """What `cls` says for the type parameters of `root`, a base of it; `Any` where it leaves them open.

    >>> from typing import Generic
    >>> A, B, T = TypeVar("A"), TypeVar("B"), TypeVar("T")
    >>> class Pair(Generic[A, B]): ...
    >>> class Lists(Pair[list[T], int], Generic[T]): ...
    >>> class Texts(Lists[str]): ...
    >>> type_arguments(Texts, Pair), type_arguments(Lists, Pair)
    ((list[str], <class 'int'>), (list[typing.Any], <class 'int'>))
    """
    arguments = _arguments(cls, root) or _parameters(root)
    return tuple(_substituted(argument, {}, Any) for argument in arguments)


def _arguments(cls: type, root: type) -> tuple[Any, ...] | None:
    """The arguments, in terms of the type parameters of `cls`; None if `root` is no base of it."""
    for base, given in _bases(cls):
        if base is root:
            return given or None
        above = _arguments(base, root)
        if above is not None:
            known = dict(zip(_parameters(base), given, strict=False))
            return tuple(_substituted(argument, known) for argument in above)
    return None


def _bases(cls: type) -> list[tuple[type, tuple[Any, ...]]]:
    """The bases with their arguments. A pydantic class knows which generic it was made from."""
    made: Mapping[str, Any] = cls.__dict__.get("__pydantic_generic_metadata__", {})
    if made.get("origin"):
        return [(made["origin"], made["args"])]
    written: tuple[Any, ...] = cls.__dict__.get("__orig_bases__") or cls.__bases__
    return [(get_origin(base) or base, get_args(base)) for base in written]


def _parameters(cls: Any) -> tuple[Any, ...]:
    return tuple(getattr(cls, "__parameters__", ()))


def _substituted(argument: Any, known: Mapping[Any, Any], other: Any = None) -> Any:
    """The type with its type variables replaced: what is known, else `other`, else as they are."""
    if isinstance(argument, TypeVar):
        return known.get(argument, other or argument)
    inner = _parameters(argument)
    return argument[tuple(known.get(v, other or v) for v in inner)] if inner else argument


def parameter_type(function: Callable[..., Any]) -> Any:
    """The type of the first parameter; `Any` if nothing is said.

    >>> def double(x: int) -> str: ...
    >>> parameter_type(double), return_type(double), parameter_type(lambda x: x)
    (<class 'int'>, <class 'str'>, typing.Any)
    """
    if (keys := _items(function)) is not None:
        return list[Any] if any(isinstance(key, int) for key in keys) else Any
    signature = signature_of(function)
    first = next(iter(signature.parameters.values()), None) if signature else None
    return Any if first is None else _said(first.annotation)


def return_type(function: Callable[..., Any]) -> Any:
    """The type of what it returns; `Any` if nothing is said."""
    signature = signature_of(function)
    return Any if signature is None else _said(signature.return_annotation)


def element_type(annotation: Any) -> Any:
    """The type of the elements of an iterator; other types as they are.

    >>> element_type(Iterator[int]), element_type(int)
    (<class 'int'>, <class 'int'>)
    """
    if get_origin(annotation) in _ITERATORS:
        return get_args(annotation)[0]
    return Any if annotation in _ITERATORS else annotation


def signature_of(function: Callable[..., Any]) -> inspect.Signature | None:
    """The signature, None if it has none. Annotations are types; all stay text if one cannot be resolved."""
    for resolved in (True, False):
        try:
            return inspect.signature(function, eval_str=resolved)
        except (NameError, TypeError, ValueError, AttributeError, SyntaxError):
            continue
    return None


def _said(annotation: Any) -> Any:
    return Any if annotation is inspect.Parameter.empty or isinstance(annotation, str) else annotation


def keys_read(function: Callable[..., Any]) -> dict[str, bool] | None:
    """The text keys that it reads from its first argument, and whether it needs them; None if it reads none.

    Seen are `itemgetter("a")`, `x["a"]`, and `x.get("a")`, which does not need its key.

    >>> keys_read(lambda x: x["a"] + x.get("b", 0)), keys_read(operator.itemgetter("c"))
    ({'a': True, 'b': False}, {'c': True})
    """
    if (keys := _items(function)) is not None:
        return dict.fromkeys(keys, True) if all(isinstance(key, str) for key in keys) else None
    bound = inspect.ismethod(function)
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if not isinstance(code, CodeType) or code.co_argcount <= bound:
        return None
    return _keys_in(code, code.co_varnames[bound]) or None


def _items(function: Callable[..., Any]) -> tuple[Any, ...] | None:
    """What an itemgetter gets: the arguments that would make another; None for other functions."""
    is_getter = isinstance(function, operator.itemgetter)
    return cast("tuple[Any, ...]", function.__reduce__()[1]) if is_getter else None


def _keys_in(code: CodeType, name: str) -> dict[str, bool]:
    keys: dict[str, bool] = {}
    steps = list(dis.get_instructions(code))
    for load, second, third in zip(steps, steps[1:], steps[2:], strict=False):
        if load.argval != name or not load.opname.startswith(("LOAD_FAST", "LOAD_DEREF")):
            continue
        if third.opname == "BINARY_SUBSCR" or (third.opname == "BINARY_OP" and third.argrepr == "[]"):
            key, needed = second, True
        elif second.argval == "get" and second.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            key, needed = third, False
        else:
            continue
        if key.opname == "LOAD_CONST" and isinstance(key.argval, str):
            keys[key.argval] = needed or keys.get(key.argval, False)
    return keys


def values_used(function: Callable[..., Any]) -> list[Any]:
    """The values outside of a function that it uses by name, each once.

    >>> def outer(value):
    ...     return lambda: value
    >>> values_used(outer(1))
    [1]
    """
    while isinstance(function, functools.partial):
        function = function.func
    try:
        names = inspect.getclosurevars(function)
    except (TypeError, ValueError):
        return []
    values = [*names.globals.values(), *names.nonlocals.values()]
    return list({id(value): value for value in values}.values())
