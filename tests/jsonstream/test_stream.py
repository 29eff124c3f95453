"""What is shown of a text that is cut off, under each policy; how a stream ends; and its limits."""

import json
import sys

import pytest

from eventflow.errors import EventflowError, JsonLimitError, JsonStreamError, JsonTruncatedError
from eventflow.jsonstream import JsonStream, parse_partial
from jsonstream.spelling import feed, same

NOTHING = object()


def shown(text, **options):
    """The value of a text fed whole; of a text fed by character it is the same."""
    whole, by_character = JsonStream(**options), JsonStream(**options)
    update = whole.feed(text)
    last = None
    for char in text:
        last = by_character.feed(char) or last
    assert same(update and update.value, last and last.value)
    return update.value if update else NOTHING


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", NOTHING),
        ("  \n", NOTHING),
        ("-", NOTHING),
        ("0", 0),
        ("67", 67),
        ("1.", 1),
        ("1.5", 1.5),
        ("1e", 1),
        ("1e+", 1),
        ("1e+2", 100.0),
        ("-0.0", -0.0),
        ("tru", NOTHING),
        ("true", True),
        ("null", None),
        ('"', ""),
        ('"hel', "hel"),
        ("[[[", [[[]]]),
        ("[{", [{}]),
        ("[1,", [1]),
        ("[1, -", [1]),
        ("[1, fals", [1]),
        ('["x", "y', ["x", "y"]),
        ("{", {}),
        ('{"', {}),
        ('{"na', {}),
        ('{"na\\', {}),
        ('{"name"', {}),
        ('{"name":', {}),
        ('{"name": ', {}),
        ('{"name": "', {"name": ""}),
        ('{"a": 1, "b', {"a": 1}),
        ('{"a": 1, "b":', {"a": 1}),
        ('{"a": t', {}),
        ('{"a": null', {"a": None}),
        ('{"a": [{"b": "x"}, {"c": [1', {"a": [{"b": "x"}, {"c": [1]}]}),
        ('{"a": 1, "a": "x', {"a": "x"}),
        ("[123456789012345678901234567890", [123456789012345678901234567890]),
        ('["ab\\', ["ab"]),
        ('["ab\\u', ["ab"]),
        ('["ab\\u00e', ["ab"]),
        ('["ab\\u00e9', ["abé"]),
        ('["ab\\ud83d', ["ab"]),
        ('["ab\\ud83d\\', ["ab"]),
        ('["ab\\ud83d\\ude0', ["ab"]),
        ('["ab\\ud83d\\ude00', ["ab😀"]),
        ('["ab\\ud83dx', ["ab\ud83dx"]),
        ('["ab\\ud83d\\n', ["ab\ud83d\n"]),
        ('["ab\\ud83d\\u0', ["ab\ud83d"]),
        ('["ab\\ud83d\\ud83d\\ude00', ["ab\ud83d😀"]),
        ('["ab\\ud83d"]', ["ab\ud83d"]),
        ('["\\ude00', ["\ude00"]),
        ('["a\nb', ["a\nb"]),
        ('["a\\/\\b\\f\\n\\r\\t\\"\\\\', ['a/\b\f\n\r\t"\\']),
    ],
)
def test_what_is_shown(text, value):
    assert shown(text) is value or same(shown(text), value)


