"""`Partial`: an instance of a pydantic model that is still being written, as it is shown."""

from __future__ import annotations

from typing import Any, Final, Generic, TypeAlias, TypeGuard, TypeVar, cast, final

from pydantic import BaseModel, TypeAdapter

from eventflow.parsers.shapes import ModelShape, Shape

__all__ = ("NOT_YET", "Members", "Partial", "shown")

M_co = TypeVar("M_co", bound=BaseModel, covariant=True)


@final
class _NotYet:
    """The type of `NOT_YET`."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "NOT_YET"

    def __reduce__(self) -> str:
        return "NOT_YET"  # there is but one, for whoever copies it


NOT_YET: Final[Any] = _NotYet()
"""The value of a field that has not come yet. It is false, and it is not None, which is the value null."""


_ANYTHING: Final[TypeAdapter[Any]] = TypeAdapter(Any)


class Members:
    """What has been finished of an array or object that is open; only grows."""

    __slots__ = ("fields", "given", "key", "keys", "shape", "values")

    def __init__(self, key: str | int, shape: Shape) -> None:
        self.key = key
        """Its own key in what it is in."""
        self.shape = shape
        self.keys: list[str | int] = []
        self.values: list[Any] = []
        self.given: dict[str | int, Any] = {}
        """What is passed on of the members when the whole is validated, if that is not the JSON."""
        self.fields: Any = None
        """Where the fields of a model are validated."""

    def has(self, key: str | int, count: int) -> bool:
        """Whether a member is one of the first `count`."""
        if isinstance(key, int):
            return self.shape.kind == "array" and key < count
        return key in self.keys[:count]


Chain: TypeAlias = tuple[tuple[Members, int], ...]
"""What is open, from the outside in, and how many members of each have been finished."""


class Partial(Generic[M_co]):
    """An instance of a pydantic model that is still being written. It never changes: more text gives another one.

    The fields are attributes. One that is finished is as in an instance, validated. One that is growing shows
    what is there: text, a list, a dictionary, or again a `Partial` for a model inside; everything else, such as
    a number or a date, is not shown before it is finished. What is not shown is `NOT_YET`.

    It is no instance of the model, so that half an answer is never taken for a whole one. Type checkers know
    its fields where they know that it stands for an instance: inside `if isinstance(value, Partial)`, for what
    a stream gives, and as `view.model_typed`.

    >>> class Country(BaseModel):
    ...     name: str
    ...     population: int
    >>> from eventflow.parsers import PydanticOutputParser
    >>> parser = PydanticOutputParser(pydantic_object=Country, partial=True)
    >>> for country in parser.transform(iter(['{"name": "Fra', 'nce", "population": 6', "8}"])):
    ...     print(repr(country))
    Partial[Country](name='Fra')
    Partial[Country](name='France')
    Country(name='France', population=68)
    """

    __slots__ = ("_chain", "_json", "_shape")

    def __init__(self, shape: ModelShape, json: dict[str, Any], chain: Chain) -> None:
        self._shape = shape
        self._json = json
        self._chain = chain

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        field = self._shape.by_name.get(name)
        if field is None:
            raise AttributeError(f"{self._shape.model.__name__} has no field {name!r}")
        return self._all().get(name, NOT_YET)

    @property
    def model_fields_set(self) -> frozenset[str]:
        """The names of the fields that are there, growing or finished."""
        return frozenset(self._all())

    @property
    def model_fields_complete(self) -> frozenset[str]:
        """The names of the fields that are finished."""
        return frozenset(self._finished())

    def model_is_complete(self, *path: str | int) -> bool:
        """Whether the part at `path` is finished: the keys and indexes that lead there, as in the JSON."""
        json, chain = cast("Any", self._json), self._chain
        for at, key in enumerate(path):
            if not _leads_on(json, path[at:]):
                return False
            if chain and chain[0][0].has(key, chain[0][1]):
                return True
            json, chain = json[key], chain[1:]
        return False

    @property
    def model_typed(self) -> M_co:
        """The view itself, which type checkers take for an instance here; what has not come is `NOT_YET`."""
        return cast("M_co", self)

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """The fields that are there, as a dictionary; `options` are those of instances, such as `mode="json"`.

        `include` and `exclude` are for the instances in it.
        """
        plain = {name: _dumped(value, options) for name, value in self._all().items()}
        if options.get("exclude_none"):
            plain = {name: value for name, value in plain.items() if value is not None}
        if options.get("by_alias"):
            fields = self._shape.model.model_fields
            plain = {fields[name].serialization_alias or name: value for name, value in plain.items()}
        return plain

    def model_dump_json(self, **options: Any) -> str:
        """The fields that are there, as JSON; `options` are those of `model_dump`."""
        return _ANYTHING.dump_json(self.model_dump(mode="json", **options)).decode()

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self._all().items())
        return f"Partial[{self._shape.model.__name__}]({fields})"

    def __eq__(self, other: object) -> bool:
        return (
            _is_view(other)
            and self._shape.model is other._shape.model
            and self._json == other._json
            and self.model_fields_complete == other.model_fields_complete
        )

    def _finished(self) -> dict[str, Any]:
        if not self._chain:
            return {}
        members, count = self._chain[0]
        by_key = self._shape.by_key
        pairs = zip(members.keys[:count], members.values, strict=False)
        return {by_key[key].name: value for key, value in pairs if key in by_key}

    def _all(self) -> dict[str, Any]:
        """The fields that are there, in the order in which they came."""
        fields = self._finished()
        if self._json:
            key = next(reversed(self._json))
            field = self._shape.by_key.get(key)
            if field is not None and field.name not in fields:
                value = shown(field.shape, self._json[key], self._chain[1:])
                if value is not NOT_YET:
                    fields[field.name] = value
        return fields


def shown(shape: Shape, value: Any, chain: Chain) -> Any:
    """What is shown of a value that is open.

    Arguments:
        shape: what it is to become.
        value: what the JSON says of it so far.
        chain: what has been finished in it.
    """
    kind = shape.kind
    if kind == "raw":
        return value
    if kind == "text":
        return value if isinstance(value, str) else NOT_YET
    if kind == "model" and _is_object(value):
        return Partial[Any](shape.model, value, chain)
    if kind == "array" and _is_array(value):
        return _items(shape.member, value, chain)
    if kind == "object" and _is_object(value):
        return _pairs(shape.member, value, chain)
    return NOT_YET


def _items(member: Shape, array: list[Any], chain: Chain) -> list[Any]:
    """The items of an array that is open: those that are finished, and the last one."""
    items = chain[0][0].values[: chain[0][1]] if chain else []
    if len(array) > len(items) and (last := shown(member, array[-1], chain[1:])) is not NOT_YET:
        items.append(last)
    return items


def _pairs(member: Shape, json: dict[str, Any], chain: Chain) -> dict[Any, Any]:
    """The same of an object."""
    pairs: dict[Any, Any] = {}
    for members, count in chain[:1]:
        pairs.update(zip(members.keys[:count], members.values, strict=False))
    key = next(reversed(json), None)
    if key is not None and key not in pairs:
        last = shown(member, json[key], chain[1:])
        if last is not NOT_YET:
            pairs[key] = last
    return pairs


def _is_view(value: object) -> TypeGuard[Partial[Any]]:
    return isinstance(value, Partial)


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_array(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _dumped(value: Any, options: dict[str, Any]) -> Any:
    if _is_view(value):
        return value.model_dump(**options)
    if _is_object(value):
        return {key: _dumped(one, options) for key, one in value.items()}
    if _is_array(value):
        return [_dumped(one, options) for one in value]
    return _ANYTHING.dump_python(value, **options)


def _leads_on(json: Any, path: tuple[str | int, ...]) -> bool:
    """Whether there is such a part."""
    for key in path:
        try:
            json = json[key]
        except (LookupError, TypeError):
            return False
    return True
