"""What is read of JSON that is cut off."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.errors import JsonLimitError
from eventflow.messages.partial_json import parse_json, parse_partial_json

documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(st.text(max_size=4), documents, max_size=4)


def is_start_of(part, whole):
    """Whether `part` is what is there of `whole` so far."""
    if isinstance(whole, dict):
        pairs = zip(part.items(), whole.items(), strict=False) if isinstance(part, dict) else None
        return pairs is not None and all(
            key == name and is_start_of(one, other) for (key, one), (name, other) in pairs
        )
    if isinstance(whole, list):
        return isinstance(part, list) and all(map(is_start_of, part, whole))
    if isinstance(whole, str):
        return isinstance(part, str) and whole.startswith(part)
    if isinstance(whole, bool) or whole is None:
        return part is whole
    return isinstance(part, (int, float)) and not isinstance(part, bool)


@given(objects, st.booleans(), st.sampled_from([None, 1]), st.data())
def test_every_beginning_of_an_object_is_a_beginning_of_its_value(document, ascii_only, indent, data):
    text = json.dumps(document, ensure_ascii=ascii_only, indent=indent)
    end = data.draw(st.integers(1, len(text)))
    assert is_start_of(parse_partial_json(text[:end]), document)
    assert parse_partial_json(text) == document


@given(objects)
def test_strings_only_grow(document):
    text = json.dumps(document)
    seen = [parse_partial_json(text[:end]) for end in range(1, len(text) + 1)]
    sizes = [sum(len(value) for value in one.values() if isinstance(value, str)) for one in seen]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{", {}),
        ('{"a', {}),
        ('{"a":', {}),
        ('{"a": t', {}),
        ('{"a": true', {"a": True}),
        ('{"a": -', {}),
        ('{"a": 1.', {"a": 1}),
        ('{"a": 1.5e+', {"a": 1.5}),
        ('{"a": "x', {"a": "x"}),
        ('{"a": "x\\', {"a": "x"}),
        ('{"a": "x\\\\', {"a": "x\\"}),
        ('{"a": "x\\u00', {"a": "x"}),
        ('{"a": "x\\u00e9', {"a": "xé"}),
        ('{"a": "x\\ud83d', {"a": "x"}),
        ('{"a": "x\\ud83d\\', {"a": "x"}),
        ('{"a": "x\\ud83d\\ude', {"a": "x"}),
        ('{"a": "x\\ud83d\\ude00', {"a": "x😀"}),
        ('{"a": "\\\\ud83d', {"a": "\\ud83d"}),
        ('{"a": "x\\ud83dy', {"a": "x\ud83dy"}),
        ('{"a\\', {}),
        ('{"a": 1, "b\\u00', {"a": 1}),
        ('{"a": [1, {"b', {"a": [1, {}]}),
        ("[", []),
        ("[1, ", [1]),
        ('"abc', "abc"),
        ("12", 12),
        ('{"a": "x\ny', {"a": "x\ny"}),
    ],
)
def test_policy(text, value):
    assert parse_partial_json(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "nul",
        "{'a': 1}",
        "]",
        '{"a": 1}}',
        '{"a": 1} tail',
        '{"a": 1, 2',
        "[1}",
        '{"a": "\\q", "b": 1',
        '{"a": "\\u00zz", ',
        '{"a": NaN}',
    ],
)
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - json's own message
        parse_partial_json(text)


@pytest.mark.parametrize("text", ['{"a": NaN}', "Infinity", '{"a": 1', ""])
def test_complete_documents_must_be_complete_json(text):
    with pytest.raises(ValueError):  # noqa: PT011 - json's own message
        parse_json(text)


def test_a_document_is_as_deep_as_one_that_is_streamed():
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        deep = opening * 512 + "1" + closing * 512
        assert parse_json(deep) == parse_partial_json(deep)
        with pytest.raises(ValueError, match="nest deeper than 512"):
            parse_json(f"[{deep}]")
        with pytest.raises(JsonLimitError):
            parse_partial_json(f"[{deep}]")
    wide = f"[{'[],' * 600}{{}}]"
    assert len(parse_json(wide)) == 601
    assert parse_json("[" * 510 + wide + "]" * 510)
    with pytest.raises(ValueError, match="nest deeper than 512"):
        parse_json("[" * 511 + wide + "]" * 511)


def test_work_is_linear():
    """Counted in calls, so that no clock is needed."""

    def calls_for(n):
        text = '{"a": [' + '{"k": "v\\n", "n": [1, 2.5]}, ' * n
        count = 0

        def profile(frame, event, arg):
            nonlocal count
            count += 1

        sys.setprofile(profile)
        try:
            parse_partial_json(text)
        finally:
            sys.setprofile(None)
        return count

    assert calls_for(400) < calls_for(200) * 2.2
