"""How instances of common kinds of classes become data, and back: by value, or field by field."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeAlias

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

from eventflow.messages import BaseMessageChunk
from eventflow.messages.model import Model

__all__ = ("Decode", "Encode", "forms_of", "has_form")

Encode: TypeAlias = Callable[[Any], Any]
Decode: TypeAlias = Callable[[Any], Any]


def has_form(cls: type[Any]) -> bool:
    """Whether instances of this class can be told from their data without functions for it."""
    return issubclass(cls, (Enum, BaseModel, Model)) or dataclasses.is_dataclass(cls) or _is_named_tuple(cls)


def _is_named_tuple(cls: type[Any]) -> bool:
    return issubclass(cls, tuple) and hasattr(cls, "_fields")  # pyright: ignore[reportUnknownArgumentType]


def forms_of(cls: type[Any]) -> tuple[Encode, Decode]:
    """What makes data of an instance of this class, and the other way round.

    Raises TypeError if it is none of the kinds that are known.
    """
    if issubclass(cls, Enum):
        return _enum(cls)
    if issubclass(cls, BaseModel):
        return _model(cls)
    if issubclass(cls, Model):
        return _fields, lambda values: cls(**values)
    if dataclasses.is_dataclass(cls):
        return _dataclass(cls)
    if _is_named_tuple(cls):
        return list, lambda items: cls(*items)
    raise TypeError(
        f"{cls.__name__} is no enum, dataclass, pydantic model or named tuple: say how it is kept, "
        f"register_type({cls.__name__}, encode=..., decode=...)"
    )


def _enum(cls: type[Enum]) -> tuple[Encode, Decode]:
    return lambda member: member.value, cls


def _dataclass(cls: Any) -> tuple[Encode, Decode]:
    fields = dataclasses.fields(cls)
    names = [field.name for field in fields]
    late = {field.name for field in fields if not field.init}

    def encode(instance: Any) -> Any:
        return {name: getattr(instance, name) for name in names if hasattr(instance, name)}

    def decode(values: Any) -> Any:
        made = cls(**{name: value for name, value in values.items() if name not in late})
        for name in values.keys() & late:
            object.__setattr__(made, name, values[name])  # frozen ones are no exception
        return made

    return encode, decode


def _fields(model: Model) -> Any:
    """The fields and extras that were given to a message, or read from it."""
    if isinstance(model, BaseMessageChunk):
        _ = model.content  # a sum adds up its parts when it is read
    return {name: value for name, value in vars(model).items() if name[:1] != "_"}


def _model(cls: type[BaseModel]) -> tuple[Encode, Decode]:
    """By the names of fields, and which of these were not set; read back with validation."""

    def encode(model: BaseModel) -> Any:
        values = {name: value for name, value in model.__dict__.items() if name in cls.model_fields}
        values |= model.model_extra or {}
        return [values, sorted(values.keys() - model.model_fields_set)]

    def decode(data: Any) -> Any:
        values, unset = data
        fields = cls.model_fields
        given = {_alias(name, fields[name]) if name in fields else name: values[name] for name in values}
        made = cls.model_validate(given)
        made.model_fields_set.difference_update(unset)
        return made

    if cls.__pydantic_root_model__:
        return lambda model: model.root, cls.model_validate
    return encode, decode


def _alias(name: str, field: FieldInfo) -> str:
    """A name by which validation knows a field."""
    alias = field.validation_alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    return next((choice for choice in choices if isinstance(choice, str)), name)
