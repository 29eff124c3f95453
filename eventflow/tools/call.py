"""One call of a tool: what came with it, what is injected, and what the function is given in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeGuard, cast

from pydantic import ValidationError

from eventflow.events import MISSING
from eventflow.messages import ToolCall
from eventflow.runnables.shapes import field_values
from eventflow.runs import Run
from eventflow.tools.arguments import ArgsSchema, injected_fields, without_values
from eventflow.tools.injected import Injection, has_provider, injected_value

__all__ = ("ToolInput", "as_call", "call_id", "checked", "injected", "is_call", "without")


ToolInput: TypeAlias = str | dict[str, Any] | ToolCall
"""What a tool is called with: the text of its first argument, its arguments, or a tool call."""


def is_call(input: object) -> TypeGuard[ToolCall]:
    """Whether it is a tool call, as a model writes it."""
    return isinstance(input, dict) and cast("dict[str, Any]", input).get("type") == "tool_call"


def as_call(input: str | dict[str, Any], name: str, id: str | None) -> ToolInput:
    """The arguments of a tool as a call of it, if there is an id for one."""
    if id is None or isinstance(input, str):
        return input
    return {"type": "tool_call", "name": name, "args": input, "id": id}


def call_id(input: object) -> str | None:
    """The id of a tool call; None if it has none, or is none."""
    return (input.get("id") or None) if is_call(input) else None


def without(given: Mapping[str, Any], hidden: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that are not hidden."""
    return {name: value for name, value in given.items() if name not in hidden}


def injected(
    hidden: Mapping[str, Any],
    injected_args: Mapping[str, Any],
    input: Mapping[str, Any] | str,
    run: Run,
) -> dict[str, Any]:
    """The values of the arguments that are injected, as far as there are any.

    They are eventflow's own, else those in `injected_args`, else those in a plain dictionary, which the host has
    made. What a tool call says of them counts for nothing: a model has written it.

    Raises TypeError if `injected_args` names another argument.
    """
    if unknown := injected_args.keys() - hidden.keys():
        raise TypeError(
            f"tool {run.source.get_name()!r} was given injected_args {', '.join(sorted(unknown))}, which are not "
            f"marked as injected: it has {', '.join(sorted(hidden)) or 'none'}"
        )
    own: Mapping[str, Any] = {} if isinstance(input, str) or is_call(input) else input
    values = {**{name: own[name] for name in hidden if name in own}, **injected_args}
    id = call_id(input)
    for name, marker in hidden.items():
        value = injected_value(Injection(marker, run, id, name, values.get(name, MISSING)))
        if value is not MISSING:
            values[name] = value
    return values


def checked(schema: ArgsSchema | None, given: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The arguments that were given, and the values that were injected, as the schema makes them.

    Raises pydantic.ValidationError, without a word of what was injected.
    """
    if schema is None or isinstance(schema, dict):
        return {**given, **values}
    if not values:
        return field_values(schema.model_validate(given))
    marked = injected_fields(schema)
    try:
        found = schema.model_validate({**given, **{k: v for k, v in values.items() if k in marked}})
    except ValidationError as error:
        raise without_values(error, values, given) from None
    kept = {k: v for k, v in values.items() if k not in marked or has_provider(marked[k])}
    return {**field_values(found), **kept}
