"""What a graph has kept of its threads: reading states, and changing them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from eventflow.checkpoints import BaseCheckpointSaver, CheckpointTuple
from eventflow.graph.blueprint import Blueprint
from eventflow.graph.described import Described
from eventflow.graph.keeper import Keeper
from eventflow.graph.revision import Revision
from eventflow.graph.snapshot import StateSnapshot, empty_snapshot, snapshot_of
from eventflow.runs import Run, RunnableConfig

__all__ = ("Threads",)


class Threads(Described):
    """The part of a compiled graph that is about its threads."""

    checkpointer: BaseCheckpointSaver | bool | None
    _blueprint: Blueprint

    def _place(self, config: RunnableConfig | None) -> tuple[Threads, Keeper]:
        """The graph that a config names, this one or one inside it, and its checkpoints.

        Raises ValueError if there is no checkpointer, no thread, or no such graph.
        """
        if self.checkpointer is None or isinstance(self.checkpointer, bool):
            raise ValueError(
                "No checkpointer set: the graph keeps nothing; compile(checkpointer=InMemorySaver()) keeps its states"
            )
        said = (config or {}).get("configurable", {})
        graph: Threads = self
        saver = self.checkpointer
        ns: list[str] = []
        for place in filter(None, said.get("checkpoint_ns", "").split("|")):
            name = place.partition(":")[0]
            inner = graph.nodes[name].graph if name in graph.nodes else None
            if not isinstance(inner, Threads):
                raise ValueError(
                    f"Subgraph {name} not found: checkpoint_ns={said['checkpoint_ns']!r} names it"
                )
            graph = inner
            ns.append(name if graph.checkpointer is True else place)
            saver = graph.checkpointer if isinstance(graph.checkpointer, BaseCheckpointSaver) else saver
        keeper = Keeper(saver, said, tuple(ns))
        if ns and "checkpoint_id" in said:
            keeper.go_to(said["checkpoint_id"])
        return graph, keeper

    def get_subgraphs(
        self, *, namespace: str | None = None, recurse: bool = False
    ) -> Iterator[tuple[str, Threads]]:
        """The graphs that are nodes of this one, by name; graphs that functions call are not known.

        Arguments:
            namespace: only the one that it names; of a graph inside a graph inside, `"outer|inner"`.
            recurse: whether to go into the graphs inside.
        """
        for found in _inside(self, namespace, recurse):
            yield found

    async def aget_subgraphs(
        self, *, namespace: str | None = None, recurse: bool = False
    ) -> AsyncIterator[tuple[str, Threads]]:
        """The same as `get_subgraphs`."""
        for found in _inside(self, namespace, recurse):
            yield found

    def get_state(self, config: RunnableConfig, *, subgraphs: bool = False) -> StateSnapshot:
        """The newest state of a thread, or the one that `checkpoint_id` names; of a graph inside with `checkpoint_ns`.

        Arguments:
            config: names it, as `config` of another snapshot does, and `state` of a task that runs a graph.
            subgraphs: whether tasks that run graphs have the states of these as `state`, not what names them.

        Raises ValueError if the graph has no checkpointer, or `config` no `thread_id`, or names no graph in it.
        """
        graph, keeper = self._place(config)
        found = graph._snapshot(config, keeper, keeper.load())
        if not subgraphs:
            return found
        inside = [self.get_state(place, subgraphs=True) for place in found.inside]
        return found.opened(inside)

    async def aget_state(self, config: RunnableConfig, *, subgraphs: bool = False) -> StateSnapshot:
        """The same as `get_state`."""
        graph, keeper = self._place(config)
        found = graph._snapshot(config, keeper, await keeper.aload())
        if not subgraphs:
            return found
        inside = [await self.aget_state(place, subgraphs=True) for place in found.inside]
        return found.opened(inside)

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
        graph, keeper = self._place(config)
        shape = graph._blueprint
        for found in keeper.saver.list(keeper.config, filter=filter, before=before, limit=limit):
            yield snapshot_of(found, shape.keys, shape.nodes, newest=False)

    async def aget_state_history(
        self,
        config: RunnableConfig,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[StateSnapshot]:
        """The same as `get_state_history`."""
        graph, keeper = self._place(config)
        shape = graph._blueprint
        async for found in keeper.saver.alist(keeper.config, filter=filter, before=before, limit=limit):
            yield snapshot_of(found, shape.keys, shape.nodes, newest=False)

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

    def _revision(self, config: RunnableConfig) -> tuple[Keeper, Revision]:
        graph, keeper = self._place(config)
        return keeper, Revision(graph._blueprint, Run(graph, config), keeper.ns, 0, keeper)

    def bulk_update_state(
        self, config: RunnableConfig, supersteps: Sequence[Sequence[tuple[Any, str | None]]]
    ) -> RunnableConfig:
        """`update_state` for several updates, each of which goes on from the one before.

        Raises ValueError if there are none.
        """
        updates = [update for superstep in supersteps for update in superstep]
        if not updates:
            raise ValueError("No supersteps provided: bulk_update_state takes at least one update")
        for values, as_node in updates:
            config = self.update_state(config, values, as_node)
        return config

    async def abulk_update_state(
        self, config: RunnableConfig, supersteps: Sequence[Sequence[tuple[Any, str | None]]]
    ) -> RunnableConfig:
        """The same as `bulk_update_state`."""
        updates = [update for superstep in supersteps for update in superstep]
        if not updates:
            raise ValueError("No supersteps provided: bulk_update_state takes at least one update")
        for values, as_node in updates:
            config = await self.aupdate_state(config, values, as_node)
        return config


def _inside(graph: Threads, namespace: str | None, recurse: bool) -> Iterator[tuple[str, Threads]]:
    """The graphs inside a graph, see `Threads.get_subgraphs`."""
    first, _, rest = (namespace or "").partition("|")
    for name, node in graph.nodes.items():
        inner = node.graph
        if isinstance(inner, Threads):
            if namespace in (None, name):
                yield name, inner
            if recurse and (namespace is None or (first == name and rest)):
                for deeper, found in _inside(inner, rest or None, recurse):
                    yield f"{name}|{deeper}", found
