"""The `tools` mode: what the tools are doing that run inside nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eventflow.events import MISSING, Event, Kind, Phase
from eventflow.graph.modes.messages import graph_of
from eventflow.graph.modes.mode import Part, View
from eventflow.messages import BaseMessage

__all__ = ("Tools",)


class Tools:
    """One dict for each start, each piece of output, and each end of a tool.

    `tool_call_id` is the id of the model's call, or the id of the run where there was none. A tool that yields
    gives its pieces as `tool-output-delta`.
    """

    name = "tools"
    phases: frozenset[Phase] = frozenset({"start", "stream", "end", "error"})
    eager = True

    def __init__(self, view: View) -> None:
        self._view = view

    def wants(self, kind: Kind, phase: Phase, name: str | None) -> bool:
        return kind == "tool"

    def parts(self, event: Event) -> Iterator[Part]:
        info = event.info
        ns = graph_of(info)
        if not self._view.shows(ns):
            return
        call = info.tool_call_id or info.run_id
        told: dict[str, Any]
        if event.phase == "start":
            given: Any = {} if event.input is MISSING else event.input
            told = {
                "event": "tool-started",
                "tool_call_id": call,
                "tool_name": info.name,
                "input": given,
            }
        elif event.phase == "stream" and isinstance(event.data, BaseMessage):
            return  # the whole output, which follows
        elif event.phase == "stream":
            told = {"event": "tool-output-delta", "tool_call_id": call, "delta": event.data}
        elif event.phase == "end":
            told = {"event": "tool-finished", "tool_call_id": call, "output": event.data}
        else:
            told = {"event": "tool-error", "tool_call_id": call, "message": str(event.data)}
        yield Part(ns, told)
