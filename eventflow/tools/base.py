"""`BaseTool`: a function with a name, a description and a schema, which a model can call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, ClassVar, cast

from pydantic import BaseModel, Field, ValidationError

from eventflow.events import Kind
from eventflow.runnables import RunnableSerializable
from eventflow.runnables.drive import acollect, collect
from eventflow.runnables.seam import aclose, close, in_thread
from eventflow.runnables.shapes import fields_of, is_model, model_of
from eventflow.runs import Callbacks, Run, RunnableConfig, merge_configs
from eventflow.tools.arguments import (
    ArgsSchema,
    inferred_schema,
    injected_fields,
    parameters_of,
    shown_json,
    shown_model,
)
from eventflow.tools.call import ToolInput, as_call, call_id, checked, injected, is_call, without
from eventflow.tools.failures import (
    Refused,
    ToolErrorHandler,
    ToolException,
    ValidationErrorHandler,
    content_of,
    refusal_of,
)
from eventflow.tools.generators import AYielded, Outcome, Yielded, yields_of
from eventflow.tools.output import ResponseFormat, Status, as_tool_message, content_and_artifact

__all__ = ("BaseTool",)


class BaseTool(RunnableSerializable[ToolInput, Any], ABC):
    """Base of tools; a subclass says in `_run` what it does, and in `_arun` how it does that without blocking.

    It takes a dictionary of arguments, the text of its first argument, or a tool call from a model, and gives
    what `_run` gives; for a tool call that is put into a `ToolMessage`. Its runs are of the kind `tool`, and
    events show the arguments as their input, and the id of the call.

    Arguments of `_run` that are annotated as `RunnableConfig`, called `run_manager`, or marked as injected are
    not the model's to give, see `InjectedToolArg`; all others are the tool's arguments.

    If `_run` yields, what it yields are chunks, of which events tell as they come, and its output is what they
    add up to. If there is a `return` with a value in it, the output is what it returns: the chunks before tell of
    progress, and the last one is the output.

    Arguments:
        name, description: what the model is told of it.
        args_schema: what its arguments must be; unless it is given they are not checked.
        return_direct: whether an agent ends with what it gives.
        response_format: with `content_and_artifact` it has to give a pair: what the model is told, and
            something for the program, which is the `artifact` of the message.
        handle_tool_error: what the model is told when it raises a `ToolException`: True for the text of that,
            a text, or a function of the exception. The message has the status `error`, the run ends well.
        handle_validation_error: the same for arguments that do not fit, with a `ValidationError`.
        tags, metadata, callbacks: of its runs.
        extras: what a provider wants to know of it.

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
    response_format: ResponseFormat = "content"
    handle_tool_error: ToolErrorHandler = False
    handle_validation_error: ValidationErrorHandler = False
    tags: list[str] | None = Field(default=None, exclude=True)
    metadata: dict[str, Any] | None = Field(default=None, exclude=True)
    callbacks: Callbacks = Field(default=None, exclude=True, repr=False)
    extras: dict[str, Any] | None = None

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
        """The JSON schemas of the arguments that a call gives, by name."""
        schema = self.tool_call_schema
        told = schema if isinstance(schema, dict) else schema.model_json_schema()
        return cast("dict[str, Any]", told.get("properties", {}))

    @property
    def is_single_input(self) -> bool:
        """Whether it has one argument only."""
        return len(self.args) == 1

    @property
    def tool_call_schema(self) -> ArgsSchema:
        """What a call must be: the schema of its arguments, with its own name and description.

        Injected arguments are not in it.
        """
        schema = self.args_schema
        if isinstance(schema, dict):
            return shown_json(self.name, self.description, schema, parameters_of(self._function).injected)
        return shown_model(self.name, self.description, self.get_input_schema())

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """A model of its arguments; by the annotations of `_run` unless it has an `args_schema`."""
        if self.args_schema is None:
            return inferred_schema(self.name, self._function)
        return self.args_schema if is_model(self.args_schema) else model_of(self.name, dict[str, Any])

    def get_input_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """The JSON schema of its arguments."""
        if isinstance(self.args_schema, dict):
            return self.args_schema
        return super().get_input_jsonschema(config)

    # ---- the verbs

    def invoke(self, input: ToolInput, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Call it.

        Arguments:
            input: a dictionary of arguments, the text of the first one, or a tool call from a model.
            config: as for every runnable.
            kwargs: `injected_args`, a dictionary of values for arguments that are marked as injected.

        Raises TypeError if the input has no arguments, or `injected_args` names one that is not injected;
        pydantic.ValidationError if they do not fit; AsyncOnlyError if it can only be awaited; and what it raises.
        """
        return super().invoke(input, self._configured(config), **kwargs)

    async def ainvoke(self, input: ToolInput, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """The same as `invoke`, awaited. A sync function is called in a worker thread."""
        return await super().ainvoke(input, self._configured(config), **kwargs)

    def stream(self, input: ToolInput, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:
        """Yield what it yields; what does not yield gives its one result.

        A tool call is answered by one message: then what it yields is told by events only.
        """
        if self._generates and call_id(input) is None:
            return super().stream(input, self._configured(config), **kwargs)
        return self._one(input, config, **kwargs)

    def astream(
        self, input: ToolInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """The same as `stream`, asynchronously. A sync generator is stepped in a worker thread."""
        if self._agenerates and call_id(input) is None:
            return super().astream(input, self._configured(config), **kwargs)
        return self._aone(input, config, **kwargs)

    def run(
        self,
        tool_input: str | dict[str, Any],
        *,
        config: RunnableConfig | None = None,
        tool_call_id: str | None = None,
        **more: Any,
    ) -> Any:
        """`invoke`, as LangChain's older programs call it; keys of a config may be given as keywords."""
        return self.invoke(as_call(tool_input, self.name, tool_call_id), merge_configs(config, more))

    async def arun(
        self,
        tool_input: str | dict[str, Any],
        *,
        config: RunnableConfig | None = None,
        tool_call_id: str | None = None,
        **more: Any,
    ) -> Any:
        """The same as `run`, awaited."""
        return await self.ainvoke(as_call(tool_input, self.name, tool_call_id), merge_configs(config, more))

    def _one(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        yield self.invoke(*args, **kwargs)

    async def _aone(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        yield await self.ainvoke(*args, **kwargs)

    def _configured(self, config: RunnableConfig | None) -> RunnableConfig | None:
        """The config of a call, with the tool's own callbacks."""
        return merge_configs(config, {"callbacks": self.callbacks}) if self.callbacks else config

    # ---- what its run says of it

    def run_tags(self) -> tuple[str, ...]:
        return tuple(self.tags or ())

    def run_metadata(self) -> Mapping[str, Any]:
        return self.metadata or {}

    def event_input(self, input: Any) -> Any:
        given = self._given(input)
        if given is None:
            return input
        hidden = self._hidden(self._function)
        return without(given, hidden) if hidden else given

    def event_call_id(self, input: Any) -> str | None:
        return call_id(input)

    def gives_snapshots(self, fed: bool) -> bool:
        """Whether the last of its chunks is the output, and not what they add up to."""
        if not (self._generates or self._agenerates):
            return False
        return self.response_format == "content_and_artifact" or yields_of(self._function).returns

    @property
    def _generates(self) -> bool:
        """Whether it gives chunks in sync code."""
        return yields_of(self._function).sync

    @property
    def _agenerates(self) -> bool:
        """Whether it gives chunks in async code."""
        yields = yields_of(self._afunction)
        return yields.sync or yields.async_

    # ---- the work

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        if self._generates:
            run.snapshots = self.gives_snapshots(False)
            outcome = Outcome(run.snapshots, self._split)
            content = collect(run, self._chunks(outcome, input, run, **kwargs))
            return self._answer(input, content, outcome.artifact, outcome.status)
        try:
            output = self._run(**self._arguments(self._function, input, run, **kwargs))
        except (ToolException, Refused) as error:
            return self._answer(input, content_of(error, self.handle_tool_error), None, "error")
        return self._answer(input, *self._split(output))

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        if self._agenerates:
            run.snapshots = self.gives_snapshots(False)
            outcome = Outcome(run.snapshots, self._split)
            content = await acollect(run, self._achunks(outcome, input, run, **kwargs))
            return self._answer(input, content, outcome.artifact, outcome.status)
        try:
            output = await self._arun(**self._arguments(self._afunction, input, run, **kwargs))
        except (ToolException, Refused) as error:
            return self._answer(input, content_of(error, self.handle_tool_error), None, "error")
        return self._answer(input, *self._split(output))

    def _do_stream(self, input: Any, run: Run, **kwargs: Any) -> Iterator[Any]:
        return self._chunks(Outcome(self.gives_snapshots(False), self._split), input, run, **kwargs)

    def _do_astream(self, input: Any, run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        return self._achunks(Outcome(self.gives_snapshots(False), self._split), input, run, **kwargs)

    def _chunks(self, outcome: Outcome, input: Any, run: Run, **kwargs: Any) -> Iterator[Any]:
        try:
            arguments = self._arguments(self._function, input, run, **kwargs)
            yielded = Yielded(self._called(self._function, **arguments))
            try:
                for chunk in yielded.chunks:
                    outcome.add(chunk)
                    yield chunk
            finally:
                close(yielded.chunks)
            outcome.returned(yielded.result)
        except (ToolException, Refused) as error:
            outcome.failed(content_of(error, self.handle_tool_error))
        for chunk in outcome.closing():
            yield chunk

    async def _achunks(self, outcome: Outcome, input: Any, run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        try:
            arguments = self._arguments(self._afunction, input, run, **kwargs)
            yielded = AYielded(self._called(self._afunction, **arguments))
            try:
                async for chunk in yielded.chunks:
                    outcome.add(chunk)
                    yield chunk
            finally:
                await aclose(yielded.chunks)
            outcome.returned(yielded.result)
        except (ToolException, Refused) as error:
            outcome.failed(content_of(error, self.handle_tool_error))
        for chunk in outcome.closing():
            yield chunk

    def _called(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call the function that does the work."""
        return function(*args, **kwargs)

    # ---- its arguments

    def _given(self, input: Any) -> dict[str, Any] | None:
        """The arguments as they are given; None if there are none in it."""
        given = input["args"] if is_call(input) else input
        if isinstance(given, dict):
            return cast("dict[str, Any]", given)
        name = self._first() if isinstance(given, str) and given is input else None
        return None if name is None else {name: input}

    def _first(self) -> str | None:
        """The argument that a text stands for."""
        schema = self.args_schema
        keys = (
            schema.get("properties", {}) if isinstance(schema, dict) else fields_of(self.get_input_schema())
        )
        hidden = self._hidden(self._function)
        return next((key for key in keys or () if key not in hidden), None)

    def _hidden(self, function: Callable[..., Any]) -> Mapping[str, Any]:
        """The arguments that are injected, each with what makes it one."""
        hidden = parameters_of(function).injected
        schema = self.args_schema
        marked = None if schema is None or isinstance(schema, dict) else injected_fields(schema)
        return {**marked, **hidden} if marked else hidden

    def _arguments(
        self,
        function: Callable[..., Any],
        input: Any,
        run: Run,
        *,
        injected_args: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """The arguments as the function takes them, injected ones included.

        Raises Refused if they do not fit and that is handled, and what `invoke` says.
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
        hidden = self._hidden(function)
        try:
            if not hidden and not injected_args:
                return checked(self.args_schema, given, {})
            values = injected(hidden, injected_args or {}, input, run)
            return checked(self.args_schema, without(given, hidden), values)
        except ValidationError as error:
            raise refusal_of(error, self.handle_validation_error) from None

    # ---- what is shown of it

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Only what differs from the defaults."""
        for name, value in super().__repr_args__():
            if name is None or value != type(self).model_fields[name].default:
                yield name, value

    # ---- its output

    def _split(self, output: Any) -> tuple[Any, Any]:
        """What the model is told, and what is for the program."""
        if self.response_format == "content_and_artifact":
            return content_and_artifact(output, self.name)
        return output, None

    def _answer(self, input: Any, content: Any, artifact: Any, status: Status = "success") -> Any:
        """The content, as a message if a call with an id asked for it."""
        id = call_id(input)
        if id is None:
            return content
        return as_tool_message(content, tool_call_id=id, name=self.name, status=status, artifact=artifact)
