"""The `events` mode: everything that the run and what is inside it tells, as `astream_events` gives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from eventflow.events import PHASES, Event, Kind, Phase, RunInfo
from eventflow.events.notices import Internal
from eventflow.graph.modes.messages import graph_of
from eventflow.graph.modes.mode import Part, Shows, View
from eventflow.graph.records import Namespace

__all__ = ("Events",)


class Events:
    """The events, in the order in which things happen; also those of graphs inside, which `parent_ids` place."""

    name = "events"
    phases: frozenset[Phase] = frozenset(PHASES)
    eager = True

    def __init__(self, view: View) -> None:
        self._view = view
        self._root: RunInfo | None = None

    def wants(self, kind: Kind, phase: Phase, name: str | None) -> bool:
        return not isinstance(name, Internal)

    def chunks(self, info: RunInfo) -> tuple[Namespace, Shows]:
        return self._ns(info), lambda event: (event.as_dict(),)

    def parts(self, event: Event) -> Iterator[Part]:
        public = event.as_dict()
        if self._root is None:
            self._root = event.info
        if event.phase == "end" and event.info is self._root:  # whose start has the input
            cast("dict[str, Any]", public["data"]).pop("input", None)
        yield Part(self._ns(event.info), public)

    def _ns(self, info: RunInfo) -> Namespace:
        return graph_of(info) if self._view.subgraphs else self._view.ns
