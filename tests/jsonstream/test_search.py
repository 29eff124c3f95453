"""Finding JSON in the text around it."""

import json
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventflow.errors import JsonLimitError, JsonStreamError, JsonTruncatedError
from eventflow.jsonstream import JsonStream
from jsonstream.spelling import chunks_between, documents, feed, replay, same, spelled, values

NOTHING = object()


def found(text, **options):
    """The value in a text, which is the same however the text is cut; NOTHING if there is none."""
    ends = [
        feed(chunks, **options)[0]
        for chunks in ([text], text, [text[n : n + 3] for n in range(0, len(text), 3)])
    ]
    assert (
        len(
            {
                (
                    stream.status,
                    str(stream.error),
                    repr(stream.value if stream.status == "complete" else None),
                )
                for stream in ends
            }
        )
        == 1
    )
    return ends[0].value if ends[0].status == "complete" else NOTHING


FENCED = [
    ("{'a': 1}".replace("'", '"'), {"a": 1}),
    ('```json\n{"a": 1}\n```', {"a": 1}),
    ('Here:\n```json\n{"a": 1}\n```\nbye', {"a": 1}),
    ('```JSON\n{"a": 1}\n```', {"a": 1}),
    ('```json5\n{"a": 1}\n```', {"a": 1}),
    ('```js\n{"a": 1}\n```', {"a": 1}),
    ('```json title="x.json"\n{"a": 1}\n```', {"a": 1}),
    ('```\n{"a": 1}\n```', {"a": 1}),
    ('```json\r\n{"a": 1}\r\n```', {"a": 1}),
    ('~~~json\n{"a": 1}\n~~~', {"a": 1}),
    ('````json\n{"a": "```"}\n````', {"a": "```"}),
    ('```json\n{"a": "```x\\n```"}\n```', {"a": "```x\n```"}),
    ('```json\n{"a": "~~~"}', {"a": "~~~"}),
    ('```json {"a": 1}```', {"a": 1}),
    ('```{"a": 1}```', {"a": 1}),
    ('`x` and ``y`` then ```json\n{"a": 1}\n```', {"a": 1}),
    ('```python\nprint({"b": 2})\n```\nthen\n```json\n{"a": 1}\n```', {"a": 1}),
    ('```python\n[x for x in y]\n```\nthen\n```json\n{"a": 1}\n```', {"a": 1}),
    ("```python\n~~~\n`````\n```json\n[1]\n```", [1]),
    ('```json\n{"a": 1}\n```\n```json\n{"b": 2}\n```', {"a": 1}),
    ('```json\n{"a": 1} // one\n```', {"a": 1}),
    ("```json\n[1, 2]\n```", [1, 2]),
    ("```json\n42\n```", 42),
    ('```json\n"text"\n```', "text"),
    ("```json\nnull\n```", None),
    ("12", 12),
    ('"abc" ', "abc"),
    ("[1, 2] is the list", [1, 2]),
    ('{"a": 1} done', {"a": 1}),
    ("1. First\n```json\n12\n```", 12),
    ("- item\n```json\n[]\n```", []),
    ('"Quoted" words, [brackets]\n```json\n[]\n```', []),
    ('[Note] this\n```json\n{"a": 1}\n```', {"a": 1}),
    ("no\n```json\n{}\n```", {}),
]

NOT_FENCED = [
    ('Sure! {"a": 1} bye', {"a": 1}),
    ('See [1] and [ ] and {x} and {{y}}: {"a": 1}', {"a": 1}),
    ('Sure: [ [ {\n "a": 1}]]', [[{"a": 1}]]),
    ('`{"a": 1}`', {"a": 1}),
    ('{ [ ["a"', NOTHING),
    ('or { {"a": 1}', {"a": 1}),
    ('the list is ["a", 1].', ["a", 1]),
]


@pytest.mark.parametrize(("text", "value"), FENCED)
@pytest.mark.parametrize("find", ["fenced", "anywhere"])
def test_fences(text, value, find):
    assert same(found(text, find=find), value)


@pytest.mark.parametrize(("text", "value"), NOT_FENCED)
def test_anywhere(text, value):
    assert found(text, find="anywhere") is value or same(found(text, find="anywhere"), value)
    assert found(text, find="fenced") is NOTHING


@pytest.mark.parametrize(
    "text", ["", "hi there", "3 countries", "a { b } c", "```json\n```", "```\ncode\n```", '"a" b', "``` ` ~"]
)
@pytest.mark.parametrize("find", ["fenced", "anywhere"])
def test_nothing(text, find):
    stream = feed([text], find=find)[0]
    assert stream.status == "truncated"
    assert "there is no JSON value" in str(stream.error)
    assert stream.error.offset == len(text)


