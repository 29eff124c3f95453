"""The model of an agent: how it is given, and how it is told of the tools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from eventflow.messages import BaseMessage
from eventflow.models import BaseChatModel, init_chat_model
from eventflow.runnables import Runnable, RunnableBinding, RunnableSequence
from eventflow.runnables.narrow import is_runnable
from eventflow.tools import convert_to_openai_tool

__all__ = ("AgentModel", "chat_model_of", "given_model", "with_tools")

AgentModel = Runnable[Any, BaseMessage]


def given_model(model: Any, tools: Sequence[Any]) -> AgentModel | Callable[..., Any]:
    """The model that an agent asks, with its tools; or the function that chooses one at each step.

    Arguments:
        model: a model, bound to tools or not; its name; or a function of the state and the runtime.
        tools: what it may call.

    Raises TypeError if it is none of these, or cannot be told of tools; ValueError if it is bound to other tools.
    """
    if isinstance(model, str):
        model = init_chat_model(model)
    if is_runnable(model):
        return with_tools(model, tools)
    if not callable(model):
        raise TypeError(
            f"model={model!r}: give a chat model, its name as 'provider:name', or a function of the state and the "
            "runtime that returns one"
        )
    return cast("Callable[..., Any]", model)


def with_tools(model: AgentModel, tools: Sequence[Any]) -> AgentModel:
    """The model, told of the tools unless it is already."""
    if not tools:
        return model
    bound = _bound_tools(model)
    if bound is not None:
        _check_bound(bound, tools)
        return model
    binds = getattr(model, "bind_tools", None)
    if binds is None:
        raise TypeError(
            f"{model.get_name()} has no bind_tools, so it cannot be told of tools: give a chat model that has, or one "
            "that is bound to them"
        )
    told: AgentModel = binds([*tools])
    return told


def _bound_tools(model: AgentModel) -> Sequence[Any] | None:
    """The tools that a model is bound to, as its provider wants them; None if it is bound to none."""
    while True:
        if isinstance(model, RunnableBinding) and model.kwargs.get("tools") is not None:
            tools: Sequence[Any] = model.kwargs["tools"]
            return tools
        inner = _inside(model)
        if inner is None:
            return None
        model = inner


def _check_bound(bound: Sequence[Any], tools: Sequence[Any]) -> None:
    names = [_name(tool) for tool in bound]
    missing = [name for tool in tools if (name := _name(tool)) is not None and name not in names]
    if len(bound) != len(tools) or missing:
        raise ValueError(
            f"the model is bound to {len(bound)} tools ({_list(names)}), and the agent has {len(tools)} "
            f"({_list(_name(tool) for tool in tools)}): give the model without tools, or bound to the same"
        )


def _list(names: Any) -> str:
    return ", ".join(str(name) for name in names) or "none"


def _name(tool: Any) -> str | None:
    """What a tool is called; None of one that only its provider knows."""
    if not isinstance(tool, dict):
        name: str = getattr(tool, "name", None) or convert_to_openai_tool(tool)["function"]["name"]
        return name
    said = cast("dict[str, Any]", tool)
    found = said["function"] if isinstance(said.get("function"), dict) else said
    return found.get("name")


def chat_model_of(model: AgentModel) -> Any:
    """The chat model in a binding or a sequence."""
    while True:
        inner = _inside(model)
        if inner is None:
            return model
        model = inner


def _inside(model: AgentModel) -> AgentModel | None:
    """What a binding binds, or the model in a sequence."""
    if isinstance(model, RunnableBinding):
        return model.bound
    if isinstance(model, RunnableSequence):
        found = (step for step in model.steps if isinstance(step, (RunnableBinding, BaseChatModel)))
        return cast("AgentModel | None", next(found, None))
    return None
