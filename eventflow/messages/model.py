"""Plain objects that feel like pydantic models: cheap to make, dumped, compared, copied and validated alike."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from inspect import getattr_static
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, NamedTuple, Self, TypeVar, cast

from pydantic_core import SchemaSerializer, core_schema, from_json

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

__all__ = ("ABSENT", "REQUIRED", "Field", "LazyField", "Model", "lazy")

T = TypeVar("T")

REQUIRED: Any = ...
"""The default of a field that has none, spelled as in pydantic."""

ABSENT: Any = object()
"""What a field's check returns for a value that is not worth storing."""

_ANY = SchemaSerializer(core_schema.any_schema())


_WITHOUT_EFFECT = frozenset({"by_alias", "context", "round_trip", "serialize_as_any", "warnings"})


class Field(NamedTuple):
    """What a model knows of one of its fields.

    `check` returns the value to store, or `ABSENT` if the value says no more than none given, or raises
    ValueError saying what the value must be.
    """

    default: Any
    check: Callable[[Any], Any]
    schema: Mapping[str, Any]


class LazyField(Generic[T]):
    """A field that is computed, and kept, when it is first read.

    A non-data descriptor: once the value is in the object's `__dict__` it is not asked again, so reading a
    field that was given costs what any attribute costs.
    """

    __slots__ = ("_compute", "_name")

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object | None, owner: type | None = None) -> T:
        if instance is None:
            raise AttributeError(f"{self._name!r} belongs to instances, not to the class")
        value: T = instance.__dict__.setdefault(self._name, self._compute(instance))
        return value


def lazy(compute: Callable[[Any], T]) -> T:
    """Declare a field whose value is `compute(instance)` when it was not given."""
    return cast("T", LazyField(compute))


