"""Templates in mustache: what they say, over which data, and what they may not do."""

from collections import ChainMap, deque
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.prompts.mustache import Mustache


class Thing:
    attribute = "reached"

    def __str__(self):
        return "a <thing>"


VALUES = {
    "text": 'a & <b> "c"',
    "number": 5,
    "zero": 0,
    "zero_point": 0.0,
    "true": True,
    "false": False,
    "none": None,
    "empty": "",
    "nothing": [],
    "letters": ["a", "b"],
    "mixed": [0, None, "", False, True, "z"],
    "rows": [[1, 2], [3]],
    "person": {"name": "Ann", "job": {"title": "cook"}, "text": None},
    "people": [{"name": "Ann", "number": 1}, {"name": "Bo"}],
    "view": MappingProxyType({"key": "seen"}),
    "chain": ChainMap({"key": "linked"}),
    "queue": deque("xy"),
    "thing": Thing(),
}


def say(template, **values):
    return Mustache(template).render({**VALUES, **values})


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("", ""),
        ("plain {x} }}", "plain {x} }}"),
        ("{{text}}|{{ text }}", "a &amp; &lt;b&gt; &quot;c&quot;|a &amp; &lt;b&gt; &quot;c&quot;"),
        ("{{{text}}}|{{& text }}", 'a & <b> "c"|a & <b> "c"'),
        ("{{number}} {{zero}} {{zero_point}} {{true}} {{false}}", "5 0 0.0 True False"),
        ("[{{none}}{{empty}}{{nothing}}{{missing}}]", "[]"),
        ("{{letters}}", "['a', 'b']"),
        ("{{thing}}|{{{thing}}}", "a &lt;thing&gt;|a <thing>"),
        ("{{text}}}", "a &amp; &lt;b&gt; &quot;c&quot;}"),
        ("a{{! hidden {{ }}b", "ab"),
        ("{{=<% %>=}}<%number%> {{number}} <%={{ }}=%>{{number}}", "5 {{number}} 5"),
        ("{{=| |=}}|{text}|", 'a & <b> "c"'),
    ],
)
def test_variables(template, text):
    assert say(template) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{person.name}} {{person.job.title}}", "Ann cook"),
        ("{{letters.1}}{{letters.-1}}{{rows.0.1}}{{people.0.name}}", "bb2Ann"),
        ("{{view.key}} {{chain.key}} {{queue.0}}", "seen linked x"),
        ("[{{person.none}}{{person.name.first}}{{letters.9}}{{letters.x}}{{text.0}}{{missing.name}}]", "[]"),
    ],
)
def test_dots_walk_keys_and_indexes(template, text):
    assert say(template) == text


@pytest.mark.parametrize(
    "name", ["thing.attribute", "thing.__class__", "text.upper", "person.keys", "letters.append"]
)
def test_dots_never_read_attributes(name):
    assert say(f"[{{{{{name}}}}}]{{{{#{name}}}}}reached{{{{/{name}}}}}") == "[]"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{#true}}yes{{/true}}{{^true}}no{{/true}}", "yes"),
        ("{{#false}}yes{{/false}}{{^false}}no{{/false}}", "no"),
        ("{{#zero}}yes{{/zero}}{{^zero}}no{{/zero}}", "no"),
        ("{{#missing}}yes{{/missing}}{{^missing}}no{{/missing}}", "no"),
        ("{{#nothing}}yes{{/nothing}}{{^nothing}}no{{/nothing}}", "no"),
        ("{{#letters}}[{{.}}]{{/letters}}", "[a][b]"),
        ("{{#mixed}}[{{.}}]{{/mixed}}", "[0][][][False][True][z]"),
        ("{{#rows}}({{#.}}{{.}}{{/.}}){{/rows}}", "(12)(3)"),
        ("{{#queue}}{{.}}{{/queue}}", "xy"),
        ("{{#number}}{{.}}{{/number}} {{#empty}}{{.}}{{/empty}}", "5 "),
        ("{{#people}}{{name}}:{{number}} {{/people}}", "Ann:1 Bo:5 "),
        ("{{#person}}{{name}} {{#job}}{{title}} {{name}}{{/job}} {{number}}{{/person}}", "Ann cook Ann 5"),
        ("{{#person.job}}{{title}}{{/person.job}}{{^person.none}}!{{/person.none}}", "cook!"),
        ("{{#person}}[{{text}}]{{/person}}", "[]"),
        ("{{#letters}}{{#true}}{{.}}{{/true}}{{/letters}}", "ab"),
        ("{{#letters}}{{^false}}{{.}}{{/false}}{{/letters}}", "ab"),
        ("{{# true }}a{{/true }}", "a"),
    ],
)
def test_sections(template, text):
    assert say(template) == text


