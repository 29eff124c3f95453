"""Reading an event as a subscriber shows it, also one that came back from a file or is not as it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, cast

from eventflow.events import EVENT_NAMES
from eventflow.events.notices import ON_CACHE_HIT, ON_FALLBACK, ON_RETRY, AttemptData
from eventflow.subscribers.text import text_of

__all__ = ("Reading", "attempt", "cache_hit", "failure", "mapping_of", "piece", "read", "was_cancelled")

_MEANING: Final = {
    name: (phase, kind)
    for phase, names in EVENT_NAMES.items()
    for kind, name in names.items()
    if phase != "custom"
} | {"on_custom_event": ("custom", "custom")}

_ATTEMPTS: Final = frozenset({ON_RETRY, ON_FALLBACK})
_CANCELLATIONS: Final = frozenset({"CancelledError", "GeneratorExit", "KeyboardInterrupt"})


class Reading(NamedTuple):
    """An event, read: `phase` and `kind` are empty for one that eventflow does not know."""

    phase: str
    kind: str
    name: str
    run_id: str
    parent_ids: tuple[str, ...]
    data: Any


def mapping_of(value: object) -> Mapping[str, Any]:
    """`value` if it is a mapping, else an empty one."""
    empty: dict[str, Any] = {}
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else empty


def read(event: object) -> Reading:
    """What an event says; what is missing or of a wrong type is left empty.

    >>> read({"event": "on_tool_end", "name": "add", "data": {"output": 3}})
    Reading(phase='end', kind='tool', name='add', run_id='', parent_ids=(), data={'output': 3})
    """
    given = mapping_of(event)
    word = given.get("event")
    phase, kind = _MEANING.get(word, ("", "")) if isinstance(word, str) else ("", "")
    above = given.get("parent_ids")
    data = given.get("data")
    return Reading(
        phase,
        kind,
        text_of(given.get("name") or word or "?"),
        text_of(given.get("run_id") or ""),
        tuple(map(text_of, cast("Sequence[object]", above))) if isinstance(above, (list, tuple)) else (),
        data if phase == "custom" else mapping_of(data),
    )


def piece(chunk: object) -> str:
    """The text of a chunk of a model: what it says, and the pieces of tools it calls.

    >>> piece("Hel"), piece({"no": "text"})
    ('Hel', '')
    """
    try:
        return _piece(chunk)
    except Exception:  # of an object that is no message
        return ""


def _piece(chunk: object) -> str:
    if isinstance(chunk, str):
        return text_of(chunk)
    said = getattr(chunk, "text", "")
    calls = getattr(chunk, "tool_call_chunks", ())
    pieces = [text_of(said)] if isinstance(said, str) else []
    if isinstance(calls, (list, tuple)):
        pieces += [_call_piece(mapping_of(call)) for call in cast("list[object]", calls)]
    return "".join(pieces)


def _call_piece(call: Mapping[str, Any]) -> str:
    name, args = call.get("name"), call.get("args")
    return (f"{text_of(name)} " if name else "") + (args if isinstance(args, str) else "")


def failure(error: object) -> tuple[str, str]:
    """The type and the message of an exception, or of what `JsonLines` has made of one.

    >>> failure(ValueError("no")), failure({"type": "ValueError", "message": "no"})
    (('ValueError', 'no'), ('ValueError', 'no'))
    """
    if told := mapping_of(error):
        return text_of(told.get("type", "error")), text_of(told.get("message", ""))
    return type(error).__name__, text_of(error)


def attempt(event: Reading) -> str:
    """What `on_retry` and `on_fallback` tell, in words; nothing for other events, or if it is not as it should be.

    >>> said = {"attempt": 2, "max_attempts": 3, "runnable": "ask", "error": ValueError("no"), "wait": 0.5}
    >>> attempt(read({"event": "on_custom_event", "name": "on_retry", "data": said}))
    'attempt 2 of 3: ask, in 0.5 s, after ValueError: no'
    """
    data = mapping_of(event.data)
    if (
        event.phase != "custom"
        or event.name not in _ATTEMPTS
        or not data.keys() >= AttemptData.__annotations__.keys()
    ):
        return ""
    kind, message = failure(data["error"])
    wait = data["wait"]
    pause = f", in {wait:.3g} s" if isinstance(wait, (int, float)) and wait else ""
    number, most, name = (text_of(data[key]) for key in ("attempt", "max_attempts", "runnable"))
    return f"attempt {number} of {most}: {name}{pause}, after {kind}: {message}"


def cache_hit(event: Reading) -> str:
    """What `on_cache_hit` tells, in words; nothing for other events, or if it is not as it should be.

    >>> cache_hit(read({"event": "on_custom_event", "name": "on_cache_hit", "data": {"cache": "SQLiteCache"}}))
    'kept answer, from SQLiteCache'
    """
    cache = mapping_of(event.data).get("cache")
    is_hit = event.phase == "custom" and event.name == ON_CACHE_HIT and isinstance(cache, str)
    return f"kept answer, from {text_of(cache)}" if is_hit else ""


def was_cancelled(error: object) -> bool:
    """Whether the run was stopped from outside: cancelled, left early, or interrupted."""
    return failure(error)[0] in _CANCELLATIONS
