"""The same program on both sides, eventflow's and LangChain's, and what each tells of it, made comparable."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from properties.telling import Line, lines, short
from properties.trees import Side

pytest.importorskip("langchain_core")

from langchain_core import callbacks, language_models, messages, output_parsers, prompts, runnables
from langchain_core.runnables import base, utils

PEER = Side(runnables, base, utils, callbacks, prompts, output_parsers, language_models, messages)

Build = Callable[[Side], Any]


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
