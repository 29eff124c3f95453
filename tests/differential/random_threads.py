"""What is done with a random graph in a thread, call after call; and all that is seen of it, made comparable."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from differential.random_graphs import Library, Spec, specs

LIMIT = 7
ALL = ["values", "updates", "messages", "custom", "tasks", "checkpoints", "debug"]
CALLS = (
    "new",
    "on",
    "on",
    "answer",
    "answer",
    "by id",
    "one by id",
    "update",
    "update as",
    "fork",
    "replay",
    "rewrite",
)


@dataclass(frozen=True)
class Call:
    """One thing that is done: its kind, and a number, which says to which node or checkpoint."""

    kind: str
    number: int = 0


@dataclass(frozen=True)
class Script:
    """A graph, how it is watched, and what is done with it."""

    spec: Spec
    calls: tuple[Call, ...] = ()
    modes: tuple[str, ...] = tuple(ALL)
    subgraphs: bool = True
    version: str = "v1"
    awaits: bool = False
    threads: int | None = 1

    @property
    def options(self) -> dict[str, Any]:
        return {"stream_mode": [*self.modes], "subgraphs": self.subgraphs, "version": self.version}

    def config(self, limit: int = LIMIT, **place: Any) -> Any:
        return {
            "configurable": {"thread_id": "1", **place},
            "max_concurrency": self.threads,
            "recursion_limit": limit,
        }


class Seen:
    """What is seen of one script on one side.

    LangGraph lets a run that goes on take two steps more than its limit, and one that branches off one: so
    much `more` does the other side give it.
    """

    def __init__(self, script: Script, lib: Library, *, awaits: bool = False, more: int = 0) -> None:
        self.script, self.lib, self.more = script, lib, more
        self.graph = script.spec.build(lib, awaits=awaits, saver=lib.InMemorySaver())
        self.found: list[Any] = []

    def run(self) -> list[str]:
        self.stream({"x": 0, "log": ["in"]}, self.script.config())
        for call in self.script.calls:
            self.note(f"-- {call.kind} {call.number}")
            try:
                snapshot = self.graph.get_state(self.script.config())
                history = [*self.graph.get_state_history(self.script.config())]
                self.do(call, snapshot, history)
            except Exception as error:
                self.note(failure(error))
        self.note("-- history")
        self.found += [state_of(one) for one in self.graph.get_state_history(self.script.config())]
        try:
            self.note(state_of(self.graph.get_state(self.script.config())))
        except Exception as error:  # two tasks that have ended have written one key
            self.note(failure(error))
        return shown(self.found)

    def do(self, call: Call, snapshot: Any, history: list[Any]) -> None:
        how, what, config = self.todo(call, snapshot, history)
        if how == "stream":
            self.stream(what, config)
        else:
            self.graph.update_state(config, *what)

    def stream(self, input: Any, config: Any) -> None:
        try:
            for part in self.graph.stream(input, config, **self.script.options):
                self.note(part)
        except Exception as error:
            self.note(failure(error))

    async def arun(self) -> list[str]:
        await self.astream({"x": 0, "log": ["in"]}, self.script.config())
        for call in self.script.calls:
            self.note(f"-- {call.kind} {call.number}")
            try:
                snapshot = await self.graph.aget_state(self.script.config())
                history = [one async for one in self.graph.aget_state_history(self.script.config())]
                await self.ado(call, snapshot, history)
            except Exception as error:
                self.note(failure(error))
        self.note("-- history")
        self.found += [state_of(one) async for one in self.graph.aget_state_history(self.script.config())]
        try:
            self.note(state_of(await self.graph.aget_state(self.script.config())))
        except Exception as error:
            self.note(failure(error))
        return shown(self.found)

    async def ado(self, call: Call, snapshot: Any, history: list[Any]) -> None:
        how, what, config = self.todo(call, snapshot, history)
        if how == "stream":
            await self.astream(what, config)
        else:
            await self.graph.aupdate_state(config, *what)

    async def astream(self, input: Any, config: Any) -> None:
        try:
            async for part in self.graph.astream(input, config, **self.script.options):
                self.note(part)
        except Exception as error:
            self.note(failure(error))

    def note(self, part: Any) -> None:
        self.found.append(part)

    def todo(self, call: Call, snapshot: Any, history: list[Any]) -> tuple[str, Any, Any]:
        """What to do, with what, and where."""
        script, lib, number = self.script, self.lib, call.number
        here = script.config(LIMIT + self.more)
        then = self.place(history, number)
        names = [*"abcde"[: len(script.spec.nodes)]]
        ids = {one.id: f"!{one.value}" for one in snapshot.interrupts}
        kind = self.comparable(call, snapshot, history)
        match kind:
            case "new":
                return "stream", {"x": number, "log": ["new"]}, script.config()
            case "answer":
                return "stream", lib.Command(resume=f"!{number}"), here
            case "by id":
                return "stream", lib.Command(resume=ids or "!"), here
            case "one by id":
                return "stream", lib.Command(resume=dict([*ids.items()][:1]) or "!"), here
            case "update":
                return "update", ({"x": number, "log": ["updated"]},), here
            case "update as":
                return "update", ({"log": ["updated"]}, names[number % len(names)]), here
            case "fork":
                return "update", ({"log": ["forked"]}, names[number % len(names)]), then
            case "replay":
                return "stream", None, then
            case "rewrite":
                return "update", ({"log": ["rewritten"]},), then
            case _:
                return "stream", None, here

    def comparable(self, call: Call, snapshot: Any, history: list[Any]) -> str:
        """The kind of a call, or another one where LangGraph's answer to it is not the one to be had.

        There, what a join or `defer` had put in line stays in line whatever an update says, half a join of one
        run counts in the next, and an update of what an update has written last is one of the input. One
        answer to several questions is refused by both, but at another moment.
        """
        spec, kind = self.script.spec, call.kind
        if kind == "answer" and len(snapshot.interrupts) > 1:
            return "by id"
        stays = bool(spec.joins) or any(node.defer for node in spec.nodes)
        if stays and kind in ("new", "update", "update as", "fork", "rewrite"):
            return "on"
        at = history[call.number % len(history) if kind == "rewrite" else 0] if history else None
        sends = any(
            branch[1] in ("send", "both") for branch in spec.branches
        )  # what was sent is not the last
        if sends or (at is not None and at.metadata["source"] == "update"):
            return {"update": "update as", "rewrite": "fork"}.get(kind, kind)
        return kind

    def place(self, history: list[Any], number: int) -> Any:
        """The config that names one of the checkpoints."""
        if not history:
            return self.script.config(LIMIT + self.more)
        chosen = history[number % len(history)]
        forks = number % len(history) > 0 or chosen.metadata["source"] not in ("update", "fork")
        more = min(self.more, 1) if forks else self.more
        return self.script.config(LIMIT + more, **chosen.config["configurable"])


# ---- as text

IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.+]+")
SAID = ("langgraph_step", "langgraph_node", "langgraph_triggers", "langgraph_path", "langgraph_checkpoint_ns")


def failure(error: Exception) -> str:
    """An error, with its message if a node has raised it."""
    said = f": {error}" if type(error) in (ValueError, RuntimeError) and len(str(error)) < 8 else ""
    return f"! {type(error).__name__}{said}"


def named_error(said: str | None) -> str | None:
    """An error as it was kept, without its message unless a node has raised it."""
    if said == "CancelledError()":
        return None  # LangGraph counts those as failed, too, that were stopped because others had
    return said if said is None or len(said) < 20 else said.partition("(")[0]


def state_of(snapshot: Any) -> Any:
    said = snapshot.metadata
    return {
        "values": snapshot.values,
        "next": snapshot.next,
        "config": snapshot.config,
        "metadata": said and {key: said[key] for key in ("source", "step", "parents")},
        "parent": snapshot.parent_config,
        "interrupts": snapshot.interrupts,
        "tasks": [
            (t.id, t.name, t.path, named_error(t.error), t.interrupts, t.result, t.state)
            for t in snapshot.tasks
        ],
    }


def shown(found: list[Any]) -> list[str]:
    """What was seen as text; ids and times are named in the order in which they come."""
    known: dict[str, str] = {}

    def named(match: re.Match[str]) -> str:
        return known.setdefault(match[0], f"#{len(known)}")

    return [IDS.sub(named, TIME.sub("TIME", repr(plain(one)))) for one in found]


def plain(value: Any) -> Any:
    """A value without what the two sides have their own classes for."""
    name = type(value).__name__
    if isinstance(value, dict):
        if "langgraph_node" in value:
            return {key: plain(value[key]) for key in SAID}
        if "thread_id" in value:  # what names a checkpoint has no order
            value = {key: value[key] for key in sorted(value) if key != "checkpoint_map"}
        if "parents" in value:
            value = {key: one for key, one in value.items() if key != "parents"}
        if isinstance(value.get("error"), str):
            error = named_error(value["error"])
            value = {key: error if key == "error" else one for key, one in value.items()}
            if error is None:
                value = {"id": value["id"], "name": value["name"], "interrupts": (), "state": value["state"]}
        return {key: plain(one) for key, one in value.items() if key != "response_schema"}
    if name == "Interrupt":
        return _As(f"Interrupt({value.value!r}, {value.id})")
    if isinstance(value, (list, tuple)):
        return [*map(plain, value)] if isinstance(value, list) else tuple(map(plain, value))
    if name.endswith(("Message", "MessageChunk")):
        return _As(f"{name}({value.content!r}, {value.id})")
    if isinstance(value, Exception):
        return _As(failure(value))
    return value


class _As:
    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


# ---- drawing them


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    spec = draw(specs(1))
    nodes = (replace(node, end="dict") if node.end == "up" else node for node in spec.nodes)
    spec = replace(spec, nodes=tuple(nodes))  # there is no graph around it
    whole = draw(st.booleans())
    some = st.lists(st.sampled_from(ALL), min_size=1, max_size=3, unique=True)
    # going on in a graph inside still differs, see TO_MEND in test_thread_states.py; so do messages of one
    inside = any(node.inside for node in spec.nodes)
    calls = st.lists(st.builds(Call, st.sampled_from(CALLS), st.integers(0, 4)), max_size=0 if inside else 4)
    # LangGraph shows the state of a graph inside as an instance of the outer one's schema
    typed = spec.schema in ("pydantic", "dataclass") and inside
    return Script(
        spec,
        tuple(draw(calls)),
        tuple(mode for mode in (ALL if whole else draw(some)) if mode != "messages" or not inside)
        or ("values",),
        draw(st.booleans()),
        "v1" if typed else draw(st.sampled_from(("v1", "v2"))),
        draw(st.booleans()),
    )
