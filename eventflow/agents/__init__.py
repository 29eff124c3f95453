"""Agents: graphs in which a model calls tools until it has an answer."""

from eventflow.agents.create import create_agent
from eventflow.agents.failures import ToolInvocationError
from eventflow.agents.injection import InjectedState, InjectedStore, ToolRuntime
from eventflow.agents.react import create_react_agent
from eventflow.agents.state import AgentState, AgentStateWithStructuredResponse
from eventflow.agents.tool_node import ToolCallRequest, ToolNode, tools_condition

__all__ = (
    "AgentState",
    "AgentStateWithStructuredResponse",
    "InjectedState",
    "InjectedStore",
    "ToolCallRequest",
    "ToolInvocationError",
    "ToolNode",
    "ToolRuntime",
    "create_agent",
    "create_react_agent",
    "tools_condition",
)
