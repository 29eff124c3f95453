"""`create_react_agent`: a model that calls tools until it has an answer, as a graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, cast

from eventflow.agents.asking import Asking, Chooser, Prompt, Structuring
from eventflow.agents.models import AgentModel, given_model
from eventflow.agents.state import AgentState, AgentStateWithStructuredResponse, keys_of
from eventflow.agents.tool_node import ToolNode
from eventflow.agents.wiring import AgentGraph
from eventflow.callbacks import StdOutCallbackHandler
from eventflow.checkpoints import BaseCheckpointSaver
from eventflow.graph import CompiledStateGraph
from eventflow.models import BaseChatModel
from eventflow.runnables import Runnable
from eventflow.tools import BaseTool

__all__ = ("ModelLike", "ToolsLike", "agent_graph", "compiled", "create_react_agent")

ModelLike = str | BaseChatModel | AgentModel | Callable[..., Any]
"""A chat model, its name as "provider:name", or a function of the state and the runtime that returns one."""

ToolsLike = Sequence[BaseTool | Callable[..., Any] | dict[str, Any]] | ToolNode
"""Tools, functions as tools, and tools of the provider's as dictionaries; or a node that has them."""


def create_react_agent(
    model: ModelLike,
    tools: ToolsLike,
    *,
    prompt: Prompt | Runnable[Any, Any] = None,
    response_format: Any = None,
    pre_model_hook: Any = None,
    post_model_hook: Any = None,
    state_schema: Any = None,
    context_schema: Any = None,
    checkpointer: BaseCheckpointSaver | None = None,
    store: Any = None,
    interrupt_before: Sequence[str] | None = None,
    interrupt_after: Sequence[str] | None = None,
    debug: bool = False,
    version: Literal["v1", "v2"] = "v2",
    name: str | None = None,
) -> CompiledStateGraph[Any]:
    """Make an agent: the node `agent` asks the model, the node `tools` makes the calls that it asks for, and so on
    until it answers without a call.

    Arguments:
        model: a chat model; its name as `"provider:name"`; or a function of the state and the runtime, sync or
            async, that returns one at each step.
        tools: what it may call: tools, plain functions, dictionaries for tools that the provider runs; or a
            `ToolNode`. An empty list makes an agent that only talks.
        prompt: a text or `SystemMessage` that stands before the conversation; or a function or runnable that
            makes of the state what the model is asked.
        response_format: what the answer is as a value, for `with_structured_output` of the model, which is asked
            once more for it in the end; it is the key `structured_response`. A pair of a prompt and that has the
            model told the prompt then.
        pre_model_hook: a node before each call of the model; what it returns as `llm_input_messages` is what the
            model is asked.
        post_model_hook: a node after each call of the model.
        state_schema: the state, with `messages` and `remaining_steps`, and `structured_response` if there is a
            `response_format`; see `AgentState`.
        context_schema: what `context` of a call has to be.
        checkpointer, store, interrupt_before, interrupt_after, name: see `StateGraph.compile`; `name` is that of
            the model's messages, too.
        debug: whether its runs are printed.
        version: "v2" for a task for each tool call, "v1" for one task for all calls of a message.

    Returns:
        The compiled graph. If the steps that are left do not suffice to call tools, it ends with a message that
        says so.

    Raises TypeError or ValueError if these do not fit each other, or something cannot be made a tool;
    NotImplementedError if the model cannot be told of tools. When run, raises ValueError if the conversation has
    tool calls without answers.

    >>> from eventflow import ScriptedChatModel
    >>> def weather(city: str) -> str:
    ...     '''The weather in a city.'''
    ...     return f"sunny in {city}"
    >>> model = ScriptedChatModel({"name": "weather", "args": {"city": "Rome"}, "id": "1"}, "It is sunny.")
    >>> agent = create_react_agent(model, [weather])
    >>> for message in agent.invoke({"messages": [("user", "How is the weather in Rome?")]})["messages"]:
    ...     print(message.type, repr(message.text))
    human 'How is the weather in Rome?'
    ai ''
    tool 'sunny in Rome'
    ai 'It is sunny.'
    """
    if version not in ("v1", "v2"):
        raise ValueError(f"Invalid version {version}. Supported versions are 'v1' and 'v2'.")
    if post_model_hook is not None and version == "v1":
        raise ValueError("post_model_hook needs version='v2'")
    schema = state_schema or (AgentState if response_format is None else AgentStateWithStructuredResponse)
    needed = ["messages", "remaining_steps", *(() if response_format is None else ("structured_response",))]
    if missing := [key for key in needed if key not in keys_of(schema)]:
        raise ValueError(
            f"Missing required key(s) {', '.join(missing)} in state_schema: {schema.__name__} needs them, see "
            "AgentState"
        )
    graph = agent_graph(
        "agent",
        model,
        tools,
        prompt,
        name,
        schema=schema,
        context=context_schema,
        before=pre_model_hook,
        after=post_model_hook,
        response_format=response_format,
        version=version,
    )
    return compiled(graph, checkpointer, store, interrupt_before, interrupt_after, debug, name)


def agent_graph(
    node: str,
    model: ModelLike,
    tools: ToolsLike,
    prompt: Any,
    name: str | None,
    *,
    schema: Any,
    context: Any = None,
    before: Any = None,
    after: Any = None,
    response_format: Any = None,
    version: Literal["v1", "v2"] = "v2",
) -> AgentGraph:
    """What an agent is made of, of what it is given; `node` is the name of the node that asks the model."""
    if isinstance(tools, ToolNode):
        own, known = tools, list[Any](tools.tools_by_name.values())
    else:
        if not isinstance(tools, (list, tuple)):
            raise TypeError(f"tools={tools!r}: give a list of tools, or a ToolNode")
        builtin: list[Any] = [tool for tool in tools if isinstance(tool, dict)]
        own = ToolNode([tool for tool in tools if not isinstance(tool, dict)])
        known = [*own.tools_by_name.values(), *builtin]
    chooser = Chooser(given_model(model, known))
    steps = 2 + (before is not None) + 2 * (after is not None)
    return AgentGraph(
        schema,
        context,
        Asking(chooser, prompt, name, steps).as_node(),
        node,
        own if own.tools_by_name else None,
        before,
        after,
        None if response_format is None else Structuring(chooser, response_format).as_node(),
        version,
    )


def compiled(
    graph: AgentGraph,
    checkpointer: BaseCheckpointSaver | None,
    store: Any,
    before: Sequence[str] | None,
    after: Sequence[str] | None,
    debug: bool,
    name: str | None,
) -> CompiledStateGraph[Any]:
    """The agent; its runs are printed if `debug`."""
    agent = graph.build().compile(
        checkpointer=checkpointer, store=store, interrupt_before=before, interrupt_after=after, name=name
    )
    if debug:
        return cast("CompiledStateGraph[Any]", agent.with_config(callbacks=[StdOutCallbackHandler()]))
    return agent
