"""A checkpoint in the pieces that savers store: as bytes, each value apart, and of a list that grew only the rest.

So a thread of n steps that adds n messages takes room for n messages, not for n lists of them. Each checkpoint
says where its values are; what was not written since its parent is where the parent has it. Savers differ in what
"where" is: it is their own, here called a source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar, cast

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
    "Link",
    "Place",
    "Row",
    "checkpoint_of",
    "chosen_by",
    "config_of",
    "head_of",
    "joined",
    "matches",
    "place_of",
    "sources_of",
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
    """What a row and its values do not say of a checkpoint, as bytes."""
    return dumps({key: value for key, value in checkpoint.items() if key not in ("id", "channel_values")})


def sources_of(
    checkpoint: Checkpoint,
    written: Mapping[str, int],
    kept: Mapping[str, int],
    parents: Mapping[str, S],
    store: Callable[[S | None, Link], S],
) -> dict[str, S]:
    """Where each value of a checkpoint is: where its parent has it, or where `store` puts it.

    Arguments:
        written: the keys that were written since the parent.
        kept: how many of the first items of a list are those of the parent's.
        parents: the sources of the parent; none if it is not known.
        store: stores a value, or what is added to the value at a source.
    """
    sources: dict[str, S] = {}
    for name, value in checkpoint["channel_values"].items():
        source = parents.get(name)
        if source is not None and name not in written:
            sources[name] = source
        elif source is not None and (count := kept.get(name, 0)):
            sources[name] = store(source, Link(count, dumps(value[count:])))
        else:
            sources[name] = store(None, Link(0, dumps(value)))
    return sources


def writes_of(writes: Iterable[tuple[str, Any]]) -> bytes:
    """What a task wrote, as bytes."""
    return dumps([*map(list, writes)])


def joined(links: Sequence[Link]) -> Any:
    """The value that these make, of which the first is a whole one. Raises CodecError if they do not fit."""
    first, *rest = (loads(link.data) for link in links)
    if rest and not all(isinstance(one, list) for one in (first, *rest)):
        raise CodecError("cannot read a list whose parts are no lists: what was kept is damaged")
    for link, more in zip(links[1:], rest, strict=True):
        del first[link.kept :]
        first.extend(more)
    return first


def tuple_of(
    row: Row, values: Mapping[str, Sequence[Link]], writes: Iterable[tuple[str, bytes]]
) -> CheckpointTuple:
    """A checkpoint, made of its pieces: `values` by name, and `writes` by task."""
    try:
        channels = {name: joined(links) for name, links in values.items()}
        checkpoint = cast("Checkpoint", {**loads(row.head), "id": row.id, "channel_values": channels})
        metadata = cast("CheckpointMetadata", loads(row.metadata))
        pending: list[PendingWrite] = [
            (task, key, value) for task, data in writes for key, value in loads(data)
        ]
    except (TypeError, ValueError) as error:
        known = error if isinstance(error, CodecError) else CodecError(f"what was kept is damaged: {error}")
        known.add_note(f"in checkpoint {row.id} of thread {row.thread!r}, namespace {row.ns!r}")
        raise known from error.__cause__
    parent = None if row.parent is None else config_of(row.thread, row.ns, row.parent)
    return CheckpointTuple(config_of(row.thread, row.ns, row.id), checkpoint, metadata, parent, pending)


def matches(metadata: bytes, filter: Mapping[str, Any] | None) -> bool:
    """Whether the metadata has these values."""
    if not filter:
        return True
    said = loads(metadata)
    return all(key in said and said[key] == value for key, value in filter.items())
