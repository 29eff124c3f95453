"""Random graphs do in a thread, call after call, what LangGraph's do, and show it in the same parts and states.

What is left out of the draw, because the two sides differ there on purpose, is said in `random_graphs` and
`random_threads`, and is pinned in `test_thread_differences.py`.
"""

from __future__ import annotations

import dataclasses
import os
from collections import Counter

from hypothesis import given, settings

from differential.random_graphs import Spec
from differential.random_threads import Script, Seen, scripts
from differential.test_graph_nodes import OURS, PEER

QUICK = os.environ.get("HYPOTHESIS_PROFILE", "quick") == "quick"
some = settings(max_examples=60 if QUICK else 2_000)

LAZY = ("values", "updates", "tasks", "checkpoints", "debug")
"""The modes for which LangGraph's sync half needs no second thread: with one at most, it would wait forever."""


@some
@given(scripts())
async def test_async(script: Script):
    expected = await Seen(script, PEER, awaits=script.awaits).arun()
    assert await Seen(script, OURS, awaits=script.awaits, more=2).arun() == expected


@some
@given(scripts())
def test_sync(script: Script):
    modes = tuple(mode for mode in script.modes if mode in LAZY) or LAZY
    script = dataclasses.replace(script, modes=modes, subgraphs=False)
    assert Seen(script, OURS, more=2).run() == Seen(script, PEER).run()


@settings(max_examples=30 if QUICK else 1_000)
@given(scripts())
def test_sync_with_many_threads(script: Script):
    """Side by side, tasks end in any order: then the parts are the same, whatever their order."""
    script = dataclasses.replace(script, modes=("updates", "values", "custom"), calls=(), threads=None)
    if fails(script.spec):  # which error is the first depends on the threads
        return
    assert unordered(Seen(script, OURS, more=2).run()) == unordered(Seen(script, PEER).run())


def fails(spec: Spec) -> bool:
    return any(
        {"fail", "flaky", "count", "ask"} & {*node.steps} or (node.inside is not None and fails(node.inside))
        for node in spec.nodes
    )


def unordered(found: list[str]) -> Counter[str]:
    """Parts as they are, without the ids, which are named in the order in which they come."""
    return Counter(part.partition("#")[0] for part in found)
