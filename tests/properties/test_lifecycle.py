"""Laws 1 and 2: every run has one start and one end, inside its parent, and every event says whose it is."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from eventflow.bus import subscribe
from properties.telling import assert_lives, phase_of, roots
from properties.trees import OURS, TEXTS, trees
from properties.ways import WAYS

ANY = trees(colours=("both", "sync"), failing=True)


@given(ANY, TEXTS, st.sampled_from(WAYS))
def test_every_run_has_one_life_inside_its_parent(tree, text, way):
    events: list[Any] = []
    with subscribe(events.append):
        way(tree.build(OURS.fresh()), text)
    assert events
    assert_lives(events)


@given(ANY, TEXTS, st.sampled_from(WAYS))
def test_the_root_ends_as_the_call_does(tree, text, way):
    events: list[Any] = []
    with subscribe(events.append):
        outcome = way(tree.build(OURS.fresh()), text)
    last = roots(events)[-1]
    if outcome.error is None:
        assert phase_of(last) == "end"
        assert last["data"]["output"] == outcome.whole.chunks[0]
    else:
        assert phase_of(last) == "error"
        assert repr(last["data"]["error"]) == outcome.error


@given(ANY, TEXTS, st.sampled_from(WAYS))
def test_all_events_of_a_run_say_the_same_of_it(tree, text, way):
    events: list[Any] = []
    with subscribe(events.append):
        way(tree.build(OURS.fresh()), text)
    said: dict[str, Any] = {}
    for event in events:
        if event["event"] != "on_custom_event":
            kind = event["event"].removesuffix(phase_of(event))
            of_run = (kind, event["name"], event["parent_ids"], event["tags"], event["metadata"])
            assert said.setdefault(event["run_id"], of_run) == of_run


@given(ANY, TEXTS, st.sampled_from(WAYS))
def test_ids_are_never_used_twice(tree, text, way):
    """Not even by the same runnable on the same input."""
    first: list[Any] = []
    second: list[Any] = []
    runnable = tree.build(OURS.fresh())
    with subscribe(first.append):
        way(runnable, text)
    with subscribe(second.append):
        way(runnable, text)
    assert {event["run_id"] for event in first}.isdisjoint(event["run_id"] for event in second)
