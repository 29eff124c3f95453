"""`RunManager`: a run, as LangChain's users know it. Hooks of models and retrievers are given one as `run_manager`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from eventflow.runs.node import RunHandle
from eventflow.runs.run import Run

__all__ = ("RunManager",)


class RunManager:
    """The run that a hook works for."""

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
