"""`CompiledStateGraph`: a graph as a runnable."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar

from eventflow.checkpoints import BaseCheckpointSaver
from eventflow.errors import GraphInterrupt
from eventflow.events import Kind
from eventflow.graph.keeper import Keeper
from eventflow.graph.loop import Blueprint, Loop
from eventflow.graph.modes import chosen_modes
from eventflow.graph.options import RunOptions, run_options
from eventflow.graph.records import Namespace
from eventflow.graph.steps import asteps, steps
from eventflow.graph.streaming import Shape, astream_parts, stream_parts
from eventflow.graph.task import Given, Task
from eventflow.graph.threads import Threads
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


class CompiledStateGraph(Threads, Generic[StateT]):
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

    def _loop(self, run: Run, said: Mapping[str, Any]) -> Loop:
        options = run_options(said, self._blueprint.nodes) if said else RunOptions()
        limit = run.inherited.recursion_limit
        around = task_around(run.parent)
        ns = () if around is None else around.ns
        saver = self.checkpointer
        if saver is None and around is not None:
            saver = around.place.saver
        keeper = None if saver is None else Keeper(saver, run.inherited.configurable, ns)
        if keeper is not None:
            keeper.at_exit = options.durability == "exit"
        given = Given(self._context(options.context), self.store)
        if around is not None:
            outer = around.place.given
            given = Given(
                outer.context if options.context is None else given.context, self.store or outer.store
            )
        blueprint = self._blueprint
        if options.before is not None or options.after is not None:
            before = blueprint.before if options.before is None else options.before
            after = blueprint.after if options.after is None else options.after
            blueprint = blueprint._replace(before=before, after=after)
        loop = Loop(blueprint, run, ns, limit if limit != 25 else DEFAULT_STEPS, keeper, given)
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

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        loop = self._loop(run, kwargs)
        tasks = steps(loop, input)
        try:
            for task in tasks:
                if run.hub.stream:
                    run.chunk(task.update())
        finally:
            close(tasks)
        return self._given(loop)

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        loop = self._loop(run, kwargs)
        tasks = asteps(loop, input)
        try:
            async for task in tasks:
                if run.hub.stream:
                    run.chunk(task.update())
        finally:
            await aclose(tasks)
        return self._given(loop)

    def _do_stream(self, input: Any, run: Run, **kwargs: Any) -> Iterator[Any]:
        loop = self._loop(run, kwargs)
        tasks = steps(loop, input)
        try:
            for task in tasks:
                yield task.update() if run.hub.stream else None
        finally:
            close(tasks)
        run.result = self._given(loop)

    async def _do_astream(self, input: Any, run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        loop = self._loop(run, kwargs)
        tasks = asteps(loop, input)
        try:
            async for task in tasks:
                yield task.update() if run.hub.stream else None
        finally:
            await aclose(tasks)
        run.result = self._given(loop)

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
