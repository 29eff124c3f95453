"""What a stream mode is: a projection of events onto parts, each of which belongs to one graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from eventflow.events import Event, Kind, Phase, RunInfo
from eventflow.graph.records import Namespace

__all__ = ("NOTHING", "Mode", "ModeOfChunks", "Part", "Shows", "View")

NOTHING: Final[Mapping[str, Any]] = {}

Shows: TypeAlias = Callable[[Event], Iterable[Any]]
"""What is to be shown of a chunk, each as the `data` of a part."""


class View(NamedTuple):
    """What a stream is to show.

    Arguments:
        ns: the graph that is streamed.
        subgraphs: whether graphs inside it are shown, too.
        keys: which keys of its state are shown, as `output_keys`; None for all.
        typed: whether a state is shown as its schema says, a model as a model.
    """

    ns: Namespace = ()
    subgraphs: bool = False
    keys: str | Sequence[str] | None = None
    typed: bool = False

    def shows(self, ns: Namespace) -> bool:
        """Whether parts of this graph are shown."""
        return self.subgraphs or ns == self.ns


class Part(NamedTuple):
    """What a mode makes of an event, and which graph it is about; `more` is told beside it with version "v2"."""

    ns: Namespace
    data: Any
    more: Mapping[str, Any] = NOTHING


class Mode(Protocol):
    """A projection, made for one stream.

    `eager` tells that what it shows happens inside a node, and is wanted before the node has ended.
    """

    @property
    def name(self) -> str: ...

    @property
    def phases(self) -> frozenset[Phase]: ...

    @property
    def eager(self) -> bool: ...

    def wants(self, kind: Kind, phase: Phase, name: str | None) -> bool:
        """Whether it wants to be told of such an event of a run of this kind."""
        ...

    def parts(self, event: Event) -> Iterable[Part]:
        """What is to be shown of an event that it wants."""
        ...


class ModeOfChunks(Mode, Protocol):
    """A mode that finds out once a run what can be known of its chunks, of which there are many.

    It is not asked for the parts of a chunk.
    """

    def chunks(self, info: RunInfo) -> tuple[Namespace, Shows]:
        """Which graph a run is in, and what shows its chunks. Asked at the first of them, and seldom again."""
        ...
