"""How the parts of a stream are handed out: bare, with their mode, with their namespace, or as dicts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, cast, get_args

from eventflow.events import Event, Kind, Phase, RunInfo
from eventflow.events.notices import Internal
from eventflow.graph.modes import NOTHING, Mode, ModeOfChunks, Shows, View, chosen_modes, in_order
from eventflow.graph.options import Version
from eventflow.graph.records import Namespace

__all__ = ("Shape", "shape_of")


_RUNS: Final = 1024
"""So many runs are remembered that give chunks at the same time; of more, what is known is found out again.

Those whose end a mode wants to see are forgotten then.
"""


class Shape:
    """The modes of one stream, and what the consumer gets of each of their parts.

    Arguments:
        modes: all of them, by name.
        asked: those whose parts the consumer gets.
        printed: those whose parts are printed.
        tagged: whether parts are given with the name of their mode.
        view: what the modes show.
    """

    __slots__ = ("_asked", "_bare", "_chunks", "_known", "_printed", "_tagged", "eager", "modes", "view")

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
        self._bare = not (printed or tagged or view.subgraphs or view.typed)
        """Whether the consumer gets what the one mode shows, as it is."""
        self._known: dict[tuple[Kind, Phase, str | None], tuple[Mode, ...]] = {}
        self._chunks: dict[RunInfo, Shows] = {}
        self.eager = view.subgraphs or any(mode.eager for mode in self.modes)
        """Whether something is shown before the node has ended in which it happens."""

    def parts(self, event: Event) -> Iterable[Any]:
        """What the consumer gets of one event."""
        if event.phase == "stream":
            return (self._chunks.get(event.info) or self._chunks_of(event.info))(event)
        if event.phase == "end" or event.phase == "error":
            self._chunks.pop(event.info, None)
        if self._bare:
            own = self.view.ns
            return [data for ns, data, _ in self.modes[0].parts(event) if ns == own]
        name = event.more[1] if event.phase == "custom" and event.more else None
        wanting = self.wanting(event.info.kind, event.phase, name)
        return [given for mode in wanting for given in self._parts_in(mode, event)]

    def _parts_in(self, mode: Mode, event: Event) -> Iterable[Any]:
        given: list[Any] = []
        for part in mode.parts(event):
            if self.view.shows(part.ns):
                given += self._given(mode.name, *part)
        return given

    def _chunks_of(self, info: RunInfo) -> Shows:
        """What shows the chunks of a run."""
        several = [self._chunks_in(mode, info) for mode in self.wanting(info.kind, "stream", None)]
        if len(self._chunks) >= _RUNS:
            self._chunks.clear()
        found = several[0] if len(several) == 1 else partial(_together, several)
        self._chunks[info] = found
        return found

    def _chunks_in(self, mode: Mode, info: RunInfo) -> Shows:
        """What shows the chunks of a run in one mode; where parts are given bare, what the mode itself has for it."""
        if not hasattr(mode, "chunks"):
            return partial(self._parts_in, mode)
        ns, shows = cast("ModeOfChunks", mode).chunks(info)
        if not self.view.shows(ns):
            return lambda event: ()
        if self._bare:
            return shows
        name = mode.name
        return lambda event: [one for data in shows(event) for one in self._given(name, ns, data, NOTHING)]

    def _given(self, mode: str, ns: Namespace, data: Any, more: Mapping[str, Any]) -> tuple[Any, ...]:
        """One part as the consumer gets it; none if it is only printed."""
        ns = ns[len(self.view.ns) :]
        if mode in self._printed:
            _print(ns, mode, data)
        if mode not in self._asked:
            return ()
        if self.view.typed:
            return ({"type": mode, "ns": ns, "data": data, **more},)
        if self.view.subgraphs:
            return ((ns, mode, data) if self._tagged else (ns, data),)
        return ((mode, data) if self._tagged else data,)

    def wanting(self, kind: Kind, phase: Phase, name: str | None) -> tuple[Mode, ...]:
        """The modes that want such an event of a run of this kind."""
        known = self._known.get((kind, phase, name))
        if known is None:
            known = tuple(m for m in self.modes if phase in m.phases and m.wants(kind, phase, name))
            if name is None or isinstance(name, Internal):  # of the user's own names there may be any number
                self._known[kind, phase, name] = known
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


def _together(several: Sequence[Shows], event: Event) -> list[Any]:
    return [given for shows in several for given in shows(event)]


def _print(ns: tuple[str, ...], mode: str, data: Any) -> None:
    graph = f" \033[1;30;33m[graph={ns}]\033[0m" if ns else ""
    print(f"\033[1m[{mode}]\033[0m{graph} {data!r}")  # what was asked for
