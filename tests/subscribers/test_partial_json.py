"""JSON that models write, told as events beside their chains."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow import listen, subscribe
from eventflow.bus import active_subscriptions
from eventflow.errors import SubscriptionError
from eventflow.messages import AIMessage
from eventflow.models import FakeListLLM, FakeStreamingListLLM, GenericFakeChatModel, ScriptedChatModel
from eventflow.parsers import JsonOutputParser, StrOutputParser
from eventflow.runnables import RunnableLambda
from eventflow.subscribers import attach_partial_json


def told(run: Any, **filters: Any) -> list[Any]:
    """The `data` of all events that are told while something runs."""
    events: list[Any] = []
    with attach_partial_json(**filters), subscribe(events.append, phases=["custom"]):
        run()
    assert {event["name"] for event in events} <= {"partial_json"}
    assert all(event["run_id"] == event["data"]["run_id"] for event in events)
    return [event["data"] for event in events]


def said(*pieces: Any) -> list[Any]:
    return told(lambda: ScriptedChatModel([*pieces]).invoke("hi"))


def short(parts: list[Any]) -> list[Any]:
    return [(part["value"], part["path"], part["completed"], part["status"]) for part in parts]


# ---- what is told


def test_the_json_in_a_text_as_it_grows():
    parts = said("Here: ", '{"a": [1, 2', '3], "b": "x', 'y"', "}", " That is it.")
    assert short(parts) == [
        ({"a": [1, 2]}, [], [["a", 0]], "open"),
        ({"a": [1, 23], "b": "x"}, [], [["a", 1], ["a"]], "open"),
        ({"a": [1, 23], "b": "xy"}, ["b"], [["b"]], "open"),
        ({"a": [1, 23], "b": "xy"}, [], [[]], "complete"),
    ]
    assert all(part["tool_call"] is None and part["error"] is None for part in parts)


def test_the_arguments_of_tool_calls():
    first = {"name": "add", "id": "c1", "index": 0, "args": ""}
    second = {"name": "sub", "id": "c2", "index": 1, "args": '{"b": 1'}
    parts = said(
        first,
        {"args": '{"a": "x', "index": 0},
        second,
        {"args": 'y"}', "index": 0},
        {"args": "}", "index": 1},
    )
    assert [(part["tool_call"]["index"], part["value"], part["status"]) for part in parts] == [
        (0, {}, "open"),
        (0, {"a": "x"}, "open"),
        (1, {"b": 1}, "open"),
        (0, {"a": "xy"}, "complete"),
        (1, {"b": 1}, "complete"),
    ]
    assert parts[-1]["tool_call"] == {"index": 1, "id": "c2", "name": "sub"}


def test_text_and_calls_of_one_message():
    parts = said("[1, ", {"name": "f", "id": "1", "index": 0, "args": '{"a": 1}'}, "2]")
    assert [(part["tool_call"] and part["tool_call"]["name"], part["value"]) for part in parts] == [
        (None, [1]),
        ("f", {"a": 1}),
        (None, [1, 2]),
    ]


@pytest.mark.parametrize(
    ("pieces", "status", "value", "error"),
    [
        (['{"a": 1', ", }", " and more"], "invalid", {"a": 1}, "expected a key in double quotes, not '}'"),
        (
            ['As {"a": x', " I said"],
            "invalid",
            {},
            "there is no JSON value; what looked like one is none: exp",
        ),
        (['{"a": [1', ', "b'], "truncated", {"a": [1, "b"]}, "the text ends before the value does"),
        (["Hello ", "there"], "absent", None, "there is no JSON value"),
        (["12 apples", " and a pear"], "absent", None, "there is no JSON value"),
        (['"Hi," ', "she said"], "absent", None, "there is no JSON value"),
        ([{"name": "f", "index": 0, "args": '{"a": 1'}], "truncated", {"a": 1}, "the text ends before"),
        (
            [{"name": "f", "index": 0, "args": "{'a"}, {"args": "': 1}", "index": 0}],
            "invalid",
            {},
            "expected a key",
        ),
        ([{"name": "f", "index": 0, "args": "[1]"}], "invalid", [1], "not a JSON object"),
    ],
)
def test_what_is_wrong_is_said_once(pieces, status, value, error):
    parts = said(*pieces)
    assert [part["status"] for part in parts[:-1]] == ["open"] * (len(parts) - 1)
    assert (parts[-1]["status"], parts[-1]["value"]) == (status, value)
    assert error in parts[-1]["error"]


@pytest.mark.parametrize(("text", "value"), [("12", 12), ('"Hi"', "Hi"), ("null", None), ("[]", [])])
def test_an_answer_that_is_no_object(text, value):
    assert short(said(*text)[-1:]) == [(value, [], [[]], "complete")]


def test_no_text_is_nothing():
    assert said("") == []
    assert short(said({"name": "f", "id": "1", "index": 0, "args": ""})) == [
        ({}, [], [], "open"),
        ({}, [], [[]], "complete"),
    ]


def test_whole_answers():
    message = AIMessage("[1]", tool_calls=[{"name": "f", "args": {"a": 1}, "id": "1"}])
    model = GenericFakeChatModel(messages=iter([message]), disable_streaming=True)
    parts = told(lambda: model.invoke("hi"))
    assert [(part["value"], part["status"]) for part in parts] == [([1], "complete"), ({"a": 1}, "complete")]
    assert parts[1]["tool_call"] == {"index": 0, "id": "1", "name": "f"}
    assert parts[1]["completed"] == [["a"], []]


def test_text_models():
    assert short(told(lambda: FakeListLLM(responses=['{"a": 1}']).invoke("hi"))) == [
        ({"a": 1}, [], [["a"], []], "complete")
    ]
    streamed = told(lambda: list(FakeStreamingListLLM(responses=['{"a": "xy"}']).stream("hi")))
    assert [part["value"] for part in streamed][-2:] == [{"a": "xy"}] * 2
    assert [part["status"] for part in streamed] == ["open"] * (len(streamed) - 1) + ["complete"]


def test_an_error_ends_it():
    def run() -> None:
        with pytest.raises(OSError, match="cut"):
            list(ScriptedChatModel(['{"a": 1', ", ", OSError("cut")]).stream("hi"))

    assert short(told(run))[-1] == ({"a": 1}, [], [], "truncated")


# ---- it is not part of anything


def test_nothing_else_is_different():
    def run() -> list[Any]:
        chain = ScriptedChatModel(['{"a": 1', ', "b": 2}'], loop=True) | JsonOutputParser()
        events = [e for e in chain.stream_events("hi") if e["event"] != "on_custom_event"]
        return [(e["event"], e["name"], str(e["data"].get("chunk"))[:30]) for e in events]

    before = run()
    with attach_partial_json():
        assert run() == before


async def test_events_have_their_place_in_streams_of_events():
    chain = ScriptedChatModel(['{"a": 1', "}"]) | StrOutputParser()
    with attach_partial_json(name="json"):
        events = [event async for event in chain.astream_events("hi", version="v2")]
    custom = [event for event in events if event["event"] == "on_custom_event"]
    model = next(event for event in events if event["event"] == "on_chat_model_start")
    assert [event["name"] for event in custom] == ["json", "json"]
    assert {(event["run_id"], *event["parent_ids"]) for event in custom} == {
        (model["run_id"], *model["parent_ids"])
    }
    names = [event["event"] for event in events]
    assert names.index("on_custom_event") == names.index("on_chat_model_stream") + 1


def test_filters_say_which_models():
    one = ScriptedChatModel("[1]", loop=True, tags=["watched"])
    other = ScriptedChatModel("[2]", loop=True, name="other")
    both = RunnableLambda(lambda _: [one.invoke("x"), other.invoke("x")])

    def values(**filters: Any) -> list[Any]:
        return [part["value"] for part in told(lambda: both.invoke("x"), **filters)]

    assert values() == [[1], [2]]
    assert values(include_tags=["watched"]) == [[1]]
    assert values(include_names=["other"]) == [[2]]
    assert values(exclude_names=["other"]) == [[1]]
    assert values(include_types=["llm"]) == []
    assert values(include_types=["chain", "chat_model"]) == [[1], [2]]
    assert values(max_depth=0) == []


def test_nothing_is_kept_of_a_run_that_has_ended():
    with attach_partial_json() as attached:
        ScriptedChatModel(["[1", "]"]).invoke("hi")
        FakeListLLM(responses=["x"]).invoke("hi")
        assert attached.statistics.delivered == 4
        assert attached._readers == {}


async def test_runs_at_the_same_time_stay_apart():
    models = [ScriptedChatModel.from_text(json.dumps({"n": n, "s": "x" * 9}), pause=0) for n in range(5)]
    parts: list[Any] = []
    with attach_partial_json(), subscribe(lambda e: parts.append(e["data"]), phases=["custom"]):
        await asyncio.gather(*(model.ainvoke("hi") for model in models))
    ends = [part["value"] for part in parts if part["status"] == "complete"]
    assert sorted(end["n"] for end in ends) == [*range(5)]
    assert all(end["s"] == "x" * 9 for end in ends)


def test_wrong_use_is_refused():
    with pytest.raises(SubscriptionError, match="phases: leave it out"):
        attach_partial_json(phases=["stream"])
    with pytest.raises(SubscriptionError, match="unknown filter include_name"):
        attach_partial_json(include_name=["x"])  # type: ignore[call-arg]
    with pytest.raises(SubscriptionError, match=r"include_types=\['parser'\]: .* chat_model and llm"):
        attach_partial_json(include_types=["parser"])
    with pytest.raises(SubscriptionError, match="name=3: "):
        attach_partial_json(name=3)  # type: ignore[arg-type]
    with pytest.raises(SubscriptionError, match="max_depth='2': give a whole number"):
        attach_partial_json(max_depth="2")  # type: ignore[arg-type]
    assert active_subscriptions() == 0


def test_closing_ends_it():
    attached = attach_partial_json()
    assert active_subscriptions() == 1
    attached.close()
    assert active_subscriptions() == 0
    with listen(phases=["custom"]) as events:
        ScriptedChatModel("[1]").invoke("hi")
    assert list(events) == []


# ---- slow subscribers


PIECES = ['{"a": "', *"bcdefgh", '", "n": [', *"123", "]}"]


def test_a_buffered_subscriber_has_the_value_of_its_event():
    with attach_partial_json(), listen(phases=["custom"]) as events:
        ScriptedChatModel(PIECES).invoke("hi")
    values = [event["data"]["value"] for event in events]
    assert values[0] == {"a": ""}
    assert values[3] == {"a": "bcd"}
    assert values[-1] == {"a": "bcdefgh", "n": [123]}


def test_one_that_coalesces_has_the_newest_and_all_that_was_finished():
    with attach_partial_json(), listen(phases=["custom"], policy="coalesce", buffer=1) as events:
        ScriptedChatModel(PIECES).invoke("hi")
    [event] = events
    assert event["data"]["value"] == {"a": "bcdefgh", "n": [123]}
    assert event["data"]["status"] == "complete"
    assert event["data"]["completed"] == [["a"], ["n", 0], ["n"], []]
    assert event["data"]["path"] == []


@given(st.integers(1, 8))
def test_coalesced_or_not_it_ends_the_same(buffer):
    calls = [{"name": "f", "id": str(n), "index": n, "args": ""} for n in (0, 1)]
    texts = ['{"a": ', '"x', "y", 'z"', ', "b": 1', "}"]
    pieces = [*calls, *({"args": text, "index": n} for text in texts for n in (0, 1))]
    whole: list[Any] = []
    with (
        attach_partial_json(),
        subscribe(whole.append, phases=["custom"]),
        listen(phases=["custom"], policy="coalesce", buffer=buffer) as events,
    ):
        ScriptedChatModel(pieces).invoke("hi")
    given = list(events)
    for index in (0, 1):
        every = [e["data"] for e in whole if e["data"]["tool_call"]["index"] == index]
        some = [e["data"] for e in given if e["data"]["tool_call"]["index"] == index]
        assert {**some[-1], "completed": [], "path": []} == {**every[-1], "completed": [], "path": []}
        assert [p for part in some for p in part["completed"]] == [
            p for part in every for p in part["completed"]
        ]
