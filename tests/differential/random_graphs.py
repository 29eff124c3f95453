"""Small random graphs, built by one function on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from differential.graph_programs import Library, State

NAMES = "abcde"
KINDS = ("write", "write", "count", "nothing", "branch", "send", "command", "inside", "ask", "fail")


@dataclass(frozen=True)
class Spec:
    """What each node does, and which later nodes follow it by plain edges."""

    kinds: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]

    def build(self, lib: Library) -> Any:
        names = NAMES[: len(self.kinds)]
        graph = lib.StateGraph(State).add_node("w", lambda arg: {"log": [f"w{arg}"]})
        for at, (name, kind) in enumerate(zip(names, self.kinds, strict=True)):
            later = [*names[at + 1 :]]
            graph.add_node(name, self._node(lib, name, kind, later), **self._said(kind, later))
            if kind == "branch" and later:
                graph.add_conditional_edges(name, lambda s, to=later: to[len(s["log"]) % len(to)], later)
            elif kind == "send":
                graph.add_conditional_edges(
                    name, lambda s: [lib.Send("w", n) for n in range(len(s["log"]) % 3)], ["w"]
                )
        graph.add_edge(lib.START, names[0])
        for start, end in self.edges:
            graph.add_edge(names[start], names[end])
        return graph.compile(checkpointer=lib.InMemorySaver() if "ask" in self.kinds else None)

    def _said(self, kind: str, later: list[str]) -> Any:
        return {"destinations": tuple(later)} if kind == "command" else {}

    def _node(self, lib: Library, name: str, kind: str, later: list[str]) -> Any:
        if kind == "inside":
            inner = lib.StateGraph(State).add_node("i", lambda s: {"log": [f"{name}.i"], "x": 7})
            return inner.add_edge(lib.START, "i").compile()

        def act(state: Any) -> Any:
            if kind == "nothing":
                return None
            if kind == "count":
                return {"x": state["x"] + 1, "log": [name]}
            if kind == "ask":
                return {"log": [name + lib.interrupt(name)]}
            if kind == "fail":
                raise ValueError(name)
            if kind == "command":
                return lib.Command(update={"log": [name]}, goto=later[-1:])
            return {"log": [name]}

        return act


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    kinds = tuple(draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=len(NAMES))))
    pairs = [(i, j) for i in range(len(kinds)) for j in range(i + 1, len(kinds))]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=6, unique=True)) if pairs else []
    return Spec(kinds, tuple(chosen))
