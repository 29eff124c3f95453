"""Law 9: chunks add up to the whole, wherever they are added up, and however the text is cut."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from eventflow.bus import subscribe
from eventflow.events import fold
from eventflow.messages import BaseMessageChunk, message_chunk_to_message
from properties.telling import phase_of
from properties.trees import OURS, TEXTS, trees
from properties.ways import ASYNC, SYNC, WAYS

ANY = trees(colours=("both", "sync"))


@given(ANY, TEXTS)
def test_every_way_gives_the_same_whole(tree, text):
    wholes = {way: way(tree.build(OURS.fresh()), text).whole for way in WAYS}
    assert all(whole == wholes[SYNC[0]] for whole in wholes.values())


@given(ANY, TEXTS, st.sampled_from(WAYS))
def test_the_chunks_that_a_run_tells_add_up_to_its_output(tree, text, way):
    events: list[Any] = []
    with subscribe(events.append):
        way(tree.build(OURS.fresh()), text)
    chunks: dict[str, list[Any]] = {}
    outputs: dict[str, Any] = {}
    for event in events:
        if phase_of(event) == "stream":
            chunks.setdefault(event["run_id"], []).append(event["data"]["chunk"])
        elif phase_of(event) == "end":
            outputs[event["run_id"]] = event["data"]["output"]
    assert {run_id: said(fold(told)) for run_id, told in chunks.items()} == {
        run_id: said(output) for run_id, output in outputs.items() if run_id in chunks
    }


def said(output: Any) -> Any:
    """A model that was invoked gives a message, and chunks of one add up to a chunk."""
    return message_chunk_to_message(output) if isinstance(output, BaseMessageChunk) else output


@given(ANY, st.lists(TEXTS, min_size=1, max_size=4))
def test_the_cuts_of_the_input_do_not_matter(tree, cuts):
    runnable = tree.build(OURS.fresh())
    assert fold(runnable.transform(iter(cuts))) == runnable.invoke("".join(cuts))


@given(trees(), st.lists(TEXTS, min_size=1, max_size=4))
async def test_the_cuts_of_an_async_input_do_not_matter(tree, cuts):
    async def stream():
        for cut in cuts:
            yield cut

    runnable = tree.build(OURS.fresh())
    chunks = [chunk async for chunk in runnable.atransform(stream())]
    assert fold(chunks) == await runnable.ainvoke("".join(cuts))


@given(ANY, TEXTS, st.sampled_from([*SYNC, *ASYNC]))
def test_the_end_of_a_run_tells_the_input_that_its_chunks_add_up_to(tree, text, way):
    """What a step was fed with chunk by chunk is whole at its end."""
    events: list[Any] = []
    with subscribe(events.append):
        way(tree.build(OURS.fresh()), text)
    ends = [event for event in events if phase_of(event) == "end"]
    given_at_start = {event["run_id"]: event["data"] for event in events if phase_of(event) == "start"}
    for end in ends:
        started = given_at_start[end["run_id"]]
        assert end["data"]["input"] == started.get("input", end["data"]["input"])
    assert ends[-1]["data"]["input"] == text
