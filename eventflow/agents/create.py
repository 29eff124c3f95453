"""`create_agent`: the agent under the names that `langchain.agents` has for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventflow.agents.react import ModelLike, ToolsLike, agent_graph, compiled
from eventflow.agents.state import AgentState, AgentStateWithStructuredResponse, keys_of
from eventflow.checkpoints import BaseCheckpointSaver
from eventflow.graph import CompiledStateGraph
from eventflow.messages import SystemMessage

__all__ = ("create_agent",)


def create_agent(
    model: ModelLike,
    tools: ToolsLike | None = None,
    *,
    system_prompt: str | SystemMessage | None = None,
    middleware: Sequence[Any] = (),
    response_format: Any = None,
    state_schema: Any = None,
    context_schema: Any = None,
    checkpointer: BaseCheckpointSaver | None = None,
    store: Any = None,
    interrupt_before: Sequence[str] | None = None,
    interrupt_after: Sequence[str] | None = None,
    debug: bool = False,
    name: str | None = None,
) -> CompiledStateGraph[Any]:
    """Make an agent, as `create_react_agent`: its nodes are called `model` and `tools`.

    Arguments:
        model, tools, response_format, context_schema, checkpointer, store, interrupt_before, interrupt_after,
            debug, name: see `create_react_agent`.
        system_prompt: what stands before the conversation.
        middleware: has to be empty; `pre_model_hook` and `post_model_hook` of `create_react_agent` and
            `wrap_tool_call` of `ToolNode` do the same work.
        state_schema: the state, with `messages`; see `AgentState`.

    Raises NotImplementedError if there is middleware; else as `create_react_agent`.

    >>> from eventflow import ScriptedChatModel
    >>> agent = create_agent(ScriptedChatModel("Hello!"), system_prompt="Be brief.")
    >>> agent.invoke({"messages": [{"role": "user", "content": "Hi"}]})["messages"][-1].text
    'Hello!'
    """
    if middleware:
        raise NotImplementedError(
            f"create_agent was given middleware ({', '.join(type(one).__name__ for one in middleware)}), which "
            "eventflow does not run: use pre_model_hook= and post_model_hook= of create_react_agent, "
            "ToolNode(tools, wrap_tool_call=...), and subscribers to watch"
        )
    schema = state_schema or (AgentState if response_format is None else AgentStateWithStructuredResponse)
    if "messages" not in keys_of(schema):
        raise ValueError(
            f"Missing required key(s) messages in state_schema: {schema.__name__} needs it, see AgentState"
        )
    graph = agent_graph(
        "model",
        model,
        () if tools is None else tools,
        system_prompt,
        name,
        schema=schema,
        context=context_schema,
        response_format=response_format,
    )
    return compiled(graph, checkpointer, store, interrupt_before, interrupt_after, debug, name)
