"""`push_message`: a node shows a message, and writes it, before it has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eventflow.errors import NoRunError
from eventflow.graph.tokens import push_token
from eventflow.messages import BaseMessage, convert_to_messages
from eventflow.runs import Run, current_run

__all__ = ("push_message",)


def push_message(message: Any, *, state_key: str | None = "messages") -> BaseMessage:
    """Show a message in the `messages` mode at once, and write it as if the node had returned it.

    Arguments:
        message: a message with an id, or what stands for one.
        state_key: which key of the state it is written to; None to show it only.

    Returns the message.

    Raises ValueError if it has no id; NoRunError (a RuntimeError) outside a node.

    >>> from eventflow import AIMessage
    >>> from eventflow.graph import MessagesState, StateGraph
    >>> def talk(state: MessagesState):
    ...     push_message(AIMessage("Wait.", id="1"))
    ...     return {"messages": [AIMessage("Done.", id="2")]}
    >>> graph = StateGraph(MessagesState).add_node(talk).add_edge("__start__", "talk").compile()
    >>> [message.text for message in graph.invoke({"messages": []})["messages"]]
    ['Wait.', 'Done.']
    """
    (pushed,) = convert_to_messages([message])
    if pushed.id is None:
        raise ValueError(
            "Message ID is required: push_message takes a message with an id, by which it is known"
        )
    write = _writer()
    push_token(pushed)
    if state_key is not None:
        write(state_key, pushed)
    return pushed


def _writer() -> Callable[[str, Any], None]:
    """What writes for the node that this code runs in."""
    run: Run | None = current_run()
    while run is not None:
        push: Callable[[str, Any], None] | None = getattr(run.source, "push", None)
        if push is not None:
            return push
        run = run.parent_run
    raise NoRunError("push_message() was called outside a node of a graph")
