"""What was told, made comparable from run to run and from library to library; and the laws of a life."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Line = dict[str, Any]
"""One event with its ids replaced by numbers, its tags sorted, and its messages as plain values."""

_PEER_ONLY = ("lc_versions", "ls_integration")


def lines(events: list[Any]) -> list[Line]:
    """Events made comparable. Ids are numbered in the order in which they come up."""
    numbers: dict[str, int] = {}

    def number(run_id: str) -> int:
        return numbers.setdefault(run_id, len(numbers))

    return [
        {
            "event": event["event"],
            "name": event["name"],
            "run": number(event["run_id"]),
            "parents": [number(parent) for parent in event["parent_ids"]],
            "tags": sorted(event["tags"]),
            "metadata": {k: v for k, v in event["metadata"].items() if k not in _PEER_ONLY},
            "data": plain(event["data"]),
        }
        for event in events
    ]


def plain(value: Any) -> Any:
    """Values of the two sides' own classes as what is in them, with the name of the class."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, BaseException):
        return (type(value).__name__, str(value))
    if hasattr(value, "model_dump"):
        return (type(value).__name__, _message(value.model_dump()))
    return value


def _message(dumped: Any) -> Any:
    """Ids that were made for the run are as good as any other."""
    if isinstance(dumped, list):
        return [_message(inner) for inner in dumped]
    if not isinstance(dumped, dict):
        return dumped
    made_up = str(dumped.get("id")).startswith("lc_run-")
    return {key: "lc_run" if key == "id" and made_up else _message(inner) for key, inner in dumped.items()}


def short(line: Line) -> str:
    """`start up {'input': 1}`; the kind and the place of a run are left out."""
    phase = line["event"].rpartition("_")[2]
    return f"{phase} {line['name']} {line['data']}"


# ---- where there is no order among the branches


@dataclass(frozen=True)
class Branch:
    """One run as a place in the tree, and what it told, in order."""

    path: tuple[tuple[str, ...], ...]
    told: list[Any]


def by_run(told: list[Line]) -> list[Branch]:
    """What each run told, for programs with parallel branches, whose order among each other is open.

    A run is known by the names and tags on the way to it. Chunks of several branches come through the runs
    below them in any order, so that where chunks are dicts only what they add up to is compared.
    """
    names: dict[int, tuple[str, ...]] = {}
    own: dict[int, list[Line]] = {}
    parents: dict[int, list[int]] = {}
    for line in told:
        if line["event"] != "on_custom_event":
            names[line["run"]] = (line["name"], *line["tags"])
        parents[line["run"]] = line["parents"]
        own.setdefault(line["run"], []).append(line)
    found = [
        Branch(
            tuple(names.get(run, ()) for run in (*parents[run], run)),
            [
                (line["event"], line["name"], line["metadata"], line["data"])
                for line in of_run
                if not _is_keyed(line)
            ],
        )
        for run, of_run in own.items()
    ]
    return sorted(found, key=lambda branch: (branch.path, repr(branch.told)))


def _is_keyed(line: Line) -> bool:
    return line["event"] == "on_chain_stream" and isinstance(line["data"]["chunk"], dict)


# ---- the laws of a life


def assert_lives(events: list[Any]) -> None:
    """Each run starts once, ends once, and lives inside its parent; and every event says who it is of."""
    starts: dict[str, int] = {}
    ends: dict[str, int] = {}
    above: dict[str, list[str]] = {}
    for at, event in enumerate(events):
        run_id, phase = event["run_id"], phase_of(event)
        if phase == "start":
            assert run_id not in starts, f"{short(event)} started twice"
            starts[run_id] = at
            above[run_id] = event["parent_ids"]
        assert run_id in starts, f"{short(event)} before its start"
        assert run_id not in ends, f"{short(event)} after its end"
        assert event["parent_ids"] == above[run_id], f"{short(event)} has moved"
        if phase in ("end", "error"):
            ends[run_id] = at
    assert starts.keys() == ends.keys(), "some runs have not ended"
    for run_id, parents in above.items():
        if parents:
            parent = parents[-1]
            assert parents == [*above[parent], parent], "the path is not that of the parent"
            assert starts[parent] < starts[run_id] < ends[run_id] < ends[parent], "outside its parent"


def phase_of(event: Any) -> str:
    """`start`, `stream`, `end`, `error`, or `custom`."""
    name: str = event["event"]
    return "custom" if name == "on_custom_event" else name.rpartition("_")[2]


def roots(events: list[Any]) -> list[Any]:
    """The events of runs that are part of no other."""
    return [event for event in events if not event["parent_ids"] and event["event"] != "on_custom_event"]
