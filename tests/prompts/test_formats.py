"""The three formats behind one door."""

import pytest

from eventflow.prompts import compile_template, get_template_variables


@pytest.mark.parametrize(
    ("template", "template_format"),
    [("{b}{a}", "f-string"), ("{{b}}{{a}}", "mustache"), ("{{b}}{{a}}", "jinja2")],
)
def test_every_format_tells_its_variables_and_fills_them_in(template, template_format):
    if template_format == "jinja2":
        pytest.importorskip("jinja2")
    assert get_template_variables(template, template_format) == ["a", "b"]
    assert compile_template(template, template_format).render({"a": 1, "b": 2, "c": 3}) == "21"


def test_unknown_formats_are_refused():
    for ask in (compile_template, get_template_variables):
        with pytest.raises(ValueError, match="'handlebars': use 'f-string', 'mustache' or 'jinja2'"):
            ask("x", "handlebars")


def test_the_same_text_is_read_once():
    assert compile_template("{once}") is compile_template("{once}")
    assert compile_template("{once}", "mustache") is not compile_template("{once}")
