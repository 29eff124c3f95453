"""JSON schemas in the form that providers like: without references, without titles, and strict if asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

__all__ = ("Schema", "inlined", "tidied")

Schema: TypeAlias = dict[str, Any]

_NAMED: Final = ("properties", "$defs", "definitions")
"""Keys of a JSON schema below which there are schemas by name."""

_DATA: Final = ("default", "const", "enum", "examples", "required")
"""Keys of a JSON schema below which there are no schemas."""

_DEFS: Final = "#/$defs/"


def inlined(schema: Schema) -> Schema:
    """The schema with its `$defs` in their places; only those that contain themselves stay where they are.

    >>> inlined({"items": {"$ref": "#/$defs/A"}, "$defs": {"A": {"type": "string"}}})
    {'items': {'type': 'string'}}
    """
    defs = schema.get("$defs")
    if not isinstance(defs, Mapping):
        return schema
    known = cast("Mapping[str, Any]", defs)
    circular = {name for name in known if _leads_to(name, known[name], known, set())}

    def placed(below: Schema) -> Schema:
        name = str(below.get("$ref", "")).removeprefix(_DEFS)
        if name not in known or name in circular:
            return _mapped(below, placed)
        return {**placed(known[name]), **{key: value for key, value in below.items() if key != "$ref"}}

    root = known.get(
        str(schema.get("$ref")).removeprefix(_DEFS), {}
    )  # a model that contains itself is a reference
    made = _mapped({**schema, **root}, placed)
    for key in ("$defs", "$ref"):
        made.pop(key, None)
    kept = {name: _mapped(known[name], placed) for name in known if name in circular}
    return {**made, "$defs": kept} if kept else made


def tidied(schema: Schema, *, strict: bool) -> Schema:
    """The schema without titles, which only cost tokens; if strict, with objects of just their properties."""
    made = _mapped(schema, lambda below: tidied(below, strict=strict))
    made.pop("title", None)
    if strict and made.get("type") == "object":
        made["additionalProperties"] = False
        if "properties" in made:
            made["required"] = list(made["properties"])
    return made


def _mapped(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """The schema with the schemas right below it changed."""
    made: Schema = {}
    for key, value in schema.items():
        if key in _DATA:
            made[key] = value
        elif key in _NAMED and isinstance(value, Mapping):
            named = cast("Mapping[str, Any]", value)
            made[key] = {name: _changed(below, change) for name, below in named.items()}
        else:
            made[key] = _changed(value, change)
    return made


def _changed(value: Any, change: Callable[[Schema], Schema]) -> Any:
    if isinstance(value, Mapping):
        return change(dict(cast("Mapping[str, Any]", value)))
    if isinstance(value, list):
        return [_changed(item, change) for item in cast("Sequence[Any]", value)]
    return value


def _leads_to(name: str, below: Any, defs: Mapping[str, Any], seen: set[str]) -> bool:
    """Whether there is a reference to `name` in it, however far."""
    if isinstance(below, list):
        return any(_leads_to(name, item, defs, seen) for item in cast("Sequence[Any]", below))
    if not isinstance(below, Mapping):
        return False
    for key, value in cast("Mapping[str, Any]", below).items():
        if key == "$ref" and isinstance(value, str):
            target = value.removeprefix(_DEFS)
            if target == name:
                return True
            if target in defs and target not in seen:
                seen.add(target)
                if _leads_to(name, defs[target], defs, seen):
                    return True
        elif _leads_to(name, value, defs, seen):
            return True
    return False
