"""Functions that are told of one run: which run, with what, and how often."""

import asyncio
from datetime import UTC, datetime

import pytest

from callbacks.telling import CHILD, ROOT, HandMade
from eventflow.callbacks import RunRecord, listener_receiver
from eventflow.events import MISSING


def told(*, input=1, output=2, error=None, run=None, **functions):
    receiver = listener_receiver(**functions)
    run = run or HandMade(name="joke", tags=("a",), metadata={"m": 1})
    run.tell(receiver, "start", input, input=input)
    if error is None:
        run.tell(receiver, "end", output, input=input)
    else:
        run.tell(receiver, "error", error, input=input)
    receiver.settle()


def test_the_start_has_a_record_of_who_it_is_and_what_it_was_given():
    records = []
    before = datetime.now(UTC)
    told(on_start=records.append)
    [record] = records
    assert isinstance(record, RunRecord)
    assert before <= record.start_time <= datetime.now(UTC)
    assert (record.id, record.name, record.run_type, record.parent_run_id) == (ROOT, "joke", "chain", None)
    assert (record.inputs, record.outputs, record.error, record.end_time) == ({"input": 1}, {}, None, None)
    assert (record.tags, record.metadata, record.extra) == (["a"], {"m": 1}, {"metadata": {"m": 1}})


def test_the_end_has_what_it_gave_and_when():
    starts, ends = [], []
    told(on_start=starts.append, on_end=ends.append)
    [start], [end] = starts, ends
    assert (end.inputs, end.outputs, end.error) == ({"input": 1}, {"output": 2}, None)
    assert end.start_time == start.start_time <= end.end_time
    assert start.end_time is None


def test_dicts_are_as_they_are():
    records = []
    told(input={"a": 1}, output={"b": 2}, on_end=records.append)
    assert (records[0].inputs, records[0].outputs) == ({"a": 1}, {"b": 2})


def test_an_input_that_comes_in_chunks_is_known_at_the_end():
    records = []
    receiver = listener_receiver(records.append, records.append)
    run = HandMade(streamed=True)
    run.tell(receiver, "start", MISSING)
    run.tell(receiver, "end", 2, input=1)
    assert [record.inputs for record in records] == [{"input": ""}, {"input": 1}]


def test_the_error_has_a_text_with_the_traceback():
    records = []
    try:
        raise ValueError("no")
    except ValueError as error:
        told(error=error, on_end=print, on_error=records.append)
    [record] = records
    assert record.error.startswith("ValueError('no')")
    assert "test_listeners.py" in record.error
    assert (record.outputs, record.inputs) == ({}, {"input": 1})
    assert record.end_time is not None


def test_a_run_that_failed_has_no_end_and_one_that_ended_no_error():
    told(error=ValueError("no"), on_end=pytest.fail)
    told(on_error=pytest.fail)


def test_only_the_first_run_is_told_of():
    records = []
    receiver = listener_receiver(records.append, records.append, records.append)
    root = HandMade()
    child = HandMade(parent=root)
    root.tell(receiver, "start", 1, input=1)
    child.tell(receiver, "start", 2, input=2)
    child.tell(receiver, "error", ValueError())
    root.tell(receiver, "end", 3, input=1)
    HandMade().tell(receiver, "start", 4, input=4)
    assert [record.id for record in records] == [ROOT, ROOT]


def test_a_run_below_another_knows_it():
    records = []
    told(run=HandMade(parent=HandMade()), on_end=records.append)
    assert (records[0].id, records[0].parent_run_id) == (CHILD, ROOT)


def only_the_record(record):
    return record


def a_second_place(record, about):
    return about


def by_name(record, *, config):
    return config


def optional(record, config=None):
    return config


def something_else(record, prefix="x"):
    return prefix


@pytest.mark.parametrize(
    ("function", "given"),
    [
        (a_second_place, True),
        (by_name, True),
        (optional, True),
        (only_the_record, False),
        (something_else, False),
    ],
)
def test_the_config_is_given_to_those_who_have_a_place_for_it(function, given):
    config, results = {"tags": ["a"]}, []

    def on_start(*args, **kwargs):
        results.append(function(*args, **kwargs))

    on_start.__wrapped__ = function  # so that its signature is the function's
    receiver = listener_receiver(on_start, config=config)
    HandMade().tell(receiver, "start", 1, input=1)
    assert (results[0] is config) is given


def test_what_a_listener_raises_is_logged_and_the_others_are_told(caplog):
    records = []

    def on_start(record):
        raise ValueError("no")

    told(on_start=on_start, on_end=records.append)
    assert "on_start failed at on_chain_start of 'joke'" in caplog.records[0].getMessage()
    assert len(records) == 1


def slowly(seen):
    async def listen(record):
        await asyncio.sleep(0)
        seen.append((record.end_time is not None, record.outputs))

    return listen


def test_coroutine_functions_are_awaited_before_the_run_settles():
    seen = []
    told(on_start=slowly(seen), on_end=slowly(seen))
    assert seen == [(False, {}), (True, {"output": 2})]


async def test_the_same_on_a_loop():
    seen = []
    receiver = listener_receiver(slowly(seen), slowly(seen))
    run = HandMade()
    run.tell(receiver, "start", 1, input=1)
    run.tell(receiver, "end", 2, input=1)
    await receiver.asettle()
    assert seen == [(False, {}), (True, {"output": 2})]


def test_no_event_is_built_for_what_nobody_listens_to():
    receiver = listener_receiver(on_end=print)
    assert not receiver.wants(HandMade(), "start", None)
    assert "stream" not in receiver.phases
