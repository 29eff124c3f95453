"""An event as the consumer of an event stream sees it."""

from __future__ import annotations

from typing import Any, cast

from eventflow.events import MISSING, Event, RunInfo, StreamEvent

__all__ = ("shown",)


def shown(event: Event, root: RunInfo | None, given: Any, *, strict: bool = False) -> StreamEvent:
    """The dictionary for an event: at the root, the start has the input, and the end has not.

    Arguments:
        event: what was told.
        root: the run that is streamed.
        given: what it was given.
        strict: whether it is LangChain's contract to the letter, as with version "v2".
    """
    public = event.as_dict()
    if event.phase != "custom":
        data = cast("dict[str, Any]", public["data"])
        if strict and event.phase != "error":
            data.pop("tool_call_id", None)
        if event.info is root:
            if event.phase == "start":
                data["input"] = _given(event, given, strict)
            elif event.phase == "end":
                data.pop("input", None)
            elif event.phase == "stream":  # of a text model, whose chunks LangChain shows as text here
                data["chunk"] = getattr(event.data, "text", event.data)
        elif strict and event.phase == "start" and event.data is MISSING:
            data.pop("input", None)
    return public


def _given(event: Event, input: Any, strict: bool) -> Any:
    """What the root was given; of a tool its arguments, without those that are injected.

    LangChain shows a whole tool call there, and text as text.
    """
    if event.info.kind != "tool":
        return input
    if not strict:
        return event.input
    given = _as_dict(input)
    if given is None:
        return input
    return {**given, "args": event.input} if given.get("type") == "tool_call" else event.input


def _as_dict(given: object) -> dict[str, Any] | None:
    return cast("dict[str, Any]", given) if isinstance(given, dict) else None