@pytest.mark.parametrize(
    ("options", "text", "value"),
    [
        ({"strings": "closed"}, '["a", "b', ["a"]),
        ({"strings": "closed"}, '{"a": "x', {}),
        ({"strings": "closed"}, '{"a": "x"', {"a": "x"}),
        ({"strings": "closed"}, '"abc', NOTHING),
        ({"numbers": "closed"}, "[1, 23", [1]),
        ({"numbers": "closed"}, "[1, 23 ", [1, 23]),
        ({"numbers": "closed"}, "12", NOTHING),
        ({"literals": "completed"}, "[t", [True]),
        ({"literals": "completed"}, '{"a": fa', {"a": False}),
        ({"literals": "completed"}, '{"a": 1, "b": n', {"a": 1, "b": None}),
        ({"many": True}, "", NOTHING),
        ({"many": True}, '{"a": 1}\n{"a": 2', [{"a": 1}, {"a": 2}]),
        ({"many": True}, "1 2 3", [1, 2, 3]),
        ({"many": True}, "{}[]", [{}, []]),
    ],
)
def test_policies(options, text, value):
    assert shown(text, **options) is value or same(shown(text, **options), value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 2,]", [1, 2]),
        ('{"a": 1, }', {"a": 1}),
        ("{'a': 'it\\'s \"x\"'}", {"a": 'it\'s "x"'}),
        ("['a", ["a"]),
        ("['it', \"it's", ["it", "it's"]),
        ("[True, False, None]", [True, False, None]),
        ("[1, Tru", [1]),
        ('{"a": 1, // one\n "b": 2} # end', {"a": 1, "b": 2}),
        ("/* first */[1/**/, /* * / */ 2 # two\n]//", [1, 2]),
        ("[1, 2, /* ] */", [1, 2]),
        ("[1, 2 /", [1, 2]),
    ],
)
def test_repair(text, value):
    assert shown(text, repair=True) == value
    with pytest.raises(JsonStreamError):
        JsonStream().feed(text)


@pytest.mark.parametrize(
    "text", ["[1,,]", "[,]", "{,}", '{"a":,}', "['a\"]", "[tRUE]", "[/x", '["\\\'"]', "[1 2]", "[NaN]"]
)
def test_repair_does_not_guess(text):
    assert feed([text], repair=True)[0].status != "complete"


def test_repair_shows_what_it_would_show_without_errors():
    text = "{'a': 'b', /* c */ \"d\": [True,],}"
    values = [update.value for update in feed(text, repair=True)[1] if update and update.changed]
    assert values == [{}, {"a": ""}, {"a": "b"}, {"a": "b", "d": []}, {"a": "b", "d": [True]}]


# ------------------------------------------------------------------------------------------------- the end


@pytest.mark.parametrize(
    ("text", "status", "kind"),
    [
        ('{"a": 1}', "complete", None),
        ("12", "complete", None),
        ('{"a": 1', "truncated", JsonTruncatedError),
        ('"abc', "truncated", JsonTruncatedError),
        ("tru", "truncated", JsonTruncatedError),
        ("-", "truncated", JsonTruncatedError),
        ("1.", "truncated", JsonTruncatedError),
        ("1.x", "invalid", JsonStreamError),
        ("", "truncated", JsonTruncatedError),
        ("[1}", "invalid", JsonStreamError),
        ('{"a": 1} x', "invalid", JsonStreamError),
        ('{"a": 1}}', "invalid", JsonStreamError),
    ],
)
def test_how_it_ends(text, status, kind):
    stream = feed([text])[0]
    assert stream.status == status
    assert type(stream.error) is (kind or type(None))


def test_it_is_complete_as_soon_as_the_value_is():
    stream = JsonStream()
    assert stream.status == "open"
    update = stream.feed("[1]")
    assert update is not None
    assert update.complete
    assert stream.status == "complete"
    assert stream.feed(" \n") is None
    assert stream.close() is None
    assert stream.close() is None


def test_several_values_are_complete_when_it_is_closed():
    stream = JsonStream(many=True)
    stream.feed("[1]")
    assert stream.status == "open"
    update = stream.close()
    assert update is not None
    assert (update.completed, update.changed, update.value) == (((),), False, [[1]])
    assert stream.status == "complete"


def test_what_was_read_before_a_wrong_comment_is_the_value():
    for chunks in (["1 /x"], "1 /x"):
        stream = feed(chunks, many=True, repair=True)[0]
        assert (stream.status, stream.offset, stream.value) == ("invalid", 3, [1])


def test_no_values_are_an_empty_list_when_it_is_closed():
    update = JsonStream(many=True).close()
    assert update is not None
    assert (update.value, update.changed, update.completed) == ([], True, ((),))


def test_the_end_of_the_text_ends_no_number_in_an_array():
    """It may have been cut off."""
    stream = feed(["[1, 23"], numbers="closed")[0]
    assert (stream.status, stream.value) == ("truncated", [1])


