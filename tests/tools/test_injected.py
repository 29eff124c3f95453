"""Arguments that a model neither sees nor gives."""

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, Generic, Optional, TypeVar

import pytest
from pydantic import BaseModel, ValidationError, field_validator

from eventflow import RunHandle, RunnableConfig, current_run, listen
from eventflow.events import MISSING
from eventflow.tools import (
    BaseTool,
    InjectedToolArg,
    InjectedToolCallId,
    StructuredTool,
    Tool,
    convert_to_openai_tool,
    inject_argument,
    render_text_description,
    tool,
)
from eventflow.tools.injected import marker_of

SECRET = "not to be seen"  # noqa: S105


def call(id_: str | None = "c1", /, **args: Any) -> dict[str, Any]:
    return {"type": "tool_call", "name": "t", "args": args, "id": id_}


@tool("t", "d")
def orders(
    year: int, user: Annotated[str, InjectedToolArg], limit: Annotated[int, InjectedToolArg] = 3
) -> str:
    return f"{user} {year} {limit}"


class Arguments(BaseModel):
    """What it takes."""

    year: int
    user: Annotated[str, InjectedToolArg]
    limit: Annotated[int, InjectedToolArg] = 3

    @field_validator("limit")
    @classmethod
    def positive(cls, limit: int) -> int:
        if limit < 0:
            raise ValueError("must be positive")
        return limit


class ClassTool(BaseTool):
    name: str = "t"
    description: str = "d"

    def _run(
        self, year: int, user: Annotated[str, InjectedToolArg], limit: Annotated[int, InjectedToolArg] = 3
    ) -> str:
        return f"{user} {year} {limit}"


def plain(year: int, user: str, limit: int = 3) -> str:
    return f"{user} {year} {limit}"


JSON = {
    "title": "x",
    "type": "object",
    "properties": {"year": {"type": "integer"}, "user": {"type": "string"}},
    "required": ["year", "user"],
}

TOOLS = {
    "function": orders,
    "model": StructuredTool.from_function(plain, name="t", description="d", args_schema=Arguments),
    "class": ClassTool(),
    "checked class": ClassTool(args_schema=Arguments),
    "JSON schema": StructuredTool.from_function(orders.func, name="t", description="d", args_schema=JSON),
}
every_tool = pytest.mark.parametrize("made", TOOLS.values(), ids=TOOLS)


@every_tool
def test_no_schema_shows_them(made):
    assert list(made.args) == ["year"]
    parameters = convert_to_openai_tool(made)["function"]["parameters"]
    assert (list(parameters["properties"]), parameters["required"]) == (["year"], ["year"])
    assert "user" not in render_text_description([orders])
    assert made.is_single_input


@every_tool
async def test_the_host_gives_them(made):
    given = {"injected_args": {"user": "ann"}}
    for input, output in (
        ({"year": 1, "user": "ann"}, "ann 1 3"),
        ({"year": 1, "user": "ann", "limit": 5}, "ann 1 5"),
    ):
        assert made.invoke(input) == await made.ainvoke(input) == output
    for input in (
        ({"year": 1}, {"year": 1, "user": "eve"}, "1") if made.args_schema is not JSON else ({"year": 1},)
    ):
        output = made.invoke(input, **given)
        assert output == await made.ainvoke(input, **given) == "ann 1 3"
        assert list(made.stream(input, **given)) == [output]
    assert made.bind(injected_args={"user": "ann", "limit": 1}).invoke({"year": 2}) == "ann 2 1"


@every_tool
async def test_a_model_cannot_give_them(made):
    asked = call(year=1, user="eve", limit=99)
    assert made.invoke(asked, injected_args={"user": "ann"}).content == "ann 1 3"
    assert (await made.ainvoke(asked, injected_args={"user": "ann"})).content == "ann 1 3"
    with pytest.raises((ValidationError, TypeError)):
        made.invoke(asked)


@every_tool
def test_other_arguments_are_not_injected(made):
    with pytest.raises(TypeError, match=r"'t' was given injected_args year, .* it has limit, user"):
        made.invoke({"user": "ann"}, injected_args={"year": 1})


def test_a_tool_without_any():
    with pytest.raises(TypeError, match="it has none"):
        tool("t", "d")(lambda a: a).invoke({"a": 1}, injected_args={"b": 1})