@pytest.mark.parametrize("text", ['{"a": x', '```json\n["a" "b"', '```json\n{"a": 1\n```'])
def test_what_has_begun_beyond_doubt_must_be_json(text):
    with pytest.raises(JsonStreamError):
        JsonStream(find="anywhere").feed(text)


def test_what_a_sentence_tells_of_json_does_not_hide_the_fence():
    text = 'As {"name": ..., "people": [{"id": 1}]}:\n```json\n{"name": "Ada"}\n```'
    assert found(text, find="anywhere") == {"name": "Ada"}
    assert found('Not {"a" 1, but {"b": 2}.\n~~~json\n[3]', find="anywhere") == [3]


@pytest.mark.parametrize("text", ['Sure: {"a" 1, "b": {"c": 2}} bye', 'Sure: {"a" 1'])
def test_broken_json_in_a_sentence_is_refused_at_the_end_and_no_part_of_it_is_the_value(text):
    for chunks in ([text], text):
        stream = feed(chunks, find="anywhere")[0]
        assert (stream.status, stream.value) == ("invalid", {})
        assert str(stream.error).startswith(
            "there is no JSON value; what looked like one is none: expected ':', not '1' (line 1, "
        )
        assert stream.error.offset == len(text)


def test_of_several_values_each_must_be_json():
    stream = feed(['See {"a": 1} and {"b" 2} ```json\n[3]'], find="anywhere", many=True)[0]
    assert (stream.status, stream.value) == ("invalid", [{"a": 1}, {}])
    assert stream.error.offset == 22


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('```html\n<think>\n```\n~~~json\n["a"]', ["a"]),
        ('<think>Say {"x": 1} or [1]?</think>{"a": 1}', {"a": 1}),
        ('\n<thinking>\n```json\n[1]\n```\n</thinking>\n\n```json\n{"a": 1}\n```', {"a": 1}),
        ("<reasoning>so</reasoning><think></think> 42", 42),
        ('<think>a < b </thin </think>: {"a": 1}', {"a": 1}),
        ('<thin>{"a": 1}', {"a": 1}),
        ('<think>{"a": 1}', NOTHING),
        ('<b>["a"]</b>', ["a"]),
        ('<["a"]', ["a"]),
        ('So <think>["a"]', ["a"]),
    ],
)
def test_what_a_model_thinks_before_it_answers_is_passed(text, value):
    assert found(text, find="anywhere") == value


def test_values_in_fences_are_shown_at_once_and_others_when_they_are_certain():
    def shown(text):
        return [update.value for update in feed(text, find="anywhere")[1] if update and update.changed]

    assert shown('```json\n{"a": [1]}') == [{}, {"a": []}, {"a": [1]}]
    assert shown('[1, "a"]') == [[], [1], [1, ""], [1, "a"]]
    assert shown('Sure: [{"a": 1}') == [[{}], [{"a": 1}]]


def test_what_is_given_up_is_replaced():
    stream = JsonStream(find="fenced")
    updates = [stream.feed(chunk) for chunk in ["[[", "Note] ", "```json\n", '{"a', '": 1}']]
    shown = [update for update in updates if update]
    assert [update.value for update in shown] == [[[]], {}, {"a": 1}]
    assert [tuple(update.operations[0]) for update in shown[:2]] == [("add", (), [[]]), ("add", (), {})]


def test_many():
    text = 'One: {"a": 1}, two: ["b"] [3]\n```jsonl\n{"c": 1}\n{"d": 2}\n[4]\n```\n{"e": 5}'
    assert found(text, find="anywhere", many=True) == [{"a": 1}, ["b"], {"c": 1}, {"d": 2}, [4], {"e": 5}]
    assert found(text, find="fenced", many=True) == [{"c": 1}, {"d": 2}, [4]]
    assert found("nothing", find="fenced", many=True) == []


def test_what_is_given_up_leaves_the_others():
    assert found('{"a": 1}\n```json\n[x\n```\n```json\n[2]\n```', find="fenced", many=True) == [{"a": 1}, [2]]


@given(
    documents,
    st.sampled_from(["```", "~~~", "`````"]),
    st.sampled_from(["json", "JSON", "", "jsonc"]),
    st.data(),
)
def test_a_fenced_document_is_read_as_it_is_alone(text, fence, tag, data):
    around = f"Here you are:\n{fence}{tag}\n{text}\n{fence}\nGood bye."
    ends = data.draw(st.lists(st.integers(0, len(around)), max_size=8))
    updates = feed(chunks_between(around, ends), find="fenced")[1]
    alone = feed([text])[0]
    assert same(updates[-2].value if updates[-2] else None, alone.value) or same(
        alone.value, json.loads(text)
    )
    assert same(feed(chunks_between(around, ends), find="fenced")[0].value, alone.value)