@pytest.mark.parametrize("many", [False, True])
def test_a_number_that_was_held_back_is_a_change(many):
    stream = JsonStream(numbers="closed", many=many)
    stream.feed("12")
    update = stream.close()
    assert update is not None
    assert (update.value, update.changed) == ([12] if many else 12, True)


def test_the_end_of_the_text_ends_a_number():
    stream = JsonStream(numbers="closed")
    assert stream.feed("12") is None
    update = stream.close()
    assert update is not None
    assert (update.value, update.changed, update.completed) == (12, True, ((),))


def test_an_error_says_where_and_what():
    stream = JsonStream()
    stream.feed('{"a": 1,\n ')
    with pytest.raises(JsonStreamError) as caught:
        stream.feed('"b" 2}')
    error = caught.value
    assert (error.offset, error.line, error.column) == (14, 2, 6)
    assert str(error) == "expected ':', not '2' (line 2, column 6, character 14)"
    assert isinstance(error, ValueError)
    assert isinstance(error, EventflowError)
    assert stream.error is error
    assert stream.value == {"a": 1}


def test_what_was_refused_stays_refused():
    stream = JsonStream()
    with pytest.raises(JsonStreamError) as first:
        stream.feed("[1}")
    for again in (lambda: stream.feed("]"), stream.close):
        with pytest.raises(JsonStreamError) as caught:
            again()
        assert caught.value is first.value
    assert stream.value == [1]


def test_what_came_before_an_error_is_kept():
    for text, value in [
        ('["abc\\x', ["abc"]),
        ("[12x", [12]),
        ("[1.x", [1]),
        ("[1, 01", [1, 0]),
        ('{"a": 1]', {"a": 1}),
    ]:
        stream = feed([text])[0]
        assert (stream.status, stream.value) == ("invalid", value)


def test_a_closed_stream_cannot_be_fed():
    stream = JsonStream()
    stream.feed("1")
    stream.close()
    with pytest.raises(ValueError, match="the stream is closed"):
        stream.feed("2")


def test_a_stream_says_how_it_stands():
    stream = JsonStream()
    stream.feed("[1")
    assert repr(stream) == "<JsonStream open at character 2>"


@pytest.mark.parametrize("name", ["find", "strings", "numbers", "literals"])
def test_an_unknown_policy_is_refused(name):
    with pytest.raises(ValueError, match=f"{name}='maybe': use one of '"):
        JsonStream(**{name: "maybe"})


@pytest.mark.parametrize("name", ["max_depth", "max_digits", "max_size"])
@pytest.mark.parametrize("value", [0, -1, "8", 1.5])
def test_a_limit_that_is_none_is_refused(name, value):
    with pytest.raises(ValueError, match=f"{name}={value!r}: give a whole number from 1 on"):
        JsonStream(**{name: value})


@pytest.mark.parametrize("chunk", [None, 3, ["["], {"a": 1}])
def test_what_is_no_text_is_refused_and_hurts_nothing(chunk):
    stream = JsonStream()
    stream.feed("[1")
    with pytest.raises(TypeError, match=f"text or bytes, not {type(chunk).__name__}: of a message, feed its"):
        stream.feed(chunk)
    assert stream.feed("]").complete


# --------------------------------------------------------------------------------------------------- bytes


def test_bytes():
    stream = JsonStream()
    seen = [stream.feed(bytes([byte])) for byte in '{"é": "😀"}'.encode()]
    assert [update.value for update in seen if update and update.changed] == [{}, {"é": ""}, {"é": "😀"}]


def test_a_byte_order_mark_before_bytes_is_none_of_the_text():
    assert parse_partial(b"\xef\xbb\xbf[1") == [1]
    with pytest.raises(JsonStreamError, match="expected a value"):
        parse_partial("\ufeff[1")


@pytest.mark.parametrize("chunks", [[b'["ab\xff"]'], [b'["a', b"b", b"\xff"], [b'["ab\xe2\x28']])
def test_bytes_that_are_not_utf8_are_refused(chunks):
    stream = feed(chunks)[0]
    assert (stream.status, stream.offset, stream.value) == ("invalid", 4, ["ab"])


