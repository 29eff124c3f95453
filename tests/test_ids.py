"""Ids are valid UUIDs of version 7, unlike each other, and in the order in which they were made."""

import multiprocessing
import os
import threading
import time
import uuid

import pytest

from eventflow import ids
from eventflow.ids import new_id


def test_is_a_uuid_of_version_7_in_the_usual_spelling():
    for _ in range(2_000):
        text = new_id()
        parsed = uuid.UUID(text)
        assert str(parsed) == text
        assert parsed.version == 7
        assert parsed.variant == uuid.RFC_4122


def test_begins_with_the_time_in_milliseconds():
    before = time.time_ns() // 1_000_000
    stamp = uuid.UUID(new_id()).int >> 80
    assert before <= stamp <= time.time_ns() // 1_000_000 + 1


def test_sorts_in_the_order_of_making():
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_clock_that_goes_back_does_not_disturb_the_order(monkeypatch):
    first = new_id()
    monkeypatch.setattr(ids, "time_ns", lambda: 0)
    made = [new_id() for _ in range(10_000)]
    assert [first, *made] == sorted({first, *made})


def test_clock_that_stands_still_gives_new_ids(monkeypatch):
    now = time.time_ns()
    monkeypatch.setattr(ids, "time_ns", lambda: now)
    made = [new_id() for _ in range(10_000)]
    assert made == sorted(set(made))


def test_threads_do_not_make_the_same():
    made = [[] for _ in range(4)]
    start = threading.Barrier(4)

    def work(mine):
        start.wait()
        mine.extend([new_id() for _ in range(5_000)])

    threads = [threading.Thread(target=work, args=(mine,)) for mine in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set().union(*made)) == 20_000
    for mine in made:
        assert len(mine) == 5_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_process_does_not_repeat_its_parent():
    new_id()  # so that the parent holds random tails that a child could repeat
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)

    def child():
        sending.send([new_id()[24:] for _ in range(200)])

    process = context.Process(target=child)
    process.start()
    theirs = receiving.recv()
    process.join()
    receiving.close()
    sending.close()
    process.close()
    mine = [new_id()[24:] for _ in range(200)]

    assert not set(theirs) & set(mine)
