"""Small random graphs, built by one function on both sides."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Annotated, Any

from hypothesis import strategies as st
from pydantic import BaseModel
from typing_extensions import TypedDict

Library = Any
"""The names of one side: `StateGraph`, `START`, `Send`, …"""

NAMES = "abcde"
STEPS = ("log", "count", "ask", "tell", "fail", "flaky", "say", "unsay", "hide")
"""What a node does, one after the other: see `_Acting.step`."""
ENDS = ("dict", "dict", "nothing", "command", "list", "up", "pairs")
"""In which form it gives what it wrote."""
AFTERS = ("one", "maybe", "many", "send", "both")
"""What a conditional edge answers."""


@dataclass(frozen=True)
class Node:
    """What a node does, how it ends, where a command of it leads; and what else was said of it.

    `inside` is the graph that it is, or, if it `calls`, that its function calls.
    """

    steps: tuple[str, ...] = ("log",)
    end: str = "dict"
    goto: int = 0
    defer: bool = False
    retry: bool = False
    handler: str | None = None
    inside: Spec | None = None
    calls: bool = False


@dataclass(frozen=True)
class Spec:
    """A graph: its nodes, and what leads from which to which. `b` may follow `a`, or itself.

    `schema` is what its state is made of, `keeps` what `compile` is told of its checkpoints.
    """

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int], ...] = ()
    joins: tuple[tuple[tuple[int, int], int], ...] = ()
    branches: tuple[tuple[int, str, int], ...] = ()
    schema: str = "dict"
    keeps: bool | None = None
    entries: int = 1
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()

    def build(self, lib: Library, *, awaits: bool = False, saver: Any = None) -> Any:
        """The compiled graph; `awaits` makes coroutine functions of its nodes."""
        return _Building(self, lib, awaits, "").compiled(saver)

    @property
    def asks(self) -> bool:
        return any("ask" in n.steps or (n.inside is not None and n.inside.asks) for n in self.nodes)


def schemas(lib: Library) -> Any:
    """The classes of states of one side, whose reducer of messages is its own."""
    found = _SCHEMAS.get(id(lib))
    if found is None:
        found = _SCHEMAS[id(lib)] = _schemas(lib.add_messages)
    return found


_SCHEMAS: dict[int, Any] = {}


def _schemas(add_messages: Any) -> Any:
    log = Annotated[list, operator.add]
    said = Annotated[list, add_messages]
    fields = {"x": int, "log": log, "said": said}
    total = TypedDict("total", {**fields, "hidden": int})  # type: ignore[misc]
    part = TypedDict("part", {"x": int, "log": log})  # type: ignore[misc]  # noqa: UP013  # as the one above
    private = TypedDict("private", {"hidden": int, "x": int})  # type: ignore[misc]  # noqa: UP013
    data = dataclass(
        type(
            "data",
            (),
            {
                "__annotations__": {**fields, "hidden": int},
                "x": 0,
                "log": field(default_factory=list),
                "said": field(default_factory=list),
                "hidden": 0,
            },
        )
    )
    model = type(
        "model",
        (BaseModel,),
        {
            "__annotations__": {**fields, "hidden": int},
            "__module__": __name__,
            "x": 0,
            "log": [],
            "said": [],
            "hidden": 0,
        },
    )
    return SimpleNamespace(total=total, part=part, private=private, data=data, model=model)


@dataclass
class _Acting:
    """What the function of one node does."""

    lib: Library
    node: Node
    name: str
    later: str
    failures: Any = field(default_factory=itertools.count)

    def update(self, state: Any) -> dict[str, Any]:
        written: dict[str, Any] = {}
        for number, step in enumerate(self.node.steps):
            for key, value in self.step(step, number, state).items():
                written[key] = written[key] + value if key in written and key != "x" else value
        return written

    def step(self, step: str, number: int, state: Any) -> dict[str, Any]:
        lib, name = self.lib, self.name
        if step == "count":
            return {"x": (seen(state, "x") or 0) + 1}
        if step == "ask":
            return {"log": [f"{name}:{lib.interrupt(f'{name}{number}')}"]}
        if step == "tell":
            lib.get_stream_writer()(f"{name} tells")
        if step == "fail" or (step == "flaky" and next(self.failures) % 2 == 0):
            raise ValueError(name)
        if step == "say":
            return {"said": [lib.AIMessage(name, id=f"{name}{len(seen(state, 'said') or ())}")]}
        if step == "unsay":
            return {"said": [lib.RemoveMessage(id=one.id) for one in (seen(state, "said") or ())[:1]]}
        if step == "hide":
            return {"hidden": 5}
        return {"log": [name]} if step == "log" else {}

    def end(self, update: dict[str, Any]) -> Any:
        lib, end = self.lib, self.node.end
        if end == "nothing":
            return None
        if end == "command":
            return lib.Command(update=update, goto=self.later)
        if end == "list":
            return [update, lib.Command(update={"log": ["more"]}, goto=self.later)]
        if end == "up":
            return lib.Command(update=update, goto="z", graph=lib.Command.PARENT)
        return lib.Command(update=[*update.items()]) if end == "pairs" else update


@dataclass
class _Building:
    """One graph that is built, and those inside."""

    spec: Spec
    lib: Library
    awaits: bool
    prefix: str

    def compiled(self, saver: Any) -> Any:
        spec, lib, known = self.spec, self.lib, schemas(self.lib)
        names = self.names = [self.prefix + name for name in NAMES[: len(spec.nodes)]]
        kinds: dict[str, Any] = {"pydantic": known.model, "dataclass": known.data}
        said = {"input_schema": known.part, "output_schema": known.part} if spec.schema == "private" else {}
        graph = lib.StateGraph(kinds.get(spec.schema, known.total), **said)
        graph.add_node("w", lambda arg: {"log": [f"w{seen(arg, 'x')}"]})
        graph.add_node("z", lambda state: {"log": ["z"]})
        for name, node in zip(names, spec.nodes, strict=True):
            self._add(graph, name, node)
        for name in names[: spec.entries]:
            graph.add_edge(lib.START, name)
        for start, end in dict.fromkeys(spec.edges):
            graph.add_edge(names[start], names[end])
        for starts, end in dict.fromkeys(spec.joins):
            graph.add_edge([names[start] for start in starts], names[end])
        for at, kind, to in {branch[0]: branch for branch in spec.branches}.values():
            graph.add_conditional_edges(names[at], self._path(kind, names[to]), [*names, "w", lib.END])
        stops = {
            "interrupt_before": [names[n] for n in spec.before],
            "interrupt_after": [names[n] for n in spec.after],
        }
        return graph.compile(checkpointer=saver, **{key: at for key, at in stops.items() if at})

    def _add(self, graph: Any, name: str, node: Node) -> None:
        lib = self.lib
        later = self.names[node.goto % len(self.names)]
        said: dict[str, Any] = {"destinations": (later,)} if node.end in ("command", "list") else {}
        if node.retry:
            said["retry_policy"] = lib.RetryPolicy(
                max_attempts=2, initial_interval=0.0001, jitter=False, retry_on=ValueError
            )
        if node.handler is not None:
            said["error_handler"] = self._handler(name, node.handler, later)
        if "hide" in node.steps and self.spec.schema == "private":
            said["input_schema"] = schemas(lib).private
        inner = None
        if node.inside is not None:
            inner = _Building(node.inside, lib, self.awaits, name).compiled(node.inside.keeps)
        if inner is not None and not node.calls:
            graph.add_node(name, inner, defer=node.defer, **said)
        else:
            graph.add_node(name, self._function(name, node, later, inner), defer=node.defer, **said)

    def _function(self, name: str, node: Node, later: str, inner: Any) -> Any:
        acting = _Acting(self.lib, node, name, later)
        held = {"graph": inner}  # where LangGraph, which looks into functions, does not see it

        def act(state: Any) -> Any:
            update = acting.update(state)
            if held["graph"] is not None:
                update["log"] = [*update.get("log", ()), len(held["graph"].invoke({"x": 1})["log"])]
            return acting.end(update)

        async def aact(state: Any) -> Any:
            update = acting.update(state)
            if held["graph"] is not None:
                update["log"] = [*update.get("log", ()), len((await held["graph"].ainvoke({"x": 1}))["log"])]
            return acting.end(update)

        return aact if self.awaits else act

    def _handler(self, name: str, kind: str, later: str) -> Any:
        lib = self.lib

        def handler(state: Any, error: Any) -> Any:
            update = {"log": [f"{error.node} failed: {error.error!r}"]}
            if kind == "fails":
                raise RuntimeError(name)
            if kind == "asks":
                update["log"].append(lib.interrupt(f"what now, {name}?"))
            return lib.Command(update=update, goto=later) if kind == "goes" else update

        handler.__annotations__["error"] = lib.NodeError
        return handler

    def _path(self, kind: str, target: str) -> Callable[[Any], Any]:
        lib, names = self.lib, self.names

        def path(state: Any) -> Any:
            count = len(seen(state, "log") or ())
            if kind == "one":
                return target
            if kind == "maybe":
                return target if count % 3 else lib.END
            if kind == "many":
                return names[: count % (len(names) + 1)]
            sent = [
                lib.Send("w" if kind == "send" else target, {"x": n, "log": []}) for n in range(count % 3)
            ]
            return sent if kind == "send" else [*sent, "w"]

        return path


def seen(state: Any, key: str) -> Any:
    """A key of a state, whatever that is."""
    return state.get(key) if isinstance(state, dict) else getattr(state, key, None)


# ---- drawing them


@st.composite
def nodes(draw: st.DrawFn, count: int, depth: int) -> Node:
    steps = tuple(draw(st.lists(st.sampled_from(STEPS), max_size=3)))
    if "ask" in steps:  # of one that fails when it is answered, LangGraph shows an update
        steps = tuple(step for step in steps if step not in ("fail", "flaky"))
    end = draw(st.sampled_from(ENDS if depth == 0 else ENDS[:-2] + ENDS[-1:]))
    inside = draw(st.none() | st.none() | specs(depth - 1)) if depth else None
    return Node(
        steps,
        end,
        draw(st.integers(0, count - 1)),
        draw(rarely),
        draw(rarely),
        # where nodes run side by side, LangGraph's handlers wait for the others, ours do not
        draw(st.sampled_from((None, "writes", "goes"))) if count == 1 else None,
        inside,
        draw(rarely),
    )


rarely = st.sampled_from((False, False, False, True))


@st.composite
def specs(draw: st.DrawFn, depth: int = 1, most: int = 4) -> Spec:
    """A graph with graphs inside, `depth` deep."""
    count = draw(st.integers(1, most if depth else 2))
    place = st.integers(0, count - 1)
    some = st.lists(place, max_size=1).map(tuple)
    branches = tuple(draw(st.lists(st.tuples(place, st.sampled_from(AFTERS), place), max_size=2)))
    sends = any(
        kind in ("send", "both") for _, kind, _ in branches
    )  # what is put off waits for them only here
    spec = Spec(
        tuple(replace(draw(nodes(count, depth)), **{"defer": False} if sends else {}) for _ in range(count)),
        tuple(draw(st.lists(st.tuples(place, place), max_size=4))),
        tuple(
            draw(
                st.lists(st.tuples(st.tuples(place, place).filter(lambda p: p[0] < p[1]), place), max_size=1)
            )
        )
        if count > 1
        else (),
        branches,
        draw(st.sampled_from(("dict", "dict", "pydantic", "dataclass", "private"))) if depth else "dict",
        draw(st.sampled_from((None, None, True))) if not depth else None,
        draw(st.integers(1, count)),
        draw(some) if draw(rarely) else (),
        draw(some) if count > 1 and draw(rarely) else (),
    )
    spec = comparable(spec, inside=depth == 0)
    return forward(spec) if any(node.defer for node in spec.nodes) or depth == 0 else spec


def comparable(spec: Spec, *, inside: bool) -> Spec:
    """The graph without what is not to be compared yet: see the report of differences in `test_thread_states`.

    That is failures beside questions, joins beside what is sent, and inside another graph stops and several
    nodes that ask at once.
    """
    if spec.asks:
        calm = (replace(n, steps=tuple(s for s in n.steps if s not in ("fail", "flaky"))) for n in spec.nodes)
        spec = replace(spec, nodes=tuple(calm))
    if any(kind in ("send", "both") for _, kind, _ in spec.branches):
        spec = replace(spec, joins=())
    return replace(spec, before=(), after=(), entries=1) if inside else spec


def forward(spec: Spec) -> Spec:
    """The graph without its loops: the two sides count the steps of those otherwise where they go on, or put off."""

    def later(at: int, node: Node) -> Node:
        loops = node.end in ("command", "list") and node.goto <= at
        handler = "writes" if node.handler == "goes" else node.handler
        return replace(node, end="dict" if loops else node.end, handler=handler)

    return replace(
        spec,
        nodes=tuple(later(at, node) for at, node in enumerate(spec.nodes)),
        edges=tuple(edge for edge in spec.edges if edge[0] < edge[1]),
        joins=tuple(join for join in spec.joins if max(join[0]) < join[1]),
        branches=tuple(b for b in spec.branches if b[1] == "send" or (b[1] != "many" and b[0] < b[2])),
    )
