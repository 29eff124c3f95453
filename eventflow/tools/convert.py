"""A runnable as a tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

from pydantic import BaseModel

from eventflow.runnables.base import Runnable, install_tool_maker
from eventflow.runnables.shapes import fields_of, is_known, is_model, object_of
from eventflow.tools.base import BaseTool
from eventflow.tools.structured import StructuredTool

__all__ = ("convert_runnable_to_tool",)

_TEXT = "tool_input"
"""The name of the only argument of a tool that takes text, as in LangChain."""


def convert_runnable_to_tool(
    runnable: Runnable[Any, Any],
    args_schema: type[BaseModel] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    arg_types: Mapping[str, Any] | None = None,
) -> BaseTool:
    """A tool that runs a runnable, which becomes a child of the tool's run.

    The runnable gets the arguments as a dictionary; as a model if its input is one, as text if its input is
    text. What its arguments are is said by `args_schema`, else by `arg_types`, else by its input schema; of a
    runnable that may take anything it is not known, and it gets whatever is given.

    Arguments:
        args_schema: a pydantic model of its arguments.
        name: what the model calls it; the name of the runnable unless given.
        description: what the model is told of it; unless given, what it takes.
        arg_types: the types of its arguments, by name.

    Raises TypeError if it takes something that has no arguments, such as a list, or a dict of unknown keys.

    >>> from eventflow import RunnableLambda
    >>> add = RunnableLambda(lambda x: x["a"] + x["b"])
    >>> convert_runnable_to_tool(add, name="add", arg_types={"a": int, "b": int}).invoke({"a": 1, "b": 2})
    3
    """
    name = name or runnable.get_name()
    schema = args_schema
    as_input: Callable[[dict[str, Any]], Any] = _as_dict
    if schema is None and arg_types:
        schema = object_of(name, {key: (type_, ...) for key, type_ in arg_types.items()})
    if schema is None:
        schema, as_input = _taken_by(runnable, name)

    def invoke(**arguments: Any) -> Any:
        return runnable.invoke(as_input(arguments))

    async def ainvoke(**arguments: Any) -> Any:
        return await runnable.ainvoke(as_input(arguments))

    return StructuredTool(
        name=name,
        description=description or f"Takes {schema.model_json_schema()}.",
        args_schema=schema,
        func=invoke,
        coroutine=ainvoke,
    )


def _taken_by(
    runnable: Runnable[Any, Any], name: str
) -> tuple[type[BaseModel], Callable[[dict[str, Any]], Any]]:
    """The arguments that a runnable takes as a tool, and what makes its input of them."""
    type_ = runnable.InputType
    if type_ is str:
        return object_of(name, {_TEXT: (str, ...)}), itemgetter(_TEXT)
    if is_model(type_):
        return type_, lambda arguments: type_.model_construct(**arguments)
    schema = runnable.get_input_schema()
    if not is_known(schema):
        return object_of(name, {}, is_open=True), _as_dict
    if fields_of(schema) is None:
        raise TypeError(
            f"cannot tell which arguments {name!r} takes as a tool: annotate its input as a TypedDict or a "
            "pydantic model, or as str, or give args_schema= or arg_types="
        )
    return schema, _as_dict


def _as_dict(arguments: dict[str, Any]) -> Any:
    return arguments


install_tool_maker(convert_runnable_to_tool)
