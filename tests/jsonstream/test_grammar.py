"""The grammar of RFC 8259, rule by rule: what must be accepted, and what must be refused and where."""

import json

import pytest

from jsonstream.spelling import feed, same

ACCEPTED = {
    "white space": ["[ ]", " \t\r\n[\n1\t,\r2 ] \n", '{ "a" : 1 , "b" : [ ] }', "\n true \n"],
    "top level": ["1", "-0", '""', '"a"', "true", "false", "null", "[]", "{}"],
    "arrays": ["[[]   ]", "[[[[1]]]]", '[null, 1, "a", {}]', "[1,2,3]", '[""]', "[[],[[]]]"],
    "objects": [
        *['{"":0}', '{"a":{"b":{}}}', '{"a":1,"a":1}', '{"a":1,"a":2,"b":3}', r'{"a\u0000":1}'],
        *['{"é":"é"}'],
    ],
    "integers": ["[0]", "[-0]", "[-1]", "[10]", "[123456789012345678901234567890]", "[-123]"],
    "fractions": [
        *["[0.0]", "[-0.0]", "[1.000000000000000005]", "[123.456]"],
        *["[-0.00000000000000000000000000000000000000000000000000000000000000000000001]"],
    ],
    "exponents": [
        *["[1e0]", "[1E22]", "[1e+2]", "[1e-2]", "[0e1]", "[0E+01]", "[1.5e10]", "[123e65]"],
        *["[1.5E-007]"],
    ],
    "beyond floats": ["[1e400]", "[-1e400]", "[1e-400]", "[123123e100000]"],
    "short escapes": [r'["\"\\\/\b\f\n\r\t"]', r'["\\a"]', r'["\\n"]', r'["\\u0000"]'],
    "unicode escapes": [
        *[r'["\u0061\u30aF\u30EA"]', r'["\u0000"]', r'["\u0012"]', r'["\u2028\u2029"]'],
        *[r'["\uFFFE\uFFFF"]'],
    ],
    "surrogate pairs": [r'["\ud83d\ude00"]', r'["\uD834\uDd1e"]', r'["\uDBFF\uDFFE"]', r'["a\ud801\udc37b"]'],
    "lone surrogates": [
        *[r'["\ud800"]', r'["\udead"]', r'["\ud83dx"]', r'["\ud83d\n"]', r'["\ud83d\u0061"]'],
        *[r'["\ud800\ud800\ud83d\ude00"]', r'["\ude00\ud83d"]', r'{"\uDFAA":0}'],
    ],
    "characters as they are": [
        *['["\x7f"]', '["\u2028\u2029"]', '["\uffff\U0010ffff"]', '["€𝄞"]', '["\u200b\ufeff"]'],
        *['["\ud83d"]'],
    ],
    "comments in strings": ['["a/*b*/c//d#e"]', '["\'"]', '["[{]},:"]'],
}

