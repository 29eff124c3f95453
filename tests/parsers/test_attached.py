"""Parsers that read along with models: what they give is told on the bus, and no chain knows of them."""

import asyncio

import pytest
from pydantic import BaseModel

from eventflow.bus import active_subscriptions, listen, subscribe
from eventflow.errors import SubscriptionError
from eventflow.messages import AIMessage
from eventflow.models import FakeListLLM, ScriptedChatModel
from eventflow.parsers import (
    JsonOutputKeyToolsParser,
    JsonOutputParser,
    JsonOutputToolsParser,
    Partial,
    PydanticOutputParser,
    PydanticToolsParser,
    StrOutputParser,
    attach_parser,
)

CALL = [
    {"name": "Add", "args": '{"a": 1', "id": "1", "index": 0},
    {"name": "Add", "args": '{"a":', "id": "2", "index": 1},
    {"args": "2}", "index": 0},
    {"args": " 3}", "index": 1},
]


class Add(BaseModel):
    a: int


def told(parser, model, *, end=None, **options):
    """The data of all events, while a model is asked by somebody who knows nothing of it."""
    data = []
    with attach_parser(parser, **options), subscribe(lambda e: data.append(e["data"]), phases=["custom"]):
        try:
            model.invoke("hi")
        except RuntimeError as error:
            assert error is end  # noqa: PT017
    assert all(one["run_id"] == data[0]["run_id"] for one in data)
    return [(one["value"], one["status"]) for one in data]


@pytest.mark.parametrize(
    "parser",
    [
        JsonOutputToolsParser(),
        JsonOutputToolsParser(first_tool_only=True, return_id=True),
        JsonOutputKeyToolsParser(key_name="Add"),
        PydanticToolsParser(tools=[Add]),
        PydanticToolsParser(tools=[Add], partial=True),
    ],
)
def test_calls_are_told_as_they_are_streamed(parser):
    model = ScriptedChatModel(CALL, loop=True)
    chunks = list((model | parser).stream("hi"))
    values = told(parser, model)
    assert [value for value, _ in values[:-1]] in (chunks, chunks[:-1])
    assert values[-1] == (chunks[-1], "complete")
    assert {status for _, status in values[:-1]} == {"open"}


@pytest.mark.parametrize(
    "parser", [JsonOutputParser(), PydanticOutputParser(pydantic_object=Add, partial=True)]
)
def test_json_is_told_as_it_is_streamed(parser):
    model = ScriptedChatModel(['```json\n{"a"', ": 1", "2", "}\n```"], loop=True)
    chunks = list((model | parser).stream("hi"))
    values = told(parser, model)
    assert [value for value, _ in values] == [*chunks, chunks[-1]]
    assert values[-1][1] == "complete"
    if isinstance(parser, PydanticOutputParser):
        assert isinstance(values[0][0], Partial)


def test_differences_are_told_once():
    model = ScriptedChatModel(['{"a": 1', "2", "}"])
    assert told(JsonOutputParser(diff=True), model) == [
        ([{"op": "replace", "path": "", "value": {"a": 1}}], "open"),
        ([{"op": "replace", "path": "/a", "value": 12}], "open"),
        ([], "complete"),
    ]


def test_a_number_ends_with_the_text():
    assert told(JsonOutputParser(numbers="closed"), ScriptedChatModel(["1", "2"])) == [(12, "complete")]


@pytest.mark.parametrize(
    ("pieces", "value"),
    [(['{"a": 1', ', "b'], {"a": 1}), (['{"a": 1', ",}", "x"], {"a": 1}), (["No."], None)],
)
def test_what_is_refused_is_said_once_and_the_model_goes_on(pieces, value):
    data = []
    model = ScriptedChatModel(pieces)
    with attach_parser(JsonOutputParser()), subscribe(lambda e: data.append(e["data"]), phases=["custom"]):
        assert model.invoke("hi").text == "".join(pieces)
    assert (data[-1]["value"], data[-1]["status"]) == (value, "invalid")
    assert [one["status"] for one in data].count("invalid") == 1
    assert "JSON" in data[-1]["error"]


def test_a_call_that_is_cut_off_is_never_complete():
    model = ScriptedChatModel([{"name": "Add", "args": '{"a": 1, "conf', "id": "1", "index": 0}])
    assert [status for _, status in told(JsonOutputToolsParser(), model)][-1] == "invalid"


def test_an_error_of_the_model_ends_it():
    error = RuntimeError("gone")
    assert told(JsonOutputParser(), ScriptedChatModel(['{"a": 1', error]), end=error) == [
        ({"a": 1}, "open"),
        ({"a": 1}, "invalid"),
    ]
    assert told_nothing(error)


def told_nothing(error):
    data = []
    with (
        attach_parser(JsonOutputParser()),
        subscribe(lambda e: data.append(e), phases=["custom"]),
        pytest.raises(RuntimeError),
    ):
        ScriptedChatModel(error).invoke("hi")
    return data == []


def test_answers_that_are_not_streamed():
    whole = AIMessage("", tool_calls=[{"name": "Add", "args": {"a": 1}, "id": "1"}])
    assert told(PydanticToolsParser(tools=[Add]), ScriptedChatModel(whole))[-1] == ([Add(a=1)], "complete")
    assert told(JsonOutputParser(), FakeListLLM(responses=["[1]"]))[-1] == ([1], "complete")


async def test_runs_at_the_same_time_stay_apart_and_names_and_filters_count():
    ends = []
    models = [ScriptedChatModel([f'{{"n": {n}', "}"], tags=[f"t{n}"]) for n in range(3)]
    with (
        attach_parser(JsonOutputParser(), name="mine", include_tags=["t1", "t2"]),
        subscribe(lambda e: ends.append(e["data"]), include_names=["mine"]),
    ):
        await asyncio.gather(*(model.ainvoke("hi") for model in models))
    assert sorted(one["value"]["n"] for one in ends if one["status"] == "complete") == [1, 2]


def test_one_that_coalesces_has_the_newest():
    with (
        attach_parser(JsonOutputParser()),
        listen(phases=["custom"], policy="coalesce", buffer=1) as events,
    ):
        ScriptedChatModel([*'{"a": [1, 2, 3]}']).invoke("hi")
    assert [event["data"]["value"] for event in events] == [{"a": [1, 2, 3]}]


class Looks(JsonOutputParser):
    def parse_result(self, result, *, partial=False):
        return super().parse_result(result, partial=partial)


@pytest.mark.parametrize(
    ("parser", "why"),
    [
        (StrOutputParser(), "StrOutputParser.* cannot read along: give a parser of JSON or of tool calls"),
        (dict, "dict.* cannot read along"),
        (Looks(), "Looks looks at all that has come, again with each chunk, so it cannot read along"),
    ],
)
def test_what_cannot_read_along_is_refused(parser, why):
    with pytest.raises(SubscriptionError, match=why):
        attach_parser(parser)
    with pytest.raises(SubscriptionError, match="phases"):
        attach_parser(JsonOutputParser(), phases=["end"])
    assert active_subscriptions() == 0
