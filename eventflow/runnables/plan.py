"""The steps of a composite, each with the config that says where in the composite it stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from eventflow.runnables.base import Runnable
from eventflow.runs import Run, RunnableConfig, StepConfig

__all__ = ("Step", "plan")

_made: Final[dict[str | None, StepConfig]] = {}


class Step(NamedTuple):
    """One step. `place` is None for a class with verbs of its own, which wants its config written out."""

    runnable: Runnable[Any, Any]
    place: RunnableConfig | None
    tag: str | None

    def config(self, run: Run) -> RunnableConfig:
        """What to call it with inside `run`."""
        return self.place or run.child_config(self.tag)


def plan(steps: Iterable[tuple[Runnable[Any, Any], str | None]]) -> tuple[Step, ...]:
    """Steps from runnables and their tags."""
    return tuple(Step(r, _place(tag) if r.takes_step_config else None, tag) for r, tag in steps)


def _place(tag: str | None) -> RunnableConfig:
    if tag not in _made and len(_made) < 1000:
        _made[tag] = StepConfig(tag)
    return (_made.get(tag) or StepConfig(tag)).config
