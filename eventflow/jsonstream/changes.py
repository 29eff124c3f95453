"""From one position to the next: the operations that lie between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, cast

from eventflow.jsonstream.tree import (
    NOTHING,
    Frame,
    Path,
    Position,
    Text,
    counts_in,
    outermost_of,
    path_of,
    path_to,
    value_within,
)

__all__ = ("Operation", "changes_between", "patch_of")


class Operation(NamedTuple):
    """One change of the value.

    `kind` says what happened at `path`, the keys and indexes that lead there from the document, whose own
    path is ():

    - "add": `value` is there now. In an array it comes last; of a key that was there the old value is gone.
    - "append": the text `value` was added to the string that is open there.
    - "replace": the number that is open there is `value` now.
    - "close": what is there is finished. `value` is None.
    """

    kind: Literal["add", "append", "replace", "close"]
    path: Path
    value: Any = None


def changes_between(before: Position, after: Position) -> tuple[Operation, ...]:
    """What was done between two positions, in the order of the text."""
    frame, count, key, leaf, extent, _ = before
    is_open = leaf is not NOTHING and frame is after[0] and count == after[1]
    counts: dict[Frame, int] = {} if is_open else counts_in(after)
    if not is_open and outermost_of(frame) not in counts:  # what was open has been given up
        frame, count, leaf = outermost_of(after[0]), 0, NOTHING

    done: list[Operation] = []
    if leaf is not NOTHING:
        path = path_to(frame, count if key is None else key)
        if leaf.__class__ is Text:
            more = "".join(leaf[extent : after[4] if is_open else None])
            if more:
                done.append(Operation("append", path, more))
        else:
            value = after[3] if is_open else next(iter(frame.items(count)))[1]
            if value != leaf or value.__class__ is not leaf.__class__:
                done.append(Operation("replace", path, value))
        if is_open:
            return tuple(done)
        done.append(Operation("close", path))
        count += 1

    while frame not in counts:
        _add_finished(frame, count, None, done)
        done.append(Operation("close", path_of(frame)))
        count, frame = frame.place + 1, cast("Frame", frame.parent)
    if count < counts[frame]:
        _add_finished(frame, count, counts[frame], done)
    if frame is not after[0] or after[3] is not NOTHING:
        _add_open(frame, after, list(counts), done)
    return tuple(done)


def _add_finished(frame: Frame, start: int, stop: int | None, done: list[Operation]) -> None:
    """Tell of members of a frame that are new, and finished."""
    for key, value in frame.items(start, stop):
        path = path_to(frame, key)
        done.append(Operation("add", path, value))
        _close(path, value, done)


def _add_open(frame: Frame, after: Position, chain: list[Frame], done: list[Operation]) -> None:
    """Tell of the member of a frame that is new, and open, with all that is in it."""
    _, count, key, _, _, _ = after
    below = chain[: chain.index(frame)]
    path = path_of(below[-1]) if below else path_to(frame, count if key is None else key)
    done.append(Operation("add", path, value_within(after, frame)))
    counts = counts_in(after)
    for one in reversed(below):
        for name, value in one.items(0, counts[one]):
            _close(path_to(one, name), value, done)


def _close(path: Path, value: Any, done: list[Operation]) -> None:
    """Tell that a value and all in it is finished, inner before outer."""
    todo: list[tuple[Path, Any, bool]] = [(path, value, False)]
    while todo:
        path, one, is_last = todo.pop()
        members: list[tuple[str | int, Any]] = [] if is_last else _members(one)
        if members:
            todo.append((path, one, True))
            todo.extend([((*path, key), member, False) for key, member in reversed(members)])
        else:
            done.append(Operation("close", path))


def _members(value: Any) -> list[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return list(cast("Mapping[str | int, Any]", value).items())
    return list(enumerate(cast("Sequence[Any]", value))) if isinstance(value, list) else []


def patch_of(operations: Iterable[Operation], value: Any) -> list[dict[str, Any]]:
    """The operations as JSON Patch (RFC 6902), which cannot append: `value` is where whole strings are taken from."""
    patch: list[dict[str, Any]] = []
    for kind, path, new in operations:
        if kind != "close":
            op = "add" if kind == "add" and path else "replace"
            patch.append(
                {"op": op, "path": _pointer(path), "value": _at(path, value) if kind == "append" else new}
            )
    return patch


def _pointer(path: Path) -> str:
    """A path as JSON Pointer (RFC 6901)."""
    return "".join(["/" + str(key).replace("~", "~0").replace("/", "~1") for key in path])


def _at(path: Path, value: Any) -> Any:
    for key in path:
        value = value[key]
    return value
