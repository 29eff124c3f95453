"""Runs made by hand that tell a receiver of themselves, and handlers that write down what they are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from eventflow.bus import Delivery, ScopedReceiver
from eventflow.events import MISSING, Event, Kind, Phase, RunInfo

ROOT = UUID(int=1)
CHILD = UUID(int=2)

METHODS = (
    "on_chain_start",
    "on_chain_end",
    "on_chain_error",
    "on_chat_model_start",
    "on_llm_start",
    "on_llm_new_token",
    "on_llm_end",
    "on_llm_error",
    "on_tool_start",
    "on_tool_end",
    "on_tool_error",
    "on_retriever_start",
    "on_retriever_end",
    "on_retriever_error",
    "on_custom_event",
)


class HandMade:
    """A run as the bus sees it: `tell` sends what it would tell to a receiver that wants it."""

    def __init__(self, kind: Kind = "chain", *, parent: HandMade | None = None, **info: Any) -> None:
        parents = () if parent is None else (*parent.info.parent_ids, parent.info.run_id)
        run_id = ROOT if parent is None else CHILD
        self.info = RunInfo(str(run_id), info.pop("name", f"the_{kind}"), kind, parent_ids=parents, **info)
        self.kind: Kind = kind
        self.parent_run = parent
        self.gated = Delivery() if parent is None else parent.gated

    def event(
        self, phase: Phase, data: object = None, *, input: object = MISSING, name: str | None = None
    ) -> Event:
        return Event(phase, self.info, data, None if phase == "stream" else (input, name))

    def tell(self, receiver: ScopedReceiver, phase: Phase, data: object = None, **more: Any) -> None:
        if phase in receiver.phases and receiver.wants(self, phase, more.get("name")):
            self.gated.send(self, (receiver,), self.event(phase, data, **more))


class Diary:
    """A handler with all methods; `told` has `(method, arguments by place, arguments by name)`."""

    def __init__(self) -> None:
        self.told: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    @property
    def only(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        [one] = self.told
        return one

    @property
    def methods(self) -> list[str]:
        return [method for method, _, _ in self.told]


def _write(method: str) -> Callable[..., None]:
    def write(self: Diary, *args: Any, **kwargs: Any) -> None:
        self.told.append((method, args, kwargs))

    write.__qualname__ = f"Diary.{method}"
    return write


for _method in METHODS:
    setattr(Diary, _method, _write(_method))


class Words:
    """A handler to build from functions: `Words(on_chain_start=…)` has that method and no other."""

    def __init__(self, **methods: Callable[..., object]) -> None:
        vars(self).update(methods)
