"""What goes in comes out, of the same types; and bytes that are not ours make errors, and nothing else."""

import collections
import json
import math
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path, PurePosixPath, PureWindowsPath
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.codec import dumps, loads
from eventflow.codec.form import MAX_DEPTH
from eventflow.documents import Document
from eventflow.errors import CodecError
from eventflow.events.notices import ON_RETRY
from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

texts = st.text(st.characters(codec=None))  # half characters, too
zones = st.none() | st.builds(timezone, st.timedeltas(timedelta(hours=-23), timedelta(hours=23)))
zones = zones | st.sampled_from([UTC, ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")])
hashables = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | texts
    | st.binary()
    | st.dates()
    | st.datetimes(timezones=zones)
    | st.timedeltas()
    | st.uuids()
    | st.decimals(allow_nan=False),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
messages = st.one_of(
    st.builds(HumanMessage, texts, id=st.none() | texts, name=st.none() | texts),
    st.builds(SystemMessage, texts, additional_kwargs=st.dictionaries(texts, texts, max_size=2)),
    st.builds(
        AIMessage, st.just([{"type": "text", "text": "hi"}, "more"]), response_metadata=st.just({"a": 1})
    ),
    st.builds(AIMessageChunk, texts)
    | st.builds(lambda a, b: AIMessageChunk(a) + AIMessageChunk(b), texts, texts),
    st.builds(ToolMessage, texts, tool_call_id=texts, artifact=hashables),
    st.builds(ChatMessage, texts, role=texts),
)
paths = st.sampled_from([Path("a/b"), PurePosixPath("/"), PureWindowsPath("c:\\x")])
values = st.recursive(
    hashables | messages | st.times() | paths,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(texts | hashables, inner, max_size=4)
        | st.sets(hashables, max_size=3)
    ),
    max_leaves=12,
)


def types(value):
    """The types all through a value, in the order in which they are met."""
    if isinstance(value, dict):
        return [dict, *((types(key), types(item)) for key, item in value.items())]
    if isinstance(value, (list, tuple)):
        return [type(value), *map(types, value)]
    if isinstance(value, (set, frozenset)):
        return [type(value), *sorted(str(types(item)) for item in value)]
    return type(value)


@given(values)
def test_what_goes_in_comes_out(value):
    again = loads(dumps(value))
    assert again == value
    assert types(again) == types(value)


def loads_or_refuses(data):
    try:
        loads(data)
    except CodecError:
        pass


@given(values, st.data())
def test_damage_is_an_error_and_nothing_else(value, data):
    kept = bytearray(dumps(value))
    for _ in range(data.draw(st.integers(1, 4))):
        kept[data.draw(st.integers(0, len(kept) - 1))] = data.draw(st.integers(0, 255))
    loads_or_refuses(bytes(kept))


@given(st.binary())
def test_noise_is_an_error_and_nothing_else(data):
    loads_or_refuses(data)
    loads_or_refuses(b"\x01" + data)


TAGS = (
    "int dict tuple set bytes datetime time date timedelta timezone ZoneInfo UUID Decimal Path HumanMessage"
)
TAGS += " AIMessageChunk ToolMessage ChatGeneration LLMResult Document"
tags = st.sampled_from(TAGS.split())
trees = st.recursive(
    st.none() | st.integers() | texts | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(texts, inner, max_size=3)
        | st.fixed_dictionaries({"": tags | texts, "v": inner})
    ),
    max_leaves=8,
)


@given(trees)
def test_forged_data_is_an_error_and_nothing_else(tree):
    loads_or_refuses(b"\x01" + json.dumps(tree).encode())


CALL = {"id": "1", "function": {"name": "f", "arguments": "{}"}}


