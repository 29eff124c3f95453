"""Keys of a state that the graph fills in: how many steps are left. No node writes them, and nothing keeps them."""

from __future__ import annotations

from typing import Annotated, TypeAlias

__all__ = ("IsLastStep", "ManagedValue", "RemainingSteps")


class ManagedValue:
    """Marks such a key: `of` says what it is in a step, of how many steps may follow that."""

    @staticmethod
    def of(remaining: int) -> object:
        """The value of the key."""
        raise NotImplementedError


class _Remaining(ManagedValue):
    @staticmethod
    def of(remaining: int) -> object:
        return remaining


class _IsLast(ManagedValue):
    @staticmethod
    def of(remaining: int) -> object:
        return remaining <= 1


RemainingSteps: TypeAlias = Annotated[int, _Remaining]
"""The type of a key that says how many steps may follow this one before the `recursion_limit` is reached.

>>> from typing import TypedDict
>>> from eventflow.graph import END, START, StateGraph
>>> class State(TypedDict):
...     x: int
...     left: RemainingSteps
>>> graph = StateGraph(State).add_node("read", lambda state: {"x": state["left"]}).add_edge(START, "read").compile()
>>> graph.invoke({"x": 0}, {"recursion_limit": 7})
{'x': 6}
"""

IsLastStep: TypeAlias = Annotated[bool, _IsLast]
"""The type of a key that says whether at most one more step may follow."""
