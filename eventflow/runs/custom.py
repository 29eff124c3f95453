"""Events of the user's own, told by the run that is current, or by the one that a config stands for."""

from __future__ import annotations

from typing import Any

from eventflow.errors import NoRunError
from eventflow.runs.config import RunnableConfig
from eventflow.runs.node import RunHandle
from eventflow.runs.run import Run, current_run

__all__ = ("adispatch_custom_event", "dispatch_custom_event")


def dispatch_custom_event(name: str, data: Any, *, config: RunnableConfig | None = None) -> None:
    """Tell of an event of your own: `on_custom_event`, with your `name` and `data` as they are.

    It carries the ids, tags and metadata of the run around it. Works in sync and async code, in tools, and in
    threads that were started with a copied context or are given `config`, the config of the function.

    Raises NoRunError (a RuntimeError) outside a run.

    >>> from eventflow import RunnableLambda, listen
    >>> def load(path):
    ...     dispatch_custom_event("progress", {"done": 0.5})
    ...     return path
    >>> with listen(phases=["custom"]) as events:
    ...     RunnableLambda(load).invoke("a.txt")
    'a.txt'
    >>> [(event["name"], event["data"]) for event in events]
    [('progress', {'done': 0.5})]
    """
    _run(name, config).custom(name, data)


async def adispatch_custom_event(name: str, data: Any, *, config: RunnableConfig | None = None) -> None:
    """The same, and lets a reader that is behind catch up."""
    run = _run(name, config)
    run.custom(name, data)
    await run.apause()


def _run(name: str, config: RunnableConfig | None) -> Run:
    handle = config.get("callbacks") if config else None
    node = handle.node if isinstance(handle, RunHandle) else None
    while node is not None and not isinstance(node, Run):
        node = node.parent
    run = node or current_run()
    if run is None:
        raise NoRunError(
            f"custom event {name!r} was dispatched outside a run: call dispatch_custom_event inside a function, tool "
            "or node that is being run, or pass it the config= which that function was given (a thread started by hand "
            "needs that, or the context: eventflow.run_in_context)"
        )
    return run
