"""Graphs do what LangGraph's do: the same results, and the same parts in every mode, in the same order."""

from __future__ import annotations

import re
from typing import Any

import pytest

import eventflow.checkpoints
import eventflow.graph
from differential.graph_programs import PROGRAMS, Program, side
from differential.graph_threads import TRANSCRIPTS, Transcript

pytest.importorskip("langgraph")

from langchain_core import language_models, messages, prompts, runnables
from langgraph import config as langgraph_config
from langgraph import graph as langgraph_graph
from langgraph import types as langgraph_types
from langgraph.checkpoint import memory

OURS = side(eventflow.graph, eventflow.checkpoints, eventflow)
PEER = side(
    langgraph_graph, langgraph_types, langgraph_config, memory, runnables, language_models, messages, prompts
)

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HASH = re.compile(r"(id'?[=:] ?)'[0-9a-f]{32}'")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.+]+")
TEXTS = re.compile(r"(InvalidUpdateError|EmptyInputError)\(.*?\)(?=, 'result'|$)")

MODES: list[dict[str, Any]] = [
    {"stream_mode": "values"},
    {"stream_mode": "updates"},
    {"stream_mode": "tasks"},
    {"stream_mode": "debug"},
    {"stream_mode": "custom"},
    {"stream_mode": ["updates", "values", "custom"]},
    {"stream_mode": "updates", "subgraphs": True},
    {"stream_mode": ["custom", "values"], "subgraphs": True},
    {"stream_mode": ["updates", "values"], "version": "v2"},
    {"stream_mode": ["updates", "values"], "output_keys": "x"},
    {"stream_mode": ["updates", "values"], "output_keys": ["log"], "subgraphs": True},
    {"stream_mode": "checkpoints"},
    {},
]


def shown(part: Any) -> str:
    """A part as text, without what is made anew for each run, and without the wording of errors."""
    text = TIME.sub("TIME", HASH.sub(r"\1'HASH'", UUID.sub("ID", repr(part))))
    return TEXTS.sub(
        r"\1", text.replace(", response_schema=None", "").replace(", 'response_schema': None", "")
    )


def failure(error: Exception) -> str:
    return f"! {type(error).__name__}"


ONE_BY_ONE: Any = {"max_concurrency": 1}
"""Sync nodes of one step end in the order in which they begin; else it would be up to the threads."""


def parts(graph: Any, input: Any, config: Any = None, **options: Any) -> list[str]:
    found: list[str] = []
    try:
        found.extend(shown(part) for part in graph.stream(input, config, **options))
    except Exception as error:
        found.append(failure(error))
    return found


async def aparts(graph: Any, input: Any, config: Any = None, **options: Any) -> list[str]:
    found: list[str] = []
    try:
        async for part in graph.astream(input, config, **options):
            found.append(shown(part))  # noqa: PERF401  # what came before an error counts
    except Exception as error:
        found.append(failure(error))
    return found


@pytest.mark.parametrize("mode", MODES, ids=str)
@pytest.mark.parametrize("program", PROGRAMS, ids=repr)
async def test_parts(program: Program, mode: dict[str, Any]):
    ours, peer = program.build(OURS), program.build(PEER)
    found = parts(ours, program.input, ONE_BY_ONE, **mode)
    assert await aparts(ours, program.input, ONE_BY_ONE, **mode) == found
    if (
        "custom" in mode.get("stream_mode", "") or "subgraphs" in mode
    ):  # LangGraph needs a second thread for these
        assert sorted(parts(peer, program.input, **mode)) == sorted(found)
    else:
        assert parts(peer, program.input, ONE_BY_ONE, **mode) == found


CALLS: list[dict[str, Any]] = [
    {},
    {"output_keys": "x"},
    {"output_keys": ["x"]},
    {"stream_mode": "updates"},
    {"stream_mode": ["updates", "values"]},
    {"version": "v2"},
    {"version": "v2", "stream_mode": "updates"},
    {"version": "v2", "output_keys": "x"},
]


@pytest.mark.parametrize("options", CALLS, ids=str)
@pytest.mark.parametrize("program", PROGRAMS, ids=repr)
async def test_results(program: Program, options: dict[str, Any]):
    def result(graph: Any) -> str:
        try:
            return shown(graph.invoke(program.input, **options))
        except Exception as error:
            return failure(error)

    async def aresult(graph: Any) -> str:
        try:
            return shown(await graph.ainvoke(program.input, **options))
        except Exception as error:
            return failure(error)

    ours, expected = program.build(OURS), result(program.build(PEER))
    assert result(ours) == expected
    assert await aresult(ours) == expected


@pytest.mark.parametrize("program", PROGRAMS, ids=repr)
def test_printing(program: Program, capsys: Any):
    def printed(graph: Any, **options: Any) -> str:
        parts(graph, program.input, **options)
        return shown(capsys.readouterr().out)

    ours, peer = program.build(OURS), program.build(PEER)
    for options in (
        {"print_mode": "updates"},
        {"debug": True},
        {"print_mode": ["values"], "subgraphs": True},
    ):
        assert printed(ours, **options) == printed(peer, **options)


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda transcript: transcript.__name__)
def test_threads(transcript: Transcript):
    assert [shown(seen) for seen in transcript(OURS)] == [shown(seen) for seen in transcript(PEER)]
