"""What the parts of a pydantic model are, for a value of it that is still being written.

Rules for this file:
1. A shape is made of a type once, and says what is shown of a value while it is open, and what of it is
   validated when it ends.
2. What a validator may rewrite before its type is looked at is shown as the JSON has it, and not judged early.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import AfterValidator, AliasChoices, BaseModel, TypeAdapter, create_model
from pydantic.fields import FieldInfo

from eventflow.runnables.shapes import is_model

__all__ = ("FieldShape", "ModelShape", "Shape", "shape_of_model")

Kind: TypeAlias = Literal["model", "array", "object", "text", "raw", "closed"]
"""How a value is shown while it is open.

- "model": as a view of its fields
- "array", "object": with the members that are there
- "text": as far as it has come
- "raw": as the JSON has it, and it stays like that
- "closed": not at all
"""

_PLAIN: Final = (Any, object, list, dict)
_ARRAYS: Final = (list, Sequence)
_OBJECTS: Final = (dict, Mapping)


class Shape:
    """What a value is, by its type."""

    def __init__(self, kind: Kind, type_: Any, *, nullable: bool = False) -> None:
        self.kind: Kind = kind
        self.type = type_
        self.nullable = nullable
        """Whether null is a value of it."""

    @cached_property
    def member(self) -> Shape:
        """What the members of an array or object are."""
        return shape_of(get_args(_bare(self.type))[-1])

    @cached_property
    def model(self) -> ModelShape:
        """The fields, of a model."""
        return shape_of_model(_bare(self.type))

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """What validates a value that is no field."""
        return TypeAdapter(self.type)

    def below(self, key: str | int) -> Shape | None:
        """What a member is; None where members are nothing of their own."""
        if self.kind == "model":
            field = self.model.by_key.get(key)
            return None if field is None else field.shape
        return self.member if self.kind in ("array", "object") else None


class FieldShape:
    """A field of a model.

    `is_ordered`: it has validators, which may look at the fields before it. `is_judged`: whether it can be
    validated for itself.
    """

    def __init__(self, name: str, shape: Shape, *, is_ordered: bool, is_judged: bool) -> None:
        self.name = name
        self.shape = shape
        self.is_ordered = is_ordered
        self.is_judged = is_judged


class ModelShape:
    """The fields of a model, by their names and by the keys that they have in JSON."""

    def __init__(self, model: type[BaseModel]) -> None:
        if not model.__pydantic_complete__:
            model.model_rebuild()
        self.model = model
        modes = {validator.info.mode for validator in model.__pydantic_decorators__.model_validators.values()}
        self._is_rewritten = bool(modes - {"after"}) or bool(model.__pydantic_decorators__.root_validators)
        self.is_judged_whole = bool(modes) or self._is_rewritten
        """Whether it has validators of its own beside those of its fields."""
        self.by_name = {name: self._field(name, field) for name, field in model.model_fields.items()}
        self.by_key: dict[str | int, FieldShape] = {
            key: self.by_name[name]
            for name, field in model.model_fields.items()
            for key in self._keys(name, field)
        }

    @cached_property
    def checker(self) -> type[BaseModel]:
        """What validates one field: the model, or, if it has validators of the whole, its fields without these."""
        if not self.is_judged_whole:
            return self.model
        fields: dict[str, Any] = {
            name: (field.annotation, field) for name, field in self.model.model_fields.items()
        }
        return create_model(self.model.__name__, __config__=self.model.model_config, **fields)

    def _field(self, name: str, field: FieldInfo) -> FieldShape:
        modes = {*self._modes_of(name)}
        is_rewritten = bool(modes - {"after"}) or any(map(_rewrites, field.metadata))
        shape = Shape("raw", Any) if self._is_rewritten or is_rewritten else shape_of(field.annotation)
        # Beside a validator of the whole, those of the fields are not in the checker.
        is_judged = not (
            self._is_rewritten or field.frozen or (self.is_judged_whole and bool(modes - {"after"}))
        )
        return FieldShape(name, shape, is_ordered=bool(modes), is_judged=is_judged)

    def _modes_of(self, name: str) -> Iterator[str]:
        """When the validators of a field run; those of pydantic 1 may do anything."""
        decorators = self.model.__pydantic_decorators__
        for validator in decorators.field_validators.values():
            if name in validator.info.fields or "*" in validator.info.fields:
                yield validator.info.mode
        for old in decorators.validators.values():
            if name in old.info.fields or "*" in old.info.fields:
                yield "before"

    def _keys(self, name: str, field: FieldInfo) -> Iterator[str]:
        """How a field is called in JSON."""
        alias = field.validation_alias or field.alias
        for one in alias.choices if isinstance(alias, AliasChoices) else (alias,):
            if isinstance(one, str):
                yield one
        config = self.model.model_config
        if alias is None or config.get("populate_by_name") or config.get("validate_by_name"):
            yield name


@lru_cache(maxsize=256)
def shape_of_model(model: type[BaseModel]) -> ModelShape:
    """The fields of a model, looked at once."""
    return ModelShape(model)


def shape_of(type_: Any) -> Shape:
    """What the values of a type are."""
    base, nullable = _bare(type_), False
    origin = get_origin(base)
    if origin in (Union, UnionType):
        others = [one for one in get_args(base) if one is not NoneType]
        if len(others) > 1:
            shows_text = any(one is str for one in others)
            return Shape("text" if shows_text else "closed", type_)
        nullable = len(others) < len(get_args(base))
        found = shape_of(others[0])
        shape = Shape(found.kind, found.type, nullable=nullable)
        if found.kind in ("text", "closed"):
            shape.type = type_
        return shape
    if base in _PLAIN:
        return Shape("raw", type_)
    if get_origin(type_) is Annotated and base is not str:  # what is said of it may be anything
        return Shape("closed", type_)
    if base is str:
        return Shape("closed" if any(map(_rewrites, get_args(type_)[1:])) else "text", type_)
    if is_model(base):
        return Shape("closed" if base.__pydantic_root_model__ else "model", type_)
    members = get_args(base)
    if origin in _ARRAYS:
        return Shape("array", type_)
    if origin in _OBJECTS and _bare(members[0]) is str:
        return Shape("object", type_)
    return Shape("closed", type_)


def _bare(type_: Any) -> Any:
    """A type without what `Annotated` says of it."""
    return get_args(type_)[0] if get_origin(type_) is Annotated else type_


def _rewrites(metadata: object) -> bool:
    """Whether it may make something else of a value before its type is looked at."""
    return hasattr(metadata, "__get_pydantic_core_schema__") and not isinstance(metadata, AfterValidator)
