"""The schema of a state: its keys, how writes to a key are combined, and how a node sees the whole.

The state itself is a plain dict of the keys that have a value. There is no object for each key: what a key
does when it is written is in this schema, which is made once a graph.
"""

from __future__ import annotations

import dataclasses
import inspect
import operator
from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping, Sequence
from typing import (
    Annotated,
    Any,
    Final,
    NamedTuple,
    NotRequired,
    Required,
    TypeGuard,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import BaseModel
from typing_extensions import ReadOnly, is_typeddict

from eventflow.codec import register_annotated
from eventflow.errors import InvalidUpdateError
from eventflow.graph.managed import ManagedValue
from eventflow.graph.types import Overwrite, Send, commands_in

__all__ = ("ROOT", "Key", "StateSchema", "Write", "Writes")

ROOT: Final = "__root__"
"""The one key of a state that is not made of keys."""

Write = tuple[str, Any]
Writes = list[Write]
Reducer = Callable[[Any, Any], Any]

_OVERWRITE: Final = "__overwrite__"


class Key(NamedTuple):
    """One key of a state: what combines writes to it (None: the last one counts), and what it begins with."""

    reducer: Reducer | None
    empty: Callable[[], Any] | None


class StateSchema:
    """How one class describes a state, or the part of it that a node takes.

    Arguments:
        schema: a TypedDict, dataclass or pydantic model, or any other type, maybe `Annotated` with a reducer:
            then the state is one value.

    Raises TypeError if a reducer takes anything but two values.
    """

    __slots__ = ("build", "is_dict", "keys", "managed", "schema")

    def __init__(self, schema: Any) -> None:
        self.schema = schema
        register_annotated([schema])
        hints = _hints(schema)
        self.managed = {name: found for name, hint in hints.items() if (found := _managed(hint))}
        self.keys: dict[str, Key] = {n: _key(n, hint) for n, hint in hints.items() if n not in self.managed}
        self.is_dict = is_typeddict(schema)
        self.build: Callable[[dict[str, Any]], Any] = _builder(schema, self.keys)

    def view(self, values: Mapping[str, Any], remaining: int) -> Any:
        """The state as whoever declared this schema sees it; `remaining` is how many steps may follow."""
        seen = {name: values[name] for name in self.keys if name in values}
        if self.managed:
            for name, managed in self.managed.items():
                seen[name] = managed.of(remaining)
        return seen if self.is_dict else self.build(seen)

    @property
    def is_root(self) -> bool:
        """Whether the state is one value."""
        return ROOT in self.keys


def combine(
    keys: Mapping[str, Key], values: MutableMapping[str, Any], tasks: Iterable[Sequence[Write]]
) -> Collection[str]:
    """Write into `values` what the tasks of one step have written, in their order.

    Returns the keys that were written.

    Raises InvalidUpdateError if two tasks write a key that has no reducer.
    """
    written: dict[str, Sequence[Write]] = {}
    sums: set[str] = set()  # whose lists were made here: nobody has seen them, so n writes need not cost n²
    for writes in tasks:
        for name, value in writes:
            reducer = keys[name].reducer
            if type(value) is Overwrite:
                values[name] = value.value
                sums.discard(name)
            elif reducer is None:
                if written.get(name, writes) is not writes:
                    raise InvalidUpdateError(
                        f"At key '{name}': Can receive only one value per step. Use an Annotated key to handle "
                        "multiple values: two nodes of one step have written it, and it has no reducer"
                    )
                values[name] = value
            elif name not in values:
                values[name] = value
            elif name in sums and type(value) is list:
                values[name] += value
            else:
                before = values[name]
                try:
                    values[name] = reducer(before, value)
                except Exception as error:
                    error.add_note(f"While adding {value!r} to the key {name!r} of the state, by its reducer")
                    raise
                if reducer is operator.add and type(before) is type(value) is list:
                    sums.add(name)
            written[name] = writes
    return written


def writes_of(keys: Mapping[str, Key], output: Any, where: str) -> list[Writes]:
    """What an output of a node writes: one list for each part of it that is an update.

    Keys that the state does not have are left out, as in LangGraph.

    Raises InvalidUpdateError if it is no update.
    """
    if output is None:
        return []
    if commands := commands_in(output):
        if commands[0] is output:
            update = commands[0].update
            if ROOT not in keys and _are_pairs(update):
                return [chosen(keys, update)]
            return writes_of(keys, update, where)
        return [writes for part in output for writes in writes_of(keys, part, where)]
    if ROOT in keys:
        return [[(ROOT, _unwrapped(output))]]
    return [chosen(keys, _pairs(keys, output, where))]


def chosen(keys: Mapping[str, Key], pairs: Iterable[Write]) -> Writes:
    """Those of the pairs that write a key."""
    writes: Writes = []
    for pair in pairs:
        name, value = pair
        if name in keys:
            writes.append((name, _unwrapped(value)) if isinstance(value, dict) else pair)
    return writes


def _pairs(keys: Mapping[str, Key], output: Any, where: str) -> Iterable[Write]:
    if isinstance(output, (dict, Mapping)):  # the first is quickly told
        return cast("Mapping[str, Any]", output).items()
    if isinstance(output, BaseModel):
        return _set_fields(output, {n: f.default for n, f in type(output).model_fields.items()})
    if dataclasses.is_dataclass(cast("object", output)) and not isinstance(output, type):
        return _set_fields(output, {f.name: f.default for f in dataclasses.fields(output)})
    if inspect.iscoroutine(output):
        output.close()  # else Python warns of it, too
        raise InvalidUpdateError(
            f"Expected dict, got a coroutine: {where} has to await it, in an `async def`"
        )
    parts = cast("Sequence[object]", output if isinstance(output, (list, tuple)) else [output])
    if any(isinstance(part, Send) for part in parts):
        raise InvalidUpdateError(
            f"Expected dict, got {output!r}: {where} gives a Send: return Command(goto=[Send(...)]), or give it "
            "from a conditional edge"
        )
    raise InvalidUpdateError(
        f"Expected dict, got {output!r}: {where} has to return a dict with some of the keys {', '.join(keys)}, a "
        "Command, or None"
    )


def _unwrapped(value: Any) -> Any:
    if isinstance(value, dict) and len(cast("dict[str, Any]", value)) == 1 and _OVERWRITE in value:
        return Overwrite(cast("Any", value[_OVERWRITE]))
    return cast("Any", value)


def _are_pairs(output: Any) -> TypeGuard[Sequence[Write]]:
    return isinstance(output, (list, tuple)) and all(
        type(pair) is tuple and len(pair) == 2  # pyright: ignore[reportUnknownArgumentType]
        for pair in cast("Sequence[Any]", output)
    )


def _set_fields(output: Any, defaults: Mapping[str, Any]) -> list[Write]:
    """The fields of an instance; None counts only where it is not what the field has anyway."""
    said = output.model_fields_set if isinstance(output, BaseModel) else ()
    return [
        (name, value)
        for name, default in defaults.items()
        if (value := getattr(output, name)) is not None or name in said or default is not None
    ]


# ---- reading a schema


def _hints(schema: Any) -> dict[str, Any]:
    if isinstance(schema, type) and (
        is_typeddict(schema) or dataclasses.is_dataclass(schema) or issubclass(schema, BaseModel)
    ):
        hints = get_type_hints(schema, include_extras=True)
        own = schema.model_fields if issubclass(schema, BaseModel) else hints
        return {name: hint for name, hint in hints.items() if name in own}
    return {ROOT: schema}


def _bare(hint: Any) -> Any:
    while get_origin(hint) in (Required, NotRequired, ReadOnly):
        (hint,) = get_args(hint)
    return hint


def _managed(hint: Any) -> type[ManagedValue] | None:
    """What fills in the key, if it is not the nodes'."""
    hint = _bare(hint)
    mark = get_args(hint)[-1] if get_origin(hint) is Annotated else None
    return mark if isinstance(mark, type) and issubclass(mark, ManagedValue) else None


def _key(name: str, hint: Any) -> Key:
    hint = _bare(hint)
    if get_origin(hint) is not Annotated:
        return Key(None, None)
    type_, *notes = get_args(hint)
    reducer = notes[-1]
    if not callable(reducer) or isinstance(reducer, type):
        return Key(None, None)
    try:
        parameters = inspect.signature(reducer).parameters.values()
    except ValueError:  # built in, and says nothing of itself
        return Key(reducer, _empty(type_))
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [p for p in parameters if p.kind in positional and p.default is p.empty]
    takes = [p for p in parameters if p.kind in positional]
    variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    if len(needed) > 2 or (len(takes) < 2 and not variadic):
        raise TypeError(
            f"Invalid reducer signature. Expected (a, b) -> c. Got {inspect.signature(reducer)} for the key {name!r}"
        )
    return Key(reducer, _empty(type_))


def _empty(type_: Any) -> Callable[[], Any] | None:
    """What makes the value that a reducer begins with; None if the type cannot be made of nothing."""
    origin = get_origin(type_) or type_
    made: Any = _ABSTRACT.get(origin, origin)
    if not isinstance(made, type):
        return None
    try:
        made()
    except Exception:  # whatever its constructor says: then the first write is the first value
        return None
    return made


_ABSTRACT: Final[Mapping[Any, type]] = {
    Sequence: list,
    Iterable: list,
    Mapping: dict,
    MutableMapping: dict,
}


def _builder(schema: Any, keys: Mapping[str, Key]) -> Callable[[dict[str, Any]], Any]:
    if ROOT in keys:
        return lambda values: values.get(ROOT)
    if is_typeddict(schema):
        return lambda values: values
    if isinstance(schema, type) and issubclass(schema, BaseModel):
        return schema.model_validate
    return lambda values: schema(**values)