def test_sections_take_iterators():
    assert say("{{#stream}}{{.}},{{/stream}}", stream=iter([0, 1])) == "0,1,"


def test_sections_call_nothing():
    with pytest.raises(ValueError, match=r"section 'tool\.run' is over a function.*pass what"):
        say("{{#tool.run}}x{{/tool.run}}", tool={"run": lambda text, render: "called"})


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{#true}}\nyes\n{{/true}}\n", "yes\n"),
        ("a\n  {{#true}}  \n b\n\t{{/true}}\nc", "a\n b\nc"),
        ("a\r\n{{! gone }}\r\nb", "a\r\nb"),
        ("a {{! not alone }}\nb", "a \nb"),
        ("  {{number}}\n", "  5\n"),
        ("{{#letters}}\n- {{.}}\n{{/letters}}\nend", "- a\n- b\nend"),
        ("{{#true}}{{#false}}\nx{{/false}}{{/true}}\n", "\n"),
        ("| {{#true}}\n|{{/true}}\n", "| \n|\n"),
        ("{{! two\nlines }}\nx", "x"),
        ("{{=| |=}}\n|number|\n", "5\n"),
        ("x\n\n{{#true}}\n\n{{/true}}\n\ny", "x\n\n\n\ny"),
        ("  {{#true}}a\n  {{/true}}", "  a\n"),
    ],
)
def test_lines_of_tags_only_leave_no_line(template, text):
    assert say(template) == text


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("a\n{{#b}}", "line 2: the section 'b' is never closed"),
        ("{{/a}}", "line 1: the section 'a' is closed"),
        ("{{#a}}\n{{#b}}{{/a}}", "line 2: the section 'a' is closed"),
        ("\n\n{{a", "line 3: a tag is not closed, }} is missing"),
        ("{{{a}}", "a tag is not closed, }}} is missing"),
        ("{{}}", "'' is no name"),
        ("{{a..b}}", "'a..b' is no name"),
        ("{{#.a}}{{/.a}}", "'.a' is no name"),
        ("{{> header}}", "asks for a partial"),
        ("{{=<%=}}", "a change of brackets is written"),
        ("{{=a = b=}}", "a change of brackets is written"),
    ],
)
def test_refuses_what_is_malformed(template, complaint):
    with pytest.raises(ValueError, match=r"mustache template, line \d+: ") as caught:
        Mustache(template)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("template", "variables"),
    [
        ("{{b}}{{a.c}}{{{d}}}{{&e}}{{! f }}{{.}}", ("a", "b", "d", "e")),
        (
            "{{#list}}{{item}}{{#inner}}{{deep}}{{/inner}}{{/list}}{{^other.one}}{{x}}{{/other.one}}",
            ("list", "other"),
        ),
    ],
)
def test_variables_are_top_level_names_outside_sections(template, variables):
    assert Mustache(template).variables == variables


@given(st.text(st.sampled_from("ab.{}#^/!&>= \n"), max_size=30))
def test_any_text_is_a_template_or_refused(template):
    try:
        compiled = Mustache(template)
    except ValueError:
        return
    assert isinstance(compiled.render({"a": [{"b": 1}], "b": {"a": "x"}}), str)


@given(st.text(st.characters(exclude_characters="{"), max_size=30))
def test_text_without_tags_is_itself(template):
    assert Mustache(template).render({}) == template


@given(st.text(max_size=20))
def test_values_are_never_read_as_templates(value):
    assert Mustache("{{{x}}}").render({"x": value, "a": "never"}) == value
