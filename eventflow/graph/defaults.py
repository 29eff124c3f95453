"""What all nodes of a graph have unless they were given their own: `StateGraph.set_node_defaults`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any, NamedTuple

from eventflow.graph.cache import CachePolicy
from eventflow.graph.handling import DEFAULT_HANDLER, handler_node
from eventflow.graph.nodes import Node, sync_timeout
from eventflow.graph.retries import RetryPolicy
from eventflow.graph.timeouts import TimeoutPolicy

__all__ = ("Defaults", "policies")


class Defaults(NamedTuple):
    """What nodes have that were added without."""

    retries: tuple[RetryPolicy, ...] = ()
    cache: CachePolicy | None = None
    handler: Callable[..., Any] | None = None
    timeout: TimeoutPolicy | None = None

    def finished(self, node: Node) -> Node:
        """The node as the compiled graph has it. Raises ValueError if it is sync, and is to have a timeout."""
        made = copy(node)
        made.cache = node.cache or self.cache
        if made.handler is None and self.handler is not None:
            made.handler = handler_node(made, self.handler, DEFAULT_HANDLER)
        for one in (made,) if made.handler is None else (made, made.handler):
            one.retries = one.retries or self.retries
            one.timeout = one.timeout or self.timeout
            if one.timeout is not None and not one.is_async:
                raise ValueError(sync_timeout(one.name))
        return made


def policies(given: RetryPolicy | Sequence[RetryPolicy] | None) -> tuple[RetryPolicy, ...]:
    if given is None:
        return ()
    found = (given,) if isinstance(given, RetryPolicy) else tuple(given)
    for one in found:
        if not isinstance(one, RetryPolicy):  # pyright: ignore[reportUnnecessaryIsInstance]  # a check at the door
            raise TypeError(f"retry_policy={given!r}: give a RetryPolicy(), or several")
    return found
