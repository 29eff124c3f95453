"""What a graph has kept of its threads: reading states, and changing them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from eventflow.checkpoints import BaseCheckpointSaver, CheckpointTuple
from eventflow.graph.described import Described
from eventflow.graph.keeper import Keeper
from eventflow.graph.loop import Blueprint
from eventflow.graph.revision import Revision
from eventflow.graph.snapshot import StateSnapshot, empty_snapshot, snapshot_of
from eventflow.runs import Run, RunnableConfig

__all__ = ("Threads",)


class Threads(Described):
    """The part of a compiled graph that is about its threads."""

    checkpointer: BaseCheckpointSaver | bool | None
    _blueprint: Blueprint

    def _keeper(self, config: RunnableConfig | None) -> Keeper:
        """The checkpoints that a config names. Raises ValueError if there is no checkpointer, or no thread."""
        if self.checkpointer is None or isinstance(self.checkpointer, bool):
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

    def _revision(self, config: RunnableConfig) -> tuple[Keeper, Revision]:
        keeper = self._keeper(config)
        return keeper, Revision(self._blueprint, Run(self, config), (), 0, keeper)

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
