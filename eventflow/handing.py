"""How a room asks for what a room above it hands in.

A room knows none above it. Where it needs one, it keeps a place that the other fills when it is imported:
added messages become a prompt, say, and prompts fill that place. Nothing is imported before it is needed; so
the face, which knows every room, promises who will fill which place, and the one who finds its place empty
has the promise kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

__all__ = ("keep_promise", "promise")

_promises: Final[dict[str, Callable[[], object]]] = {}


def promise(place: str, load: Callable[[], object]) -> None:
    """Say that `load()` imports the room that fills `place`."""
    _promises[place] = load


def keep_promise(place: str) -> None:
    """Have `place` filled, or do nothing if nobody has promised it.

    More than once is as good as once: whoever comes while another thread is importing waits for it.
    """
    load = _promises.get(place)
    if load is not None:
        load()
