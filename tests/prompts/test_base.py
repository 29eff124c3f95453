"""What all prompts have: input that is checked, partial variables, a schema, and a run."""

import asyncio

import pytest

from eventflow.messages import StringPromptValue
from eventflow.prompts import BasePromptTemplate, ChatPromptTemplate, PromptTemplate, StringPromptTemplate


class Shout(StringPromptTemplate):
    def format(self, **kwargs):
        values = self._merge_partial_and_user_variables(**kwargs)
        return " ".join(values[name].upper() for name in ("first", "last"))


def shout(**fields):
    return Shout(input_variables=["first", "last"], **fields)


def test_a_prompt_of_ones_own_formats():
    prompt = shout()
    assert prompt.format(first="a", last="b") == "A B"
    assert prompt.invoke({"first": "a", "last": "b"}) == StringPromptValue(text="A B")
    assert prompt.partial(first="x").invoke("b").text == "X B"


def test_input_variables_must_be_given_for_a_prompt_of_ones_own():
    with pytest.raises(ValueError, match="input_variables"):
        Shout()


def test_bases_are_abstract():
    for base in (BasePromptTemplate, StringPromptTemplate):
        with pytest.raises(TypeError, match="abstract"):
            base(input_variables=[])


@pytest.mark.parametrize(
    ("received", "text"),
    [
        (
            {},
            "Input to Shout is missing variables {'first', 'last'}. Expected: ['first', 'last']. Received: []",
        ),
        (
            {"last": 1, "x": 2},
            "missing variables {'first'}. Expected: ['first', 'last']. Received: ['last', 'x']",
        ),
    ],
)
def test_missing_variables_are_named(received, text):
    with pytest.raises(KeyError) as caught:
        shout().invoke(received)
    assert text in caught.value.args[0]
    assert (
        "{first} is meant as text in an f-string template, double its braces: {{first}}"
        in caught.value.args[0]
    )


@pytest.mark.parametrize("bare", ["x", None, 5, ["x"]])
def test_a_bare_value_is_taken_for_the_only_variable(bare):
    assert PromptTemplate.from_template("{x}").invoke(bare).text == str(bare)


@pytest.mark.parametrize("template", ["no variables", "{two} {variables}"])
def test_a_bare_value_is_refused_if_it_is_not_clear_whose(template):
    with pytest.raises(TypeError, match="Expected mapping type as input to PromptTemplate, received str"):
        PromptTemplate.from_template(template).invoke("x")


def test_partial_values_fill_in_and_the_input_wins():
    prompt = shout(partial_variables={"first": "p"})
    prompt = prompt.partial(last="q", other="r")
    assert prompt.input_variables == []
    assert prompt.partial_variables == {"first": "p", "last": "q", "other": "r"}
    assert prompt.format() == "P Q"
    assert prompt.invoke({"last": "z"}).text == "P Z"


def test_partial_leaves_the_prompt_as_it_was():
    prompt = shout(name="n", tags=["t"])
    other = prompt.partial(first="x")
    assert prompt.input_variables == ["first", "last"]
    assert prompt.partial_variables == {}
    assert (type(other), other.name, other.tags) == (Shout, "n", ["t"])


def test_partial_functions_are_called_each_time():
    count = iter(range(10))
    prompt = PromptTemplate.from_template("{n} {x}", partial_variables={"n": lambda: next(count)})
    assert [prompt.format(x="a"), prompt.invoke("b").text] == ["0 a", "1 b"]


async def wait():
    return "x"


def test_partial_coroutine_functions_are_refused():
    complaint = "partial variable 'x' of PromptTemplate is a coroutine function.*await it first"
    with pytest.raises(ValueError, match=complaint):
        PromptTemplate.from_template("{x}").partial(x=wait)
    with pytest.raises(ValueError, match=complaint):
        PromptTemplate.from_template("{x}", partial_variables={"x": wait})


def test_unknown_fields_are_refused():
    with pytest.raises(ValueError, match="bogus"):
        PromptTemplate.from_template("x", bogus=1)


def test_variables_may_have_any_name():
    names = ["self", "cls", "input", "template", "kwargs", "values", "config", "stop"]
    template = " ".join(f"{{{name}}}" for name in names)
    values = {name: name for name in names}
    for prompt in (PromptTemplate.from_template(template), ChatPromptTemplate.from_template(template)):
        assert prompt.invoke(values).to_messages()[0].content == " ".join(names)
        assert asyncio.run(prompt.ainvoke(values)) == prompt.invoke(values)


def test_the_input_schema_has_the_variables():
    prompt = shout(optional_variables=["more"], input_types={"last": int})
    schema = prompt.get_input_schema()
    assert schema.model_json_schema() == {
        "title": "PromptInput",
        "type": "object",
        "properties": {
            "first": {"title": "First", "type": "string"},
            "last": {"title": "Last", "type": "integer"},
            "more": {"default": None, "title": "More", "type": "string"},
        },
        "required": ["first", "last"],
    }
    assert schema(first="a", last=1).first == "a"


def test_the_input_schema_takes_names_that_no_field_may_have():
    prompt = PromptTemplate.from_template("{_x} {json} {model_config} {copy}")
    schema = prompt.get_input_schema().model_json_schema()
    assert sorted(schema["properties"]) == ["_x", "copy", "json", "model_config"]
    assert sorted(schema["required"]) == ["_x", "copy", "json", "model_config"]


def test_a_run_tells_of_itself():
    prompt = PromptTemplate.from_template("{x}", name="greeting", tags=["own"], metadata={"a": 1})
    config = {"tags": ["callers"], "metadata": {"a": 0, "b": 2}}
    start, end = prompt.stream_events({"x": "hi"}, config)
    assert [event["event"] for event in (start, end)] == ["on_prompt_start", "on_prompt_end"]
    for event in (start, end):
        assert event["name"] == "greeting"
        assert sorted(event["tags"]) == ["callers", "own"]
        assert event["metadata"] == {"a": 1, "b": 2}
    assert start["data"] == {"input": {"x": "hi"}}
    assert end["data"]["output"] == StringPromptValue(text="hi")


def test_a_run_that_fails_tells_so():
    events = PromptTemplate.from_template("{x}").stream_events({})
    assert next(events)["event"] == "on_prompt_start"
    last = next(events)
    assert last["event"] == "on_prompt_error"
    assert isinstance(last["data"]["error"], KeyError)
    with pytest.raises(KeyError, match="missing variables"):
        next(events)


async def test_a_run_tells_the_same_when_it_is_awaited():
    prompt = ChatPromptTemplate([("human", "{x}")])
    awaited = [event async for event in prompt.astream_events("hi")]
    assert [event["event"] for event in awaited] == ["on_prompt_start", "on_prompt_end"]
    assert [event["data"] for event in awaited] == [event["data"] for event in prompt.stream_events("hi")]


def test_prompts_compose():
    chain = PromptTemplate.from_template("{x}") | (lambda value: value.to_string() + "!")
    assert chain.invoke({"x": "hi"}) == "hi!"
    assert PromptTemplate.from_template("{x}").batch(["a", "b"])[1].text == "b"


def test_prompts_of_the_same_fields_are_equal():
    one, other = shout(), shout()
    assert one == other
    assert one != shout(name="other")
    assert one != one.partial(first="a")


def test_repr_shows_what_was_given():
    assert (
        repr(PromptTemplate.from_template("{x}")) == "PromptTemplate(input_variables=['x'], template='{x}')"
    )
