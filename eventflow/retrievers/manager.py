"""What a retriever's hooks are given as `run_manager`."""

from __future__ import annotations

from eventflow.runs.manager import RunManager

__all__ = ("AsyncCallbackManagerForRetrieverRun", "CallbackManagerForRetrieverRun")


class CallbackManagerForRetrieverRun(RunManager):
    """The run that `_get_relevant_documents` works for."""

    __slots__ = ()


class AsyncCallbackManagerForRetrieverRun(CallbackManagerForRetrieverRun):
    """The run that `_aget_relevant_documents` works for."""

    __slots__ = ()

    def get_sync(self) -> CallbackManagerForRetrieverRun:
        """The same for sync code."""
        return CallbackManagerForRetrieverRun(self._run)
