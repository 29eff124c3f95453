"""The same program on both sides, eventflow's and LangChain's, and what each tells of it, made comparable."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import eventflow.messages
import eventflow.prompts
import eventflow.runnables
import eventflow.runs
from properties.trees import Side

pytest.importorskip("langchain_core")

from langchain_core import callbacks, language_models, messages, output_parsers, prompts, runnables
from langchain_core.runnables import base

OURS = Side(eventflow.runnables, eventflow.runs, eventflow.prompts, eventflow.messages)
PEER = Side(runnables, base, callbacks, prompts, output_parsers, language_models, messages)

Build = Callable[[Side], Any]

Line = dict[str, Any]
"""One event with its ids replaced by numbers, its tags sorted, and its messages as plain values."""

_THEIRS_ONLY = ("lc_versions", "ls_integration")


@dataclass(frozen=True)
class Program:
    """What is built on both sides, and what it is run with."""

    build: Build
    input: Any
    config: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return self.build.__name__


@dataclass(frozen=True)
class Told:
    """The events of one run of a program, and the exception it ended with."""

    lines: list[Line]
    error: BaseException | None

    def short(self) -> list[str]:
        """The events as short text, to be read in a test."""
        return [short(line) for line in self.lines]


async def told(side: Side, program: Program, **options: Any) -> Told:
    """Build and run the program, with `astream_events(version="v2")` unless `options` say otherwise."""
    events: list[Any] = []
    error: BaseException | None = None
    runnable = program.build(side.fresh())
    stream = runnable.astream_events(program.input, program.config, **{"version": "v2", **options})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            async for event in stream:
                events.append(event)  # noqa: PERF401  # what came before an error counts
        except Exception as raised:
            error = raised
    return Told(lines(events), error)


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
            "metadata": {k: v for k, v in event["metadata"].items() if k not in _THEIRS_ONLY},
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


# ---- what is known to be different, as a rewriting of ours into theirs; see test_differences.py

_PLACE = re.compile("seq:step:|map:key:|condition:|branch:|retry:attempt:")


def as_peer(ours: list[Line]) -> list[Line]:
    """Our events without those, and without those parts of them, that the peer is known to leave out."""
    rewritten = [_without_place(line) if line["event"] == "on_custom_event" else line for line in ours]
    branching = {
        line["parents"][-1] for line in ours if any(tag.startswith("branch:") for tag in line["tags"])
    }
    return [line for line in rewritten if not (_is_inner_chunk(line) and _is_branch(line, branching))]


def _without_place(custom: Line) -> Line:
    return {**custom, "tags": [tag for tag in custom["tags"] if not _PLACE.match(tag)]}


def _is_branch(line: Line, known: set[int]) -> bool:
    return line["run"] in known or line["name"] == "RunnableBranch"


def _is_inner_chunk(line: Line) -> bool:
    return line["event"] == "on_chain_stream" and bool(line["parents"])


def filtered_as_peer(ours: list[Line], input: Any) -> list[Line]:
    """The same for a filtered stream, whose first event, whatever it is, the peer gives the root's input.

    The payload of a custom event gets it, too; where that is not a dict, the peer fails.
    """
    if not ours or ours[0]["event"].endswith("_stream"):
        return ours
    first, *others = ours
    if not isinstance(first["data"], dict):
        return []
    if first["event"] == "on_custom_event":
        return [{**first, "data": {**first["data"], "input": input}}, *others]
    return [{**first, "data": {**first["data"], "input": input}}, *(_end_of(first, line) for line in others)]


def _end_of(first: Line, line: Line) -> Line:
    if line["run"] != first["run"] or not line["event"].endswith("_end"):
        return line
    return {**line, "data": {key: value for key, value in line["data"].items() if key != "input"}}


def without_parents(told: list[Line]) -> list[Line]:
    """The same events, but for what they are part of."""
    return [{key: value for key, value in line.items() if key != "parents"} for line in told]


# ---- where the peer has no order of its own


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
                for line in lines
                if not _is_keyed(line)
            ],
        )
        for run, lines in own.items()
    ]
    return sorted(found, key=lambda branch: (branch.path, repr(branch.told)))


def _is_keyed(line: Line) -> bool:
    return line["event"] == "on_chain_stream" and isinstance(line["data"]["chunk"], dict)
