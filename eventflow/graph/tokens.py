"""`push_token`: what code inside a node gets from a model of its own shows in the `messages` mode."""

from __future__ import annotations

from eventflow.errors import NoRunError
from eventflow.graph.records import TOKEN, TokenRecord
from eventflow.graph.writer import pause
from eventflow.messages import AIMessageChunk, BaseMessage
from eventflow.runs import Run, current_run

__all__ = ("apush_token", "push_token")


def push_token(token: str | BaseMessage, *, id: str | None = None) -> str:
    """Show a piece of a message in the `messages` mode, as if a chat model of eventflow's had given it.

    For nodes that call a provider's own SDK. Give the message that the node returns the id that this returns:
    then it is known to be shown already. A reader that is behind is waited for.

    Arguments:
        token: a piece of text, or a message chunk.
        id: the id of the message that it is a piece of; unless given, it is that of the chunk, or one that
            belongs to the run around it.

    Returns the id of the message.

    Raises NoRunError (a RuntimeError) outside a run, TypeError if `token` is neither.

    >>> from eventflow import AIMessage
    >>> from eventflow.graph import MessagesState, StateGraph
    >>> def talk(state: MessagesState):
    ...     for word in ("Hello", " you"):
    ...         id = push_token(word)
    ...     return {"messages": [AIMessage("Hello you", id=id)]}
    >>> graph = StateGraph(MessagesState).add_node(talk).add_edge("__start__", "talk").compile()
    >>> [message.text for message, _ in graph.stream({"messages": []}, stream_mode="messages")]
    ['Hello', ' you']
    """
    run, message = _pushed(token, id)
    pause(run)
    return str(message.id)


async def apush_token(token: str | BaseMessage, *, id: str | None = None) -> str:
    """The same as `push_token`, for coroutines."""
    run, message = _pushed(token, id)
    await run.apause()
    return str(message.id)


def _pushed(token: str | BaseMessage, id: str | None) -> tuple[Run, BaseMessage]:
    run = current_run()
    if run is None:
        raise NoRunError(
            "push_token() was called outside a run: call it inside a node, or in a thread that has the context of one "
            "(eventflow.run_in_context)"
        )
    message = AIMessageChunk(content=token) if isinstance(token, str) else token
    if not isinstance(message, BaseMessage):  # pyright: ignore[reportUnnecessaryIsInstance]  # a check at the door
        raise TypeError(f"push_token({token!r}): give a piece of text, or a message chunk")
    if id is not None or message.id is None:
        message = message.model_copy(update={"id": id or f"run-{run.run_id}"})
    if run.hub.custom:
        run.custom(TOKEN, TokenRecord(message))
    return run, message
