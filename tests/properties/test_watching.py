"""Laws 3, 4, 5 and 8: watching changes nothing, hurts nobody, sees one order, and is free where nobody does."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, aclosing, contextmanager, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow import ids
from eventflow.bus import listen, subscribe
from eventflow.events import Event, RunInfo
from properties.telling import lines, phase_of
from properties.trees import OURS, TEXTS, Asks, Boom, has, trees
from properties.ways import ASYNC, WAYS

ANY = trees(colours=("both", "sync"), failing=True)


def ignore(event: Any) -> None:
    """What a subscriber does that does nothing."""


def fail(event: Any) -> None:
    """What a subscriber does that is broken."""
    raise RuntimeError("this subscriber is broken")


# ---- law 3


@contextmanager
def one() -> Iterator[None]:
    with subscribe(ignore):
        yield


@contextmanager
def many() -> Iterator[None]:
    """Every policy at its tightest, filters, and somebody who listens without reading."""
    with ExitStack() as stack:
        for options in (
            {},
            {"phases": ["stream"]},
            {"include_tags": ["seq:step:1"]},
            {"max_depth": 0},
            {"policy": "block", "buffer": 1},
            {"policy": "coalesce", "buffer": 1},
            {"policy": "drop_oldest", "buffer": 1},
            {"policy": "drop_newest", "buffer": 1},
        ):
            stack.enter_context(subscribe(ignore, **options))
        stack.enter_context(listen(buffer=4))
        yield


@given(ANY, TEXTS, st.sampled_from(WAYS), st.sampled_from([one, many]))
def test_watching_changes_nothing(tree, text, way, watchers):
    alone = way(tree.build(OURS.fresh()), text)
    with watchers():
        watched = way(tree.build(OURS.fresh()), text)
    assert watched.whole == alone.whole


@given(trees(failing=True, parallel=False), TEXTS, st.sampled_from(WAYS), st.sampled_from([one, many]))
def test_watching_changes_no_chunk(tree, text, way, watchers):
    alone = way(tree.build(OURS.fresh()), text)
    with watchers():
        watched = way(tree.build(OURS.fresh()), text)
    assert watched == alone


@given(trees(failing=True), TEXTS)
async def test_event_streams_change_nothing(tree, text):
    """The output in the event stream is what the chunks add up to without one."""
    alone = await ASYNC[1].acall(tree.build(OURS.fresh()), text)
    with listen(phases=["end", "error"], max_depth=0) as ends:
        async with aclosing(tree.build(OURS.fresh()).astream_events(text)) as stream:
            with suppress(Boom):
                async for _ in stream:
                    pass
    (end,) = ends
    if alone.error is None:
        assert end["data"]["output"] == alone.whole.chunks[0]
    else:
        assert repr(end["data"]["error"]) == alone.error


# ---- law 4


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.getLogger("eventflow.subscribers").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("eventflow.subscribers").setLevel(logging.NOTSET)


@given(ANY, TEXTS, st.sampled_from(WAYS))
def test_a_broken_subscriber_hurts_nobody(tree, text, way):
    alone = way(tree.build(OURS.fresh()), text)
    before: list[Any] = []
    after: list[Any] = []
    errors: list[str] = []
    with (
        subscribe(before.append),
        subscribe(fail) as broken,
        subscribe(fail, on_error=lambda event, error: errors.append(str(error))),
        subscribe(fail, on_error=fail_again),
        subscribe(after.append),
    ):
        watched = way(tree.build(OURS.fresh()), text)
    assert watched.whole == alone.whole
    assert before == after
    assert broken.statistics.errors == len(errors) == len(after) > 0


def fail_again(event: Any, error: Exception) -> None:
    raise error


# ---- law 5


@given(ANY, TEXTS, st.sampled_from(WAYS))
def test_all_subscribers_see_one_order(tree, text, way):
    plain: list[Any] = []
    buffered: list[Any] = []
    with (
        subscribe(plain.append),
        subscribe(buffered.append, policy="block", buffer=3),
        listen(buffer=100_000) as listener,
    ):
        way(tree.build(OURS.fresh()), text)
    assert plain == buffered == list(listener)


@given(trees(failing=True), TEXTS, st.sampled_from(ASYNC))
def test_the_order_is_always_the_same(tree, text, way):
    """Also of parallel branches, when they are tasks: nothing depends on hashes or on luck."""

    def told() -> list[Any]:
        events: list[Any] = []
        with subscribe(events.append):
            way(tree.build(OURS.fresh(pausing=True)), text)
        return lines(events)

    assert told() == told()


# ---- law 8


class Counter:
    """How often constructors are called."""

    def __init__(self, patch: pytest.MonkeyPatch, *classes: type) -> None:
        self.made: list[str] = []
        for cls in classes:
            patch.setattr(cls, "__init__", self._counting(cls))

    def _counting(self, cls: type) -> Any:
        init = cls.__init__

        def counting(made: Any, *args: Any, **kwargs: Any) -> None:
            self.made.append(cls.__name__)
            init(made, *args, **kwargs)

        return counting


@given(ANY, TEXTS, st.sampled_from(WAYS))
def test_nobody_listens_and_nothing_is_built(tree, text, way):
    """The one id there may be is that of a model's message, which is part of its output."""
    with pytest.MonkeyPatch.context() as patch:
        counter = Counter(patch, Event, RunInfo)
        last_id = ids._last_tick
        way(tree.build(OURS.fresh()), text)
        assert counter.made == []
        assert ids._last_tick == last_id or has(tree, Asks), "an id was made for nobody"


