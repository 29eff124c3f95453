"""A checkpoint in the pieces that savers store: as bytes, each value apart, and of a list that grew only the rest.

So a thread of n steps that adds n messages takes room for n messages, not for n lists of them. Each checkpoint
says where its values are; what was not written since its parent is where the parent has it. Savers differ in what
"where" is: it is their own, here called a source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar, cast

from eventflow.checkpoints.base import (
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    PendingWrite,
)
from eventflow.codec import dumps, loads
from eventflow.errors import CodecError
from eventflow.runs import RunnableConfig

__all__ = (
    "Added",
    "Link",
    "Place",
    "Row",
    "added",
    "checkpoint_of",
    "chosen_by",
    "config_of",
    "head_of",
    "joined",
    "matches",
    "place_of",
    "tuple_of",
    "writes_of",
)

S = TypeVar("S")


class Place(NamedTuple):
    """What a config names."""

    thread: str
    ns: str
    id: str | None


class Row(NamedTuple):
    """A checkpoint without its values."""

    thread: str
    ns: str
    id: str
    parent: str | None
    head: bytes
    metadata: bytes


class Link(NamedTuple):
    """A value, or what was added to the first `kept` items of the one before."""

    kept: int
    data: bytes


class Added(NamedTuple, Generic[S]):
    """A value that is to be stored, behind `base` if that is not None."""

    name: str
    base: S | None
    link: Link


def place_of(config: RunnableConfig) -> Place:
    """What a config names. Raises ValueError if it has no `thread_id`."""
    said = config.get("configurable", {})
    thread = said.get("thread_id")
    if thread is None:
        raise ValueError("the config names no thread: give {'configurable': {'thread_id': ...}}")
    return Place(str(thread), said.get("checkpoint_ns", ""), said.get("checkpoint_id"))


def chosen_by(config: RunnableConfig) -> tuple[str, str | None, str | None]:
    """What a config chooses of all checkpoints: a thread, maybe a namespace, maybe an id."""
    thread, ns, id = place_of(config)
    return thread, ns if "checkpoint_ns" in config.get("configurable", {}) else None, id


def checkpoint_of(config: RunnableConfig) -> tuple[str, str, str]:
    """What a config names, which has to be a checkpoint. Raises ValueError if it is not."""
    thread, ns, id = place_of(config)
    if id is None:
        raise ValueError(f"the config names no checkpoint of thread {thread!r}: give its 'checkpoint_id'")
    return thread, ns, id


def config_of(thread: str, ns: str, id: str) -> RunnableConfig:
    """The config that names a checkpoint."""
    return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}


def head_of(checkpoint: Checkpoint) -> bytes:
    """A checkpoint without its values, as bytes."""
    return dumps({key: value for key, value in checkpoint.items() if key != "channel_values"})


def added(
    checkpoint: Checkpoint, written: Mapping[str, int], kept: Mapping[str, int], sources: Mapping[str, S]
) -> tuple[dict[str, S], list[Added[S]]]:
    """Which values are where the parent has them (`sources`), and which are to be stored."""
    same: dict[str, S] = {}
    new: list[Added[S]] = []
    for name, value in checkpoint["channel_values"].items():
        source = sources.get(name)
        if source is not None and name not in written:
            same[name] = source
            continue
        count = 0 if source is None else kept.get(name, 0)
        if count:
            new.append(Added(name, source, Link(count, dumps(value[count:]))))
        else:
            new.append(Added(name, None, Link(0, dumps(value))))
    return same, new


def writes_of(writes: Iterable[tuple[str, Any]]) -> bytes:
    """What a task wrote, as bytes."""
    return dumps([*map(list, writes)])


def joined(links: Sequence[Link]) -> Any:
    """The value that these make, of which the first is a whole one. Raises CodecError if they do not fit."""
    value = loads(links[0].data)
    for kept, data in links[1:]:
        more = loads(data)
        if not isinstance(value, list) or not isinstance(more, list):
            raise CodecError("cannot read a list whose parts are no lists: what was kept is damaged")
        items = cast("list[Any]", value)
        del items[kept:]
        items.extend(cast("list[Any]", more))
    return value


def tuple_of(row: Row, values: Mapping[str, Sequence[Link]], writes: Iterable[tuple[str, bytes]]) -> CheckpointTuple:
    """A checkpoint, made of its pieces: `values` by name, and `writes` by task."""
    try:
        head = loads(row.head)
        checkpoint = cast("Checkpoint", {**head, "channel_values": {n: joined(v) for n, v in values.items()}})
        metadata = cast("CheckpointMetadata", loads(row.metadata))
        pending: list[PendingWrite] = [
            (task, key, value) for task, data in writes for key, value in loads(data)
        ]
    except CodecError as error:
        error.add_note(f"in checkpoint {row.id} of thread {row.thread!r}, namespace {row.ns!r}")
        raise
    parent = None if row.parent is None else config_of(row.thread, row.ns, row.parent)
    return CheckpointTuple(config_of(row.thread, row.ns, row.id), checkpoint, metadata, parent, pending)


def matches(metadata: bytes, filter: Mapping[str, Any] | None) -> bool:
    """Whether the metadata has these values."""
    if not filter:
        return True
    said = loads(metadata)
    return all(key in said and said[key] == value for key, value in filter.items())
