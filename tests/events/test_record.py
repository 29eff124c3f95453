"""The record that travels, and the dictionary that is made of it."""

import gc
import sys
from types import NoneType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.events import EVENT_NAMES, KINDS, MISSING, PHASES, Event, Kind, Phase, RunInfo

KEYS = ["event", "data", "name", "run_id", "parent_ids", "tags", "metadata"]

infos = st.builds(
    RunInfo,
    st.uuids().map(str),
    st.text(min_size=1, max_size=5),
    st.sampled_from(KINDS),
    parent_ids=st.lists(st.uuids().map(str), max_size=3).map(tuple),
    tags=st.lists(st.text(max_size=3), max_size=3).map(tuple),
    metadata=st.dictionaries(st.text(max_size=3), st.integers(), max_size=3),
)


def info(kind: Kind = "chain") -> RunInfo:
    """A run two levels deep."""
    return RunInfo("r2", "joke", kind, parent_ids=("r0", "r1"), tags=("seq:step:1", "t"), metadata={"m": 1})


def payload(phase: Phase, data: object, input: object = MISSING) -> Any:
    """The data of the dictionary."""
    return Event(phase, info(), data, None if phase == "stream" else (input, None)).as_dict()["data"]


@given(info=infos, phase=st.sampled_from(PHASES), data=st.integers())
def test_a_dictionary_has_seven_keys_and_says_what_the_record_says(
    info: RunInfo, phase: Phase, data: int
) -> None:
    event = Event(phase, info, data, None if phase == "stream" else (MISSING, None))
    public: dict[str, Any] = {**event.as_dict()}
    assert [*public] == KEYS
    assert public.pop("data") == payload(phase, data)
    assert public == {
        "event": EVENT_NAMES[phase][info.kind],
        "name": info.name,
        "run_id": info.run_id,
        "parent_ids": [*info.parent_ids],
        "tags": [*info.tags],
        "metadata": info.metadata,
    }
    assert event.event == public["event"]


def test_what_each_phase_carries() -> None:
    error = ValueError("no")
    assert payload("start", "in", "in") == {"input": "in"}
    assert payload("start", MISSING) == {}
    assert payload("stream", "piece") == {"chunk": "piece"}
    assert payload("end", "out") == {"output": "out"}
    assert payload("end", "out", "in") == {"output": "out", "input": "in"}
    assert payload("end", MISSING) == {}
    assert payload("error", error, "in") == {"error": error, "input": "in"}
    assert payload("custom", {"any": "thing"}) == {"any": "thing"}


def test_what_a_tool_answers_is_in_all_its_events() -> None:
    answering = RunInfo("r", "add", "tool", tool_call_id="c1")
    for phase in ("start", "stream", "end", "error"):
        event = Event(phase, answering, 1, None if phase == "stream" else ("in", None))
        data: Any = event.as_dict()["data"]
        assert data["tool_call_id"] == "c1"
    assert Event("custom", answering, {"a": 1}, (MISSING, "mine")).as_dict()["data"] == {"a": 1}


def test_a_tool_that_answers_nothing_says_so_when_it_fails() -> None:
    alone = RunInfo("r", "add", "tool")
    failed: Any = Event("error", alone, KeyError(), (MISSING, None)).as_dict()["data"]
    assert failed["tool_call_id"] is None
    for phase in ("start", "stream", "end"):
        event = Event(phase, alone, 1, None if phase == "stream" else ("in", None))
        data: Any = event.as_dict()["data"]
        assert "tool_call_id" not in data


@pytest.mark.parametrize("value", [None, "", 0, False, [], {}])
def test_a_falsy_value_is_a_value(value: object) -> None:
    assert payload("start", value, value) == {"input": value}
    assert payload("stream", value) == {"chunk": value}
    assert payload("end", value, value) == {"output": value, "input": value}
    assert payload("custom", value) == value


def test_a_custom_event_has_a_name_of_its_own() -> None:
    event = Event("custom", info("tool"), 1, (MISSING, "progress"))
    assert event.name == "progress"
    public = event.as_dict()
    assert (public["event"], public["name"], public["run_id"]) == ("on_custom_event", "progress", "r2")


def test_an_empty_name_is_a_name() -> None:
    assert Event("custom", info(), 1, (MISSING, "")).as_dict()["name"] == ""


def test_each_dictionary_is_its_readers_own() -> None:
    event = Event("start", info(), "in", ("in", None))
    spoiled: Any = event.as_dict()
    spoiled["tags"].append("x")
    spoiled["parent_ids"].clear()
    spoiled["metadata"]["x"] = 1
    spoiled["data"]["input"] = "x"
    fresh: Any = event.as_dict()
    assert fresh["tags"] == ["seq:step:1", "t"]
    assert fresh["parent_ids"] == ["r0", "r1"]
    assert fresh["metadata"] == {"m": 1}
    assert fresh["data"] == {"input": "in"}


def test_depth_is_the_number_of_ancestors() -> None:
    assert info().depth == 2
    assert RunInfo("r", "x", "tool").depth == 0


def test_they_say_who_they_are() -> None:
    assert repr(info()) == "RunInfo(chain 'joke', run_id='r2', depth=2)"
    assert repr(Event("stream", info("tool"), "x")) == "<Event on_tool_stream 'joke' r2>"
    assert repr(Event("custom", info(), "secret", (MISSING, "mark"))) == "<Event on_custom_event 'mark' r2>"


def test_a_record_holds_the_run_s_identity_and_the_payload_and_nothing_else() -> None:
    event = Event("stream", info(), "piece")
    assert not hasattr(event, "__dict__")
    assert not hasattr(event.info, "__dict__")
    assert {type(held) for held in gc.get_referents(event)} == {type, str, RunInfo, NoneType}
    assert sys.getsizeof(event) <= 80
