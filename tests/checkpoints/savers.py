"""Every saver, called in every way: what the tests of the contract go through."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eventflow.checkpoints import AsyncSqliteSaver, BaseCheckpointSaver, InMemorySaver, SqliteSaver
from eventflow.ids import new_id


class PlainSaver(BaseCheckpointSaver):
    """A saver that has what a saver must have, and takes the rest from its base."""

    def __init__(self):
        self.inner = InMemorySaver()

    def get_tuple(self, config):
        return self.inner.get_tuple(config)

    def list(self, config, *, filter=None, before=None, limit=None):
        return self.inner.list(config, filter=filter, before=before, limit=limit)

    def put(self, config, checkpoint, metadata, new_versions, kept=None):
        return self.inner.put(config, checkpoint, metadata, new_versions, kept)

    def put_writes(self, config, writes, task_id, task_path=""):
        self.inner.put_writes(config, writes, task_id, task_path)

    def delete_thread(self, thread_id):
        self.inner.delete_thread(thread_id)


class Sync:
    """The sync methods of a saver, to be awaited like the async ones."""

    def __init__(self, saver):
        self.saver = saver

    def __getattr__(self, name):
        method = getattr(self.saver, name.removeprefix("a"))
        if name == "alist":
            return lambda *args, **kwargs: _each(method(*args, **kwargs))

        async def call(*args, **kwargs):
            return method(*args, **kwargs)

        return call


async def _each(items):
    for item in items:
        yield item


CLASSES = {
    "memory": InMemorySaver,
    "sqlite": SqliteSaver,
    "async sqlite": AsyncSqliteSaver,
    "plain": PlainSaver,
}
WAYS = [(name, way) for name in CLASSES for way in ("sync", "async")]


@asynccontextmanager
async def opened(name: str, path) -> AsyncIterator[BaseCheckpointSaver]:
    """A saver of this name; those in a file have it at `path`."""
    cls = CLASSES[name]
    if name == "sqlite":
        with cls.from_conn_string(str(path)) as saver:
            yield saver
    elif name == "async sqlite":
        async with cls.from_conn_string(str(path)) as saver:
            yield saver
    else:
        yield cls()


def place(thread="1", ns="", id=None):
    said = {"thread_id": thread, "checkpoint_ns": ns}
    return {"configurable": said if id is None else {**said, "checkpoint_id": id}}


def checkpoint(versions=None, **values):
    return {
        "v": 1,
        "id": new_id(),
        "ts": "2024-01-02T03:04:05+00:00",
        "channel_values": values,
        "channel_versions": versions or dict.fromkeys(values, 1),
        "tasks": [{"id": "t", "name": "a", "path": ["__pregel_pull", "a"], "sent": ("x",)}],
        "ended": ["a"],
        "arrived": {"join:a+b:c": ["a"]},
        "deferred": [],
    }


def metadata(step=0, source="loop"):
    return {"source": source, "step": step, "parents": {}}


def stored(saver) -> int:
    """The bytes that a saver holds."""
    if isinstance(saver, PlainSaver):
        return stored(saver.inner)
    if isinstance(saver, InMemorySaver):
        kept = [
            kept
            for namespaces in saver._threads.values()
            for known in namespaces.values()
            for kept in known.checkpoints.values()
        ]
        links = {}
        for one in kept:
            for value in one.values.values():
                while value is not None and id(value) not in links:
                    links[id(value)] = len(value.link.data)
                    value = value.base
        return sum(len(one.row.head) + len(one.row.metadata) for one in kept) + sum(links.values())
    with saver._file.transaction("DEFERRED") as db:
        sums = [
            "SELECT total(length(head) + length(metadata)) FROM eventflow_checkpoints",
            "SELECT total(length(data)) FROM eventflow_values",
            "SELECT total(length(data)) FROM eventflow_writes",
        ]
        return int(sum(db.execute(one).fetchone()[0] for one in sums))


def rows(saver) -> dict[str, int]:
    """How many rows the tables of a saver have."""
    with saver._file.transaction("DEFERRED") as db:
        return {
            table: db.execute(f"SELECT count(*) FROM eventflow_{table}").fetchone()[0]  # noqa: S608
            for table in ("places", "checkpoints", "values", "writes")
        }
