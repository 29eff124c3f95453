"""`astream_events(version="v2")` is LangChain's, event by event.

The same program is built on both sides by one function and run; names, order, tags, metadata, parents, and
what `data` holds must be equal. What is known to be different is in `test_differences.py`, and nothing else
is. The peer has no order among branches that run at the same time, so there every run is compared by itself.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from differential.model_programs import MODELS
from differential.programs import PARALLEL, PROGRAMS
from differential.sides import (
    PEER,
    Program,
    Told,
    as_peer,
    filtered_as_peer,
    told,
    without_parents,
)
from eventflow.events.notices import ON_FALLBACK, ON_RETRY
from properties.telling import by_run, plain
from properties.trees import OURS, TEXTS, Chosen, Configured, Tells, Tree, has, trees

FILTERS: list[dict[str, Any]] = [
    {"include_names": ["up", "aup", "inner", "call"]},
    {"include_types": ["chain"]},
    {"include_types": ["half", "progress"]},
    {"include_tags": ["seq:step:1", "bound", "s"]},
    {"include_names": ["up"], "include_tags": ["seq:step:2", "t"]},
    {"exclude_names": ["up", "RunnableSequence", "call"]},
    {"exclude_types": ["half", "progress"]},
    {"exclude_types": ["chain"]},
    {"exclude_tags": ["seq:step:1", "map:key:only", "s"]},
    {"include_names": ["aup", "pieces", "RunnableSequence"], "exclude_tags": ["seq:step:1"]},
]
"""Custom events are left to the names and types: their tags are a known difference."""


async def both(program: Program, **options: Any) -> tuple[Told, Told]:
    return await told(OURS, program, **options), await told(PEER, program, **options)


def assert_same_error(ours: Told, peer: Told) -> None:
    assert type(ours.error).__name__ == type(peer.error).__name__
    assert str(ours.error) == str(peer.error)


# ---- programs written by hand


@pytest.mark.parametrize("program", PROGRAMS, ids=repr)
async def test_program(program):
    ours, peer = await both(program)
    assert ours.short() == peer.short()  # the readable part first
    assert as_peer(ours.lines) == peer.lines
    assert_same_error(ours, peer)


@pytest.mark.parametrize("program", PARALLEL, ids=repr)
async def test_program_with_branches(program):
    ours, peer = await both(program)
    assert by_run(as_peer(ours.lines)) == by_run(peer.lines)
    assert_same_error(ours, peer)


@pytest.mark.parametrize("filters", FILTERS, ids=repr)
@pytest.mark.parametrize("program", PROGRAMS, ids=repr)
async def test_filtered_program(program, filters):
    ours, peer = await both(program, **filters)
    assert filtered_as_peer(as_peer(ours.lines), program.input) == peer.lines


# ---- prompts, models and parsers

MODEL_FILTERS: list[dict[str, Any]] = [
    {"include_types": ["chat_model"]},
    {"include_types": ["parser", "prompt"]},
    {"exclude_types": ["chat_model", "chain"]},
    {"exclude_types": ["prompt"]},
    {"include_names": ["my_model", "GenericFakeChatModel"]},
    {"include_tags": ["mine", "seq:step:2"]},
    {"exclude_tags": ["seq:step:2"], "include_types": ["chat_model", "parser"]},
]


@pytest.mark.parametrize("program", MODELS, ids=repr)
async def test_model_program(program):
    ours, peer = await both(program)
    assert ours.short() == peer.short()
    assert ours.lines == peer.lines
    assert type(ours.error).__name__ == type(peer.error).__name__


@pytest.mark.parametrize("filters", MODEL_FILTERS, ids=repr)
@pytest.mark.parametrize("program", MODELS, ids=repr)
async def test_filtered_model_program(program, filters):
    ours, peer = await both(program, **filters)
    assert filtered_as_peer(ours.lines, plain(program.input)) == peer.lines


# ---- programs that nobody thought of


def program_of(tree: Tree, text: str) -> Program:
    return Program(tree.build, text)


@given(trees(colours=("async", "both"), failing=True, again=False, parallel=False), TEXTS)
async def test_any_program(tree, text):
    ours, peer = await both(program_of(tree, text))
    lines = as_peer(ours.lines)
    if has(tree, Configured) and has(tree, Chosen):  # see "parents_of_bound_runnables"
        lines, theirs = without_parents(lines), without_parents(peer.lines)
    else:
        theirs = peer.lines
    assert lines == theirs
    assert_same_error(ours, peer)


@given(trees(colours=("async", "both"), again=False), TEXTS)
async def test_any_program_with_branches(tree, text):
    assume(not has(tree, Configured))  # see "parents_of_bound_runnables"
    ours, peer = await both(program_of(tree, text))
    assert by_run(as_peer(ours.lines)) == by_run(peer.lines)


@given(trees(colours=("async", "both"), again=False, parallel=False), TEXTS, st.sampled_from(FILTERS))
async def test_any_filtered_program(tree, text, filters):
    assume(not (has(tree, Configured) and has(tree, Chosen)))
    assume(not (has(tree, Tells) and any("tags" in option for option in filters)))
    ours, peer = await both(program_of(tree, text), **filters)
    assert filtered_as_peer(as_peer(ours.lines), text) == peer.lines


# ---- what the default version adds


@pytest.mark.parametrize(
    "program", [p for p in PROGRAMS if p.build.__name__ != "invokes_a_generator_function"], ids=repr
)
async def test_default_version_only_adds(program):
    """Errors of every kind, new attempts, and inputs at starts; leaving those out gives v2."""
    default, v2 = await told(OURS, program, version=None), await told(OURS, program)
    kept = [
        line
        for line in default.lines
        if not line["event"].endswith("_error") and line["name"] not in (ON_RETRY, ON_FALLBACK)
    ]
    assert len(kept) == len(v2.lines)
    for more, less in zip(kept, v2.lines, strict=True):
        data = more["data"]
        if more["event"].endswith("_start") and "input" not in less["data"]:
            data = {key: value for key, value in data.items() if key != "input"}
        assert {**more, "data": data} == less