@given(
    values.flatmap(lambda value: spelled({"key": value})),
    st.text(st.sampled_from("ab []{}\n,.1"), max_size=8),
    st.data(),
)
def test_an_object_is_found_in_any_text_without_quotes(text, before, data):
    around = f"{before}: {text} after"
    ends = data.draw(st.lists(st.integers(0, len(around)), max_size=8))
    stream = feed(chunks_between(around, ends), find="anywhere")[0]
    assert stream.status in {"complete", "invalid"}
    if not set(before) & set("[{1"):
        assert same(stream.value, json.loads(text))


LONG = [
    "{ " * 9_000,
    "[" * 9_000 + "x",
    "`" * 9_000,
    "```" + "x" * 9_000,
    "{" + " " * 9_000,
    "``` {[" * 3_000,
]


@pytest.mark.parametrize("text", LONG, ids=[text[:6] for text in LONG])
def test_long_texts_without_json_are_passed_in_linear_time(text):
    """Counted in calls, so that no clock is needed; a quadratic search would take hundreds a character."""
    count = 0

    def profile(frame, event, arg):
        nonlocal count
        count += 1

    sys.setprofile(profile)
    try:
        feed(text, find="anywhere")
    finally:
        sys.setprofile(None)
    assert count < 40 * len(text)


def test_the_rest_of_the_line_of_a_fence_is_passed_however_it_is_cut():
    assert found('```json title=[x]\n{"a": 1}\n```', find="fenced") == {"a": 1}
    assert found('```json {"b": 2}\n```', find="fenced") == {"b": 2}


ANSWERS = st.lists(
    st.sampled_from(
        [
            "[1, 2",
            "[1, [2",
            '{"a" 1, ',
            "<think>",
            "</think>",
            " x ",
            '{"a": 1}',
            '["b"]',
            "tru",
            "[[",
            "]",
            "{",
            "}",
            '"',
            "```",
            "```json\n",
            "\n",
        ]
    ),
    max_size=10,
)


@example(["[1, [2", "]", "```json\n", '{"a": 1}'], "fenced", True)
@given(ANSWERS, st.sampled_from(["fenced", "anywhere"]), st.booleans())
def test_an_update_never_changes_whatever_is_given_up_later(chunks, find, many):
    at_once = []
    stream = JsonStream(find=find, many=many)
    for chunk in chunks:
        try:
            update = stream.feed(chunk)
        except JsonStreamError:
            break
        if update:
            at_once.append((repr(update.value), update.operations))
    late = [update for update in feed(chunks, find=find, many=many)[1] if update]
    assert [(repr(update.value), update.operations) for update in late][: len(at_once)] == at_once


@given(ANSWERS, st.sampled_from(["fenced", "anywhere"]), st.booleans())
def test_operations_lead_to_the_value_whatever_is_given_up(chunks, find, many):
    value = None
    for update in feed(chunks, find=find, many=many)[1]:
        if update:
            value = replay(update.operations, value)
            assert same(value, update.value)


def test_what_was_no_value_after_all_is_none_at_the_end():
    stream = feed("[01]", find="fenced")[0]
    assert (stream.status, stream.value) == ("truncated", None)


def test_a_number_that_is_given_up_is_not_told_of():
    """It was open, and is in no array any more."""
    stream = JsonStream(find="fenced", many=True)
    updates = [stream.feed(chunk) for chunk in ["[1, 2", ".x] ```json\n", "[3]"]]
    assert [tuple(operation) for operation in updates[2].operations] == [
        *[("add", (), [[3]]), ("close", (0, 0), None), ("close", (0,), None)]
    ]


@pytest.mark.parametrize("text", ['x[[["a', 'x\n[[\n[\n\n "a', 'x[[{"a": ["b'])
def test_brackets_that_nest_too_deep_are_refused_at_the_quote_that_makes_them_json(text):
    for chunks in ([text], text):
        error = feed(chunks, find="anywhere", max_depth=2)[0].error
        assert isinstance(error, JsonLimitError)
        assert (error.offset, error.column) == (text.index('"'), text.index('"') - text.rfind("\n"))


@pytest.mark.parametrize("text", ['x[[{ {"a', 'x[[{[["a'])
def test_brackets_that_are_no_json_do_not_count(text):
    stream = feed(text, find="anywhere", max_depth=2)[0]
    assert isinstance(stream.error, JsonTruncatedError)
    assert stream.value in ({}, [["a"]])
