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
    "Encoded",
    "Link",
    "Place",
    "Row",
    "checkpoint_of",
    "chosen_by",
    "config_of",
    "encoded",
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


class Encoded(NamedTuple):
    """A checkpoint as bytes, but for the `values` that are those of its parent; `links` are the others."""

    row: Row
    links: Mapping[str, Link]
    values: Mapping[str, Any]


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


def _head_of(checkpoint: Checkpoint) -> bytes:
    """What a row and its values do not say of a checkpoint, as bytes."""
    return dumps({key: value for key, value in checkpoint.items() if key not in ("id", "channel_values")})


def encoded(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    written: Mapping[str, int],
    kept: Mapping[str, int] | None = None,
) -> Encoded:
    """A checkpoint as bytes; for the arguments see `BaseCheckpointSaver.put`. Raises CodecError if it is no data."""
    thread, ns, parent = place_of(config)
    row = Row(thread, ns, checkpoint["id"], parent, _head_of(checkpoint), dumps(metadata))
    values = checkpoint["channel_values"]
    links: dict[str, Link] = {}
    for name, value in values.items():
        if name in written or parent is None:
            count = kept.get(name, 0) if kept and parent is not None else 0
            links[name] = Link(count, dumps(value[count:] if count else value))
    return Encoded(row, links, values)


def sources_of(
    checkpoint: Encoded, parents: Mapping[str, S], store: Callable[[S | None, Link], S]
) -> dict[str, S]:
    """Where each value of a checkpoint is: where its parent has it, or where `store` puts it.

    Arguments:
        parents: the sources of the parent; none if it is not known.
        store: stores a value, or what is added to the value at a source.
    """
    sources: dict[str, S] = {}
    for name, value in checkpoint.values.items():
        source, link = parents.get(name), checkpoint.links.get(name)
        if link is None and source is not None:
            sources[name] = source
        elif link is not None and (source is not None or not link.kept):
            sources[name] = store(source if link.kept else None, link)
        else:  # the parent should have it, or a part of it, and is gone
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
