"""Tools in the form that the chat completions endpoint takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeGuard, cast

from pydantic import BaseModel, ConfigDict, create_model

__all__ = ("to_openai_tool", "to_tool_choice")


def to_openai_tool(tool: Any, *, strict: bool | None = None) -> dict[str, Any]:
    """A tool in the provider's format.

    Arguments:
        tool: a dictionary in the provider's format (as it is), a pydantic model class, a tool (an object with
            `name`, `description` and `args_schema`), or a function with annotations and a docstring.
        strict: whether the arguments have to follow the schema to the letter.

    Raises TypeError if it is none of these.

    >>> def weather(city: str) -> str:
    ...     "How the weather is."
    >>> to_openai_tool(weather)["function"]["parameters"]["required"]
    ['city']
    """
    if isinstance(tool, Mapping):
        given: dict[str, Any] = dict(cast("Mapping[str, Any]", tool))
        return given if "type" in given else {"type": "function", "function": given}
    function = _function(tool)
    if strict is not None:
        function["strict"] = strict
        if strict:
            function["parameters"]["additionalProperties"] = False
    return {"type": "function", "function": function}


class _Tool(Protocol):
    """What a tool has."""

    name: str
    description: str


def _function(tool: Any) -> dict[str, Any]:
    schema: Any = getattr(tool, "args_schema", None)
    if _is_model(tool):
        return _described(tool.__name__, inspect.getdoc(tool), tool.model_json_schema())
    if schema is not None:
        found = cast(_Tool, tool)
        parameters = schema.model_json_schema() if _is_model(schema) else dict(schema)
        return _described(found.name, found.description, parameters)
    if inspect.isroutine(tool):
        return _described(tool.__name__, inspect.getdoc(tool), _of_function(tool))
    raise TypeError(
        f"{tool!r} cannot be bound as a tool: give a function with annotations and a docstring, a pydantic model, "
        "a tool, or a dictionary in the provider's format"
    )


def _is_model(candidate: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def _of_function(function: Callable[..., Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        name: (
            Any if parameter.annotation is parameter.empty else parameter.annotation,
            ... if parameter.default is parameter.empty else parameter.default,
        )
        for name, parameter in inspect.signature(function, eval_str=True).parameters.items()
    }
    config = ConfigDict(arbitrary_types_allowed=True)
    model: type[BaseModel] = create_model(function.__name__, __config__=config, **fields)
    return model.model_json_schema()


def _described(name: str, description: str | None, parameters: dict[str, Any]) -> dict[str, Any]:
    parameters = {key: value for key, value in parameters.items() if key not in ("title", "description")}
    return {"name": name, "description": description or "", "parameters": parameters}


def to_tool_choice(choice: str | bool | Mapping[str, Any] | None, tools: Sequence[Mapping[str, Any]]) -> Any:
    """What to send as `tool_choice`; None for nothing.

    Raises ValueError if it names a tool that is not bound.
    """
    if choice is None or choice is False or isinstance(choice, Mapping):
        return choice or None
    if choice is True or choice == "any":
        return "required"
    if choice in ("auto", "none", "required"):
        return choice
    names = [tool["function"]["name"] for tool in tools if "function" in tool]
    if choice not in names:
        raise ValueError(f"tool_choice={choice!r} is no tool that is bound: there are {', '.join(names)}")
    return {"type": "function", "function": {"name": choice}}
