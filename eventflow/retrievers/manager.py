"""What a retriever's hooks are given as `run_manager`: the run, as LangChain's users know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from eventflow.runs import Run, RunHandle

__all__ = ("AsyncCallbackManagerForRetrieverRun", "CallbackManagerForRetrieverRun")


class CallbackManagerForRetrieverRun:
    """The run that `_get_relevant_documents` works for."""

    __slots__ = ("_run",)

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def run_id(self) -> UUID:
        """The id of the run."""
        return UUID(self._run.run_id)

    @property
    def parent_run_id(self) -> UUID | None:
        """The id of the run that it is part of."""
        parent = self._run.parent_run
        return None if parent is None else UUID(parent.run_id)

    @property
    def tags(self) -> list[str]:
        """The tags of the run."""
        return [*self._run.info.tags]

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The metadata of the run."""
        return self._run.info.metadata

    def get_child(self, tag: str | None = None) -> RunHandle:
        """What `config["callbacks"]` has to be for a runnable to become a child of the run."""
        return self._run.handle(tag)


class AsyncCallbackManagerForRetrieverRun(CallbackManagerForRetrieverRun):
    """The run that `_aget_relevant_documents` works for."""

    __slots__ = ()

    def get_sync(self) -> CallbackManagerForRetrieverRun:
        """The same for sync code."""
        return CallbackManagerForRetrieverRun(self._run)
