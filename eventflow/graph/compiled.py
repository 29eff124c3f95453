"""`CompiledStateGraph`: a graph as a runnable."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar

from eventflow.checkpoints import BaseCheckpointSaver, CheckpointTuple
from eventflow.errors import GraphInterrupt
from eventflow.events import Kind
from eventflow.graph.keeper import Keeper
from eventflow.graph.loop import Blueprint, Loop
from eventflow.graph.modes import chosen_modes
from eventflow.graph.records import Namespace
from eventflow.graph.snapshot import StateSnapshot, empty_snapshot, snapshot_of
from eventflow.graph.steps import asteps, steps
from eventflow.graph.streaming import Shape, astream_parts, stream_parts
from eventflow.graph.task import Given, Task
from eventflow.runnables import Runnable
from eventflow.runnables.drive import aflow, flow
from eventflow.runnables.narrow import is_mapping
from eventflow.runnables.seam import aclose, ajoin, close, join
from eventflow.runnables.shapes import is_model
from eventflow.runs import Node as Place
from eventflow.runs import Run, RunnableConfig, current

if TYPE_CHECKING:
    from eventflow.graph.builder import StateGraph

__all__ = ("CompiledStateGraph",)

StateT = TypeVar("StateT")

DEFAULT_STEPS = 10_007
"""The most steps that a run may take unless its config has a `recursion_limit`; LangGraph's number."""


