"""Schemas as pydantic models: made from types and from fields, taken apart into fields."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import (
    Annotated,
    Any,
    Final,
    NotRequired,
    Required,
    TypeAlias,
    TypeGuard,
    get_args,
    get_origin,
)

import pydantic
from pydantic import BaseModel, ConfigDict, Field, create_model
from typing_extensions import ReadOnly, get_type_hints, is_typeddict

__all__ = (
    "UNSET",
    "Fields",
    "field_values",
    "fields_of",
    "is_known",
    "is_model",
    "model_of",
    "object_of",
    "optional",
    "typed",
)

Fields: TypeAlias = Mapping[str, tuple[Any, Any]]
"""The keys of an object, each with its type and its default (`...` for none), which may be a pydantic field."""

UNSET: Final = object()
"""What a key that may be missing has when it is."""

_PREFIX: Final = "field "
"""What makes a name for a field of a key that is none."""

_CONFIG: Final = ConfigDict(arbitrary_types_allowed=True, protected_namespaces=(), defer_build=True)


def model_of(name: str, type_: Any) -> type[BaseModel]:
    """A model for a type: itself if it is one, else one that is called `name`; of a TypedDict an object.

    >>> model_of("Count", int).model_json_schema()
    {'title': 'Count', 'type': 'integer'}
    """
    if is_model(type_):
        return type_
    keys = _keys_of(type_)
    if keys is not None:
        return object_of(name, keys, doc=type_.__doc__)
    try:
        return _root_model(name, type_)
    except TypeError:  # a type that has no hash
        return _root_model.__wrapped__(name, type_)


@lru_cache(maxsize=1024)  # making one takes a tenth of a millisecond
def _root_model(name: str, type_: Any) -> type[BaseModel]:
    return create_model(name, __base__=_value(), root=(type_, ...))


@cache
def _value() -> type[BaseModel]:
    """The base of root models; not made, nor imported, before it is needed: that takes a fifth of `import pydantic`."""

    class Value(pydantic.RootModel[Any]):
        model_config = _CONFIG

    return Value


def typed(type_: Any) -> Any:
    """The type, or a model if it is a TypedDict, for pydantic does not take every one."""
    return model_of(type_.__name__, type_) if is_typeddict(type_) else type_


def object_of(name: str, fields: Fields, *, doc: str | None = None, is_open: bool = False) -> type[BaseModel]:
    """A model called `name` with these keys, whatever they are called; if it is open others are kept, too.

    >>> object_of("Point", {"x": (int, ...), "_y": (int, 0)}).model_json_schema()["required"]
    ['x']
    """
    named: dict[str, Any] = {}
    for key, (annotation, default) in fields.items():
        if key.startswith("_") or hasattr(BaseModel, key):  # no name for a field
            named[_PREFIX + key] = (Annotated[annotation, Field(alias=key)], default)
        else:
            named[key] = (annotation, default)
    config: ConfigDict = {**_CONFIG, "extra": "allow" if is_open else "ignore"}
    made: type[BaseModel] = create_model(name, __config__=config, __doc__=doc, **named)
    return made


def fields_of(model: type[BaseModel]) -> dict[str, tuple[Any, Any]] | None:
    """The keys of a model; None if it is not one of an object.

    >>> list(fields_of(object_of("Point", {"x": (int, ...)}))), fields_of(model_of("Count", int))
    (['x'], None)
    """
    if model.__pydantic_root_model__:
        return None
    return {field.alias or name: (field.annotation, field) for name, field in model.model_fields.items()}


def field_values(instance: BaseModel) -> dict[str, Any]:
    """The values of an object by key, defaults included, keys that are missing left out.

    The keys are the names of the fields, not their aliases.

    >>> field_values(object_of("Point", {"x": (int, ...), "y": optional(int)})(x=1))
    {'x': 1}
    """
    found = instance.__dict__
    values = {name: found[name] for name in type(instance).__pydantic_fields__}
    values |= instance.__pydantic_extra__ or {}
    return {name.removeprefix(_PREFIX): value for name, value in values.items() if value is not UNSET}


def optional(type_: Any) -> tuple[Any, Any]:
    """A key that may be missing, which is not the same as one with a default."""
    return type_, Field(default_factory=lambda: UNSET)


def is_model(type_: object) -> TypeGuard[type[BaseModel]]:
    """Whether it is a pydantic model."""
    return isinstance(type_, type) and issubclass(type_, BaseModel)


def is_known(model: type[BaseModel]) -> bool:
    """Whether it says anything at all."""
    return not (model.__pydantic_root_model__ and model.model_fields["root"].annotation is Any)


def _keys_of(typed_dict: Any) -> Fields | None:
    """The keys of a TypedDict; None if it is none, or if their types name something that is out of reach."""
    if not is_typeddict(typed_dict):
        return None
    try:
        hints = get_type_hints(typed_dict, include_extras=True)
    except NameError:
        return None
    keys: dict[str, tuple[Any, Any]] = {}
    for key, hint in hints.items():
        needed = key in typed_dict.__required_keys__  # which does not know of what stood there as text
        said: Any = get_origin(hint)
        while said in (Required, NotRequired, ReadOnly):
            needed = said is Required or (needed and said is ReadOnly)
            (hint,) = get_args(hint)
            said = get_origin(hint)
        keys[key] = (hint, ...) if needed else optional(hint)
    return keys
