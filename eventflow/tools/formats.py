"""Tools in the form that providers take: a name, a description and a JSON schema of the arguments."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import pydantic
from typing_extensions import is_typeddict

from eventflow.runnables.narrow import is_mapping
from eventflow.runnables.shapes import is_model
from eventflow.tools.arguments import create_schema_from_function
from eventflow.tools.base import BaseTool
from eventflow.tools.docstring import doc_of
from eventflow.tools.functional import name_of
from eventflow.tools.jsonschema import Schema, inlined, tidied
from eventflow.tools.typeddict import model_of_keys

__all__ = ("ToolLike", "convert_to_json_schema", "convert_to_openai_function", "convert_to_openai_tool")

ToolLike: TypeAlias = BaseTool | type[Any] | Callable[..., Any] | Mapping[str, Any]
"""What stands for a tool: a tool, a function, a pydantic model, TypedDict or dataclass, or a dictionary that
describes one."""


def convert_to_openai_tool(tool: ToolLike, *, strict: bool | None = None) -> Schema:
    """A tool in the format of OpenAI's chat completions, which many providers take.

    Arguments:
        tool: a dictionary in the provider's format (as it is), in Anthropic's or Bedrock's, or with a name, a
            description and parameters; a JSON schema with a title; a pydantic model, TypedDict or dataclass; a
            tool; or a function, whose docstring is read in Google's style.
        strict: whether the arguments have to follow the schema to the letter; if so, all are required and
            there are no others, as the provider demands.

    Raises TypeError if it is none of these, ValueError if a dictionary has no name.

    >>> def weather(city: str) -> str:
    ...     "How the weather is."
    >>> convert_to_openai_tool(weather)["function"]["parameters"]["required"]
    ['city']
    """
    if is_mapping(tool) and tool.get("type", "object") not in ("function", "object"):
        return dict(tool)
    return {"type": "function", "function": convert_to_openai_function(tool, strict=strict)}


def convert_to_openai_function(function: ToolLike, *, strict: bool | None = None) -> Schema:
    """The part of `convert_to_openai_tool` that is called `function`: `name`, `description` and `parameters`.

    Raises TypeError if `function` is nothing that a model could call, ValueError if a dictionary has no name.

    >>> convert_to_openai_function({"title": "now", "description": "The time.", "properties": {}})
    {'name': 'now', 'description': 'The time.', 'parameters': {'properties': {}}}
    """
    made = _of_dict(function) if is_mapping(function) else _of_object(function)
    if "parameters" in made:
        made["parameters"] = tidied(inlined(made["parameters"]), strict=bool(strict))
    if strict is not None:
        made["strict"] = strict
    return made


def convert_to_json_schema(schema: ToolLike, *, strict: bool | None = None) -> Schema:
    """A JSON schema with a title and a description, of anything that `convert_to_openai_tool` takes.

    Raises TypeError if `schema` is none of these, ValueError if a dictionary has no name.

    >>> class Joke(pydantic.BaseModel):
    ...     "A joke."
    ...     setup: str
    >>> convert_to_json_schema(Joke)["title"], convert_to_json_schema(Joke)["required"]
    ('Joke', ['setup'])
    """
    function = convert_to_openai_function(schema, strict=strict)
    described = {"title": function["name"], "description": function.get("description")}
    told = {key: value for key, value in described.items() if value is not None}
    return {**told, **function.get("parameters", {})}


def _of_dict(given: Mapping[str, Any]) -> Schema:
    if "toolSpec" in given:  # Bedrock's
        given = given["toolSpec"]
        return _parted(given, given.get("inputSchema", {}).get("json"))
    if given.get("type") == "function" and isinstance(given.get("function"), Mapping):
        given = given["function"]
    if "name" in given:
        return _parted(given, given.get("parameters", given.get("input_schema")))  # OpenAI's and Anthropic's
    if not isinstance(given.get("title"), str):
        raise ValueError(
            f"a dictionary with the keys {', '.join(given) or '(none)'} cannot be bound as a tool: give it in the "
            "provider's format, with a 'name' and 'parameters', or as a JSON schema with a 'title'"
        )
    return _described(given["title"], given.get("description"), given)


def _parted(given: Mapping[str, Any], parameters: Any) -> Schema:
    """A name, and what else there is."""
    said = {"name": given["name"], "description": given.get("description"), "parameters": parameters}
    return {key: value for key, value in said.items() if value is not None}


def _of_object(tool: Any) -> Schema:
    if is_model(tool):
        schema = tool.model_json_schema()
        return _described(tool.__name__, schema.get("description") or "", schema)
    if is_typeddict(tool):
        model = model_of_keys(tool)
        return _described(tool.__name__, model.__doc__ or "", model.model_json_schema())
    if isinstance(tool, type) and dataclasses.is_dataclass(tool):
        return _described(tool.__name__, doc_of(tool), pydantic.TypeAdapter(tool).json_schema())
    if not isinstance(tool, type):
        return _of_instance(tool)
    raise _no_tool(tool)


def _of_instance(tool: Any) -> Schema:
    args: Any = getattr(tool, "tool_call_schema", None) or getattr(tool, "args_schema", None)
    if args is not None:
        schema = args.model_json_schema() if is_model(args) else dict(args)
        return _described(tool.name, tool.description, schema)
    if not callable(tool):
        raise _no_tool(tool)
    model = create_schema_from_function(name_of(tool), tool, parse_docstring=True, include_injected=False)
    return _described(model.__name__, model.__doc__ or "", model.model_json_schema())


def _no_tool(thing: object) -> TypeError:
    return TypeError(
        f"{thing!r} cannot be bound as a tool: give a function with annotations and a docstring, a pydantic "
        "model, a tool, or a dictionary in the provider's format"
    )


def _described(name: str, description: str | None, schema: Mapping[str, Any]) -> Schema:
    parameters = {key: value for key, value in schema.items() if key not in ("description", "title")}
    told = {} if description is None else {"description": description}
    return {"name": name, **told, "parameters": parameters}