REFUSED = {
    "white space": [
        *["[\xa6\x0c]", "[\xa6\xa0]", "[\xa6\u2060]", "\xa6\ufeff[]", "[\xa6\x00]"],
        *["[\xa6\x1f1]", "\xa6\x0b1"],
    ],
    "top level": ["¦]", "¦}", "¦,", "¦:", "¦<.>", "¦a", "¦*", "¦#{}", "¦é", "¦\\u0020[]"],
    "after the value": [
        *["1 ¦2", "[]¦]", "{}¦}", "[1]¦x", "[1]¦,", '""¦x', "{}¦#", "{}¦/**/", "1¦]"],
        *["true¦false", "[]¦[]", "null¦l"],
    ],
    "arrays": [
        *["[1,¦]", "[¦,1]", "[¦,]", "[1,¦,2]", "[1 ¦2]", "[1¦:2]", '["a"¦:1]', "[1¦}"],
        *["[3¦[4]]", "[1¦;2]", "[¦x", "[¦(1)]", '["a" ¦"b"]'],
    ],
    "objects": [
        *["{¦,", '{"a":1,¦}', '{"a":1,¦,"b":2}', '{"a" ¦1}', '{"a"¦,1}', '{"a"¦}', '{"a":¦}'],
        *['{"a":¦:1}', '{"a":1 ¦"b":2}', "{¦1:1}", "{¦a:1}", "{¦'a':1}", "{¦null:1}", "{¦["],
        *['{"a":"b"¦]', '{"a":1¦:2}', '{"a"¦=1}', '{"a":1,¦1}'],
    ],
    "literals": [
        *["nul¦ ", "[nul¦]", "tru¦}", "[¦True]", "[¦TRUE]", "[n¦ULL]", "[¦undefined]"],
        *["[fals¦ ", "[¦None]", "[tru¦x]", "n¦o"],
    ],
    "not numbers": [
        *["[¦NaN]", "[¦Infinity]", "[-¦Infinity]", "[-¦NaN]", "[¦Inf]", "[¦\uff10]", "[¦\uff11]"],
        *["[¦$1]"],
    ],
    "signs": [
        *["[¦+1]", "[¦++1]", "[-¦-1]", "[-¦]", "[-¦ 1]", "[-¦a]", "[1¦-2]", "[1¦+2]", "[-¦+1]"],
        *["[1¦_000]"],
    ],
    "zeros": ["[0¦1]", "[-0¦1]", "[0¦0]", "[0¦12]", "[-0¦12]", "[0¦x1]", "[0¦x"],
    "fractions": [
        *["[1.¦]", "[¦.1]", "[-¦.1]", "[1.¦.2]", "[1.2¦.3]", "[1.¦e1]", "[1.¦-]", "[0.1¦.2]"],
        *["[1.¦a]", "[2.¦e+3]"],
    ],
    "exponents": [
        *["[1e¦]", "[1e+¦]", "[1E-¦]", "[1e¦e2]", "[1e1¦.5]", "[1e+¦-1]", "[0e", "[1e1¦e1]"],
        *["[9.¦e+]", "[1e¦E2]", "[1 ¦000.0]", "[1e5¦x]"],
    ],
    "strings": ["¦'a'", "[¦'a']", "[¦a]", "[¦“a”]", '["a]', '["', '"', "[¦\\n]", "[¦`a`]"],
    "control characters": [
        *['["a\xa6\x00b"]', '["a\xa6\nb"]', '["\xa6\t"]', '["\xa6\x1f"]', '["a\xa6\r"]'],
        *['{"\xa6\n":1}'],
    ],
    "escapes": [
        *['["\\¦a"]', '["\\¦x00"]', '["\\¦\'"]', '["\\¦0"]', '["\\¦U0041"]', '["\\¦é"]'],
        *['["\\¦ "]', '["\\\xa6\n"]', '["\\', r'["\"]', r'["\\\"]', '["\\¦{["]'],
    ],
    "unicode escapes": [
        *['["\\u¦"]', '["\\u0¦"]', '["\\u00A¦"]', '["\\u00¦g0"]', '["\\u¦qqqq"]'],
        *['["\\u¦ 041"]', '["\\ud83d\\u¦"]', '["\\ud83d\\ude0¦"]', '["\\ud800\\u1¦x"]'],
        *['["\\ud800\\¦x"]', '["\\u00¦_1"]', r'["\ud8'],
    ],
    "comments": ["[1 \xa6// one\n]", "¦/* a */ 1", "\xa6# a\n1", '{"a":1¦/*', "[1¦/]"],
    "not ended": [
        *["[", "{", "[1", "[1,", '{"a"', '{"a":', '{"a":1', '{"a":1,', "[[1]", '[{"a":"'],
        *["tru", "-", "1e", "", " ", '[""'],
    ],
}
"""Each with a mark before the first character that cannot be, or without one if only the end cannot be."""


def cases(table):
    return [
        pytest.param(case, id=f"{rule}: {case!a}"[:60]) for rule, several in table.items() for case in several
    ]


def refuse(constant):
    raise ValueError(constant)


@pytest.mark.parametrize("text", cases(ACCEPTED))
def test_accepted(text):
    for chunks in ([text], text):
        stream = feed(chunks, strict=True)[0]
        assert (stream.status, stream.error) == ("complete", None)
        assert same(stream.value, json.loads(text))


@pytest.mark.parametrize("marked", cases(REFUSED))
def test_refused(marked):
    text = marked.replace("¦", "")
    expected = ("invalid", marked.index("¦")) if "¦" in marked else ("truncated", len(text))
    for chunks in ([text], text):
        stream = feed(chunks, strict=True)[0]
        assert (stream.status, stream.offset) == expected
    with pytest.raises(ValueError):  # noqa: PT011 - json's own message
        json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("marked", REFUSED["control characters"])
def test_models_may_write_control_characters(marked):
    text = marked.replace("¦", "")
    stream = feed([text])[0]
    assert stream.status == "complete"
    assert stream.value == json.loads(text, strict=False)


@pytest.mark.parametrize(
    "data",
    [
        "[]".encode("utf-16"),
        "[1]".encode("utf-32"),
        b'["\xe9"]',
        b"\xff",
        b'["\xc0\x80"]',
        b'["\xed\xa0\x80"]',
    ],
)
def test_bytes_in_other_encodings_are_refused(data):
    assert feed([data])[0].status == "invalid"
    assert feed([bytes([byte]) for byte in data])[0].status == "invalid"
