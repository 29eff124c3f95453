"""`run_in_context`: taking the current run into a thread of one's own."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any

import pytest

from eventflow.bus import listen
from eventflow.runnables import RunnableLambda, RunnablePassthrough
from eventflow.runs import current_run, run_in_context

place: ContextVar[str] = ContextVar("place", default="outside")


def test_what_runs_in_the_thread_is_a_child():
    def starts(x: Any) -> None:
        thread = threading.Thread(target=run_in_context(RunnablePassthrough().invoke), args=(x,))
        thread.start()
        thread.join()

    with listen(phases=["start"]) as events:
        RunnableLambda(starts).invoke(1)
    outer, inner = events
    assert inner["parent_ids"] == [outer["run_id"]]


def test_it_may_be_called_many_times_and_in_several_threads_at_once():
    together = threading.Barrier(4, timeout=10)

    def work(x: int) -> Any:
        together.wait()
        return current_run(), x

    def starts(x: Any) -> Any:
        with ThreadPoolExecutor(4) as pool:
            return current_run(), list(pool.map(run_in_context(work), range(4)))

    run, results = RunnableLambda(starts).invoke(1)
    assert results == [(run, n) for n in range(4)]


def test_it_takes_all_of_the_context_and_gives_nothing_back():
    def work() -> str:
        seen = place.get()
        place.set("thread")
        return seen

    token = place.set("caller")
    try:
        bound = run_in_context(work)
    finally:
        place.reset(token)
    assert [bound(), bound()] == ["caller", "caller"]
    assert place.get() == "outside"


def test_arguments_results_and_errors_pass():
    assert run_in_context(divmod)(7, 2) == (3, 1)
    assert run_in_context(int)("ff", base=16) == 255
    with pytest.raises(ValueError, match="invalid literal"):
        run_in_context(int)("x")


def test_outside_a_run_it_is_the_function_in_this_context():
    assert run_in_context(current_run)() is None
