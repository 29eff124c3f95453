"""Clients: one for sync code, one for each loop, made when they are needed and closed when their time is over."""

import asyncio
import copy
import gc
import threading
import weakref

import pytest

from eventflow.models import ClientsPerLoop


class Client:
    def __init__(self):
        self.closed = 0

    def close(self):
        self.closed += 1


class AsyncClient(Client):
    async def close(self):
        await asyncio.sleep(0)
        self.closed += 1


@pytest.fixture
def clients():
    return ClientsPerLoop(Client, AsyncClient)


def test_sync_code_has_one(clients):
    client = clients.sync()
    assert clients.sync() is client
    clients.close()
    clients.close()
    assert client.closed == 1
    assert clients.sync() is not client


def test_threads_share_it(clients):
    found = []
    threads = [threading.Thread(target=lambda: found.append(clients.sync())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(client) for client in found}) == 1


async def test_a_loop_has_one(clients):
    found = await asyncio.gather(*(clients.for_this_loop() for _ in range(3)))
    assert len({id(client) for client in found}) == 1
    await clients.aclose()
    assert found[0].closed == 1
    assert await clients.for_this_loop() is not found[0]
    await clients.aclose()
    await clients.aclose()


def test_each_loop_has_its_own_and_closes_it(clients):
    found = [asyncio.run(clients.for_this_loop()) for _ in range(3)]
    gc.collect()
    assert len({id(client) for client in found}) == 3
    assert [client.closed for client in found] == [1, 1, 1]


def test_a_loop_that_goes_on_after_its_generators_were_closed_gets_another(clients):
    loop = asyncio.new_event_loop()
    first = loop.run_until_complete(clients.for_this_loop())
    loop.run_until_complete(loop.shutdown_asyncgens())
    assert first.closed == 1
    loop.close()


async def test_that_of_what_is_dropped_is_closed_while_the_loop_runs():
    client = await ClientsPerLoop(Client, AsyncClient).for_this_loop()
    gc.collect()
    for _ in range(5):
        await asyncio.sleep(0)
    assert client.closed == 1


def test_loops_that_have_ended_are_forgotten(clients):
    loops = []

    async def main():
        loops.append(weakref.ref(asyncio.get_running_loop()))
        await clients.for_this_loop()

    for _ in range(3):
        asyncio.run(main())
    gc.collect()
    assert [loop() for loop in loops[:-1]] == [None, None]


async def test_aclose_closes_that_of_sync_code_too(clients):
    client = clients.sync()
    await clients.aclose()
    assert client.closed == 1


async def test_what_is_others_stays_open():
    clients = ClientsPerLoop(Client, AsyncClient, close=False, aclose=False)
    found = [clients.sync(), await clients.for_this_loop()]
    await clients.aclose()
    assert [client.closed for client in found] == [0, 0]


def test_a_copy_has_its_own(clients):
    assert copy.deepcopy(clients).sync() is not clients.sync()
    copy.deepcopy(clients).close()


def test_what_making_one_raises_is_raised():
    def fail():
        raise LookupError("no key")

    clients = ClientsPerLoop(fail, fail)
    with pytest.raises(LookupError, match="no key"):
        clients.sync()
    with pytest.raises(LookupError, match="no key"):
        asyncio.run(clients.for_this_loop())
