"""Which modes there are, and the ones that a call asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from eventflow.graph.modes.messages import Messages
from eventflow.graph.modes.mode import Mode
from eventflow.graph.modes.plain import Checkpoints, Custom, Debug, Tasks, Updates, Values

__all__ = ("StreamModeName", "chosen_modes")

StreamModeName: TypeAlias = Literal[
    "values", "updates", "messages", "custom", "tasks", "checkpoints", "debug"
]

_MODES: Final[Mapping[str, Callable[[], Mode]]] = {
    "values": Values,
    "updates": Updates,
    "messages": Messages,
    "custom": Custom,
    "tasks": Tasks,
    "checkpoints": Checkpoints,
    "debug": Debug,
}


def chosen_modes(names: str | Sequence[str]) -> dict[str, Mode]:
    """New modes for one stream. Raises ValueError if there is none of a name.

    >>> [*chosen_modes(["values", "custom"])]
    ['values', 'custom']
    """
    asked = (names,) if isinstance(names, str) else tuple(names)
    for name in asked:
        if name not in _MODES:
            raise ValueError(f"stream_mode={name!r} is no stream mode: there are {', '.join(_MODES)}")
    return {name: _MODES[name]() for name in asked}
