"""Agents do what LangGraph's do: the same results, the same parts in every mode, and the model is asked the same."""

from __future__ import annotations

import re
import warnings
from typing import Any

import pytest

import eventflow
import eventflow.agents
import eventflow.checkpoints
import eventflow.graph
import eventflow.tools
from differential.agent_programs import PROGRAMS, Program, Side

pytest.importorskip("langgraph.prebuilt")

from langchain_core import language_models, messages, outputs, prompts, runnables, tools
from langgraph import graph as langgraph_graph
from langgraph import prebuilt
from langgraph import types as langgraph_types
from langgraph.checkpoint import memory
from langgraph.prebuilt import chat_agent_executor

OURS = Side(eventflow.graph, eventflow.checkpoints, eventflow.agents, eventflow.tools, eventflow)
PEER = Side(
    langgraph_graph,
    langgraph_types,
    memory,
    prebuilt,
    chat_agent_executor,
    runnables,
    language_models,
    outputs,
    tools,
    prompts,
    messages,
)

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}")

MODES: list[dict[str, Any]] = [
    {"stream_mode": "values"},
    {"stream_mode": "updates"},
    {"stream_mode": "tasks"},
    {"stream_mode": "custom"},
    {"stream_mode": "messages"},
    {"stream_mode": "updates", "subgraphs": True},
]


def plain(value: Any) -> Any:
    """A value without what is made anew for each run, and without what belongs to one side."""
    if hasattr(value, "content") and hasattr(value, "type"):
        extra = {key: getattr(value, key, None) for key in ("tool_calls", "tool_call_id", "status", "name")}
        return value.type.replace("Chunk", ""), value.content, {k: v for k, v in extra.items() if v}
    if isinstance(value, dict):
        if "langgraph_node" in value:
            return {"node": repr(value["langgraph_node"]), "step": value["langgraph_step"]}
        shown = {key: plain(one) for key, one in value.items() if key not in ("id", "response_schema")}
        if value.get("remaining_steps", 0) > 10_000:
            shown["remaining_steps"] = "many"  # the peer counts anew, and two more, when a thread goes on
        if value.get("__type") == "tool_call_with_context":
            del shown["__type"]
            shown.pop("state", None)  # ours is not sent, see the documentation of agents
        return shown
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if hasattr(value, "value") and type(value).__name__ == "Interrupt":
        return ["interrupt", value.value]
    return type(value).__name__ if isinstance(value, Exception) else UUID.sub("ID", repr(value))


def ordered(parts: list[Any]) -> list[str]:
    """As text; tools that run at the same time end, or ask, in any order."""
    found: list[str] = []
    together: list[str] = []
    for text in map(str, parts):
        if "'tools'" in text or "__interrupt__" in text:
            together.append(text)
            continue
        found += [*sorted(together), text]
        together = []
    return found + sorted(together)


def inputs_of(program: Program, lib: Any) -> list[Any]:
    return [given(lib) if callable(given) else given for given in program.inputs]


def told(program: Program, lib: Any, **mode: Any) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        agent = program.build(lib)
    found: list[Any] = []
    for given in inputs_of(program, lib):
        try:
            found.extend(plain(part) for part in agent.stream(given, program.config, **mode))
        except Exception as error:
            found.append(f"! {type(error).__name__}")
    return ordered(found)


async def atold(program: Program, lib: Any, **mode: Any) -> list[str]:
    agent = program.build(lib)
    found: list[Any] = []
    for given in inputs_of(program, lib):
        try:
            async for part in agent.astream(given, program.config, **mode):
                found.append(plain(part))  # noqa: PERF401  # what came before an error counts
        except Exception as error:
            found.append(f"! {type(error).__name__}")
    return ordered(found)


NOT_THE_SAME = {
    (
        "named_agent_v1",
        "messages",
    ): "ours shows the message as the model gave it, the peer's is changed meanwhile",
    ("named_agent_v2", "messages"): "the same",
    (
        "handoff",
        "messages",
    ): "ours shows the message that comes with a command for the graph around, the peer none",
}


@pytest.mark.parametrize("mode", MODES, ids=str)
@pytest.mark.parametrize("program", PROGRAMS, ids=repr)
async def test_parts(program: Program, mode: dict[str, Any]):
    expected = told(program, PEER, **mode)
    if (repr(program), mode["stream_mode"]) in NOT_THE_SAME:
        assert told(program, OURS, **mode) != expected
        return
    assert told(program, OURS, **mode) == expected
    assert await atold(program, OURS, **mode) == expected


@pytest.mark.parametrize("program", PROGRAMS, ids=repr)
async def test_results(program: Program):
    def result(lib: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            agent = program.build(lib)
        try:
            return [plain(agent.invoke(given, program.config)) for given in inputs_of(program, lib)]
        except Exception as error:
            return f"! {type(error).__name__}"

    assert result(OURS) == result(PEER)
