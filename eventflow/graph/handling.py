"""What happens when a node has failed for good: its `error_handler`, run in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from eventflow.graph.nodes import Node

__all__ = ("DEFAULT_HANDLER", "NodeError", "handler_node")

DEFAULT_HANDLER: Final = "__default_error_handler__"


@dataclass(frozen=True, slots=True)
class NodeError:
    """Which node has failed, and how: what an error handler takes as its parameter `error`.

    >>> NodeError("ask", ValueError("no"))
    NodeError(node='ask', error=ValueError('no'))
    """

    node: str
    error: BaseException


def handler_node(node: Node, handler: Callable[..., Any], name: str | None = None) -> Node:
    """The node that is run in the place of `node` when that has failed."""
    made = Node(name or f"__error_handler__{node.name}", handler, node.schema)
    made.metadata = node.metadata
    return made
