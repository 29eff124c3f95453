"""`StateGraph`: nodes and edges, added one by one, and checked as a whole when the graph is compiled."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, Self, TypeVar, cast, overload

from eventflow.checkpoints import BaseCheckpointSaver
from eventflow.graph.blueprint import Blueprint
from eventflow.graph.cache import BaseNodeCache, CachePolicy, is_policy
from eventflow.graph.compiled import CompiledStateGraph
from eventflow.graph.constants import END, START
from eventflow.graph.dataflow import FlowGraph
from eventflow.graph.defaults import Defaults, policies
from eventflow.graph.handling import handler_node
from eventflow.graph.hints import hints_of, is_schema, literals_of
from eventflow.graph.nodes import Branch, Node, sync_timeout
from eventflow.graph.plan import Join, Plan
from eventflow.graph.retries import RetryPolicy
from eventflow.graph.sound import check_edges, check_parts, check_schema
from eventflow.graph.state import Key, StateSchema
from eventflow.graph.timeouts import Timeout, timeout_policy
from eventflow.runnables import Runnable, RunnableLambda, coerce_to_runnable
from eventflow.runnables.narrow import is_mapping, is_runnable

__all__ = ("StateGraph",)

StateT = TypeVar("StateT")

_RESERVED: Final = frozenset({START, END})
_SEPARATORS: Final = ("|", ":")


class StateGraph(Generic[StateT]):
    """A graph of nodes that read a common state and write parts of it.

    A node takes the state (or the part of it that its first parameter is annotated with) and returns a dict of
    the keys that it writes. Writes to a key that is `Annotated` with a function are combined by it; to other
    keys, the last write counts. Nodes that nothing orders run at the same time; all writes of a step are
    applied when the whole step has ended.

    Arguments:
        state_schema: a TypedDict, dataclass or pydantic model, or any type for a state that is one value.
        context_schema: what `context` of a call has to be.
        input_schema, output_schema: what the graph takes and gives, if that is not the whole state.

    >>> from typing import TypedDict
    >>> class State(TypedDict):
    ...     x: int
    >>> def double(state: State):
    ...     return {"x": state["x"] * 2}
    >>> graph = StateGraph(State).add_node(double).add_edge(START, "double").add_edge("double", END).compile()
    >>> graph.invoke({"x": 21})
    {'x': 42}
    """

    @overload
    def __init__(
        self,
        state_schema: type[StateT],
        context_schema: Any = None,
        *,
        input_schema: Any = None,
        output_schema: Any = None,
    ) -> None: ...
    @overload
    def __init__(  # any other hint: `Annotated[list, add]`, `list[int] | None`
        self: StateGraph[Any],
        state_schema: Any,
        context_schema: Any = None,
        *,
        input_schema: Any = None,
        output_schema: Any = None,
    ) -> None: ...
    def __init__(
        self,
        state_schema: Any,
        context_schema: Any = None,
        *,
        input_schema: Any = None,
        output_schema: Any = None,
    ) -> None:
        check_schema(state_schema)
        self.state_schema = state_schema
        self.context_schema = context_schema
        self._schemas: dict[int, StateSchema] = {}
        self._keys: dict[str, Key] = {}
        self._state = self._read(state_schema)
        self._input = self._read(input_schema or state_schema)
        self._output = self._read(output_schema or state_schema)
        self.nodes: dict[str, Node] = {}
        self.edges: set[tuple[str, str]] = set()
        self._joins: dict[Join, None] = {}
        self._branches: dict[str, dict[str, Branch]] = {}
        self._deferred: set[str] = set()
        self._ends: dict[str, dict[str, str | None]] = {}
        self._defaults = Defaults()

    def _read(self, schema: Any) -> StateSchema:
        """The schema, whose keys become keys of the state."""
        if id(schema) not in self._schemas:
            read = self._schemas[id(schema)] = StateSchema(schema)
            for name, key in read.keys.items():
                known = self._keys.get(name)
                if known is None or known.reducer is None:
                    self._keys[name] = key
                elif key.reducer is not None and key.reducer is not known.reducer:
                    raise ValueError(
                        f"Channel '{name}' already exists with a different type: two schemas give it two reducers"
                    )
        return self._schemas[id(schema)]

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Say what to do where the builder is taken for the graph."""
            if not name.startswith("_") and hasattr(CompiledStateGraph, name):
                raise AttributeError(
                    f"StateGraph is not compiled: call {name}() of what compile() gives", name=name, obj=self
                )
            raise AttributeError(f"'StateGraph' object has no attribute {name!r}", name=name, obj=self)

    # ---- nodes

    def add_node(
        self,
        node: str | Callable[..., Any] | Runnable[Any, Any],
        action: Callable[..., Any] | Runnable[Any, Any] | None = None,
        *,
        defer: bool = False,
        metadata: dict[str, Any] | None = None,
        input_schema: Any = None,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        cache_policy: CachePolicy | None = None,
        timeout: Timeout | None = None,
        error_handler: Callable[..., Any] | None = None,
        destinations: Mapping[str, str] | Sequence[str] | None = None,
    ) -> Self:
        """Add a node.

        Arguments:
            node: its name; or what it runs, whose name it takes.
            action: what it runs: a function of any colour, a runnable, another compiled graph.
            defer: whether it runs when nothing else is left to run.
            input_schema: what it sees of the state; by the annotation of its first parameter unless given.
            retry_policy: when and how often it is run again when it fails; the first that fits counts.
            cache_policy: lets it not run again on an input that it was run on before; needs a cache, see `compile`.
            timeout: how long one attempt may take, in seconds, as a timedelta, or as a `TimeoutPolicy`; of an
                async node only.
            error_handler: what is run in its place when it has failed for good; takes the input of the node, and
                maybe `error`, a `NodeError`. The edges of the node are not followed then: it returns a `Command`
                to go on.
            metadata: shown in the events and the tasks of the node.
            destinations: where a `Command` that it returns may lead, for drawings; of a dict, with labels.

        Raises ValueError if the name is taken, or reserved, or cannot be one, or a sync node has a timeout.
        """
        if not isinstance(node, str):
            action = node
            name = node.get_name() if is_runnable(node) else getattr(node, "__name__", type(node).__name__)
        else:
            name = node
        if action is None:
            raise RuntimeError(f"node {name!r} has nothing to run: add_node(name, function)")
        if name in self.nodes:
            raise ValueError(f"Node `{name}` already present.")
        if name in _RESERVED:
            raise ValueError(f"Node `{name}` is reserved.")
        for separator in _SEPARATORS:
            if separator in name:
                raise ValueError(
                    f"'{separator}' is a reserved character and is not allowed in the node names."
                )
        if isinstance(action, StateGraph):
            raise TypeError(f"node {name!r} cannot run a StateGraph: compile() it first")
        if not callable(action) and not is_runnable(action):
            raise TypeError(f"node {name!r} cannot run {action!r}: give a function or a runnable")
        hints = hints_of(action)
        schema = input_schema or hints.get("input")
        read = self._read(schema) if is_schema(schema) else self._state
        made = self.nodes[name] = Node(name, action, read)
        made.retries = policies(retry_policy)
        made.cache = cache_policy
        made.timeout = timeout_policy(timeout)
        if cache_policy is not None and not is_policy(cache_policy):
            raise TypeError(f"node {name!r} has cache_policy={cache_policy!r}: give a CachePolicy()")
        if error_handler is not None and not callable(error_handler):
            raise TypeError(f"node {name!r} has error_handler={error_handler!r}: give a function")
        made.metadata = metadata or {}
        if made.timeout is not None and not made.is_async:
            raise ValueError(sync_timeout(name))
        if error_handler is not None:
            made.handler = handler_node(made, error_handler)
        if defer:
            self._deferred.add(name)
        ends = destinations if destinations is not None else hints.get("ends", ())
        self._ends[name] = {**ends} if is_mapping(ends) else dict.fromkeys(cast("Sequence[str]", ends))
        return self

    def set_node_defaults(
        self,
        *,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        cache_policy: CachePolicy | None = None,
        error_handler: Callable[..., Any] | None = None,
        timeout: Timeout | None = None,
    ) -> Self:
        """What nodes have that were added without: see `add_node`. Taken up by `compile`; not by graphs inside.

        Error handlers have the `retry_policy` and the `timeout`, too; they are neither cached nor handled.
        """
        self._defaults = Defaults(
            policies(retry_policy), cache_policy, error_handler, timeout_policy(timeout)
        )
        return self

    # ---- edges

    def add_edge(self, start_key: str | list[str], end_key: str) -> Self:
        """Let `end_key` follow `start_key`; of a list, let it follow once all of them have ended.

        Raises ValueError if END is to be left, or START entered; TypeError if it is to lead to several nodes.
        """
        if not isinstance(cast("object", end_key), str):
            raise TypeError(f"{end_key=}: an edge leads to one node; add one edge for each")
        if end_key == START:
            raise ValueError("START cannot be an end node")
        if isinstance(start_key, str):
            if start_key == END:
                raise ValueError("END cannot be a start node")
            self.edges.add((start_key, end_key))
            return self
        for source in start_key:
            if source == END:
                raise ValueError("END cannot be a start node")
            if source not in self.nodes:
                raise ValueError(f"Need to add_node `{source}` first")
        if end_key != END and end_key not in self.nodes:
            raise ValueError(f"Need to add_node `{end_key}` first")
        self._joins[Join(tuple(start_key), end_key)] = None
        return self

    def add_conditional_edges(
        self,
        source: str,
        path: Callable[..., Any] | Runnable[Any, Any],
        path_map: Mapping[Hashable, str] | Sequence[str] | None = None,
    ) -> Self:
        """Let `path` say what follows `source`: it sees the state after `source` has written.

        Arguments:
            source: the node, or START.
            path: a function or runnable that gives a node's name, `END`, a `Send`, or a list of these.
            path_map: what the answers stand for, or the names that they may be.

        Raises ValueError if there is a conditional edge of this name already.
        """
        runnable = path if is_runnable(path) else coerce_to_runnable(path)
        name = runnable.get_name()
        if isinstance(runnable, RunnableLambda) and runnable.name is None:
            name = "condition"
        mine = self._branches.setdefault(source, {})
        if name in mine:
            raise ValueError(f"Branch with name `{name}` already exists for node `{source}`")
        if path_map is None:
            ends = literals_of(path)
        elif isinstance(path_map, Mapping):
            ends = dict(path_map)
        else:
            ends = {cast("Hashable", end): end for end in path_map}
        schema = hints_of(path).get("input")
        mine[name] = Branch(name, runnable, ends, self._read(schema) if is_schema(schema) else None)
        return self

    def add_sequence(
        self, nodes: Sequence[Callable[..., Any] | Runnable[Any, Any] | tuple[str, Any]]
    ) -> Self:
        """Add nodes that follow each other. Raises ValueError if there are none."""
        if not nodes:
            raise ValueError("Sequence requires at least one node.")
        before: str | None = None
        for one in nodes:
            known = set(self.nodes)
            if isinstance(one, tuple):
                self.add_node(*cast("Any", one))
            else:
                self.add_node(one)
            (name,) = set(self.nodes) - known
            if before is not None:
                self.add_edge(before, name)
            before = name
        return self

    def set_entry_point(self, key: str) -> Self:
        """The same as `add_edge(START, key)`."""
        return self.add_edge(START, key)

    def set_finish_point(self, key: str) -> Self:
        """The same as `add_edge(key, END)`."""
        return self.add_edge(key, END)

    def set_conditional_entry_point(
        self, path: Any, path_map: Mapping[Hashable, str] | Sequence[str] | None = None
    ) -> Self:
        """The same as `add_conditional_edges(START, path, path_map)`."""
        return self.add_conditional_edges(START, path, path_map)

    # ---- the whole

    def validate(self) -> Self:
        """Raises ValueError if the graph cannot run: an edge leads from or to nothing, or none leads in."""
        commanding = [name for name, ends in self._ends.items() if ends]
        check_edges(self.nodes, self.edges, self._joins, self._branches, commanding)
        return self

    def compile(
        self,
        checkpointer: BaseCheckpointSaver | bool | None = None,
        *,
        cache: BaseNodeCache | None = None,
        store: Any = None,
        interrupt_before: Literal["*"] | Sequence[str] | None = None,
        interrupt_after: Literal["*"] | Sequence[str] | None = None,
        name: str | None = None,
        barrier: bool = True,
    ) -> CompiledStateGraph[StateT]:
        """Make a runnable of it.

        Arguments:
            checkpointer: keeps its states, by thread. A graph inside a graph uses that one's unless it has its own;
                True lets it also remember its state from one run to the next, False keeps nothing of it.
            cache: keeps what nodes with a `cache_policy` wrote.
            store: what nodes are given as `store`.
            interrupt_before, interrupt_after: before and after which nodes it stops; "*" for all.
            name: what its runs are called.
            barrier: False lets a node start as soon as those before it have ended; else a step begins when all
                nodes of the one before have ended. What a node writes is applied when it ends then, and there
                are no checkpoints.

        Raises ValueError if it cannot run, see `validate`; or is to run without steps, and to stop between them;
        TypeError if the checkpointer or the cache is something else.
        """
        self.validate()
        check_parts(checkpointer, cache, barrier=barrier, stops=bool(interrupt_before or interrupt_after))
        edges: dict[str, list[str]] = {}
        for source, target in sorted(self.edges):
            if target != END:
                edges.setdefault(source, []).append(target)
        joins = tuple(j for j in self._joins if j.target != END)
        nodes = {name: self._defaults.finished(node) for name, node in self.nodes.items()}
        for node in nodes.values():
            joined = sorted(join.trigger for join in joins if join.target == node.name)
            node.triggers = (f"branch:to:{node.name}", *joined)
        joins_from: dict[str, tuple[int, ...]] = {}
        for index, join in enumerate(joins):
            for source in join.sources:
                joins_from[source] = (*joins_from.get(source, ()), index)
        for source, branches in self._branches.items():
            if source != START:
                nodes[source].branches = tuple(branches.values())
        finish = {source for source, target in self.edges if target == END}
        finish |= {source for join in self._joins if join.target == END for source in join.sources}
        blueprint = Blueprint(
            nodes,
            Plan({s: tuple(t) for s, t in edges.items()}, joins, joins_from, frozenset(self._deferred)),
            self._state,
            dict(self._keys),
            self._input,
            self._output,
            tuple(self._branches.get(START, {}).values()),
            self._stops(interrupt_before),
            self._stops(interrupt_after),
            finish,
            dict(self._ends),
        )
        kind: Any = CompiledStateGraph if barrier else FlowGraph
        compiled: CompiledStateGraph[StateT] = kind(
            self, blueprint, name=name, checkpointer=checkpointer, store=store, cache=cache
        )
        return compiled

    def _stops(self, names: str | Sequence[str] | None) -> tuple[str, ...]:
        """Before or after which nodes a run stops. Raises ValueError if there is no such node."""
        found = (names,) if isinstance(names, str) else tuple(names or ())
        for name in found:
            if name != "*" and name not in self.nodes:
                raise ValueError(f"Interrupt node `{name}` not found: there are {self._names()}")
        return found

    def _names(self) -> str:
        return ", ".join(map(repr, self.nodes)) or "none"
