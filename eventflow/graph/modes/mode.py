"""What a stream mode is: a projection of events onto parts, each of which belongs to one graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

from eventflow.events import Event, Kind, Phase
from eventflow.graph.records import Namespace

__all__ = ("Mode", "Part")


class Part(NamedTuple):
    """What a mode makes of an event, and which graph it is about."""

    ns: Namespace
    data: Any


class Mode(Protocol):
    """A projection.

    `eager` tells that what it shows happens inside a node, and is wanted before the node has ended. `within`
    is the one graph whose parts are shown; None if those of graphs inside it are shown, too.
    """

    name: str
    phases: frozenset[Phase]
    eager: bool
    within: Namespace | None

    def wants(self, kind: Kind, phase: Phase, name: str | None) -> bool:
        """Whether it wants to be told of such an event of a run of this kind."""
        ...

    def parts(self, event: Event) -> Iterable[Part]:
        """What is to be shown of an event that it wants."""
        ...
