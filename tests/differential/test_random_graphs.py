"""Random graphs give the same parts and the same results as with LangGraph, and however they are run."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from differential.random_graphs import Spec, specs
from differential.test_graphs import OURS, PEER, aparts, parts, shown

INPUT = {"x": 0, "log": []}
MODES = ("values", "updates", "tasks", ["updates", "values"], ["tasks", "updates", "values"])


def config() -> Any:
    return {"configurable": {"thread_id": "1"}, "max_concurrency": 1}


def both_calls(lib: Any, spec: Spec, **options: Any) -> list[str]:
    """The parts of a run, and of the one that answers what it asks."""
    graph = spec.build(lib)
    found = parts(graph, INPUT, config(), **options)
    if "ask" in spec.kinds:
        found += parts(graph, lib.Command(resume="!"), config(), **options)
    return found


async def aboth_calls(lib: Any, spec: Spec, **options: Any) -> list[str]:
    """The same, asynchronously."""
    graph = spec.build(lib)
    found = await aparts(graph, INPUT, config(), **options)
    if "ask" in spec.kinds:
        found += await aparts(graph, lib.Command(resume="!"), config(), **options)
    return found


@settings(max_examples=60)
@given(specs(), st.sampled_from(MODES), st.booleans())
async def test_parts(spec, mode, subgraphs):
    expected = await aboth_calls(PEER, spec, stream_mode=mode, subgraphs=subgraphs)  # its sync half may hang
    assert both_calls(OURS, spec, stream_mode=mode, subgraphs=subgraphs) == expected
    assert await aboth_calls(OURS, spec, stream_mode=mode, subgraphs=subgraphs) == expected


@settings(max_examples=60)
@given(specs())
async def test_results(spec):
    try:
        expected = shown(spec.build(PEER).invoke(INPUT, config()))
    except Exception as error:
        expected = type(error).__name__
    try:
        found = shown(spec.build(OURS).invoke(INPUT, config()))
        afound = shown(await spec.build(OURS).ainvoke(INPUT, config()))
    except Exception as error:
        found = afound = type(error).__name__
    assert found == afound == expected