def test_bytes_that_end_inside_a_character_are_truncated():
    stream = feed([b'["ab', b"\xe2\x82"])[0]
    assert (stream.status, stream.value) == ("truncated", ["ab"])


# -------------------------------------------------------------------------------------------------- limits


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_depth(opening, size):
    text = opening * 100_000
    stream = feed([text[n : n + size] for n in range(0, 3000, size)] + [text[3000:]])[0]
    assert type(stream.error) is JsonLimitError
    assert "nest deeper than 512" in str(stream.error)


def test_depth_is_counted_exactly():
    assert feed(["[" * 512 + "]" * 512])[0].status == "complete"
    assert feed(["[[[]]]"], max_depth=3)[0].status == "complete"
    assert feed(["[[1], [{}]] "], max_depth=3, many=True)[0].status == "complete"
    assert feed(["[[{"], max_depth=2)[0].offset == 2


@pytest.mark.parametrize("size", [1, 10_000])
def test_digits(size):
    for sign in ("", "-"):
        text = sign + "1" * 4300
        assert feed([text[n : n + size] for n in range(0, len(text), size)])[0].status == "complete"
        stream = feed([(text + "1")[n : n + size] for n in range(0, len(text) + 1, size)])[0]
        assert type(stream.error) is JsonLimitError
        assert stream.offset == len(text)
        assert stream.value == int(text)


def test_digits_that_the_interpreter_refuses_are_refused():
    former = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        assert type(feed(["1" * 641])[0].error) is JsonLimitError
    finally:
        sys.set_int_max_str_digits(former)


@pytest.mark.parametrize("size", [1, 100])
def test_size(size):
    text = "[1, 2, 3]"
    assert feed([text], max_size=9)[0].status == "complete"
    stream = feed([text[n : n + size] for n in range(0, 9, size)], max_size=6)[0]
    assert type(stream.error) is JsonLimitError
    assert (stream.offset, stream.value) == (6, [1, 2])


# ------------------------------------------------------------------------------------------------- in one go


def test_parse_partial():
    assert parse_partial('{"a": [1, {"b": "c') == {"a": [1, {"b": "c"}]}
    assert parse_partial(b"[1, 2") == [1, 2]
    assert parse_partial("null") is None
    assert parse_partial("Here: ```json\n[1", find="fenced") == [1]
    assert parse_partial("['a", repair=True) == ["a"]


@pytest.mark.parametrize("text", ["", " ", "nul", "-"])
def test_parse_partial_needs_a_value(text):
    with pytest.raises(JsonTruncatedError):
        parse_partial(text)


@pytest.mark.parametrize(
    "text", ["{'a': 1}", "]", '{"a": 1}}', "[1}", '{"a": NaN}', '["a\nb"]', '{"a": 1} x']
)
def test_parse_partial_refuses_what_is_no_json(text):
    with pytest.raises(JsonStreamError):
        parse_partial(text, strict=True)


# -------------------------------------------------------------------------------------------------- the cost


@pytest.mark.parametrize("read", ["nothing", "value", "operations"])
@pytest.mark.parametrize("find", ["document", "fenced"])
def test_work_is_linear(read, find):
    """Counted in calls, so that no clock is needed."""

    def calls_for(n):
        record = json.dumps({"k\n": "é v" * 5, "n": [1, 2.5, None]})
        text = (
            "Here:\n```json\n[" + ", ".join([record] * n) + "]\n```"
            if find == "fenced"
            else f"[{record * 1}" + f", {record}" * (n - 1) + "]"
        )
        count = 0

        def profile(frame, event, arg):
            nonlocal count
            count += 1

        stream = JsonStream(find=find)
        sys.setprofile(profile)
        try:
            for start in range(0, len(text), 3):
                update = stream.feed(text[start : start + 3])
                if update and read != "nothing":
                    getattr(update, read)
        finally:
            sys.setprofile(None)
        return count

    assert calls_for(100) < calls_for(50) * 2.1
