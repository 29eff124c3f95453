"""What a chunk has brought, and what is told of it."""

import sys
import threading

import pytest

from eventflow.jsonstream import JsonStream, Operation, Update
from jsonstream.spelling import feed


def updates(*chunks, **options):
    return [update for update in feed(chunks, **options)[1] if update]


def test_the_values_of_a_stream_of_tokens():
    tokens = [
        '{"',
        "countries",
        '":',
        " [",
        '{"',
        "name",
        '":',
        ' "',
        "France",
        '",',
        ' "',
        "population",
        '":',
        " ",
        "677",
        "500",
        "00",
        "},",
        ' {"',
        "name",
        '":',
        ' "',
        "Spain",
    ]
    assert [update.value for update in updates(*tokens) if update.changed] == [
        {},
        {"countries": []},
        {"countries": [{}]},
        {"countries": [{"name": ""}]},
        {"countries": [{"name": "France"}]},
        {"countries": [{"name": "France", "population": 677}]},
        {"countries": [{"name": "France", "population": 677500}]},
        {"countries": [{"name": "France", "population": 67750000}]},
        {"countries": [{"name": "France", "population": 67750000}, {}]},
        {"countries": [{"name": "France", "population": 67750000}, {"name": ""}]},
        {"countries": [{"name": "France", "population": 67750000}, {"name": "Spain"}]},
    ]  # fmt: skip


def test_what_cannot_be_seen_is_no_update():
    stream = JsonStream()
    stream.feed("[")
    for chunk in ["", " ", "{"[:0], "t", "ru"]:
        assert stream.feed(chunk) is None
    update = stream.feed("e")
    assert isinstance(update, Update)
    assert update.value == [True]


def test_operations():
    chunks = ['{"a": [1', "2, ", '"x', 'y", {"b": [true], "c": "', 'z"', "}]", ', "d": 1', ".0", "}"]
    told = [[tuple(one) for one in update.operations] for update in updates(*chunks)]
    assert told == [
        [("add", (), {"a": [1]})],
        [("replace", ("a", 0), 12), ("close", ("a", 0), None)],
        [("add", ("a", 1), "x")],
        [
            ("append", ("a", 1), "y"),
            ("close", ("a", 1), None),
            ("add", ("a", 2), {"b": [True], "c": ""}),
            ("close", ("a", 2, "b", 0), None),
            ("close", ("a", 2, "b"), None),
        ],
        [("append", ("a", 2, "c"), "z"), ("close", ("a", 2, "c"), None)],
        [("close", ("a", 2), None), ("close", ("a",), None)],
        [("add", ("d",), 1)],
        [("replace", ("d",), 1.0)],
        [("close", ("d",), None), ("close", (), None)],
    ]


def test_an_operation_is_a_tuple():
    (operation,) = updates("[")[0].operations
    assert operation == ("add", (), [])
    assert operation == Operation("add", (), [])


@pytest.mark.parametrize(
    ("before", "chunk", "path"),
    [
        ("", '{"a": [{"b', ()),
        ('{"a": [{"b', '": "x', ("a", 0, "b")),
        ('{"a": [{"b": "x', "y", ("a", 0, "b")),
        ('{"a": [{"b": "x', '", "c": 1', ("a", 0)),
        ('{"a": [{"b": "x', '"}', ("a", 0)),
        ('{"a": [{"b": "x', '"}, 2', ("a",)),
        ('{"a": 1, "ab": ', "[1]", ("ab",)),
        ('{"a": [', "10, 11", ("a",)),
        ('{"a": 1', ', "b": 2', ()),
    ],
)
def test_the_changed_path(before, chunk, path):
    stream = JsonStream()
    stream.feed(before)
    assert stream.feed(chunk).path == path


def test_completed_paths():
    stream = JsonStream()
    assert stream.feed('{"a": [1, {"b": "x"}, ').completed == (("a", 0), ("a", 1, "b"), ("a", 1))
    assert stream.feed("true").completed == (("a", 2),)
    update = stream.feed("]}")
    assert (update.completed, update.changed, update.complete) == ((("a",), ()), False, True)


def test_finished_parts_are_shared_and_open_ones_are_not():
    stream = JsonStream()
    one = stream.feed('{"a": [{"b": 1}, {"c": "x').value
    two = stream.feed("y").value
    three = stream.feed('"}]}').value
    assert one["a"][0] is two["a"][0] is three["a"][0]
    assert one["a"][1] is not two["a"][1]
    assert (one, two) == ({"a": [{"b": 1}, {"c": "x"}]}, {"a": [{"b": 1}, {"c": "xy"}]})
    assert stream.value is three


def test_updates_can_be_read_backwards():
    given = updates('{"a": "x', "y", "z", 'w", "b": [1', ", 2", ', 3], "a": "v', "u")
    assert [update.value for update in reversed(given)] == [
        {"a": "vu", "b": [1, 2, 3]},
        {"a": "v", "b": [1, 2, 3]},
        {"a": "xyzw", "b": [1, 2]},
        {"a": "xyzw", "b": [1]},
        {"a": "xyz"},
        {"a": "xy"},
        {"a": "x"},
    ]


def test_an_update_shows_its_value():
    assert repr(updates('{"a": "b')[0]) == "<Update {'a': 'b'}>"


def test_updates_can_be_read_in_other_threads_while_the_text_goes_on():
    """What is open is joined and copied when it is read, by any number of threads, while the stream adds to it."""
    chunks = [f'"{n}": [{n}], "s": "' + "x" * (n % 3) + '",' for n in range(1000)]
    expected = [(repr(update.value), update.operations) for update in updates("{", *chunks)]
    stream = JsonStream()
    given, wrong = [stream.feed("{")], []
    ended = threading.Event()

    def read():
        n = 0
        while not ended.is_set() or n < len(given):
            if n < len(given):
                if (repr(given[n].value), given[n].operations) != expected[n]:
                    wrong.append(n)
                n += 1

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=read) for _ in range(3)]
    try:
        for thread in threads:
            thread.start()
        given.extend(stream.feed(chunk) for chunk in chunks)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(interval)
    assert wrong == []
