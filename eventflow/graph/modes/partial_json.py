"""The `partial_json` mode: what models inside nodes write, as JSON that grows."""

from __future__ import annotations

from collections.abc import Iterator

from eventflow.events import Event, Kind, Phase
from eventflow.graph.constants import TAG_NOSTREAM
from eventflow.graph.modes.messages import graph_of
from eventflow.graph.modes.mode import Part, View
from eventflow.subscribers.model_json import ModelJson

__all__ = ("PartialJson",)


class PartialJson:
    """A `PartialJsonData` whenever more can be seen of the JSON in a model's text or tool calls.

    `langgraph_node` in it is the node that the model runs in. Models with the tag `nostream` are left out.
    """

    name = "partial_json"
    phases: frozenset[Phase] = frozenset({"stream", "end", "error"})
    eager = True

    def __init__(self, view: View) -> None:
        self._view = view
        self._readers: dict[str, ModelJson] = {}

    def wants(self, kind: Kind, phase: Phase, name: str | None) -> bool:
        return kind in ("chat_model", "llm")

    def parts(self, event: Event) -> Iterator[Part]:
        info = event.info
        ns = graph_of(info)
        if TAG_NOSTREAM in info.tags or not self._view.shows(ns):
            return
        reader = self._readers.get(info.run_id)
        if reader is None:
            reader = self._readers[info.run_id] = ModelJson(info)
        if event.phase != "stream":
            del self._readers[info.run_id]
        for part in reader.read(event):
            yield Part(ns, {**part, "langgraph_node": info.metadata.get("langgraph_node")})
