"""What a step writes into the state: as if one write came after the other, and without changing what was written."""

from __future__ import annotations

import copy
import operator
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.errors import InvalidUpdateError
from eventflow.graph import Overwrite
from eventflow.graph.state import Key, combine

KEYS = {
    "last": Key(None, None),
    "sum": Key(operator.add, list),
    "join": Key(lambda before, new: [*before, *new], list),
}


class Own(list[int]):
    """A list of one's own."""


lists = st.lists(st.integers(), max_size=3)
values = lists | lists.map(Own) | lists.map(Overwrite)
writes = st.lists(st.tuples(st.sampled_from(["sum", "join"]), values), max_size=4)


@given(
    st.dictionaries(st.sampled_from(["sum", "join"]), lists | lists.map(Own)), st.lists(writes, max_size=4)
)
def test_writes_are_combined_one_by_one(before, tasks):
    state: dict[str, Any] = dict(before)
    for name, value in [write for task in tasks for write in task]:
        if isinstance(value, Overwrite):
            state[name] = value.value
        else:
            state[name] = state[name] + value if name in state else value
    given_before, given_tasks = copy.deepcopy(before), copy.deepcopy(tasks)
    combined = dict(before)
    assert {*combine(KEYS, combined, tasks)} == {name for task in tasks for name, _ in task}
    assert combined == state
    assert (before, tasks) == (given_before, given_tasks)  # nobody's list was changed


def test_many_lists_are_added_up_without_copying_what_is_there_for_each():
    """n tasks of a step that each add to a list cost n, not n²."""
    added = 0

    def count(frame: Any, event: str, called: Any) -> None:
        nonlocal added
        added += event == "c_call" and called is operator.add

    state: dict[str, Any] = {"sum": [0]}
    sys.setprofile(count)
    try:
        combine(KEYS, state, [[("sum", [n])] for n in range(1, 100)])
    finally:
        sys.setprofile(None)
    assert state == {"sum": [*range(100)]}
    assert added == 1


def test_a_task_may_write_a_key_again_and_two_tasks_may_not():
    state: dict[str, Any] = {}
    combine(KEYS, state, [[("last", 1), ("last", 2)]])
    assert state == {"last": 2}
    with pytest.raises(InvalidUpdateError, match="'last'"):
        combine(KEYS, state, [[("last", 1)], [("last", 1)]])
