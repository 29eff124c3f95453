"""How the parts of a stream are handed out: bare, with their mode, with their namespace, or as dicts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, get_args

from eventflow.events import Event
from eventflow.graph.modes import Mode, Part, View, chosen_modes, in_order
from eventflow.graph.options import Version

__all__ = ("Shape", "shape_of")


class Shape:
    """The modes of one stream, and what the consumer gets of each of their parts.

    Arguments:
        modes: all of them, by name.
        asked: those whose parts the consumer gets.
        printed: those whose parts are printed.
        tagged: whether parts are given with the name of their mode.
        view: what the modes show.
    """

    __slots__ = ("_asked", "_known", "_printed", "_tagged", "eager", "modes", "view")

    def __init__(
        self,
        modes: Mapping[str, Mode],
        asked: Collection[str],
        printed: Collection[str],
        tagged: bool,
        view: View,
    ) -> None:
        self.modes = in_order(modes.values())
        self.view = view
        self._asked = asked
        self._printed = printed
        self._tagged = tagged
        self._known: dict[Any, tuple[Mode, ...]] = {}
        self.eager = view.subgraphs or any(mode.eager for mode in self.modes)
        """Whether something is shown before the node has ended in which it happens."""

    def parts(self, event: Event) -> Iterator[Any]:
        """What the consumer gets of one event."""
        view = self.view
        depth = len(view.ns)
        for mode in self._modes_for(event):
            for part in mode.parts(event):
                if not view.shows(part.ns):
                    continue
                ns = part.ns[depth:]
                if mode.name in self._printed:
                    _print(ns, mode.name, part.data)
                if mode.name in self._asked:
                    yield self._formed(ns, mode.name, part)

    def _formed(self, ns: tuple[str, ...], mode: str, part: Part) -> Any:
        if self.view.typed:
            return {"type": mode, "ns": ns, "data": part.data, **part.more}
        if self.view.subgraphs:
            return (ns, mode, part.data) if self._tagged else (ns, part.data)
        return (mode, part.data) if self._tagged else part.data

    def _modes_for(self, event: Event) -> tuple[Mode, ...]:
        """The modes that want an event; the same for all events of a phase and a name, or a kind."""
        phase, kind = event.phase, event.info.kind
        name = event.more[1] if phase == "custom" and event.more else None
        known = self._known.get((phase, name or kind))
        if known is None:
            modes = [m for m in self.modes if phase in m.phases and m.wants(kind, phase, name)]
            known = self._known[phase, name or kind] = tuple(modes)
        return known


def shape_of(
    stream_mode: str | Sequence[str], print_mode: str | Sequence[str], version: Version, view: View
) -> Shape:
    """The shape of a stream that was asked for so. Raises ValueError if there is no such mode or version."""
    if version not in get_args(Version):
        raise ValueError(f"version={version!r}: choose one of {', '.join(get_args(Version))}")
    view = view._replace(typed=version == "v2")
    asked, printed = chosen_modes(stream_mode, view), chosen_modes(print_mode, view, "print_mode")
    return Shape({**printed, **asked}, [*asked], [*printed], not isinstance(stream_mode, str), view)


def _print(ns: tuple[str, ...], mode: str, data: Any) -> None:
    graph = f" \033[1;30;33m[graph={ns}]\033[0m" if ns else ""
    print(f"\033[1m[{mode}]\033[0m{graph} {data!r}")  # what was asked for
