"""What is said to the database of checkpoints: the statements, and what their rows mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from eventflow.checkpoints.pieces import Link
from eventflow.errors import CheckpointError

if TYPE_CHECKING:
    from sqlite3 import Connection

__all__ = (
    "copy_place",
    "forget_thread",
    "keep_latest",
    "links_of",
    "made_place",
    "place_id",
    "places_of",
    "read_sources",
    "sources_at",
    "store_value",
)

# Values and all that they are built on, from the first to the last. A base is older than what is built on it; that
# it has to be keeps a damaged table from going round in circles.
_LINKS: Final = """
    WITH RECURSIVE chain (root, id, base, kept, data, depth) AS (
        SELECT id, id, base, kept, data, 0 FROM eventflow_values WHERE place = ?1 AND id IN ({marks})
        UNION ALL
        SELECT root, older.id, older.base, older.kept, older.data, depth + 1
        FROM chain JOIN eventflow_values AS older
        ON older.place = ?1 AND older.id = chain.base AND older.id < chain.id
    )
    SELECT root, base, kept, data FROM chain ORDER BY depth DESC
"""

_REACHED: Final = """
    WITH RECURSIVE chain (id, base) AS (
        SELECT id, base FROM eventflow_values WHERE place = ?1 AND id IN ({marks})
        UNION
        SELECT older.id, older.base
        FROM chain JOIN eventflow_values AS older ON older.place = ?1 AND older.id = chain.base
    )
    SELECT id FROM chain
"""


def place_id(db: Connection, thread: str, ns: str) -> int | None:
    """The number of a namespace of a thread; None if it has none."""
    select = "SELECT id FROM eventflow_places WHERE thread_id = ? AND ns = ?"
    found = db.execute(select, (thread, ns)).fetchone()
    return None if found is None else found[0]


def made_place(db: Connection, thread: str, ns: str) -> int:
    """The number of a namespace of a thread, which gets one if it has none."""
    place = place_id(db, thread, ns)
    if place is None:
        place = db.execute(
            "INSERT INTO eventflow_places (thread_id, ns) VALUES (?, ?)", (thread, ns)
        ).lastrowid
    assert place is not None  # noqa: S101  # an INSERT has a row
    return place


def places_of(db: Connection, thread: str) -> list[tuple[int, str]]:
    """The namespaces of a thread."""
    return db.execute("SELECT id, ns FROM eventflow_places WHERE thread_id = ?", (str(thread),)).fetchall()


def forget_thread(db: Connection, thread: str) -> None:
    """Forget all that belongs to a thread."""
    for place, _ in places_of(db, thread):
        for table in ("checkpoints", "values", "writes"):
            db.execute(f"DELETE FROM eventflow_{table} WHERE place = ?", (place,))  # noqa: S608
        db.execute("DELETE FROM eventflow_places WHERE id = ?", (place,))


def sources_at(db: Connection, place: int, id: str | None) -> dict[str, int]:
    """Where the values of a checkpoint are; nothing if there is no such checkpoint."""
    select = "SELECT sources FROM eventflow_checkpoints WHERE place = ? AND id = ?"
    found = db.execute(select, (place, id)).fetchone()
    return {} if found is None else read_sources(found[0])


def read_sources(text: str) -> dict[str, int]:
    """Which value each key has. Raises CheckpointError if the text does not say."""
    try:
        return {name: int(source) for name, source in json.loads(text).items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise CheckpointError(f"the database of checkpoints is damaged: sources {text!r}") from error


def _last_value(db: Connection, place: int) -> int:
    (last,) = db.execute("SELECT max(id) FROM eventflow_values WHERE place = ?", (place,)).fetchone()
    return last or 0


def store_value(db: Connection, place: int, base: int | None, link: Link) -> int:
    """Store a value; return its id."""
    id = _last_value(db, place) + 1
    db.execute("INSERT INTO eventflow_values VALUES (?, ?, ?, ?, ?)", (place, id, base, *link))
    return id


def links_of(db: Connection, place: int, sources: Mapping[str, int]) -> dict[str, list[Link]]:
    """What values are made of. Raises CheckpointError if a part is missing."""
    found: dict[int, list[Link]] = {}
    chain = _LINKS.format(marks=_marks(sources))
    for root, base, kept, data in db.execute(chain, [place, *sources.values()]):
        if root not in found and base is not None:
            break
        found.setdefault(root, []).append(Link(kept, data))
    if len(found) < len(sources):
        raise CheckpointError("the database of checkpoints is damaged: a part of a value is missing")
    return {name: found[root] for name, root in sources.items()}


def _marks(sources: Mapping[str, int]) -> str:
    """Where their ids are put in; ?1 is the place."""
    return ", ".join(f"?{number}" for number in range(2, len(sources) + 2))


def copy_place(db: Connection, place: int, target: int) -> None:
    """Copy what is in one place to another, behind the values that are there."""
    ids = _last_value(db, target)
    db.execute(
        "INSERT INTO eventflow_values SELECT ?2, id + ?3, base + ?3, kept, data FROM eventflow_values WHERE place = ?1",
        (place, target, ids),
    )
    select = "SELECT id, sources FROM eventflow_checkpoints WHERE place = ?"
    for id, sources in db.execute(select, (place,)).fetchall():
        moved = {name: source + ids for name, source in read_sources(sources).items()}
        db.execute(
            "INSERT OR REPLACE INTO eventflow_checkpoints SELECT ?2, id, parent, head, metadata, ?4 "
            "FROM eventflow_checkpoints WHERE place = ?1 AND id = ?3",
            (place, target, id, json.dumps(moved)),
        )
    db.execute(
        "INSERT OR REPLACE INTO eventflow_writes SELECT ?2, checkpoint, task, number, data "
        "FROM eventflow_writes WHERE place = ?1",
        (place, target),
    )


def keep_latest(db: Connection, place: int) -> None:
    """Forget all but the newest checkpoint of a place, and what it is made of."""
    (id,) = db.execute("SELECT max(id) FROM eventflow_checkpoints WHERE place = ?", (place,)).fetchone()
    sources = sources_at(db, place, id)
    reached = _REACHED.format(marks=_marks(sources))
    db.execute(
        f"DELETE FROM eventflow_values WHERE place = ?1 AND id NOT IN ({reached})",  # noqa: S608
        (place, *sources.values()),
    )
    db.execute("DELETE FROM eventflow_checkpoints WHERE place = ? AND id <> ?", (place, id))
    db.execute("DELETE FROM eventflow_writes WHERE place = ? AND checkpoint <> ?", (place, id))
    db.execute("UPDATE eventflow_checkpoints SET parent = NULL WHERE place = ?", (place,))
