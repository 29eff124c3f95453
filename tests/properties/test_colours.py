"""Law 6: sync and async are one program: the same outputs, chunks, errors and events."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from eventflow.bus import subscribe
from properties.telling import Line, by_run, lines
from properties.trees import OURS, TEXTS, Assigned, Chunkwise, Flaky, Mapped, Par, Tree, has, trees
from properties.ways import PAIRS, Outcome, Way


def run(tree: Tree, text: str, way: Way) -> tuple[Outcome, list[Line]]:
    events: list[Any] = []
    with subscribe(events.append):
        outcome = way(tree.build(OURS.fresh()), text)
    return outcome, lines(events)


@given(trees(failing=True, parallel=False), TEXTS, st.sampled_from(PAIRS))
def test_sync_and_async_are_one_program(tree, text, pair):
    sync, async_ = pair
    assert run(tree, text, sync) == run(tree, text, async_)


@given(trees(), TEXTS, st.sampled_from(PAIRS))
def test_sync_and_async_are_one_program_with_branches(tree, text, pair):
    """Threads and tasks may come in any order; what each run tells is the same."""
    (sync, sync_told), (async_, async_told) = (run(tree, text, way) for way in pair)
    assert sync.whole == async_.whole
    assert by_run(sync_told) == by_run(async_told)


@given(trees(failing=True), TEXTS, st.sampled_from(PAIRS))
def test_sync_and_async_give_the_same(tree, text, pair):
    """Also where a branch fails: then the others are cancelled, or have ended before, as it happens."""
    assume(not (has(tree, Flaky) and has(tree, Par, Assigned, Mapped)))  # it counts how often it is called
    (sync, _), (async_, _) = (run(tree, text, way) for way in pair)
    assert sync.whole == async_.whole


@given(trees(colours=("sync",), parallel=False), TEXTS, st.sampled_from(PAIRS))
def test_a_sync_program_can_be_awaited(tree, text, pair):
    """Its functions are called in worker threads; nothing is told otherwise than in sync code."""
    (sync, sync_told), (async_, async_told) = (run(tree, text, way) for way in pair)
    assert sync.whole == async_.whole
    if not has(tree, Chunkwise):  # which cannot await its input, and so is given the whole
        assert sync_told == async_told


@given(trees(failing=True, parallel=False), TEXTS)
async def test_event_streams_are_one_program(tree, text):
    synced: list[Any] = []
    awaited: list[Any] = []
    errors: list[str] = []
    try:
        synced.extend(tree.build(OURS.fresh()).stream_events(text))
    except Exception as error:
        errors.append(repr(error))
    try:
        async for event in tree.build(OURS.fresh()).astream_events(text):
            awaited.append(event)  # noqa: PERF401  # what came before an error counts
    except Exception as error:
        errors.append(repr(error))
    assert lines(synced) == lines(awaited)
    assert len(errors) in (0, 2)
    assert len({*errors}) <= 1
