"""The answers that came with `Command(resume=…)`, handed out to the tasks that have asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eventflow.graph.keeper import INTERRUPT
from eventflow.graph.task import Task

__all__ = ("hand_out",)


def hand_out(answers: Any, tasks: Sequence[Task], pending: Sequence[tuple[str, str, Any]]) -> None:
    """Give tasks the answers; `pending` is what they had asked, and written, before.

    Raises RuntimeError if it is not told to whom.
    """
    asking = [task for task in tasks if not task.done]
    by_id: Mapping[str, Any] | None = answers if _are_ids(answers) else None
    asked = {id: several for id, key, several in pending if key == INTERRUPT}
    ids = [one.id for task in asking for one in asked.get(task.id, ())]
    if by_id is None and len(ids) > 1:
        raise RuntimeError(
            "When there are multiple pending interrupts, you must specify the interrupt id when resuming: "
            f"Command(resume={{id: answer}}) with the ids {', '.join(ids)}"
        )
    for task in asking:
        if by_id is None:
            task.answers += (answers,)
            task.given = answers
        else:
            task.by_id = by_id


def _are_ids(answers: Any) -> bool:
    """Whether they are answers by the ids of interrupts."""
    keys: list[Any] = [*answers] if isinstance(answers, dict) else []
    return bool(keys) and all(
        isinstance(key, str) and len(key) == 32 and not key.strip("0123456789abcdef") for key in keys
    )
