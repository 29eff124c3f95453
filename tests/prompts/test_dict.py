"""Prompts that are dictionaries with templates in them."""

import pytest

from eventflow.prompts import DictPromptTemplate

TEMPLATE = {
    "type": "file",
    "{key}": "{a}",
    "n": 5,
    "none": None,
    "list": ["{b}", {"deep": "{a}{c}"}, ["{d}"]],
}


def test_fills_in_every_text_however_deep():
    prompt = DictPromptTemplate(template=TEMPLATE)
    assert prompt.input_variables == ["a", "b", "c", "d"]
    filled = {"type": "file", "{key}": "1", "n": 5, "none": None, "list": ["2", {"deep": "13"}, ["4"]]}
    assert prompt.format(a=1, b=2, c=3, d=4) == filled
    assert prompt.invoke({"a": 1, "b": 2, "c": 3, "d": 4}) == filled
    assert prompt.template["list"] == ["{b}", {"deep": "{a}{c}"}, ["{d}"]]


async def test_the_async_forms_give_the_same():
    prompt = DictPromptTemplate(template={"x": "{a}"})
    assert await prompt.aformat(a=1) == await prompt.ainvoke({"a": 1}) == {"x": "1"}


def test_what_it_gives_is_new_each_time():
    prompt = DictPromptTemplate(template={"inner": {"list": [1]}})
    prompt.format()["inner"]["list"].append(2)
    assert prompt.format() == {"inner": {"list": [1]}}


def test_knows_the_formats():
    prompt = DictPromptTemplate(template={"x": "{{a.b}}"}, template_format="mustache")
    assert prompt.format(a={"b": 1}) == {"x": "1"}


def test_its_run_is_one_of_a_prompt():
    events = DictPromptTemplate(template={"x": "{a}"}).stream_events({"a": 1})
    assert [event["event"] for event in events] == ["on_prompt_start", "on_prompt_end"]


def test_refuses_to_reach_behind_values():
    with pytest.raises(ValueError, match="reads an attribute"):
        DictPromptTemplate(template={"deep": [{"x": "{a.b}"}]})


def test_a_missing_variable_is_named():
    with pytest.raises(KeyError, match=r"missing variables \{'a'\}"):
        DictPromptTemplate(template={"x": "{a}{b}"}).format(b=1)
