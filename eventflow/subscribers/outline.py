"""The tree of runs that a list of events tells of, drawn as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from eventflow.subscribers.reading import Reading, attempt, failure, read, was_cancelled
from eventflow.subscribers.text import escaped, shortened, shown

__all__ = ("count_of", "outline")

_MOST = 80


@dataclass(slots=True)
class _Branch:
    """A run, or an event of the user's own: a line of the drawing."""

    title: str
    outcome: str = "not ended"
    chunks: int = 0
    children: list[_Branch] = field(default_factory=list["_Branch"])

    def line(self) -> str:
        notes = [count_of(self.chunks), self.outcome]
        note = ", ".join(filter(None, notes))
        return f"{self.title}: {note}" if note else self.title


def count_of(chunks: int) -> str:
    """How many chunks there were, in words; nothing for none.

    >>> count_of(1), count_of(2), count_of(0)
    ('1 chunk', '2 chunks', '')
    """
    return f"{chunks:,} chunk{'s' * (chunks != 1)}" if chunks else ""


def outline(events: Iterable[object]) -> str:
    """The runs in the order in which they were first heard of, each below its nearest ancestor that was heard of.

    >>> start = {"event": "on_tool_start", "name": "add", "run_id": "r1", "parent_ids": [], "data": {}}
    >>> outline([start, {**start, "event": "on_tool_error", "data": {"error": ValueError("no")}}])
    'tool add: ValueError: no'
    """
    roots: list[_Branch] = []
    runs: dict[str, _Branch] = {}
    for event in map(read, events):
        if event.phase == "custom":
            above = (*event.parent_ids, event.run_id)
            _home(above, runs, roots).append(_Branch(f"event {_name(event)}", _told(event)))
            continue
        if event.run_id not in runs:
            runs[event.run_id] = branch = _Branch(f"{event.kind} {_name(event)}".strip())
            _home(event.parent_ids, runs, roots).append(branch)
        _note(runs[event.run_id], event)
    return "\n".join(_lines(roots))


def _told(event: Reading) -> str:
    """What an event of the user's own says, or a new attempt."""
    words = attempt(event)
    return shortened(escaped(words), _MOST) if words else shown(event.data, _MOST)


def _name(event: Reading) -> str:
    return shortened(escaped(event.name), _MOST)


def _home(above: tuple[str, ...], runs: dict[str, _Branch], roots: list[_Branch]) -> list[_Branch]:
    """Where something below these runs is drawn."""
    return next((runs[run].children for run in reversed(above) if run in runs), roots)


def _note(branch: _Branch, event: Reading) -> None:
    if event.phase == "stream":
        branch.chunks += 1
    elif event.phase == "end":
        branch.outcome = ""
    elif event.phase == "error":
        error = event.data.get("error")
        kind, message = failure(error)
        told = f"cancelled ({kind})" if was_cancelled(error) else f"{kind}: {message}"
        branch.outcome = shortened(escaped(told), _MOST)


def _lines(roots: list[_Branch]) -> Iterator[str]:
    for root in roots:
        yield root.line()
        yield from _below(root.children, "")


def _below(children: list[_Branch], indent: str) -> Iterator[str]:
    for child in children:
        last = child is children[-1]
        yield f"{indent}{'└── ' if last else '├── '}{child.line()}"
        yield from _below(child.children, indent + ("    " if last else "│   "))
