"""The graph of an agent: its nodes, and what follows what."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from eventflow.agents.state import last_answer, last_message, read, with_input_messages
from eventflow.agents.tool_node import TOOL_CALL_WITH_CONTEXT, ToolNode
from eventflow.graph import END, START, Send, StateGraph
from eventflow.messages import AIMessage, ToolCall, ToolMessage
from eventflow.runnables import RunnableLambda

__all__ = ("AgentGraph",)

TOOLS = "tools"
BEFORE = "pre_model_hook"
AFTER = "post_model_hook"
STRUCTURED = "generate_structured_response"


@dataclass(frozen=True, slots=True)
class AgentGraph:
    """What an agent is made of.

    Arguments:
        schema: its state.
        context: what its runs are told.
        ask: the node that asks the model.
        name: what that node is called.
        tools: the node that calls tools; None if there are none to call.
        before, after: nodes around the model.
        structured: the node that makes a value of the answer.
        version: "v2" for a task for each tool call, "v1" for one for all calls of a message.
    """

    schema: Any
    context: Any
    ask: Any
    name: str
    tools: ToolNode | None
    before: Any = None
    after: Any = None
    structured: Any = None
    version: Literal["v1", "v2"] = "v2"

    @property
    def entry(self) -> str:
        """Where each round begins."""
        return self.name if self.before is None else BEFORE

    @property
    def end(self) -> str:
        """What comes when the model has answered."""
        return END if self.structured is None else STRUCTURED

    def build(self) -> StateGraph[Any]:
        """The graph."""
        graph: StateGraph[Any] = StateGraph(self.schema, self.context)
        schema = self.schema if self.before is None else with_input_messages(self.schema)
        graph.add_node(self.name, self.ask, input_schema=schema)
        if self.tools is not None:
            graph.add_node(TOOLS, self.tools)
        if self.before is not None:
            graph.add_node(BEFORE, self.before).add_edge(BEFORE, self.name)
        if self.after is not None:
            graph.add_node(AFTER, self.after).add_edge(self.name, AFTER)
        if self.structured is not None:
            graph.add_node(STRUCTURED, self.structured).add_edge(STRUCTURED, END)
        graph.add_edge(START, self.entry)
        last = self.name if self.after is None else AFTER
        if self.tools is None:
            return graph.add_edge(last, self.end)
        ends = [self.end, TOOLS] if self.after is None else [self.end, self.entry, TOOLS]
        graph.add_conditional_edges(last, _edge(self.after_model, "should_continue"), ends)
        if self._direct:
            edge = _edge(self.after_tools, "route_tool_responses")
            return graph.add_conditional_edges(TOOLS, edge, [self.entry, END])
        return graph.add_edge(TOOLS, self.entry)

    def after_model(self, state: Any) -> str | list[Send]:
        """Calls are made; the rest of them, if a hook has answered some; else the model has answered."""
        answer, last = last_answer(state), last_message(state)
        if answer is None or not answer.tool_calls or (self.after is None and last is not answer):
            return self.end
        calls = answer.tool_calls if last is answer else _unanswered(state, answer)
        if calls:
            return TOOLS if self.version == "v1" else [_sent(call) for call in calls]
        return self.entry if isinstance(last, ToolMessage) else self.end

    def after_tools(self, state: Any) -> str:
        """The end, if a tool was called whose output is the answer; else another round."""
        answer = last_answer(state)
        calls = () if answer is None else answer.tool_calls
        return END if any(call["name"] in self._direct for call in calls) else self.entry

    @property
    def _direct(self) -> set[str]:
        """The tools whose output is the answer of the agent."""
        if self.tools is None:
            return set()
        return {name for name, tool in self.tools.tools_by_name.items() if tool.return_direct}


def _edge(function: Callable[[Any], Any], name: str) -> RunnableLambda[Any, Any]:
    """A conditional edge, which needs no thread in async code; its name in events is LangGraph's."""
    return RunnableLambda(function, name=name, blocking=False)


def _unanswered(state: Any, answer: AIMessage) -> list[ToolCall]:
    """The calls of the last message of a model to which there is no answer behind it."""
    messages: Sequence[Any] = read(state, "messages")
    behind = itertools.takewhile(lambda message: message is not answer, reversed(messages))
    answered = {message.tool_call_id for message in behind if isinstance(message, ToolMessage)}
    return [call for call in answer.tool_calls if call["id"] not in answered]


def _sent(call: ToolCall) -> Send:
    """One call as a task. The tool sees the state of the graph, which is not kept once more for each call."""
    return Send(TOOLS, cast("Any", {"__type": TOOL_CALL_WITH_CONTEXT, "tool_call": call}))