@every_tool
async def test_events_do_not_show_them(made):
    with listen() as events:
        made.invoke({"year": 1, "user": SECRET})
        made.invoke(call(year=1, user="eve"), injected_args={"user": "ann"})
        for version in (None, "v2"):
            told = [
                event async for event in made.astream_events({"year": 1, "user": SECRET}, version=version)
            ]
            assert told[0]["data"]["input"] == {"year": 1}
    for event in events:
        if event["event"] in ("on_tool_start", "on_tool_end"):
            assert event["data"]["input"] == {"year": 1}


@pytest.mark.parametrize("name", ["function", "model", "checked class"])
@pytest.mark.parametrize(
    "args",
    [
        {"year": "soon", "user": SECRET},
        {"user": SECRET},
        {"year": 1, "user": 5, "limit": SECRET},
        {"limit": SECRET},
    ],
    ids=str,
)
def test_errors_do_not_show_them(name, args):
    made = TOOLS[name]
    with listen(phases=["error"]) as events, pytest.raises(ValidationError) as raised:
        made.invoke(args)
    [event] = events
    error = event["data"]["error"]
    assert error is raised.value
    shown = f"{error} {error!r} {error.errors()} {error.json()} {event['data'].get('input')}"
    assert SECRET not in shown
    assert error.__cause__ is None
    assert error.title == ("t" if name == "function" else "Arguments")
    if "year" not in args:
        assert "year\n  Field required [type=missing, input_value={}, input_type=dict]" in str(error)


def test_what_is_wrong_is_said_all_the_same():
    with pytest.raises(ValidationError, match="limit\n  Value error, must be positive"):
        TOOLS["model"].invoke({"year": 1, "user": "a", "limit": -1})
    told: list[Any] = []
    made = TOOLS["model"].model_copy(
        update={"handle_validation_error": lambda error: told.append(error) or "no"}
    )
    assert made.invoke({"year": "soon", "user": SECRET}) == "no"
    assert SECRET not in str(told)


# ---- what eventflow gives


@tool("t", "d")
def about(
    a: int,
    id: Annotated[str, InjectedToolCallId],
    settings: RunnableConfig,
    run_manager: Any = None,
    callbacks: Any = None,
) -> Any:
    assert isinstance(run_manager, RunHandle)
    assert isinstance(callbacks, RunHandle)
    assert run_manager.node is current_run()
    return f"{id} {a} {settings['tags']}"


async def test_ids_configs_and_handles():
    config: RunnableConfig = {"tags": ["x"]}
    assert list(about.args) == ["a"]
    for asked in (call(a=1), call(a=1, id="eve", settings={"tags": ["eve"]}, run_manager="eve")):
        message = about.invoke(asked, config)
        assert message == await about.ainvoke(asked, config)
        assert (message.content, message.tool_call_id) == ("c1 1 ['x']", "c1")


@pytest.mark.parametrize("input", [{"a": 1}, {"a": 1, "id": "mine"}, call(None, a=1)])
def test_without_a_call_there_is_no_id(input):
    with pytest.raises(ValueError, match=r"always be invoked with a full model ToolCall .*: t was not"):
        about.invoke(input)


class Clock: ...


class LocalClock(Clock): ...


T = TypeVar("T")


class Runtime(Generic[T]):
    def __init__(self, seen: Any) -> None:
        self.seen = seen


class FromState(InjectedToolArg):
    def __init__(self, field: str | None = None) -> None:
        self.field = field


STATE: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar("state", default=None)
CLOCK = Clock()

inject_argument(Clock, lambda injection: CLOCK)
inject_argument(Runtime, Runtime)


def from_state(injection: Any) -> Any:
    state = STATE.get()
    if state is None:
        return MISSING
    field = getattr(injection.marker, "field", None)
    return state if field is None else state[field]


inject_argument(FromState, from_state)


@tool("t", "d")
def stateful(
    a: int,
    whole: Annotated[dict[str, Any], FromState],
    user: Annotated[str, FromState("user")],
    clock: LocalClock,
    runtime: Runtime[int],
    maybe: Optional[Clock] = None,  # noqa: UP045
) -> Any:
    assert clock is maybe is CLOCK
    assert (runtime.seen.run, runtime.seen.tool_call_id) == (current_run(), "c1")
    return whole, user, a


def test_values_of_others():
    """What a graph does: it says once what its marks mean, and a context variable, or the run, has the values."""
    assert list(stateful.args) == ["a"]
    state = {"user": "ann", "n": [1]}
    token = STATE.set(state)
    try:
        message = stateful.invoke(call(a=1, whole={}, user="eve", clock="eve"))
        assert message.content == '[{"user": "ann", "n": [1]}, "ann", 1]'
        output = tool("t", "d")(keeps).invoke(call(), {})
    finally:
        STATE.reset(token)
    assert output.artifact is state  # it is neither checked nor copied


