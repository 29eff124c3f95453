"""`ToolNode`: a node that makes the tool calls of a model's message, and answers each."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias, cast

from pydantic import ValidationError

from eventflow.agents.answers import Answer, checked_answer, combined
from eventflow.agents.failures import (
    PASSED_ON,
    ErrorHandling,
    Failures,
    as_refusal,
    error_message,
    unknown_tool,
)
from eventflow.agents.injection import CallSite, ToolRuntime, call_site, host_of, runtime_of
from eventflow.agents.state import read
from eventflow.events import Kind
from eventflow.graph import END
from eventflow.graph.nodes import NodeFunction
from eventflow.messages import AIMessage, ToolCall
from eventflow.runnables import Runnable
from eventflow.runnables.fanout import agather, gather
from eventflow.runnables.narrow import is_mapping
from eventflow.runnables.seam import in_thread
from eventflow.runs import Run, current_run
from eventflow.tools import BaseTool, convert_to_tool

__all__ = ("TOOL_CALL_WITH_CONTEXT", "ToolCallRequest", "ToolNode", "tools_condition")

TOOL_CALL_WITH_CONTEXT = "tool_call_with_context"
"""The `__type` of an input that is one tool call, and maybe the state that its tool is to see."""


@dataclass(frozen=True, slots=True)
class ToolCallRequest:
    """A tool call that is to be made, as `wrap_tool_call` sees it.

    Arguments:
        tool_call: the call.
        tool: the tool; None if there is none of that name.
        state: the state that it sees.
        runtime: what a tool is told; None outside a graph.
    """

    tool_call: ToolCall
    tool: BaseTool | None
    state: Any
    runtime: ToolRuntime[Any, Any] | None

    def override(self, **changed: Any) -> ToolCallRequest:
        """The same with other fields."""
        return dataclasses.replace(self, **changed)


Wrapper: TypeAlias = Callable[[ToolCallRequest, Callable[[ToolCallRequest], Answer]], Answer]
AsyncWrapper: TypeAlias = Callable[
    [ToolCallRequest, Callable[[ToolCallRequest], Awaitable[Answer]]], Awaitable[Answer]
]


class _Calls(NamedTuple):
    """What a node is to do: the calls, the state that their tools see, and how the answers are kept."""

    calls: Sequence[ToolCall]
    state: Any
    key: str | None


class ToolNode(Runnable[Any, Any]):
    """Makes the tool calls of the last message of a model, and gives the answers in the order of the calls.

    It takes a state with messages and gives `{"messages": [...]}`; or a list of messages, and gives a list; or a
    list of tool calls, and gives what it gives for a state. Several calls run at the same time: in threads, in
    async code as tasks, at most `max_concurrency` at once. If a tool returns a `Command`, or a list with some,
    the output is a list of those and of the messages of the others.

    Arguments:
        tools: tools, or what stands for them and can be run, such as plain functions.
        name: what the node is called.
        tags: of its runs.
        handle_tool_errors: which failures the model is told of, in a message with the status `error`; others are
            raised. Unless given, those are arguments that the tool does not take; a call of a tool that is not
            there is always answered so. True for all failures; exception types for these; a text for all, which
            the model is told; or a function of the exception that makes the text, for those that the annotation
            of its parameter names.
        messages_key: where the state keeps the messages.
        wrap_tool_call: called in place of each call with a `ToolCallRequest`, and a function that makes the
            call; gives what is to be its answer.
        awrap_tool_call: the same in async code; `wrap_tool_call` is called in a thread unless it is given.

    Raises TypeError or ValueError if something cannot be made a tool, or two tools have the same name.

    >>> def add(a: int, b: int) -> int:
    ...     '''Adds two numbers.'''
    ...     return a + b
    >>> node = ToolNode([add])
    >>> call = {"type": "tool_call", "name": "add", "args": {"a": 1, "b": 2}, "id": "call_1"}
    >>> node.invoke([AIMessage("", tool_calls=[call])])
    [ToolMessage(content='3', name='add', tool_call_id='call_1')]
    """

    kind: ClassVar[Kind] = "chain"

    def __init__(
        self,
        tools: Sequence[BaseTool | Callable[..., Any]],
        *,
        name: str = "tools",
        tags: Sequence[str] | None = None,
        handle_tool_errors: ErrorHandling = None,
        messages_key: str = "messages",
        wrap_tool_call: Wrapper | None = None,
        awrap_tool_call: AsyncWrapper | None = None,
    ) -> None:
        self.name = name
        self.tags = tuple(tags or ())
        self.messages_key = messages_key
        self._tools: dict[str, BaseTool] = {}
        for tool in map(convert_to_tool, tools):
            if tool.name in self._tools:
                raise ValueError(f"two tools are called {tool.name!r}: a model could not tell them apart")
            self._tools[tool.name] = tool
        self._failures = Failures(handle_tool_errors)
        self._wrap = wrap_tool_call
        self._awrap = awrap_tool_call

    @property
    def tools_by_name(self) -> Mapping[str, BaseTool]:
        """Its tools."""
        return self._tools

    def run_tags(self) -> tuple[str, ...]:
        return self.tags

    def as_node(self) -> NodeFunction:
        """As a node of a graph it works in the run of its task."""
        return NodeFunction(self._work, self._awork, self.tags)

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        return self._work(input)

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        return await self._awork(input)

    def _work(self, input: Any) -> Any:
        run = cast("Run", current_run())
        todo = self._read(input, run)
        site = CallSite(run, todo.state, tuple(self._tools.values()))
        with call_site(site):
            calls = [partial(self._answer, site, call, todo.key) for call in todo.calls]
            return combined(gather(calls, run.inherited.max_concurrency), todo.key)

    async def _awork(self, input: Any) -> Any:
        run = cast("Run", current_run())
        todo = self._read(input, run)
        site = CallSite(run, todo.state, tuple(self._tools.values()))
        with call_site(site):
            calls = [partial(self._aanswer, site, call, todo.key) for call in todo.calls]
            return combined(await agather(calls, run.inherited.max_concurrency), todo.key)

    # ---- one call

    def _answer(self, site: CallSite, call: ToolCall, key: str | None) -> Answer:
        wrap = self._wrap
        if wrap is None:
            return self._called(call, self._tools.get(call["name"]), key)

        def again(request: ToolCallRequest) -> Answer:
            return self._called(request.tool_call, self._tool_of(request), key)

        try:
            return wrap(self._request(site, call), again)
        except Exception as error:
            return self._failed(call, error)

    async def _aanswer(self, site: CallSite, call: ToolCall, key: str | None) -> Answer:
        awrap = self._awrap
        if awrap is None:
            if self._wrap is None:
                return await self._acalled(call, self._tools.get(call["name"]), key)
            return await in_thread(self._answer, site, call, key)

        async def again(request: ToolCallRequest) -> Answer:
            return await self._acalled(request.tool_call, self._tool_of(request), key)

        try:
            return await awrap(self._request(site, call), again)
        except Exception as error:
            return self._failed(call, error)

    def _called(self, call: ToolCall, tool: BaseTool | None, key: str | None) -> Answer:
        if tool is None:
            return unknown_tool(call, self._tools)
        try:
            answer = tool.invoke(_as_call(call))
        except Exception as error:
            return self._failed(call, error, tool)
        return checked_answer(answer, call, key)

    async def _acalled(self, call: ToolCall, tool: BaseTool | None, key: str | None) -> Answer:
        if tool is None:
            return unknown_tool(call, self._tools)
        try:
            answer = await tool.ainvoke(_as_call(call))
        except Exception as error:
            return self._failed(call, error, tool)
        return checked_answer(answer, call, key)

    def _failed(self, call: ToolCall, error: Exception, tool: BaseTool | None = None) -> Answer:
        """What the model is told of an error. Raises that if it is not told."""
        if isinstance(error, PASSED_ON):
            raise error
        refused = error
        if isinstance(error, ValidationError) and tool is not None:
            refused = as_refusal(error, tool, call)
        told = self._failures.told(refused)
        if told is None:
            raise refused from (None if refused is error else error)
        return error_message(call, told)

    def _tool_of(self, request: ToolCallRequest) -> BaseTool | None:
        return request.tool or self._tools.get(request.tool_call["name"])

    def _request(self, site: CallSite, call: ToolCall) -> ToolCallRequest:
        runtime = runtime_of(site, site.run, call["id"])
        return ToolCallRequest(call, self._tools.get(call["name"]), site.state, runtime)

    # ---- its input

    def _read(self, input: Any, run: Run) -> _Calls:
        """What there is to do. Raises ValueError if the input has no message of a model."""
        key = self.messages_key
        if is_mapping(input) and input.get("__type") == TOOL_CALL_WITH_CONTEXT:
            state = input["state"] if "state" in input else _state_around(run)
            return _Calls([input["tool_call"]], state, key)
        if isinstance(input, list):
            items = cast("Sequence[Any]", input)
            if items and isinstance(items[-1], dict):
                return _Calls(items, _state_around(run), key)
            return _Calls(_last_calls(items), items, None)
        return _Calls(_last_calls(_messages_of(input, key)), input, key)


def _as_call(call: ToolCall) -> ToolCall:
    return {**call, "type": "tool_call"}


def _state_around(run: Run) -> Any:
    """The state of the graph that this run is in; an empty one outside a graph."""
    host = host_of(run)
    return {} if host is None else host.offers("state")


def _messages_of(state: Any, key: str) -> Sequence[Any]:
    """The messages in a state. Raises ValueError if it has none under that key."""
    found: Sequence[Any] = read(state, key) or ()
    if not found:
        raise ValueError(f"No message found in input: a tool node reads the key {key!r}, and got {state!r}")
    return found


def _last_calls(messages: Sequence[Any]) -> list[ToolCall]:
    """The calls of the last message of a model. Raises ValueError if there is none."""
    for message in reversed(messages):
        if isinstance(message, AIMessage):
            return message.tool_calls
    raise ValueError(
        f"No AIMessage found in input: the tools are called that a model's message asks for, and there are "
        f"{len(messages)} messages, none of a model"
    )


def tools_condition(state: Any, messages_key: str = "messages") -> Literal["tools", "__end__"]:
    """The conditional edge behind a model's node: to `tools` if its message calls some, else to the end.

    Arguments:
        state: a state with messages, or a list of messages.
        messages_key: where the state keeps the messages.

    Raises ValueError if there is no message.

    >>> tools_condition({"messages": [AIMessage("Hi")]})
    '__end__'
    """
    messages: Sequence[Any] = (
        cast("Sequence[Any]", state) if isinstance(state, list) else read(state, messages_key)
    )
    if not messages:
        raise ValueError(f"No messages found in input state to tools_condition: {state!r}")
    return "tools" if getattr(messages[-1], "tool_calls", None) else END
