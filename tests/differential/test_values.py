"""What the verbs give is what LangChain's give: outputs, chunks and errors, sync and async."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from differential.model_programs import MODELS
from differential.programs import PARALLEL, PROGRAMS
from differential.sides import PEER, Program
from properties.telling import plain
from properties.trees import OURS, TEXTS, Retried, Streams, Tree, has, trees
from properties.ways import ASYNC, SYNC, WAYS, Outcome, Way


def outcome(way: Way, side: Any, tree: Tree, text: str) -> Outcome:
    return way(tree.build(side.fresh()), text)


@given(trees(), TEXTS, st.sampled_from(WAYS))
def test_any_program_gives_the_same(tree, text, way):
    """No failures here: what the peer leaves behind of branches that fail may keep its threads waiting for ever."""
    ours, peer = outcome(way, OURS, tree, text), outcome(way, PEER, tree, text)
    assert ours.whole == peer.whole


@given(trees(failing=True, parallel=False), TEXTS, st.sampled_from(WAYS))
def test_any_program_fails_the_same(tree, text, way):
    if has(tree, Retried) and (way.streams or has(tree, Streams)):  # see "streams_are_retried"
        return
    assert outcome(way, OURS, tree, text).whole == outcome(way, PEER, tree, text).whole


@given(trees(failing=True, parallel=False, again=False), TEXTS, st.sampled_from(WAYS))
def test_any_program_gives_the_same_chunks(tree, text, way):
    assert outcome(way, OURS, tree, text) == outcome(way, PEER, tree, text)


@given(trees(colours=("sync",), parallel=False, again=False), TEXTS)
def test_any_sync_program_can_be_awaited(tree, text):
    """Also where the peer refuses: it cannot stream a sync generator there."""
    invoked = outcome(SYNC[0], PEER, tree, text)
    for way in ASYNC:
        assert outcome(way, OURS, tree, text).whole == invoked


@pytest.mark.parametrize("way", ASYNC[:2], ids=repr)
@pytest.mark.parametrize("program", [*PROGRAMS, *PARALLEL], ids=repr)
async def test_program(program: Program, way: Way):
    async def run(side: Any) -> Outcome:
        return await way.acall(program.build(side.fresh()), program.input, program.config)

    ours, peer = await run(OURS), await run(PEER)
    if program in PARALLEL:
        ours, peer = ours.whole, peer.whole
    assert ours == peer


FAIL_IN_CHUNKS = ("model_that_fails_in_the_middle", "model_that_falls_back")
"""LangChain's `FakeListChatModel` forgets its `error_on_chunk_number` when nobody wants chunks; ours never does."""

MODELS_BY_WAY = [
    (program, way)
    for program in MODELS
    for way in (*SYNC[:2], *ASYNC[:2])
    if repr(program) not in FAIL_IN_CHUNKS or repr(way) not in ("invoke", "ainvoke")
]


@pytest.mark.parametrize(("program", "way"), MODELS_BY_WAY, ids=repr)
async def test_model_program(program: Program, way: Way):
    def built(side: Any) -> Any:
        return program.build(side.fresh())

    if way.is_async:
        ours = await way.acall(built(OURS), program.input, program.config)
        peer = await way.acall(built(PEER), program.input, program.config)
    else:
        ours = await asyncio.to_thread(way, built(OURS), program.input, program.config)
        peer = await asyncio.to_thread(way, built(PEER), program.input, program.config)
    assert type_of(ours.error) == type_of(peer.error)
    assert without_made_up_ids(ours) == without_made_up_ids(peer)


def type_of(error: str | None) -> str:
    """An async function under a sync verb is an error of its own here."""
    name = (error or "").partition("(")[0]
    return "AsyncOnlyError" if name in ("TypeError", "NotImplementedError") else name


def without_made_up_ids(outcome: Outcome) -> Any:
    """Chunks as plain values; an id that stands for a run is another one each time."""
    return re.sub("lc_run-+[0-9a-f-]+", "lc_run", repr(plain([*outcome.chunks])))


# ---- several inputs


def double(x: int) -> int:
    if x < 0:
        raise ValueError(f"{x} is negative")
    return 2 * x


async def adouble(x: int) -> int:
    return double(x)


@pytest.mark.parametrize("inputs", [[], [1], [1, 2, 3], [1, -2, 3]], ids=repr)
@pytest.mark.parametrize("options", [{}, {"config": {"max_concurrency": 1}}], ids=repr)
async def test_batches_with_exceptions(inputs, options):
    async def results(side: Any) -> list[Any]:
        runnable = side.RunnableLambda(double, adouble)
        return [
            runnable.batch(inputs, return_exceptions=True, **options),
            await runnable.abatch(inputs, return_exceptions=True, **options),
            sorted(runnable.batch_as_completed(inputs, return_exceptions=True, **options), key=by_index),
            sorted(
                [x async for x in runnable.abatch_as_completed(inputs, return_exceptions=True, **options)],
                key=by_index,
            ),
        ]

    assert repr(await results(OURS)) == repr(await results(PEER))


def by_index(result: tuple[int, Any]) -> int:
    return result[0]


@pytest.mark.parametrize("steps", [1, 2], ids=["one", "sequence"])
async def test_batches_raise(steps):
    async def errors(side: Any) -> list[str]:
        runnable = side.RunnableLambda(double, adouble)
        if steps == 2:
            runnable = runnable | side.RunnableLambda(double, adouble)
        found = []
        with pytest.raises(ValueError) as caught:  # noqa: PT011  # compared below
            runnable.batch([1, -2, 3])
        found.append(str(caught.value))
        with pytest.raises(ValueError) as caught:  # noqa: PT011  # compared below
            await runnable.abatch([1, -2, 3])
        found.append(str(caught.value))
        return found

    assert await errors(OURS) == await errors(PEER)
