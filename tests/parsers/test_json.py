"""The JSON in an answer: whole, as it comes, as differences, and when there is none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from eventflow.errors import JsonStreamError, OutputParserException
from eventflow.jsonstream import JsonStream
from eventflow.messages import AIMessage, AIMessageChunk, Generation
from eventflow.models import ScriptedChatModel
from eventflow.parsers import JsonOutputParser, SimpleJsonOutputParser
from eventflow.runnables import RunnableGenerator, RunnableLambda
from parsers.cuts import cuts_of, results

JSON = JsonOutputParser()

COUNTRIES = '{"countries": [{"name": "France", "population": 67750000}, {"name": "Spain"}]}'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2.5, null, true]}', {"a": [1, 2.5, None, True]}),
        (' [1, "two"]\n', [1, "two"]),
        ("12", 12),
        ('"text"', "text"),
        ("null", None),
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('```\n["a"]\n```', ["a"]),
        ('Here it is:\n\n```JSON\n{"a": 1}\n```\nAnything else?', {"a": 1}),
        ('Sure! {"a": "`"} is it.', {"a": "`"}),
        ('{"a": "two\nlines"}', {"a": "two\nlines"}),
        ('{"code": "```python\\nx = {}\\n```"}', {"code": "```python\nx = {}\n```"}),
    ],
)
async def test_the_json_in_an_answer(text, value):
    assert JSON.invoke(text) == value
    assert JSON.invoke(AIMessage(text)) == value
    assert await JSON.ainvoke(text) == value
    assert (await results(JSON, text))[-1] == value
    assert (await results(JSON, [AIMessageChunk(char) for char in text]))[-1] == value


async def test_what_is_there_so_far():
    cuts = [
        '{"',
        'countries": ',
        '[{"name": "',
        "Fr",
        'ance", "pop',
        'ulation": 677',
        "50000}, {",
        '"name": "Spain"}]}',
    ]
    assert "".join(cuts) == COUNTRIES
    assert await results(JSON, cuts) == [
        {},
        {"countries": [{"name": ""}]},
        {"countries": [{"name": "Fr"}]},
        {"countries": [{"name": "France"}]},
        {"countries": [{"name": "France", "population": 677}]},
        {"countries": [{"name": "France", "population": 67750000}, {}]},
        {"countries": [{"name": "France", "population": 67750000}, {"name": "Spain"}]},
    ]


async def test_values_do_not_change_afterwards():
    values = [(value, json.dumps(value)) for value in JSON.transform(iter(COUNTRIES))]
    assert all(json.dumps(value) == text for value, text in values)


async def test_each_replaces_the_one_before_in_a_chain():
    chain = ScriptedChatModel(["[1,", " 2,", " 3]"], loop=True) | JSON
    assert list(chain.stream("")) == [[1], [1, 2], [1, 2, 3]]
    assert list((chain | RunnableLambda(sum)).stream("")) == [6]
    events = [event async for event in chain.astream_events("")]
    assert [e["data"]["output"] for e in events if e["event"] == "on_parser_end"] == [[1, 2, 3]]


async def test_null_is_a_value():
    assert await results(JSON, ["nu", "ll"]) == [None]


async def test_a_number_that_becomes_another_kind():
    assert [repr(value) for value in await results(JSON, ["1", ".0"])] == ["1", "1.0"]


class Growing(RunnableGenerator):
    def gives_snapshots(self, fed):
        return True


async def test_text_that_is_replaced_is_not_added_up():
    def grow(chunks):
        yield from ("[1", "[1, 2]") if [*chunks] else ()

    async def agrow(chunks):
        async for _ in chunks:
            yield "[1"
            yield "[1, 2]"

    assert await results(Growing(grow, agrow) | JSON, ["x"]) == [[1], [1, 2]]


# ---- differences


async def test_differences():
    parser = JsonOutputParser(diff=True)
    cuts = ['{"a', '": "x', "y", '", "b/~": [', "1, ", '{"c": nul', "l}]}"]
    assert await results(parser, cuts) == [
        [{"op": "replace", "path": "", "value": {}}],
        [{"op": "add", "path": "/a", "value": "x"}],
        [{"op": "replace", "path": "/a", "value": "xy"}],
        [{"op": "add", "path": "/b~1~0", "value": []}],
        [{"op": "add", "path": "/b~1~0/0", "value": 1}],
        [{"op": "add", "path": "/b~1~0/1", "value": {}}],
        [{"op": "add", "path": "/b~1~0/1/c", "value": None}],
    ]


def patched(value, patch):
    """A value after some operations of JSON Patch."""
    for operation in patch:
        *parents, last = operation["path"].split("/")[1:] or [""]
        if operation["path"] == "":
            value = json.loads(json.dumps(operation["value"]))
            continue
        at = value
        for step in parents:
            at = at[int(step) if isinstance(at, list) else step]
        new = json.loads(json.dumps(operation["value"]))
        if isinstance(at, dict):
            at[last] = new
        elif operation["op"] == "add":
            at.insert(int(last), new)
        else:
            at[int(last)] = new
    return value


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-9, 9) | st.text('aé😀"\\\n{}[]`', max_size=4),
    lambda values: (
        st.lists(values, max_size=3) | st.dictionaries(st.text("ab", max_size=2), values, max_size=3)
    ),
    max_leaves=6,
)
DOCUMENTS = st.tuples(VALUES, st.booleans()).map(lambda drawn: json.dumps(drawn[0], ensure_ascii=drawn[1]))
ANSWERS = DOCUMENTS | DOCUMENTS.map("So:\n~~~json\n{}\n~~~\nOk?".format)


@given(ANSWERS.flatmap(lambda text: st.tuples(st.just(text), cuts_of(text))))
async def test_any_pieces_end_with_the_whole(drawn):
    text, pieces = drawn
    whole = JSON.invoke(text)
    assert repr((await results(JSON, pieces))[-1]) == repr(whole)
    value = None
    for patch in await results(JsonOutputParser(diff=True), pieces):
        value = patched(value, patch)
    assert value == whole


# ---- bad answers


@pytest.mark.parametrize(
    "text",
    ["", "No.", '{"a": 1', '```json\n{"a": [1\n```', "{'a': 1}", '{"a": NaN}', '{"a": 1,}', "nul", "1 2"],
)
async def test_no_json(text):
    with pytest.raises(OutputParserException, match="there is no complete JSON in ") as caught:
        JSON.invoke(text)
    assert caught.value.llm_output == text
    assert isinstance(caught.value.__cause__, JsonStreamError)
    with pytest.raises(OutputParserException):
        await results(JSON, [*text] or [""])


def test_a_stream_ends_where_it_cannot_be_json():
    seen = iter(['{"a": 1', ", ,", '"b": 2}'])
    reading = JSON.transform(seen)
    assert next(reading) == {"a": 1}
    with pytest.raises(OutputParserException) as caught:
        next(reading)
    assert caught.value.llm_output == '{"a": 1, ,'
    assert list(seen) == ['"b": 2}']


def test_what_may_be_incomplete_is_never_an_error():
    assert JSON.parse_result([Generation('{"a": [1')], partial=True) == {"a": [1]}
    assert JSON.parse_result([Generation("No.")], partial=True) is None
    assert JSON.parse_result([Generation("{'a")], partial=True) is None


def test_long_answers_are_quoted_in_part():
    with pytest.raises(OutputParserException) as caught:
        JSON.invoke("x" * 10_000)
    assert len(str(caught.value)) < 400


# ---- parsers of ones own, and instructions


class Shown(JsonOutputParser):
    """Looks at all that has come, as such parsers do in LangChain."""

    def parse_result(self, result, *, partial=False):
        value = super().parse_result(result, partial=partial)
        return None if value is None else {**value, "partial": partial}


async def test_a_parser_that_overrides_parse_result():
    assert await results(Shown(), ['{"a"', ": 1", "}"]) == [
        {"partial": True},
        {"a": 1, "partial": True},
        {"a": 1, "partial": False},
    ]


def test_the_format_instructions_have_the_schema():
    class Point(BaseModel):
        """A point é."""

        x: int

    assert JSON.get_format_instructions() == "Return a JSON object."
    told = JsonOutputParser(pydantic_object=Point).get_format_instructions()
    schema = JSON.parse(told[told.index("The schema:\n") :])
    assert schema == {
        k: v for k, v in Point.model_json_schema().items() if k in ("description", "properties", "required")
    }
    assert SimpleJsonOutputParser is JsonOutputParser


# ---- options


TOKENS = (
    '{"|countries|":| [|{"|name|":| "|France|",| "|population|":| |677|500|00|},'
    '| {"|name|":| "|Spain|",| "|population|":| |474|200|00|}|]|}'
)
GUIDE = """{}
{'countries': []}
{'countries': [{}]}
{'countries': [{'name': ''}]}
{'countries': [{'name': 'France'}]}
{'countries': [{'name': 'France', 'population': 677}]}
{'countries': [{'name': 'France', 'population': 677500}]}
{'countries': [{'name': 'France', 'population': 67750000}]}
{'countries': [{'name': 'France', 'population': 67750000}, {}]}
{'countries': [{'name': 'France', 'population': 67750000}, {'name': ''}]}
{'countries': [{'name': 'France', 'population': 67750000}, {'name': 'Spain'}]}
{'countries': [{'name': 'France', 'population': 67750000}, {'name': 'Spain', 'population': 474}]}
{'countries': [{'name': 'France', 'population': 67750000}, {'name': 'Spain', 'population': 474200}]}
{'countries': [{'name': 'France', 'population': 67750000}, {'name': 'Spain', 'population': 47420000}]}"""


async def test_the_values_of_the_guide_token_by_token_and_character_by_character():
    tokens = TOKENS.split("|")
    values = await results(JSON, tokens)
    assert list(map(repr, values)) == GUIDE.splitlines()
    one_by_one = list(map(repr, await results(JSON, "".join(tokens))))
    assert [value for value in one_by_one if value in GUIDE.splitlines()] == GUIDE.splitlines()
    assert len(one_by_one) == 33


async def test_what_models_get_wrong_is_accepted_if_that_is_wanted():
    text = "Sure: {'a': [1, True,], # one\n 'b': None,}"
    for parser in (JsonOutputParser(repair=True), JsonOutputParser(repair=True, diff=False)):
        assert parser.invoke("[1,]") == [1]
        assert (await results(parser, ["```\n", text[6:], "\n```"]))[-1] == {"a": [1, True], "b": None}
    with pytest.raises(OutputParserException, match="there is no JSON value"):
        JSON.invoke(text)


@pytest.mark.parametrize("text", ["{'a': 1}", "[1, 2,]", '{"a": 1 // one', "x\n```\n[True, 'a']"])
def test_an_error_says_if_repair_would_help(text):
    with pytest.raises(OutputParserException, match=r"; repair=True would accept it$"):
        list(JSON.transform(iter(text)))


@pytest.mark.parametrize("text", ['{"a": 1', '{"a" 1}', "No.", "", "[1, 2", "42 is", "It's {x: 'y'}"])
def test_an_error_that_repair_would_not_help_does_not_speak_of_it(text):
    for parser in (JSON, JsonOutputParser(repair=True)):
        with pytest.raises(OutputParserException) as caught:
            parser.invoke(text)
        assert "repair" not in str(caught.value)


async def test_what_is_shown_of_what_is_open():
    pieces = ['{"n": 1', '2, "s": "a', 'b", "t": tr', "ue}"]
    held = JsonOutputParser(numbers="closed", strings="closed", literals="completed")
    assert await results(held, pieces) == [
        {},
        {"n": 12},
        {"n": 12, "s": "ab", "t": True},
    ]
    assert await results(JsonOutputParser(numbers="closed"), ["1", "2"]) == [12]
    assert held.invoke("".join(pieces)) == {"n": 12, "s": "ab", "t": True}


@pytest.mark.parametrize("deep", ["[" * 600 + "]" * 600, '{"a":' * 600 + "1" + "}" * 600])
async def test_what_is_too_deep_is_so_whole_and_in_pieces(deep):
    with pytest.raises(OutputParserException, match="nest deeper than 512"):
        JSON.invoke(deep)
    with pytest.raises(OutputParserException, match="nest deeper than 512"):
        list(JSON.transform(iter([deep])))


@pytest.mark.parametrize("wrong", [{"dif": True}, {"diff": "compat"}, {"numbers": "whole"}, {"repair": "so"}])
def test_wrong_options_are_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        JsonOutputParser(**wrong)


# ---- cost


def test_each_character_is_read_once(monkeypatch):
    fed = []
    feed = JsonStream.feed
    monkeypatch.setattr(JsonStream, "feed", lambda self, text: fed.append(len(text)) or feed(self, text))
    list(JSON.transform(iter(COUNTRIES)))
    assert sum(fed) == len(COUNTRIES)