def keeps(whole: Annotated[dict[str, Any], FromState]) -> Any:
    from eventflow import ToolMessage

    return ToolMessage("x", tool_call_id="c1", artifact=whole)


def test_outside_of_a_graph_the_host_gives_them():
    def state(a: int, user: Annotated[str, FromState("user")]) -> str:
        return f"{user} {a}"

    made = tool("t", "d")(state)
    assert made.invoke({"a": 1, "user": "ann"}) == "ann 1"
    assert made.invoke(call(a=1, user="eve"), injected_args={"user": "ann"}).content == "ann 1"
    with pytest.raises(ValidationError, match="user\n  Field required"):
        made.invoke(call(a=1, user="eve"))


def test_a_schema_with_marks_that_eventflow_knows():
    class Schema(BaseModel):
        a: int
        id: Annotated[str, InjectedToolCallId]

    made = StructuredTool.from_function(
        lambda a, id: f"{id} {a}", name="t", description="d", args_schema=Schema
    )
    assert list(made.args) == ["a"]
    assert made.invoke(call(a="1", id="eve")).content == "c1 1"


def test_a_tool_of_one_text():
    def shout(text: str, user: Annotated[str, InjectedToolArg], config: RunnableConfig) -> str:
        return f"{user}: {text} {config['tags']}"

    made = Tool("t", shout, "d")
    assert made.invoke("hi", injected_args={"user": "ann"}) == "ann: hi []"


@pytest.mark.parametrize(
    ("name", "annotation", "marker"),
    [
        ("a", int, None),
        ("a", Annotated[int, "text"], None),
        ("a", Annotated[int, InjectedToolArg], InjectedToolArg),
        ("a", Annotated[int, "text", InjectedToolCallId] | None, InjectedToolCallId),
        ("a", RunnableConfig, RunnableConfig),
        ("a", RunnableConfig | None, RunnableConfig),
        ("a", Annotated[RunnableConfig, "text"], RunnableConfig),
        ("a", Runtime[str], Runtime[str]),
        ("run_manager", int, RunHandle),
        ("a", list[int], None),
        ("a", "Nowhere", None),
        ("a", "Nowhere | RunnableConfig", RunnableConfig),
        ("a", "Annotated[Nowhere, InjectedToolArg()]", InjectedToolArg),
        ("a", "Annotated[Nowhere, InjectedToolCallId]", InjectedToolCallId),
    ],
)
def test_what_makes_an_argument_an_injected_one(name, annotation, marker):
    assert marker_of(name, annotation) == marker


def test_a_mark_that_cannot_be_found_is_refused():
    def local(a: "Annotated[str, Nowhere]") -> None: ...  # noqa: F821

    with pytest.raises(TypeError, match="cannot tell whether argument 'a' of a tool is injected"):
        tool("t", "d")(local)


# ---- many at once


def test_threads_keep_their_own_values():
    barrier = threading.Barrier(8, timeout=30)

    @tool("t", "d")
    def slow(
        n: int,
        user: Annotated[str, InjectedToolArg],
        id: Annotated[str, InjectedToolCallId],
        config: RunnableConfig,
    ) -> Any:
        barrier.wait()
        return [n, user, id, config["metadata"]["n"]]

    def one(n: int) -> str:
        message = slow.invoke(call(f"c{n}", n=n), {"metadata": {"n": n}}, injected_args={"user": f"u{n}"})
        return str(message.content)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(16))) == [f'[{n}, "u{n}", "c{n}", {n}]' for n in range(16)]


async def test_tasks_keep_their_own_values():
    arrived = 0
    all_there = asyncio.Event()

    @tool("t", "d")
    async def slow(
        n: int, user: Annotated[str, InjectedToolArg], id: Annotated[str, InjectedToolCallId]
    ) -> Any:
        nonlocal arrived
        arrived += 1
        if arrived == 50:
            all_there.set()
        await all_there.wait()
        return [n, user, id]

    with listen(phases=["end"]) as events:
        messages = await asyncio.gather(
            *(slow.ainvoke(call(f"c{n}", n=n), injected_args={"user": f"u{n}"}) for n in range(50))
        )
    assert [message.content for message in messages] == [f'[{n}, "u{n}", "c{n}"]' for n in range(50)]
    told = {event["data"]["tool_call_id"]: event["data"]["output"] for event in events}
    assert told == {f"c{n}": messages[n] for n in range(50)}