class CompiledStateGraph(Runnable[Any, Any], Generic[StateT]):
    """A graph that can be run. Made by `StateGraph.compile`."""

    kind: ClassVar[Kind] = "chain"
    blocking = False

    def __init__(
        self,
        builder: StateGraph[StateT],
        blueprint: Blueprint,
        *,
        name: str | None = None,
        checkpointer: BaseCheckpointSaver | None = None,
        store: Any = None,
    ) -> None:
        self.builder = builder
        self.store = store
        self.checkpointer = checkpointer
        self.name = name or "LangGraph"
        self._blueprint = blueprint

    @property
    def nodes(self) -> Any:
        """The nodes by name."""
        return self._blueprint.nodes

    def gives_snapshots(self, fed: bool) -> bool:
        return True

    # ---- the work

    def _loop(self, run: Run, context: Any = None) -> Loop:
        limit = run.inherited.recursion_limit
        around = task_around(run.parent)
        ns = () if around is None else around.ns
        saver = self.checkpointer
        if saver is None and around is not None:
            saver = around.place.saver
        keeper = None if saver is None else Keeper(saver, run.inherited.configurable, ns)
        given = Given(self._context(context), self.store)
        if around is not None:
            outer = around.place.given
            given = Given(outer.context if context is None else given.context, self.store or outer.store)
        loop = Loop(self._blueprint, run, ns, limit if limit != 25 else DEFAULT_STEPS, keeper, given)
        if around is not None:
            loop.enter_in(around)
        return loop

    def _context(self, context: Any) -> Any:
        """What `context` is as the graph's schema says. Raises TypeError or ValidationError if it does not fit."""
        schema = self.builder.context_schema
        if is_model(schema) and isinstance(context, dict):
            return schema.model_validate(context)
        if is_mapping(context) and hasattr(schema, "__dataclass_fields__"):
            return schema(**context)
        return context

    def _given(self, loop: Loop) -> Any:
        """What a run gives; one inside another graph that has stopped stops that, too."""
        if loop.interrupts is not None and loop.inside:
            raise GraphInterrupt(loop.interrupts)
        return loop.output()

    def _do_invoke(self, input: Any, run: Run, *, context: Any = None, **kwargs: Any) -> Any:
        loop = self._loop(run, context)
        tasks = steps(loop, input)
        try:
            for task in tasks:
                if run.hub.stream:
                    run.chunk(task.update())
        finally:
            close(tasks)
        return self._given(loop)

    async def _do_ainvoke(self, input: Any, run: Run, *, context: Any = None, **kwargs: Any) -> Any:
        loop = self._loop(run, context)
        tasks = asteps(loop, input)
        try:
            async for task in tasks:
                if run.hub.stream:
                    run.chunk(task.update())
        finally:
            await aclose(tasks)
        return self._given(loop)

    def _do_stream(self, input: Any, run: Run, *, context: Any = None, **kwargs: Any) -> Iterator[Any]:
        loop = self._loop(run, context)
        tasks = steps(loop, input)
        try:
            for task in tasks:
                yield task.update() if run.hub.stream else None
        finally:
            close(tasks)
        run.result = self._given(loop)

    async def _do_astream(
        self, input: Any, run: Run, *, context: Any = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        loop = self._loop(run, context)
        tasks = asteps(loop, input)
        try:
            async for task in tasks:
                yield task.update() if run.hub.stream else None
        finally:
            await aclose(tasks)
        run.result = self._given(loop)

    # ---- what is kept of a thread

    def _keeper(self, config: RunnableConfig | None) -> Keeper:
        """The checkpoints that a config names. Raises ValueError if there is no checkpointer, or no thread."""
        if self.checkpointer is None:
            raise ValueError(
                "No checkpointer set: the graph keeps nothing; compile(checkpointer=InMemorySaver()) keeps its states"
            )
        return Keeper(self.checkpointer, (config or {}).get("configurable", {}), ())

    def get_state(self, config: RunnableConfig) -> StateSnapshot:
        """The newest state of a thread, or the one that `checkpoint_id` names.

        Raises ValueError if the graph has no checkpointer, or `config` no `thread_id`.
        """
        keeper = self._keeper(config)
        return self._snapshot(config, keeper, keeper.load())

    async def aget_state(self, config: RunnableConfig) -> StateSnapshot:
        """The same as `get_state`."""
        keeper = self._keeper(config)
        return self._snapshot(config, keeper, await keeper.aload())

    def _snapshot(
        self, config: RunnableConfig, keeper: Keeper, found: CheckpointTuple | None
    ) -> StateSnapshot:
        if found is None:
            return empty_snapshot(config)
        return snapshot_of(found, self._blueprint.keys, self._blueprint.nodes, newest=not keeper.replays)

    def get_state_history(
        self,
        config: RunnableConfig,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[StateSnapshot]:
        """The states of a thread, newest first; see `BaseCheckpointSaver.list`."""
        keeper = self._keeper(config)
        for found in keeper.saver.list(keeper.config, filter=filter, before=before, limit=limit):
            yield snapshot_of(found, self._blueprint.keys, self._blueprint.nodes, newest=False)

    async def aget_state_history(
        self,
        config: RunnableConfig,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[StateSnapshot]:
        """The same as `get_state_history`."""
        keeper = self._keeper(config)
        async for found in keeper.saver.alist(keeper.config, filter=filter, before=before, limit=limit):
            yield snapshot_of(found, self._blueprint.keys, self._blueprint.nodes, newest=False)

    def update_state(self, config: RunnableConfig, values: Any, as_node: str | None = None) -> RunnableConfig:
        """Write into the state of a thread, as if `as_node` had; the next run goes on from there.

        Arguments:
            config: names the thread, and maybe the checkpoint to branch off from.
            values: what to write, as a node would return it.
            as_node: which node to have written it; the one that ran last unless given.

        Returns the config that names the new state.

        Raises InvalidUpdateError if it cannot be told which node is meant, or it cannot write that.
        """
        keeper, loop = self._revision(config)
        by = loop.update(values, as_node, keeper.load())
        for branch in loop.branches_of(by.node):
            by.gotos.extend(branch.targets(branch.path.invoke(loop.fresh(branch, []))))
        loop.revised(by)
        keeper.keep()
        return keeper.config

    async def aupdate_state(
        self, config: RunnableConfig, values: Any, as_node: str | None = None
    ) -> RunnableConfig:
        """The same as `update_state`."""
        keeper, loop = self._revision(config)
        by = loop.update(values, as_node, await keeper.aload())
        for branch in loop.branches_of(by.node):
            by.gotos.extend(branch.targets(await branch.path.ainvoke(loop.fresh(branch, []))))
        loop.revised(by)
        await keeper.akeep()
        return keeper.config

    def _revision(self, config: RunnableConfig) -> tuple[Keeper, Loop]:
        keeper = self._keeper(config)
        return keeper, Loop(self._blueprint, Run(self, config), (), DEFAULT_STEPS, keeper)

    # ---- streams

    def stream(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        stream_mode: str | Sequence[str] | None = None,
        subgraphs: bool = False,
        version: Literal["v1", "v2"] = "v1",
        **kwargs: Any,
    ) -> Iterator[Any]:
        """Run it, and yield what the chosen modes show of it."""
        shape = self._shape(stream_mode, subgraphs, version)

        def drive(config: RunnableConfig | None) -> Iterator[Any]:
            return flow(Run(self, config, True), self._do_stream, input, kwargs, shown=True)

        return stream_parts(drive, config, shape)

    def astream(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        stream_mode: str | Sequence[str] | None = None,
        subgraphs: bool = False,
        version: Literal["v1", "v2"] = "v1",
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """The same, asynchronously."""
        shape = self._shape(stream_mode, subgraphs, version)

        def drive(config: RunnableConfig | None) -> AsyncIterator[Any]:
            return aflow(Run(self, config, True), self._do_astream, input, kwargs, shown=True)

        return astream_parts(drive, config, shape)

    def transform(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:
        """Run it on the whole input; yields the state after each step, of which the last is the output."""
        yield from self.stream(join(input), config, stream_mode="values", **kwargs)

    async def atransform(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """The same, asynchronously."""
        parts = self.astream(await ajoin(input), config, stream_mode="values", **kwargs)
        try:
            async for part in parts:
                yield part
        finally:
            await aclose(parts)

    def _shape(self, stream_mode: str | Sequence[str] | None, subgraphs: bool, version: str) -> Shape:
        ns = namespace_of(current.get())
        asked = stream_mode if stream_mode is not None else ("values" if ns else "updates")
        return Shape(
            chosen_modes(asked),
            tagged=not isinstance(asked, str),
            subgraphs=subgraphs,
            version=version,
            ns=ns,
            build=self._blueprint.state.build,
        )


def task_around(place: Place | None) -> Task | None:
    """The task that this place of the tree of runs is in."""
    while place is not None:
        if isinstance(place, Run) and isinstance(place.source, Task):
            return place.source
        place = place.parent
    return None


def namespace_of(place: Place | None) -> Namespace:
    """Which graph runs at this place of the tree of runs."""
    around = task_around(place)
    return () if around is None else around.ns