class Model:
    """Base of messages, prompt values and outputs.

    Subclasses describe their fields in `model_fields`, in the order in which they are dumped. Attributes that
    are not fields are kept and dumped after them, those whose name starts with an underscore are private.
    """

    model_fields: ClassVar[Mapping[str, Field]] = {}
    _blank: ClassVar[Mapping[str, Any]] = {}  # what the fields are if nothing is given
    _lazy: ClassVar[tuple[str, ...]] = ()  # the fields that are computed
    _hidden: ClassVar[frozenset[str]] = frozenset()  # fields that repr never shows

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """A class that has a `type` gets a field for it, which can have no other value."""
        super().__init_subclass__(**kwargs)
        kind = cls.__dict__.get("type")
        if isinstance(kind, str):
            cls.model_fields = {**cls.model_fields, "type": _constant(kind)}
        cls._blank = {name: getattr(cls, name, field.default) for name, field in cls.model_fields.items()}
        cls._lazy = tuple(
            name for name in cls.model_fields if isinstance(getattr_static(cls, name, None), LazyField)
        )

    def _assign(self, values: Mapping[str, Any]) -> None:
        """Check and store values for fields, and extras as they are."""
        attributes = self.__dict__
        for name, value in values.items():
            field = self.model_fields.get(name)
            if field is not None:
                try:
                    checked = field.check(value)
                except ValueError as error:
                    raise ValueError(
                        f"{type(self).__name__}.{name} {error}, not {type(value).__name__}"
                    ) from None
                if checked is not ABSENT:
                    attributes[name] = checked
            elif name.startswith("_"):
                raise ValueError(f"{type(self).__name__} cannot hold {name!r}: names with _ are private")
            else:
                attributes[name] = value

    def _values(self) -> dict[str, Any]:
        """All fields in order, then the extras."""
        attributes = self.__dict__
        for name in self._lazy:
            if name not in attributes:
                getattr(self, name)
        values = {**self._blank, **self.__dict__}
        if len(values) > len(self._blank):
            for name in [name for name in values if name.startswith("_")]:
                del values[name]
        return values

    def _is_default(self, name: str, value: Any) -> bool:
        field = self.model_fields.get(name)
        return field is not None and field.default is not REQUIRED and bool(value == field.default)

    def model_dump(
        self,
        *,
        mode: Literal["python", "json"] | str = "python",
        include: Any = None,
        exclude: Any = None,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        **options: Any,
    ) -> dict[str, Any]:
        """Return the fields and extras as a new dictionary of plain data.

        Args:
            mode: "python" keeps values as they are, "json" makes them JSON types.
            include: Names to keep, as in pydantic.
            exclude: Names to leave out, as in pydantic.
            exclude_unset: Leave out what was not given; here the same as `exclude_defaults`.
            exclude_defaults: Leave out what has its default value.
            exclude_none: Leave out what is None.
            **options: `by_alias`, `context`, `round_trip`, `serialize_as_any` and `warnings` of pydantic are
                taken and have no effect.

        Raises pydantic_core.PydanticSerializationError if mode is "json" and a value has no JSON form.
        """
        values = self._wanted(exclude_unset or exclude_defaults, exclude_none, options)
        dumped: dict[str, Any] = _ANY.to_python(values, mode=mode, include=include, exclude=exclude)
        return dumped

    def model_dump_json(
        self,
        *,
        indent: int | None = None,
        include: Any = None,
        exclude: Any = None,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        **options: Any,
    ) -> str:
        """Return the fields and extras as JSON text; arguments as in `model_dump`."""
        values = self._wanted(exclude_unset or exclude_defaults, exclude_none, options)
        return _ANY.to_json(values, indent=indent, include=include, exclude=exclude).decode()

    def _wanted(self, no_defaults: bool, no_none: bool, options: Mapping[str, Any]) -> dict[str, Any]:
        """The values to dump, before names are chosen."""
        if options and not options.keys() <= _WITHOUT_EFFECT:
            raise TypeError(f"unknown options of a dump: {sorted(options.keys() - _WITHOUT_EFFECT)}")
        values = self._values()
        if no_defaults:
            values = {name: value for name, value in values.items() if not self._is_default(name, value)}
        if no_none:
            values = {name: value for name, value in values.items() if value is not None}
        return values

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Yield the fields and extras, so that `dict(message)` works as it does in pydantic."""
        yield from self._values().items()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with the fields in `update` replaced, unchecked as in pydantic.

        Args:
            update: New values by name.
            deep: Copy the values too.
        """
        if deep:
            copied = copy.deepcopy(self)
        else:
            copied = object.__new__(type(self))
            copied.__dict__.update(self.__dict__)
        for name, value in (update or {}).items():
            setattr(copied, name, value)
        return copied

    @classmethod
    def model_validate(cls, obj: Any) -> Self:
        """Return `obj` if it is an instance, else build one from a dictionary.

        Raises ValueError if `obj` is neither or does not fit.
        """
        if isinstance(obj, cls):
            return obj
        if isinstance(obj, Mapping):
            return cls._from_mapping(cast("Mapping[str, Any]", obj))
        raise ValueError(f"expected a dictionary or an instance of {cls.__name__}, got {type(obj).__name__}")

    @classmethod
    def model_validate_json(cls, json_data: str | bytes) -> Self:
        """Build an instance from JSON text. Raises ValueError if it does not fit."""
        return cls.model_validate(from_json(json_data))

    @classmethod
    def _from_mapping(cls, data: Mapping[str, Any]) -> Self:
        """Build an instance from a dictionary; bases may choose one of their kinds."""
        return cls._from_fields(data)

    @classmethod
    def _from_fields(cls, data: Mapping[str, Any]) -> Self:
        try:
            return cls(**data)
        except TypeError as error:
            raise ValueError(f"{cls.__name__}: {error}") from None

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        """Return the JSON schema of a dump."""
        return {
            "title": cls.__name__,
            "type": "object",
            "properties": {name: {**field.schema} for name, field in cls.model_fields.items()},
            "required": [name for name, field in cls.model_fields.items() if field.default is REQUIRED],
            "additionalProperties": True,
        }

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(cls.model_validate, serialization=_DUMP)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return cls.model_json_schema()

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other) or not isinstance(other, Model):
            return NotImplemented
        return self.__dict__ == other.__dict__ or self._values() == other._values()

    __hash__ = None  # type: ignore[assignment]  # mutable, as in pydantic

    def _shown(self) -> list[str]:
        """`name=value` of what repr shows: all but hidden fields and scalars that have their default."""
        return [
            f"{name}={value!r}"
            for name, value in self._values().items()
            if name not in self._hidden
            and (isinstance(value, (list, dict)) or not self._is_default(name, value))
        ]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._shown())})"

    def __str__(self) -> str:
        return " ".join(self._shown())


def _constant(value: str) -> Field:
    """A field that can only have one value, such as a message's type."""

    def check(given: object) -> str:
        if given == value:
            return value
        raise ValueError(f"can only be {value!r}")

    return Field(value, check, {"type": "string", "const": value, "default": value})


def _dump(value: Any, info: core_schema.SerializationInfo) -> Any:
    return value.model_dump(mode=info.mode) if isinstance(value, Model) else value


_DUMP = core_schema.plain_serializer_function_ser_schema(_dump, info_arg=True)

# pydantic looks for this attribute to dump objects that it meets where a model declares `Any`.
Model.__pydantic_serializer__ = SchemaSerializer(core_schema.any_schema(serialization=_DUMP))  # type: ignore[attr-defined]
