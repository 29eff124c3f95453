"""Prompts that are one text."""

import pytest

from eventflow.messages import HumanMessage
from eventflow.prompts import (
    ChatPromptTemplate,
    HumanMessagePromptTemplate,
    PromptTemplate,
    StringPromptTemplate,
)

FORMATS = {"f-string": "{a} {b}", "mustache": "{{a}} {{b}}", "jinja2": "{{ a }} {{ b }}"}


@pytest.mark.parametrize("template_format", FORMATS)
def test_a_template_of_each_format(template_format):
    if template_format == "jinja2":
        pytest.importorskip("jinja2")
    prompt = PromptTemplate.from_template(FORMATS[template_format], template_format=template_format)
    assert (prompt.template, prompt.template_format) == (FORMATS[template_format], template_format)
    assert prompt.input_variables == ["a", "b"]
    assert prompt.format(a=1, b=2) == "1 2"
    assert prompt.format_prompt(a=1, b=2).to_messages() == [HumanMessage("1 2")]


async def test_the_async_forms_give_the_same():
    prompt = PromptTemplate.from_template("{a}")
    assert await prompt.aformat(a=1) == "1"
    assert await prompt.aformat_prompt(a=1) == prompt.format_prompt(a=1)
    assert await prompt.ainvoke("x") == prompt.invoke("x")


def test_variables_are_those_of_the_template_whatever_is_said():
    prompt = PromptTemplate(template="{b}{a}", input_variables=["c"], partial_variables={"b": 1, "c": 2})
    assert prompt.input_variables == ["a"]


def test_a_template_may_be_assigned():
    prompt = PromptTemplate.from_template("{a}")
    prompt.template = "{a}!"
    assert prompt.format(a=1) == "1!"


def test_format_names_what_is_missing():
    prompt = PromptTemplate.from_template("{a} {b}", partial_variables={"b": 1})
    with pytest.raises(
        KeyError, match=r"missing variables \{'a'\}. Expected: \['a', 'b'\]. Received: \['b', 'c'\]"
    ):
        prompt.format(c=3)


class Broken:
    def __format__(self, spec):
        raise KeyError("from the value")


def test_errors_of_values_are_theirs():
    with pytest.raises(KeyError, match="from the value"):
        PromptTemplate.from_template("{a}").format(a=Broken())


@pytest.mark.parametrize(
    ("template", "template_format", "error"),
    [
        ("{a.b}", "f-string", "reads an attribute"),
        ("{{#a}}", "mustache", "never closed"),
        ("x", "fun", "'fun'"),
    ],
)
def test_malformed_templates_are_refused(template, template_format, error):
    with pytest.raises(ValueError, match=error):
        PromptTemplate.from_template(template, template_format=template_format)
    with pytest.raises(ValueError, match=error if template_format != "fun" else "Input should be"):
        PromptTemplate(template=template, template_format=template_format)


def test_reads_a_file(tmp_path):
    path = tmp_path / "prompt.txt"
    path.write_text("Grüß {name}", encoding="utf-8")
    prompt = PromptTemplate.from_file(path, encoding="utf-8", partial_variables={"name": "Gott"})
    assert prompt.format() == "Grüß Gott"


def test_adds_text_and_prompts():
    prompt = PromptTemplate.from_template("{a}", partial_variables={"p": 1}, name="n")
    more = prompt + " {b}" + PromptTemplate.from_template(" {c} {p}", partial_variables={"c": 3})
    assert more.input_variables == ["a", "b"]
    assert more.format(a=1, b=2) == "1 2 3 1"
    assert more.name == "n"
    assert prompt.format(a=1) == "1"


def test_adds_text_in_its_own_format():
    prompt = PromptTemplate.from_template("{{a}}", template_format="mustache") + " {b} {{c}}"
    assert prompt.input_variables == ["a", "c"]


def test_refuses_to_add_what_does_not_fit():
    prompt = PromptTemplate.from_template("{a}", partial_variables={"p": 1})
    with pytest.raises(ValueError, match="cannot add a mustache prompt to a f-string prompt"):
        prompt + PromptTemplate.from_template("x", template_format="mustache")
    with pytest.raises(ValueError, match=r"both have values for \['p'\]"):
        prompt + prompt
    with pytest.raises(TypeError, match="unsupported operand"):
        prompt + 5


def test_pretty_repr_shows_variables_as_they_are_written(capsys):
    prompt = PromptTemplate.from_template("{{x}} {a:.2f} {b!r} {c}", partial_variables={"c": "C"})
    assert prompt.pretty_repr() == "{x} {a} {b} C"
    assert (
        prompt.pretty_repr(html=True) == "{x} \x1b[33;1m\x1b[1;3m{a}\x1b[0m \x1b[33;1m\x1b[1;3m{b}\x1b[0m C"
    )
    prompt.pretty_print()
    assert capsys.readouterr().out == "{x} {a} {b} C\n"


def test_pretty_repr_shows_other_formats_as_they_are():
    template = "{{#a}}{{b.c}}{{/a}}"
    assert PromptTemplate.from_template(template, template_format="mustache").pretty_repr() == template


class Loud(PromptTemplate):
    volume: int = 1

    def format(self, **kwargs):
        return super().format(**kwargs).upper() + "!" * self.volume


async def test_a_subclass_that_overrides_format_is_heard_everywhere():
    prompt = Loud.from_template("{a}", volume=2)
    chat = ChatPromptTemplate([HumanMessagePromptTemplate(prompt=prompt)])
    assert prompt.fill_in({"a": "x"}) == "X!!"
    assert prompt.invoke("x").text == await prompt.aformat(a="x") == "X!!"
    assert chat.invoke("x").messages == (await chat.ainvoke("x")).messages == [HumanMessage("X!!")]


class Late(StringPromptTemplate):
    def format(self, **kwargs):
        return "sync"

    async def aformat(self, **kwargs):
        return "async"


async def test_a_prompt_may_have_an_async_form_of_its_own():
    prompt = Late(input_variables=[])
    chat = ChatPromptTemplate([HumanMessagePromptTemplate(prompt=[prompt])])
    assert (prompt.invoke({}).text, (await prompt.ainvoke({})).text) == ("sync", "async")
    assert chat.invoke({}).messages[0].text == "sync"
    assert (await chat.ainvoke({})).messages[0].text == "async"


class Later(Late):
    def format(self, **kwargs):
        return "nearer"


async def test_the_nearest_form_wins():
    assert await Later(input_variables=[]).aformat() == "nearer"
