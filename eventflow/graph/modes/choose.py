"""Which modes there are, and the ones that a call asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from eventflow.graph.modes.events import Events
from eventflow.graph.modes.messages import Messages
from eventflow.graph.modes.mode import Mode, View
from eventflow.graph.modes.partial_json import PartialJson
from eventflow.graph.modes.plain import Custom, Updates, Values
from eventflow.graph.modes.plugin import Plugin, plugin_factory, plugin_names
from eventflow.graph.modes.steps import Checkpoints, Debug, Tasks
from eventflow.graph.modes.tools import Tools

__all__ = ("StreamModeName", "chosen_modes", "in_order")

StreamModeName: TypeAlias = Literal[
    "values",
    "updates",
    "messages",
    "custom",
    "tasks",
    "checkpoints",
    "debug",
    "events",
    "tools",
    "partial_json",
]
"""The names of eventflow's own stream modes."""

# Of one event, as of the end of a task, the modes show their parts in this order, which is LangGraph's.
_MODES: Final[Mapping[str, Callable[[View], Mode]]] = {
    "messages": Messages,
    "updates": Updates,
    "values": Values,
    "custom": Custom,
    "tasks": Tasks,
    "checkpoints": Checkpoints,
    "debug": Debug,
    "events": Events,
    "tools": Tools,
    "partial_json": PartialJson,
}


def chosen_modes(names: str | Sequence[str], view: View, keyword: str = "stream_mode") -> dict[str, Mode]:
    """New modes for one stream, by name; a name that is not one of eventflow's own is looked for among plugins.

    Arguments:
        names: which modes.
        view: what the stream is to show.
        keyword: what the caller calls `names`, for errors.

    Raises ValueError if there is no mode of a name, PluginError if there is and it cannot be loaded.

    >>> [*chosen_modes(["values", "custom"], View())]
    ['values', 'custom']
    """
    asked = (names,) if isinstance(names, str) else tuple(names)
    return {name: _made(name, view, keyword) for name in asked}


def in_order(modes: Iterable[Mode]) -> tuple[Mode, ...]:
    """The modes in the order in which they show their parts of one event, however they were asked for."""
    places = {name: place for place, name in enumerate(_MODES)}
    return tuple(sorted(modes, key=lambda mode: places.get(mode.name, len(places))))


def _made(name: str, view: View, keyword: str) -> Mode:
    own = _MODES.get(name) if isinstance(name, str) else None  # pyright: ignore[reportUnnecessaryIsInstance]
    if own is not None:
        return own(view)
    factory = plugin_factory(name)
    if factory is None:
        known = ", ".join((*_MODES, *plugin_names()))
        raise ValueError(f"{keyword}={name!r} is no stream mode: there are {known}")
    return Plugin(name, factory(), view)
