"""Templates in jinja2: they read data, and nothing else."""

import sys

import pytest

from eventflow.errors import MissingDependencyError
from eventflow.prompts import jinja
from eventflow.prompts.jinja import Jinja

jinja2 = pytest.importorskip("jinja2")


class Thing:
    attribute = "reached"

    def method(self):
        return "called"

    def __getitem__(self, key):
        return "reached"


VALUES = {
    "name": "ann",
    "person": {"name": "Ann", "items": [1, 2], "job": {"title": "cook"}},
    "letters": ["a", "b"],
    "people": [{"name": "Bo", "age": 2}, {"name": "Ann", "age": 1}],
    "thing": Thing(),
    "function": lambda: "called",
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Hi {{ name }}{# hidden #}!", "Hi ann!"),
        ("{{ name|upper }} <{{ missing }}>", "ANN <>"),
        (
            "{{ person.name }} {{ person['name'] }} {{ person.job.title }} {{ person.missing }}",
            "Ann Ann cook ",
        ),
        (
            "{{ person.items }} {{ letters[0] }} {{ letters[-1] }} {{ letters[9] }} {{ name[:2] }}",
            "[1, 2] a b  an",
        ),
        ("{% for x in letters %}{{ loop.index }}{{ x }}{{ ',' if not loop.last }}{% endfor %}", "1a,2b"),
        ("{% for key, value in person.job|items %}{{ key }}={{ value }}{% endfor %}", "title=cook"),
        (
            "{{ people|map(attribute='name')|join('-') }} {{ (people|sort(attribute='age'))[0].name }}",
            "Bo-Ann Ann",
        ),
        ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(name) }}", "<ann>"),
        (
            "{% set ns = namespace(n=0) %}{% for x in letters %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
            "2",
        ),
        (
            "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ range(2)|list }}{{ dict(a=1) }}",
            "ab[0, 1]{'a': 1}",
        ),
        ("{{ '<b>' }}\n", "<b>"),
    ],
)
def test_says(template, text):
    assert Jinja(template).render(VALUES) == text


@pytest.mark.parametrize(
    "expression",
    [
        "thing.attribute",
        "thing['attribute']",
        "thing.method()",
        "thing.__class__",
        "thing[0]",
        "name.upper()",
        "name.__class__.__mro__",
        "'{0.attribute}'.format(thing)",
        "person.keys()",
        "letters.append(1)",
        "letters.__class__",
        "function()",
        "function.__globals__",
        "lipsum.__globals__",
        "range.__class__",
        "[thing]|map(attribute='attribute')|list",
        "[thing]|sum(attribute='attribute')",
        "([thing]|groupby('attribute'))",
        "[thing]|selectattr('attribute')|list",
        "self.x",
        "joiner.__init__",
    ],
)
def test_reaches_behind_no_value(expression):
    with pytest.raises(jinja2.exceptions.SecurityError, match=r"may not be read|not safely callable"):
        Jinja("{{ " + expression + " }}").render(VALUES)


@pytest.mark.parametrize("name", ["__class__", "_iterable", "__init__"])
def test_what_jinja_makes_has_no_secrets(name):
    template = Jinja("{% for x in letters %}{{ loop." + name + ".y }}{% endfor %}")
    with pytest.raises(jinja2.exceptions.SecurityError):
        template.render(VALUES)


def test_the_attr_filter_is_gone():
    with pytest.raises(jinja2.exceptions.TemplateSyntaxError, match="attr"):
        Jinja("{{ thing|attr('attribute') }}")


@pytest.mark.parametrize(
    "tag",
    ["include 'x'", "import 'x' as y", "from 'x' import y", "extends 'x'"],
)
def test_other_templates_are_refused(tag):
    with pytest.raises(ValueError, match="in line 2 asks for another template"):
        Jinja("\n{% " + tag + " %}")


def test_malformed_templates_are_refused():
    with pytest.raises(jinja2.exceptions.TemplateSyntaxError):
        Jinja("{% if %}")


def test_missing_values_of_missing_values_are_an_error():
    with pytest.raises(jinja2.exceptions.UndefinedError, match="'missing' is undefined"):
        Jinja("{{ missing.attribute }}").render({})


def test_rendering_changes_no_value():
    values = {"d": {}, "l": []}
    Jinja("{% set x = d.missing %}{{ l[0] }}{{ x }}").render(values)
    assert values == {"d": {}, "l": []}


def test_variables_are_what_the_template_does_not_set():
    assert Jinja("{% set y = x %}{{ y }}{{ z }}{% for i in xs %}{{ i }}{% endfor %}").variables == (
        "x",
        "xs",
        "z",
    )


def test_the_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    jinja._sandbox.cache_clear()
    try:
        with pytest.raises(MissingDependencyError, match=r"pip install 'eventflow\[jinja2\]'"):
            Jinja("{{ x }}")
    finally:
        jinja._sandbox.cache_clear()
