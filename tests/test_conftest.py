"""The frame of the tests itself: a leak fails its test, and only its test."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
import asyncio, sys, threading, types
import pytest
from hypothesis import given, strategies as st

bus = types.ModuleType("eventflow.bus")
bus.open = []
bus.active_subscriptions = lambda: len(bus.open)
stop = threading.Event()

@pytest.fixture(autouse=True)
def fake_bus(monkeypatch):
    monkeypatch.setitem(sys.modules, "eventflow.bus", bus)

@pytest.fixture
def subscribed():
    bus.open.append(object())
    yield "by a fixture"
    bus.open.pop()

async def test_clean_async(subscribed):
    await asyncio.gather(asyncio.sleep(0), asyncio.to_thread(print))
    assert subscribed == "by a fixture"

async def test_a_cancelled_task_may_finish():
    asyncio.create_task(asyncio.sleep(60)).cancel()

@given(st.integers())
async def test_given_async(n):
    await asyncio.sleep(0)
    assert isinstance(n, int)

@pytest.mark.parametrize("n", [1, 2])
@given(m=st.just(3))
async def test_given_and_parametrised(n, m):
    assert n < m

async def test_bad_own_failure():
    asyncio.create_task(asyncio.sleep(60))
    await asyncio.sleep(0)
    assert "the body" == "is the news"

@given(st.integers())
async def test_bad_given_async(n):
    await asyncio.sleep(0)
    assert n < 1

async def test_bad_task():
    asyncio.get_running_loop().keep = asyncio.create_task(asyncio.sleep(60), name="forgotten")

def test_bad_thread():
    threading.Thread(target=stop.wait, name="busy").start()

def test_bad_daemon():
    threading.Thread(target=stop.wait, daemon=True).start()

def test_bad_subscription():
    bus.open.append("a handle")

def test_a_leak_fails_only_its_own_test():
    stop.set()
"""

CLEAN = (
    "test_clean_async",
    "test_a_cancelled_task_may_finish",
    "test_given_async",
    "test_given_and_parametrised[1]",
    "test_given_and_parametrised[2]",
    "test_a_leak_fails_only_its_own_test",
)

LEAKS = {
    "test_bad_own_failure": "AssertionError: assert 'the body' == 'is the news'",
    "test_bad_given_async": "assert 1 < 1",
    "test_bad_task": "leaks.LeftBehind: the test left tasks behind",
    "test_bad_thread": "leaks.LeftBehind: the test left threads behind",
    "test_bad_daemon": "leaks.LeftBehind: the test left threads behind",
    "test_bad_subscription": "leaks.LeftBehind: the test left subscriptions behind",
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest prints about `SUITE`, run beside a copy of our conftest."""
    home, place = Path(__file__).parent, tmp_path_factory.mktemp("suite")
    for name in ("conftest.py", "leaks.py"):
        (place / name).write_text((home / name).read_text())
    (place / "test_suite.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-rA", "-W", "error", "-p", "no:cacheprovider", "."]
    env = {**os.environ, "HYPOTHESIS_PROFILE": "quick", "COLUMNS": "200"}
    return subprocess.run(command, cwd=place, env=env, capture_output=True, text=True, timeout=120).stdout


@pytest.mark.parametrize("name", CLEAN)
def test_clean_tests_pass(outcome: str, name: str) -> None:
    assert f"PASSED test_suite.py::{name}\n" in outcome


@pytest.mark.parametrize("name", LEAKS)
def test_leaks_fail_their_test_and_say_what_leaked(outcome: str, name: str) -> None:
    assert f"FAILED test_suite.py::{name} - " in outcome
    assert LEAKS[name] in outcome


def test_nothing_else_happened(outcome: str) -> None:
    assert f"{len(LEAKS)} failed, {len(CLEAN)} passed" in outcome
