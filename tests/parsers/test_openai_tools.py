"""Tool calls, whole and as they come: complete calls, partial ones, and what is none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from eventflow.errors import OutputParserException
from eventflow.messages import AIMessage, AIMessageChunk, HumanMessage
from eventflow.models import ScriptedChatModel
from eventflow.parsers import JsonOutputKeyToolsParser, JsonOutputToolsParser, PydanticToolsParser
from eventflow.parsers.growth import Growth
from eventflow.runnables import RunnableLambda
from parsers.cuts import cuts_of, results


class Add(BaseModel):
    """Add two numbers."""

    a: int
    b: int = 2


class Name(BaseModel):
    """A name."""

    model_config = ConfigDict(title="person")

    name: str


def call(tool="Add", call_id="1", **args):
    return {"name": tool, "args": args, "id": call_id, "type": "tool_call"}


def answer(*calls, **fields):
    return AIMessage("", tool_calls=list(calls), **fields)


def piece(args, *, name=None, id=None, index=0):
    return AIMessageChunk("", tool_call_chunks=[{"name": name, "args": args, "id": id, "index": index}])


def in_pieces(*calls):
    """Chunks of calls: `(name, pieces of arguments)`."""
    for index, (name, texts) in enumerate(calls):
        yield piece("", name=name, id=f"id{index}", index=index)
        for text in texts:
            yield piece(text, index=index)
    yield AIMessageChunk("", chunk_position="last")


LAST = AIMessageChunk("", chunk_position="last")
TWO = answer(call(a=1), call("Name", "2", name="Ada"))

# ---- whole messages


@pytest.mark.parametrize(
    ("parser", "value"),
    [
        (
            JsonOutputToolsParser(),
            [{"type": "Add", "args": {"a": 1}}, {"type": "Name", "args": {"name": "Ada"}}],
        ),
        (JsonOutputToolsParser(first_tool_only=True), {"type": "Add", "args": {"a": 1}}),
        (
            JsonOutputToolsParser(first_tool_only=True, return_id=True),
            {"type": "Add", "args": {"a": 1}, "id": "1"},
        ),
        (JsonOutputKeyToolsParser(key_name="Name"), [{"name": "Ada"}]),
        (JsonOutputKeyToolsParser("Name", first_tool_only=True), {"name": "Ada"}),
        (
            JsonOutputKeyToolsParser("Name", return_id=True),
            [{"type": "Name", "args": {"name": "Ada"}, "id": "2"}],
        ),
        (JsonOutputKeyToolsParser("sub"), []),
        (JsonOutputKeyToolsParser("sub", first_tool_only=True), None),
        (PydanticToolsParser(tools=[Add, Name]), [Add(a=1), Name(name="Ada")]),
        (PydanticToolsParser(tools=[Add], first_tool_only=True), Add(a=1)),
    ],
)
async def test_calls_of_a_message(parser, value):
    assert parser.invoke(TWO) == value
    assert await parser.ainvoke(TWO) == value
    assert await results(parser, [TWO]) == [value]


@pytest.mark.parametrize(
    ("parser", "value"),
    [
        (JsonOutputToolsParser(), []),
        (JsonOutputToolsParser(first_tool_only=True), None),
        (PydanticToolsParser(tools=[Add]), []),
        (PydanticToolsParser(tools=[Add], first_tool_only=True), None),
    ],
)
async def test_no_calls(parser, value):
    assert parser.invoke(AIMessage("hi")) == value
    assert parser.invoke(HumanMessage("hi")) == value
    assert await results(parser, [AIMessageChunk("h"), AIMessageChunk("i")]) == [value]


def test_a_model_is_known_by_its_title_too():
    parser = PydanticToolsParser(tools=[Name], first_tool_only=True)
    assert parser.invoke(answer(call("person", name="Ada"))) == Name(name="Ada")
    assert parser.invoke(answer(call("Name", name="Ada"))) == Name(name="Ada")


def test_calls_in_the_form_of_the_provider():
    function = {"name": "Add", "arguments": '{"a": 1}'}
    message = AIMessage("", additional_kwargs={"tool_calls": [{"id": "1", "function": function}]})
    assert PydanticToolsParser(tools=[Add]).invoke(message) == [Add(a=1)]


# ---- messages as they come


async def test_calls_so_far():
    chunks = in_pieces(("Add", ['{"a"', ": 1", "2", "}"]), ("Name", ['{"name": "A', 'da"}']))
    assert await results(JsonOutputToolsParser(), chunks) == [
        [{"type": "Add", "args": {}}],
        [{"type": "Add", "args": {"a": 1}}],
        [{"type": "Add", "args": {"a": 12}}],
        [{"type": "Add", "args": {"a": 12}}, {"type": "Name", "args": {}}],
        [{"type": "Add", "args": {"a": 12}}, {"type": "Name", "args": {"name": "A"}}],
        [{"type": "Add", "args": {"a": 12}}, {"type": "Name", "args": {"name": "Ada"}}],
    ]


async def test_models_as_soon_as_they_are_valid():
    chunks = list(in_pieces(("Add", ["{", '"a": 1', ', "b": 3}']), ("Name", ["{", '"name": "A', 'da"}'])))
    assert await results(PydanticToolsParser(tools=[Add], first_tool_only=True), chunks) == [
        Add(a=1),
        Add(a=1, b=3),
    ]
    assert await results(PydanticToolsParser(tools=[Add, Name]), chunks) == [
        [],
        [Add(a=1)],
        [Add(a=1, b=3)],
        [Add(a=1, b=3), Name(name="A")],
        [Add(a=1, b=3), Name(name="Ada")],
    ]


async def test_the_last_value_is_the_whole_in_a_chain():
    model = ScriptedChatModel(list(in_pieces(("Add", ['{"a"', ": 1", "2", "}"]))), loop=True)
    chain = model | JsonOutputToolsParser() | RunnableLambda(lambda calls: [c["args"]["a"] for c in calls])
    assert list(chain.stream("")) == [[12]]
    assert [value async for value in chain.astream("")] == [[12]]


TEXTS = st.lists(
    st.dictionaries(st.text(max_size=3), st.none() | st.integers() | st.text(max_size=5), max_size=3),
    max_size=3,
).flatmap(
    lambda all_args: st.tuples(st.just(all_args), *(cuts_of(json.dumps(args)) for args in all_args))
)  # the arguments of some calls, and pieces of the text of each


@given(TEXTS)
async def test_any_pieces_give_what_the_whole_gives(drawn):
    all_args, *texts = drawn
    whole = answer(*[call("f", f"id{index}", x=args) for index, args in enumerate(all_args)])
    chunks = list(in_pieces(*[("f", ['{"x": ', *pieces, "}"]) for pieces in texts]))
    for parser in (
        JsonOutputToolsParser(return_id=True),
        JsonOutputKeyToolsParser("f", first_tool_only=True),
    ):
        assert (await results(parser, chunks))[-1] == parser.invoke(whole)


# ---- bad answers


async def failure(parser, *chunks):
    """How a parser fails, whole and in pieces."""
    with pytest.raises(OutputParserException) as whole:
        parser.invoke(sum(chunks[1:], chunks[0]))
    with pytest.raises(OutputParserException) as streamed:
        await results(parser, chunks)
    assert str(streamed.value) == str(whole.value)
    return whole.value


@pytest.mark.parametrize("ends", [[], [LAST]], ids=["left", "ended"])
@pytest.mark.parametrize(
    "parser",
    [
        JsonOutputToolsParser(),
        JsonOutputKeyToolsParser("Add"),
        PydanticToolsParser(tools=[Add]),
        PydanticToolsParser(tools=[Add], first_tool_only=True),
    ],
    ids=repr,
)
async def test_half_a_call_is_no_call(parser, ends):
    error = await failure(parser, piece('{"a": 1', name="Add", id="1"), piece(', "b'), *ends)
    assert error.llm_output == '{"a": 1, "b'
    assert "the call of 'Add' cannot be read: the arguments are not a complete JSON object" in str(error)


async def test_a_call_that_was_cut_off_says_so():
    last = AIMessageChunk("", chunk_position="last", response_metadata={"finish_reason": "length"})
    error = await failure(JsonOutputToolsParser(), piece('{"a": 1', name="Add", id="1"), last)
    assert str(error).endswith("; the answer was cut off at the limit of tokens: allow more with max_tokens")


async def test_the_first_call_counts_though_the_second_was_cut_off():
    chunks = [piece('{"a": 1}', name="Add", id="1"), piece('{"a"', name="Add", id="2", index=1), LAST]
    parser = PydanticToolsParser(tools=[Add], first_tool_only=True)
    assert (await results(parser, chunks))[-1] == parser.invoke(sum(chunks[1:], chunks[0])) == Add(a=1)


async def test_half_a_call_of_another_tool_does_not_matter():
    chunks = [piece('{"a": 1}', name="Add", id="1"), piece('{"a"', name="sub", id="2", index=1), LAST]
    assert (await results(JsonOutputKeyToolsParser("Add"), chunks))[-1] == [{"a": 1}]


async def test_arguments_that_are_no_object():
    error = await failure(JsonOutputToolsParser(), piece("[1]", name="Add", id="1"), LAST)
    assert error.llm_output == "[1]"


async def test_an_unknown_tool():
    error = await failure(PydanticToolsParser(tools=[Add, Name]), piece('{"a": 1}', name="sub", id="1"), LAST)
    assert str(error) == "the model called 'sub', which is not one of its tools: Add or Name"
    assert error.llm_output == '{"a": 1}'


async def test_arguments_that_are_not_valid():
    error = await failure(PydanticToolsParser(tools=[Add]), piece('{"a": "x", "b": []}', name="Add"), LAST)
    assert isinstance(error.__cause__, ValidationError)
    assert json.loads(error.llm_output) == {"a": "x", "b": []}
    assert str(error) == (
        "the call of 'Add' is not a valid Add: a: Input should be a valid integer, unable to parse string as an "
        "integer, not 'x'; b: Input should be a valid integer, not []"
    )


@pytest.mark.parametrize(
    ("message", "came"),
    [
        (AIMessage("I cannot."), "said 'I cannot.'"),
        (AIMessage(""), "said nothing"),
        (answer(call("sub")), "called sub instead"),
        (AIMessage("x" * 300), f"said '{'x' * 200}…'"),
        (
            AIMessage("Let", response_metadata={"stop_reason": "max_tokens"}),
            "said 'Let'; the answer was cut off at the limit of tokens: allow more with max_tokens",
        ),
    ],
)
def test_a_call_is_missing(message, came):
    parser = JsonOutputKeyToolsParser("Add", first_tool_only=True, required=True)
    with pytest.raises(OutputParserException) as caught:
        parser.invoke(message)
    assert str(caught.value) == f"the model was to call Add, and {came}"
    assert caught.value.llm_output == message.text


@pytest.mark.parametrize("parser", [JsonOutputToolsParser(), PydanticToolsParser(tools=[Add])])
def test_text_has_no_calls(parser):
    with pytest.raises(OutputParserException, match="put it right behind a chat model") as caught:
        parser.invoke("text")
    assert caught.value.llm_output == "text"


def test_strict_refuses_line_breaks_in_strings():
    function = {"name": "f", "arguments": '{"a": "1\n2"}'}
    message = AIMessage("", additional_kwargs={"tool_calls": [{"id": "1", "function": function}]})
    assert JsonOutputKeyToolsParser("f").invoke(message) == [{"a": "1\n2"}]
    with pytest.raises(OutputParserException, match="the arguments of 'f' are not strictly JSON") as caught:
        JsonOutputKeyToolsParser("f", strict=True).invoke(message)
    assert caught.value.llm_output == '{"a": "1\n2"}'


async def test_strict_does_so_at_the_end_of_a_stream():
    chunks = [piece('{"a": "1', name="f", id="1"), piece('\n2"}'), LAST]
    assert (await results(JsonOutputToolsParser(first_tool_only=True), chunks))[-1]["args"] == {"a": "1\n2"}
    error = await failure(JsonOutputToolsParser(strict=True), *chunks)
    assert "not strictly JSON" in str(error)


def test_a_parser_of_no_tools_is_refused():
    with pytest.raises(ValidationError):
        PydanticToolsParser(tools=[])
    with pytest.raises(ValidationError):
        JsonOutputKeyToolsParser()


# ---- views of what is being written


class Walk(BaseModel):
    """Walk somewhere."""

    to: str
    steps: list[Add] = []


VIEWS = PydanticToolsParser(tools=[Walk, Name], partial=True)


async def test_views_of_calls_until_they_are_whole():
    texts = ('{"to": "ho', 'me", "st', 'eps": [{"a": 1}, {"a"', ": 2", "}]}")
    empty, *given = await results(VIEWS, in_pieces(("Walk", texts), ("person", ('{"name": "A', 'da"}'))))
    assert empty == []
    assert [[*map(repr, calls)] for calls in given[:4]] == [
        ["Partial[Walk](to='ho')"],
        ["Partial[Walk](to='home')"],
        ["Partial[Walk](to='home', steps=[Add(a=1, b=2), Partial[Add]()])"],
        ["Partial[Walk](to='home', steps=[Add(a=1, b=2), Partial[Add]()])"],
    ]
    walk = Walk(to="home", steps=[Add(a=1), Add(a=2)])
    assert [calls[0] for calls in given[4:]] == [walk] * 3
    assert given[-1] == [walk, Name(name="Ada")]


async def test_a_view_is_given_when_something_is_finished_too():
    _, *seen = await results(VIEWS, in_pieces(("Walk", ('{"to": "home', '"', "}"))))
    assert [value.model_fields_complete for [value] in seen[:2]] == [set(), {"to"}]
    assert seen[2:] == [[Walk(to="home")]]


def test_what_comes_is_looked_at_once(monkeypatch):
    added = []
    add = Growth.add
    monkeypatch.setattr(Growth, "add", lambda self, update: added.append(update) or add(self, update))
    list(VIEWS.transform(in_pieces(("Walk", '{"to": "home", "steps": []}'))))
    assert len(added) == len(set(map(id, added)))


async def test_a_name_that_comes_late():
    chunks = [
        piece('{"to": "ho', id="1"),
        piece('me", ', name="Wa"),
        piece("", name="lk"),
        piece('"steps": []}'),
        LAST,
    ]
    shown = await results(VIEWS, chunks)
    assert [*map(repr, shown)] == ["[]", "[Partial[Walk](to='home')]", "[Walk(to='home', steps=[])]"]


@given(cuts_of('{"to": "home", "steps": [{"a": 1}, {"a": "two"'))
async def test_an_argument_that_is_not_valid_ends_the_stream(texts):
    texts = [*texts, '}, {"a": 3}]}']
    with pytest.raises(OutputParserException) as caught:
        await results(VIEWS, in_pieces(("person", ['{"name": "Ada"}']), ("Walk", texts)))
    assert str(caught.value) == (
        "the call of 'Walk' is not a valid Walk: steps.1.a: Input should be a valid integer, unable to parse string "
        "as an integer, not 'two' (at line 1, column 46, character 46)"
    )
    assert isinstance(caught.value.__cause__, ValidationError)


async def test_views_of_calls_that_are_cut_off():
    reading = VIEWS.transform(in_pieces(("Walk", ('{"to": "ho',))))
    assert next(reading) == []
    assert repr(next(reading)) == "[Partial[Walk](to='ho')]"
    with pytest.raises(OutputParserException, match="the call of 'Walk' cannot be read"):
        next(reading)


async def test_a_call_of_no_tool_is_refused_at_the_end():
    with pytest.raises(OutputParserException, match="called 'Fly', which is not one of its tools"):
        await results(VIEWS, in_pieces(("Fly", ('{"to": 1', "}"))))