@given(trees(), TEXTS, st.sampled_from(WAYS))
def test_what_nobody_wants_is_not_built(tree, text, way):
    with pytest.MonkeyPatch.context() as patch:
        counter = Counter(patch, Event, RunInfo)
        with subscribe(ignore, phases=["error"]), subscribe(ignore, include_types=["tool"]):
            way(tree.build(OURS.fresh()), text)
        assert counter.made == []


@given(trees(), TEXTS, st.sampled_from(WAYS))
def test_only_what_is_wanted_is_built(tree, text, way):
    events: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        counter = Counter(patch, Event)
        with subscribe(events.append, phases=["end"]):
            way(tree.build(OURS.fresh()), text)
        assert len(counter.made) == len(events) > 0


# ---- filters


NAMES = st.lists(
    st.sampled_from(["call", "pieces", "swap", "RunnableSequence", "progress", "named"]), max_size=2
)
TYPES = st.lists(st.sampled_from(["chain", "progress", "chat_model"]), max_size=2)
TAGS = st.lists(st.sampled_from(["seq:step:1", "seq:step:2", "map:key:k0", "s", "t"]), max_size=2)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "include_names": NAMES,
        "include_types": TYPES,
        "include_tags": TAGS,
        "exclude_names": NAMES,
        "exclude_types": TYPES,
        "exclude_tags": TAGS,
    },
)


def passes(event: Any, filters: dict[str, list[str]]) -> bool:
    """What a filter means, said once more: any include, if there is one, and no exclude."""
    custom = event["event"] == "on_custom_event"
    kind = event["name"] if custom else event["event"].removeprefix("on_").removesuffix(f"_{phase_of(event)}")

    def matches(side: str) -> bool:
        return (
            event["name"] in filters.get(f"{side}_names", ())
            or kind in filters.get(f"{side}_types", ())
            or any(tag in filters.get(f"{side}_tags", ()) for tag in event["tags"])
        )

    included = not any(key.startswith("include") for key in filters) or matches("include")
    return included and not matches("exclude")


@given(ANY, TEXTS, st.sampled_from(WAYS), FILTERS)
def test_a_filter_chooses_and_changes_nothing(tree, text, way, filters):
    everything: list[Any] = []
    chosen: list[Any] = []
    with subscribe(everything.append), subscribe(chosen.append, **filters):
        way(tree.build(OURS.fresh()), text)
    assert chosen == [event for event in everything if passes(event, filters)]


@given(trees(), TEXTS, FILTERS)
async def test_a_filter_changes_nothing_in_event_streams(tree, text, filters):
    everything: list[Any] = []
    with subscribe(everything.append):
        stream = tree.build(OURS.fresh()).astream_events(text, **filters)
        chosen = [event async for event in stream]
    assert chosen == [_as_streamed(event) for event in everything if passes(event, filters)]


def _as_streamed(event: Any) -> Any:
    """In an event stream the end of the root does not repeat the input."""
    if event["parent_ids"] or phase_of(event) != "end":
        return event
    return {**event, "data": {"output": event["data"]["output"]}}
