"""Templates in the style of f-strings: they format as `str.format` does, and never reach behind a value."""

from contextlib import suppress
from datetime import date
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.prompts.fstring import FString

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("", {}, ""),
        ("plain", {}, "plain"),
        ("{x}", {"x": "a"}, "a"),
        ("a{x}b{y}c{x}", {"x": 1, "y": 2}, "a1b2c1"),
        ("{{x}} {{}}", {}, "{x} {}"),
        ("{{{x}}}", {"x": 1}, "{1}"),
        ("{x:.2f}", {"x": 3.14159}, "3.14"),
        ("{x:>5}|{x!r}|{x!s:<4}|{x!a}", {"x": "é"}, "    é|'é'|é   |'\\xe9'"),
        ("{day:%Y-%m}", {"day": date(2024, 5, 6)}, "2024-05"),
        ("{x:}{x!r:}", {"x": "a"}, "a'a'"),
        ("{ x }{a-b}{é}", {" x ": 1, "a-b": 2, "é": 3}, "123"),
        ("{x}", {"x": "{y}"}, "{y}"),
        ("{x}", {"x": None}, "None"),
    ],
)
def test_fills_in(template, values, text):
    compiled = FString(template)
    assert compiled.render(values) == text
    assert compiled.render({**values, "more": 1}) == text
    assert compiled.variables == tuple(sorted(values))


@pytest.mark.parametrize("field", ["a.b", "a[0]", "a.__class__", "a[b].c", "a]", "0.x", ".a"])
def test_reaches_behind_no_value(field):
    with pytest.raises(ValueError, match=r"reads an attribute or an index.*mustache"):
        FString(f"{{{field}}}")


@pytest.mark.parametrize("field", ["", "0", "12", "²", "٣", ":x", "!r"])
def test_knows_no_positions(field):
    with pytest.raises(ValueError, match=r"positional.*name it"):
        FString(f"{{{field}}}")


@pytest.mark.parametrize("template", ["{x:{width}}", "{x:>{width}}", "{x:{{}}}"])
def test_specs_have_no_fields(template):
    with pytest.raises(ValueError, match=r"holds a field of its own.*write the spec out"):
        FString(template)


@pytest.mark.parametrize("template", ["{x", "x}", "{x}}", "{", "}", "{x[}", "{x!}", "{x!r!s}", "{x!rr}"])
def test_refuses_what_is_malformed(template):
    with pytest.raises(ValueError, match=r"malformed.*braces that are text"):
        FString(template)


def test_refuses_unknown_conversions():
    with pytest.raises(ValueError, match="unknown conversion !z of field 'x'"):
        FString("{x!z}")


def test_a_missing_value_is_an_error():
    with pytest.raises(KeyError, match="y"):
        FString("{x}{y}").render({"x": 1})


def test_errors_of_formatting_are_those_of_the_value():
    with pytest.raises(ValueError, match="Unknown format code"):
        FString("{x:d}").render({"x": "a"})


@given(
    st.lists(
        st.tuples(TEXTS, st.none() | st.tuples(NAMES, st.sampled_from(["", "!r", "!s", ":>4", "!r:^6"])))
    )
)
def test_formats_as_str_format_does(pieces):
    template = "".join(
        text.replace("{", "{{").replace("}", "}}") + (f"{{{field[0]}{field[1]}}}" if field else "")
        for text, field in pieces
    )
    values = {field[0]: f"<{field[0]}>" for _, field in pieces if field}
    compiled = FString(template)
    assert compiled.render(values) == Formatter().vformat(template, (), values)
    assert compiled.variables == tuple(sorted(values))


@given(st.text(st.sampled_from("ab{}[].!:r0_ "), max_size=12))
def test_any_text_is_refused_or_reads_its_variables_only(template):
    try:
        compiled = FString(template)
    except ValueError:
        return
    with suppress(ValueError):  # a spec that does not suit a text, after a conversion
        compiled.render({name: Value() for name in compiled.variables})


class Value:
    """What a template may only format."""

    def __format__(self, spec):
        return "v"

    def __getattr__(self, name):
        raise AssertionError(f"read {name}")

    def __getitem__(self, key):
        raise AssertionError(f"read [{key}]")
