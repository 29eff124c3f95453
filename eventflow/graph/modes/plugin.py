"""The modes of other distributions: what they make of public events, as parts of a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eventflow.bus import Filter
from eventflow.errors import PluginError
from eventflow.events import Event, Kind, Phase, RunInfo
from eventflow.events.notices import Internal
from eventflow.graph.modes.mode import Part, View
from eventflow.plugins import FilteredSubscriber, StreamMode, StreamModeFactory, stream_modes
from eventflow.plugins.entries import MODES, installed_names

__all__ = ("Plugin", "plugin_factory", "plugin_names")


class Plugin:
    """A mode that somebody else wrote: it is given the events of the whole run as dictionaries.

    Arguments:
        name: what it is called.
        made: what turns an event into parts; with `filters`, it is given what they let through.
        view: what the stream is to show.
    """

    eager = True

    def __init__(self, name: str, made: StreamMode, view: View) -> None:
        self.name = name
        self._made = made
        self._ns = view.ns
        self._filter = Filter(**(made.filters if isinstance(made, FilteredSubscriber) else {}))
        self.phases: frozenset[Phase] = self._filter.phases

    def wants(self, kind: Kind, phase: Phase, name: str | None) -> bool:
        return not isinstance(name, Internal)

    def parts(self, event: Event) -> Iterator[Part]:
        name = event.more[1] if event.phase == "custom" and event.more else None
        if self._filter.wants(_Teller(event.info), event.phase, name):
            for part in self._made(event.as_dict()):
                yield Part(self._ns, part)


class _Teller:
    """Who told an event, as far as a filter looks at it."""

    __slots__ = ("info", "kind")

    parent_run = None
    gated: Any = None

    def __init__(self, info: RunInfo) -> None:
        self.info = info
        self.kind: Kind = info.kind


def plugin_factory(name: str) -> StreamModeFactory | None:
    """What makes the mode that is called so; None if none is installed. Raises PluginError if it is broken."""
    if name not in plugin_names():
        return None
    found = stream_modes(name)
    if name in found.failed:
        raise found.failed[name]
    if name not in found:
        raise PluginError(f"the stream mode {name!r} is installed, and EVENTFLOW_PLUGINS does not allow it")
    return found[name]


def plugin_names() -> list[str]:
    """The modes that are installed, by name."""
    return installed_names(MODES)
