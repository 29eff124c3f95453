"""The tasks of one step at the same time: all of them, in the order of their ends, and none that is left behind."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.graph.fan import TOGETHER, aeach, each

MANY = 3 * TOGETHER + 1


async def itself(item: int) -> int:
    return item


@given(st.integers(0, MANY), st.none() | st.integers(1, MANY))
async def test_those_that_end_at_once_come_in_their_order(many, limit):
    assert [item async for item in aeach(range(many), itself, limit)] == [*range(many)]


async def test_all_are_under_way_at_once_however_many_there_are():
    here = 0
    all_here = asyncio.Event()

    async def work(item: int) -> int:
        nonlocal here
        here += 1
        if here == MANY:
            all_here.set()
        await all_here.wait()
        return item

    assert sorted([item async for item in aeach(range(MANY), work, None)]) == [*range(MANY)]


@pytest.mark.parametrize("limit", [1, 3, TOGETHER + 1])
async def test_at_most_so_many_are_under_way(limit):
    running, most = 0, 0

    async def work(item: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(4):
            await asyncio.sleep(0)
        running -= 1
        return item

    assert sorted([item async for item in aeach(range(MANY), work, limit)]) == [*range(MANY)]
    assert most == limit


async def test_while_the_consumer_is_busy_the_next_is_under_way():
    begun: list[int] = []

    async def work(item: int) -> int:
        begun.append(item)
        return item

    async with aclosing(aeach(range(3), work, 1)) as done:
        assert await anext(done) == 0
        await asyncio.sleep(0)
        assert begun == [0, 1]


async def test_one_that_waits_keeps_no_other_from_being_given_back():
    go = asyncio.Event()

    async def work(item: int) -> int:
        if item == 0:
            await go.wait()
        return item

    order: list[int] = []
    async for item in aeach(range(MANY), work, None):
        order.append(item)
        if len(order) == MANY - 1:
            go.set()
    assert order == [*range(1, MANY), 0]


@pytest.mark.parametrize("failing", [0, TOGETHER, MANY - 1])
async def test_when_one_fails_the_others_have_ended(failing):
    under_way: set[int] = set()

    async def work(item: int) -> int:
        under_way.add(item)
        try:
            if item == failing:
                raise ValueError(item)
            await asyncio.Event().wait()
        finally:
            under_way.discard(item)
        return item

    with pytest.raises(ValueError, match=str(failing)):
        await anext(aeach(range(MANY), work, None))
    assert not under_way
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_when_the_consumer_leaves_the_others_have_ended():
    under_way: set[int] = set()

    async def work(item: int) -> int:
        if item:
            under_way.add(item)
            try:
                await asyncio.Event().wait()
            finally:
                under_way.discard(item)
        return item

    async with aclosing(aeach(range(MANY), work, None)) as done:
        assert await anext(done) == 0
        assert under_way
    assert not under_way


def test_one_at_a_time_needs_no_thread_and_all_go_on_behind_one_that_fails():
    seen: list[tuple[int, int]] = []

    def work(item: int) -> int:
        seen.append((item, threading.get_ident()))
        if item in (1, 2):
            raise ValueError(f"{item} failed")
        return item

    done: list[int] = []
    with pytest.raises(ValueError, match="1 failed"):
        done.extend(each(range(4), work, 1))
    assert done == [0, 3]
    assert seen == [(item, threading.get_ident()) for item in range(4)]


def test_one_at_a_time_begins_when_the_one_before_has_been_looked_at():
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        return item

    for item in each(range(3), work, 1):
        assert begun == [*range(item + 1)]
