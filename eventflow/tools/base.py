"""`BaseTool`: a function with a name, a description and a schema, which a model can call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeAlias, TypeGuard, cast

from pydantic import BaseModel, Field

from eventflow.events import Kind
from eventflow.messages import ToolCall
from eventflow.runnables import RunnableSerializable
from eventflow.runnables.seam import in_thread
from eventflow.runnables.shapes import field_values, fields_of, is_model, model_of, object_of
from eventflow.runs import Run, RunnableConfig
from eventflow.tools.arguments import first_argument, schema_of_function, told_arguments
from eventflow.tools.output import as_tool_message

__all__ = ("ArgsSchema", "BaseTool")

ArgsSchema: TypeAlias = type[BaseModel] | dict[str, Any]
"""What the arguments of a tool must be: a pydantic model, which checks them, or a JSON schema, which does not."""


class BaseTool(RunnableSerializable[str | dict[str, Any] | ToolCall, Any], ABC):
    """Base of tools; a subclass says in `_run` what it does, and in `_arun` how it does that without blocking.

    It takes a dictionary of arguments, the text of its first argument, or a tool call from a model, and gives
    what `_run` gives; for a tool call that is put into a `ToolMessage`. Its runs are of the kind `tool`, and
    events show the arguments as their input.

    An argument of `_run` that is annotated as `RunnableConfig`, or called `run_manager`, is given by
    eventflow; all others are the tool's arguments.

    Arguments:
        name, description: what the model is told of it.
        args_schema: what its arguments must be; unless it is given they are not checked.
        return_direct: whether an agent ends with what it gives.
        tags, metadata: of its runs.

    >>> class Add(BaseTool):
    ...     name: str = "add"
    ...     description: str = "Adds two numbers."
    ...     def _run(self, a: int, b: int = 1) -> int:
    ...         return a + b
    >>> Add().invoke({"a": 1})
    2
    >>> Add().invoke({"type": "tool_call", "name": "add", "args": {"a": 1, "b": 2}, "id": "call_1"})
    ToolMessage(content='3', name='add', tool_call_id='call_1')
    """

    kind: ClassVar[Kind] = "tool"

    name: str  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues]  # a model needs it
    description: str
    args_schema: ArgsSchema | None = Field(default=None, repr=False)
    return_direct: bool = False
    tags: list[str] | None = Field(default=None, exclude=True)
    metadata: dict[str, Any] | None = Field(default=None, exclude=True)

    # ---- what a subclass says

    @abstractmethod
    def _run(self, *args: Any, **kwargs: Any) -> Any:
        """Do the work; the arguments come by name."""

    async def _arun(self, *args: Any, **kwargs: Any) -> Any:
        """The same in async code; by default `_run` in a worker thread."""
        return await in_thread(self._run, *args, **kwargs)

    @property
    def _function(self) -> Callable[..., Any]:
        """What `_run` calls with its arguments; itself."""
        return self._run

    @property
    def _afunction(self) -> Callable[..., Any]:
        """What `_arun` calls with its arguments."""
        return self._function if type(self)._arun is BaseTool._arun else self._arun

    # ---- what the model is told

    @property
    def args(self) -> dict[str, Any]:
        """The JSON schemas of its arguments, by name."""
        return cast("dict[str, Any]", self.get_input_jsonschema().get("properties", {}))

    @property
    def tool_call_schema(self) -> ArgsSchema:
        """What a call must be: the schema of its arguments, with its own name and description."""
        if isinstance(self.args_schema, dict):
            return {**self.args_schema, "title": self.name, "description": self.description}
        return object_of(self.name, fields_of(self.get_input_schema()) or {}, doc=self.description)

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """A model of its arguments; by the annotations of `_run` unless it has an `args_schema`."""
        if self.args_schema is None:
            return schema_of_function(self.name, self._function)
        return self.args_schema if is_model(self.args_schema) else model_of(self.name, dict[str, Any])

    def get_input_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """The JSON schema of its arguments."""
        if isinstance(self.args_schema, dict):
            return self.args_schema
        return super().get_input_jsonschema(config)

    # ---- its run

    def run_tags(self) -> tuple[str, ...]:
        return tuple(self.tags or ())

    def run_metadata(self) -> Mapping[str, Any]:
        return self.metadata or {}

    def event_input(self, input: Any) -> Any:
        given = self._given(input)
        return input if given is None else given

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        arguments = self._checked(input, kwargs)
        return self._answer(input, self._run(**arguments, **told_arguments(self._function, run)))

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        arguments = self._checked(input, kwargs)
        return self._answer(input, await self._arun(**arguments, **told_arguments(self._afunction, run)))

    def _given(self, input: Any) -> dict[str, Any] | None:
        """The arguments as they are given; None if there are none in it."""
        if _is_call(input):
            return input["args"]
        if isinstance(input, dict):
            return cast("dict[str, Any]", input)
        name = self._first() if isinstance(input, str) else None
        return None if name is None else {name: input}

    def _first(self) -> str | None:
        """The argument that a text stands for."""
        schema = self.args_schema
        if schema is None:
            return first_argument(self._function)
        keys = schema.get("properties", {}) if isinstance(schema, dict) else fields_of(schema)
        return next(iter(keys or ()), None)

    def _checked(self, input: Any, options: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the function takes them.

        Raises TypeError if the input is nothing that has arguments, pydantic.ValidationError if they do not fit.
        """
        if options:
            raise TypeError(
                f"tool {self.name!r} was called with {', '.join(options)} beside its input: arguments of the tool "
                "are given in the input, as a dictionary"
            )
        given = self._given(input)
        if given is None:
            raise TypeError(
                f"tool {self.name!r} takes a dict of arguments, a tool call, or the text of its first argument if "
                f"it has one, not {type(input).__name__}"
            )
        schema = self.args_schema
        return field_values(schema.model_validate(given)) if is_model(schema) else given

    def _answer(self, input: Any, output: Any) -> Any:
        """The output, as a message if a call with an id asked for it."""
        if not _is_call(input) or not (id := input.get("id")):
            return output
        return as_tool_message(output, tool_call_id=id, name=self.name)


def _is_call(input: Any) -> TypeGuard[ToolCall]:
    return isinstance(input, dict) and cast("dict[str, Any]", input).get("type") == "tool_call"