@pytest.mark.parametrize(
    "value",
    [
        10**5000,
        -(2**63) - 1,
        2**63 - 1,
        0.1,
        math.inf,
        -math.inf,
        "\ud800\udc00",
        "\ud800",
        '\0\n"\\',
        {"": 1},
        {"": "tuple", "v": [1]},
        {1: 2, "1": 3, None: 4, (1, 2): 5},
        {"lc": 1, "type": "constructor", "__type__": "x"},
        [True, 1, 1.0, "1"],
        datetime(2024, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1),
        timezone(timedelta(hours=1), "mine"),
        time(1, 2, fold=1),
        date.max,
        timedelta.min,
        Decimal("-0E-10"),
        UUID(int=7),
        Path(),
        b"",
        (),
        set(),
        frozenset({frozenset()}),
        Document("text", id="1", metadata={1: (2,)}),
        BaseMessage("hi", type="greeting"),
        HumanMessage("hi", extra={"": "tuple"}, **{"": 1}),
        AIMessage("", additional_kwargs={"tool_calls": [CALL]}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_corners(value):
    again = loads(dumps(value))
    assert again == value
    assert types(again) == types(value)


def test_not_a_number():
    assert math.isnan(loads(dumps(math.nan)))
    assert loads(dumps(Decimal("sNaN"))).is_snan()
    assert math.copysign(1, loads(dumps(-0.0))) == -1


def test_time_zones_stay_what_they_are():
    when = loads(dumps(datetime(2024, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1)))
    assert when.tzinfo is ZoneInfo("Europe/Berlin")
    assert when.fold == 1
    assert loads(dumps(UTC)) is UTC


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (collections.defaultdict(list, a=[1]), {"a": [1]}),
        (collections.OrderedDict(a=1), {"a": 1}),
        (ON_RETRY, "on_retry"),
        ({ON_RETRY: ON_RETRY}, {"on_retry": "on_retry"}),
        (type("Items", (list,), {})([1]), [1]),
        (type("Number", (int,), {})(7), 7),
        (type("Real", (float,), {})(7.5), 7.5),
        (type("Pair", (tuple,), {})((1, 2)), (1, 2)),
        (type("Raw", (bytes,), {})(b"1"), b"1"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_subclasses_become_what_they_are_based_on(value, plain):
    again = loads(dumps(value))
    assert again == plain
    assert types(again) == types(plain)


def test_a_text_is_not_what_it_says_of_itself():
    class Shouting(str):
        def __str__(self):
            return "LOUD"

    assert loads(dumps([Shouting("quiet")])) == ["quiet"]


def test_copies_share_nothing():
    value = {"a": [{"b": 1}]}
    kept = dumps(value)
    value["a"][0]["b"] = 2
    first = loads(kept)
    first["a"].append(3)
    assert loads(kept) == {"a": [{"b": 1}]}


@pytest.mark.parametrize("value", [object(), len, int, collections.deque(), 1j, range(3)], ids=repr)
def test_what_is_no_data_is_refused(value):
    with pytest.raises(CodecError, match=rf"cannot keep a {type(value).__name__} \(at \['x'\]\[1\]\)"):
        dumps({"x": [0, value]})


def test_an_error_says_where():
    with pytest.raises(CodecError, match=r"\(at \['talk'\]\[0\]\['artifact'\]\['a'\]\[1\]\).*leave it out"):
        dumps({"talk": [ToolMessage("x", tool_call_id="1", artifact={"a": (0, object())})]})


def test_an_error_shows_keys_as_they_are():
    with pytest.raises(CodecError, match=r"\(at \['\{at\}'\]\)"):
        dumps({"{at}": object()})


def test_depth_has_an_end():
    value: list = []
    for _ in range(MAX_DEPTH - 1):
        value = [value]
    assert loads(dumps(value)) == value
    for deeper in ([value], {"a": value}, {1: value}, (value,)):
        with pytest.raises(CodecError, match="nested more than 128 deep"):
            dumps(deeper)


def test_what_holds_itself_is_refused():
    value: dict = {}
    value["me"] = [value]
    with pytest.raises(CodecError, match="holds itself"):
        dumps(value)


@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"a":' * 100_000, b'{"":"tuple","v":' * 100_000])
def test_deep_data_is_an_error(text):
    with pytest.raises(CodecError, match="nested so deeply"):
        loads(b"\x01" + text)


def test_little_stack_is_an_error():
    value: list = []
    for _ in range(100):
        value = [value]

    def deep(left):
        return deep(left - 1) if left else dumps(value)

    used = len(__import__("inspect").stack(0))
    with pytest.raises(CodecError, match="nested"):
        deep(sys.getrecursionlimit() - used - 60)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\x02{}", "newer version"),
        (b"{}", "begins with"),
        (b"\x01", "damaged"),
        (b"\x01\xff", "damaged"),
        (b"\x01[1", "damaged"),
        (b"\x01" + b"9" * 5000, "damaged"),
        (b'\x01{"":"nobody"}', "no class is registered under this tag"),
        (b'\x01{"":["x"]}', "no class is registered under this tag"),
        (b'\x01{"":"tuple"}', "cannot make a tuple"),
        (b'\x01{"":"bytes","v":"*"}', "cannot make a bytes"),
        (b'\x01{"":"dict","v":[[[],1]]}', "cannot make a dict"),
        (b'\x01{"":"ZoneInfo","v":"../../etc/passwd"}', "cannot make a ZoneInfo"),
        (b'\x01{"":"HumanMessage","v":{"content":7}}', "cannot make a HumanMessage"),
    ],
)
def test_what_cannot_be_read_says_why(data, says):
    with pytest.raises(CodecError, match=says):
        loads(data)


def test_the_form_of_version_1_stays_readable():
    kept = (
        b'\x01{"a":[1,2.5,null,true,"\xc3\xa4"],"b":{"":"tuple","v":[{"":"bytes","v":"AQI="}]},'
        b'"c":{"":"datetime","v":["2024-01-02T03:04:05",{"":"timezone","v":[{"":"timedelta","v":[0,0,0]}]},0]},'
        b'"m":{"":"HumanMessage","v":{"content":"hi","id":"1"}}}'
    )
    value = {
        "a": [1, 2.5, None, True, "ä"],
        "b": (b"\x01\x02",),
        "c": datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
        "m": HumanMessage("hi", id="1"),
    }
    assert loads(kept) == value
    assert dumps(value) == kept
