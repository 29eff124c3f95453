"""The same tools from two libraries: what they give, what the model is told, and what is told of them."""

import asyncio
import datetime
import inspect
import warnings
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired, Optional, Union

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

pytest.importorskip("langchain_core")

import langchain_core.messages
import langchain_core.messages.tool
import langchain_core.runnables
import langchain_core.tools
import langchain_core.utils.function_calling

import eventflow
from properties.trees import Side

OURS = Side(eventflow, eventflow.tools)
PEER = Side(
    langchain_core.tools,
    langchain_core.runnables,
    langchain_core.messages,
    langchain_core.messages.tool,
    langchain_core.utils.function_calling,
)


class Item(BaseModel):
    n: int


class Arguments(BaseModel):
    """What it takes."""

    a: int
    items: list[Item] = []


def add(a: int, b: Annotated[int, "the other"] = 2) -> int:
    """Adds."""
    return a + b


async def aadd(a: int) -> str:
    """Adds, awaited."""
    return f"awaited {a}"


def of_items(a: int, items: list[Item]) -> list[str]:
    """Says what they are."""
    return [type(item).__name__ for item in items] + [str(a)]


def tools(lib: Side) -> dict[str, Any]:
    class Add(lib.BaseTool):
        name: str = "add"
        description: str = "Adds."

        def _run(self, a: int, b: int = 2) -> Any:
            return {"sum": a + b}

    make = lib.StructuredTool.from_function
    return {
        "class": Add(),
        "checked class": Add(args_schema=Arguments),
        "function": make(add),
        "both": make(add, aadd, name="both", description="Both."),
        "schema": make(of_items, args_schema=Arguments),
        "inferred": make(of_items),
        "unchecked": make(add, infer_schema=False),
        "json": make(
            add, args_schema={"title": "t", "type": "object", "properties": {"a": {"type": "integer"}}}
        ),
    }


INPUTS = [
    {"a": 1},
    {"a": "1"},
    {"a": "no"},
    {"a": 1, "b": 3},
    {"a": 1, "items": [{"n": 1}]},
    {"a": 1, "unknown": 3},
    {},
    {"type": "tool_call", "name": "x", "args": {"a": 1}, "id": "c"},
    {"type": "tool_call", "name": "x", "args": {"a": 1}, "id": None},
    {"id": "c", "name": "x", "args": {"a": 1}},
]


def result(call: Any) -> Any:
    """What it gives, as plain data, or the type of what it raises."""
    try:
        output = call()
    except Exception as error:
        return type(error).__name__
    return output.model_dump() if hasattr(output, "model_dump") else output


@pytest.mark.parametrize("input", INPUTS, ids=str)
@pytest.mark.parametrize("name", tools(OURS))
def test_what_they_give(name, input):
    ours, theirs = tools(OURS)[name], tools(PEER)[name]
    assert result(lambda: ours.invoke(input)) == result(lambda: theirs.invoke(input))
    assert result(lambda: asyncio.run(ours.ainvoke(input))) == result(
        lambda: asyncio.run(theirs.ainvoke(input))
    )


@pytest.mark.parametrize("name", [name for name in tools(OURS) if name != "unchecked"])
def test_what_the_model_is_told(name):
    ours, theirs = tools(OURS)[name], tools(PEER)[name]
    assert (ours.name, ours.description, ours.args) == (theirs.name, theirs.description, theirs.args)
    if name != "json":
        assert ours.tool_call_schema.model_json_schema() == theirs.tool_call_schema.model_json_schema()


@pytest.mark.parametrize("input", INPUTS[:3], ids=str)
@pytest.mark.parametrize("name", ["class", "function"])
async def test_what_is_told_of_them(name, input):
    async def told(tool):
        events = []
        try:
            async for event in tool.astream_events(input, version="v2"):
                events.append((event["event"], event["name"], event["data"].get("output")))  # noqa: PERF401
        except Exception as error:
            events.append(type(error).__name__)
        return events

    assert await told(tools(OURS)[name]) == await told(tools(PEER)[name])


def test_runnables_as_tools():
    def typed(lib: Side) -> Any:
        def total(x: Arguments) -> Any:
            return "called"

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return lib.RunnableLambda(total).as_tool()

    ours, theirs = typed(OURS), typed(PEER)
    assert (ours.name, ours.description, ours.args) == (theirs.name, theirs.description, theirs.args)
    assert ours.invoke({"a": "1"}) == theirs.invoke({"a": "1"}) == "called"


# ---- functions of many shapes


class Colour(Enum):
    red = "red"
    blue = "blue"


class Nested(BaseModel):
    """Nested."""

    item: Item
    items: list[Item] = []
    by_name: dict[str, Item] = Field(default={}, description="named")


@dataclass
class Size:
    """How large."""

    w: int
    h: int = 1


class Span(TypedDict):
    """From here to there."""

    start: int
    end: Annotated[int, ..., "where it ends"]


def f_nothing():
    """Nothing."""


def f_plain(a, b=1, c="x"):
    """Without annotations."""


def f_basic(a: int, b: float, c: bool, d: str | None = None, e: bytes = b""):
    """Basic types."""


def f_optional(a: Optional[int], b: Union[int, str] = 1, c: int | str | None = None):  # noqa: UP007, UP045
    """Unions."""


def f_containers(a: list[int], b: dict[str, int], c: tuple[int, str], d: set[str] | None = None):
    """Containers."""


def f_choice(a: Literal["x", "y"], b: Colour = Colour.red):
    """Choices."""


def f_models(a: Nested, b: list[Item], c: Item | None = None):
    """Models."""


def f_others(a: Size, when: datetime.date, d: Any = None):
    """Other types."""


def f_fields(
    a: Annotated[int, Field(description="an a", gt=3)],
    b: int = Field(default=2, description="a b"),
    c: Annotated[str, "a c"] = "x",
):
    """Fields."""


def f_names(schema: str, copy: int, json: int = 1, model_config_: int = 2):
    """Names."""


def f_keywords(a: int, *, b: int, c: int = 3):
    """Keywords."""


def f_injected(
    a: int,
    user: Annotated[str, "lib.InjectedToolArg"],
    callbacks: Any = None,
    run_manager: Any = None,
):
    """Injected."""


def f_documented(a: int, b: Annotated[int, "noted"] = 1, c: int = 2):
    """Documented.

    Args:
        a (int): the a,
            in two lines
        c: the c: with a colon
    """


SHAPES = [value for name, value in list(globals().items()) if name.startswith("f_")]


def of_each(function: Any, **options: Any) -> tuple[Any, Any]:
    """The tool of both libraries."""
    made = []
    for lib in (OURS, PEER):

        def own(*args: Any, **kwargs: Any) -> Any:
            return sorted(kwargs)

        own.__name__, own.__doc__ = function.__name__, function.__doc__
        notes = {
            name: Annotated[str, lib.InjectedToolArg] if "lib.InjectedToolArg" in str(note) else note
            for name, note in function.__annotations__.items()
        }
        parameters = [
            parameter.replace(annotation=notes.get(name, parameter.annotation))
            for name, parameter in inspect.signature(function).parameters.items()
        ]
        own.__annotations__, own.__signature__ = notes, inspect.Signature(parameters)  # type: ignore[attr-defined]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made.append(lib.tool(**options)(own))
    return made[0], made[1]


@pytest.mark.parametrize("function", SHAPES, ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    "options", [{}, {"parse_docstring": True, "error_on_invalid_docstring": False}], ids=str
)
def test_schemas_of_functions(function, options):
    ours, theirs = of_each(function, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if function is not f_documented or options:
            assert (ours.name, ours.description) == (theirs.name, theirs.description)
        assert ours.args == theirs.args
        assert plain(ours) == plain(theirs)
        for strict in (None, False, True):
            assert ordered(OURS.convert_to_openai_tool(ours, strict=strict)) == ordered(
                PEER.convert_to_openai_tool(theirs, strict=strict)
            )


def plain(tool: Any) -> Any:
    schema = tool.tool_call_schema.model_json_schema()
    return {key: value for key, value in schema.items() if key != "description"}


def ordered(tool: Any) -> Any:
    """Without the text, which is indented differently."""
    function = cleaned(tool["function"])
    return {**function, "description": function["description"].split()}


def cleaned(value: Any) -> Any:
    """Without titles, of which LangChain leaves some, and empty lists of required keys, which say nothing."""
    if isinstance(value, dict):
        return {
            key: cleaned(below)
            for key, below in value.items()
            if (key, below) != ("required", []) and not (key == "title" and isinstance(below, str))
        }
    return [cleaned(below) for below in value] if isinstance(value, list) else value


CONVERTED = [
    Item,
    Nested,
    Arguments,
    Span,
    Size,
    *(function for function in SHAPES if function is not f_injected),
    {"title": "n", "description": "d", "type": "object", "properties": {"a": {"type": "string"}}},
    {"name": "n", "description": "d", "parameters": {"type": "object", "properties": {}}},
    {"name": "n", "description": "d"},
    {"name": "n", "parameters": {"type": "object"}},
    {
        "name": "n",
        "description": "d",
        "input_schema": {"type": "object", "properties": {"a": {"type": "string"}}},
    },
    {
        "toolSpec": {
            "name": "n",
            "description": "d",
            "inputSchema": {"json": {"type": "object", "properties": {}}},
        }
    },
    {"type": "function", "function": {"name": "n", "description": "d", "parameters": {"type": "object"}}},
]


@pytest.mark.parametrize("strict", [None, True])
@pytest.mark.parametrize("thing", CONVERTED, ids=lambda t: getattr(t, "__name__", str(t)[:40]))
def test_what_providers_are_sent(thing, strict):
    if strict and isinstance(thing, dict) and "title" not in thing:
        return  # LangChain does nothing to what is in a provider's format, or fails
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = (lib.convert_to_openai_tool(thing, strict=strict) for lib in (OURS, PEER))
        assert cleaned(ours) == cleaned(theirs)
        ours, theirs = (lib.convert_to_json_schema(thing, strict=strict) for lib in (OURS, PEER))
        assert cleaned(ours) == cleaned(theirs)


# ---- outputs and failures

OUTPUTS = [
    "text",
    1,
    None,
    {"a": [1]},
    [],
    ["a", "b"],
    [{"type": "text", "text": "a"}],
    [{"type": "other"}],
    ("c", {"artifact": 1}),
    ("c", "d", "e"),
    {"é": 1},
]


@pytest.mark.parametrize("id", ["c1", None])
@pytest.mark.parametrize("form", ["content", "content_and_artifact"])
@pytest.mark.parametrize("output", OUTPUTS, ids=repr)
def test_outputs(output, form, id):
    asked = {"type": "tool_call", "name": "t", "args": {"a": 1}, "id": id}
    results = []
    for lib in (OURS, PEER):

        @lib.tool("t", description="d", response_format=form)
        def gives(a: int) -> Any:
            return output

        results.append([result(lambda: gives.invoke(asked)), result(lambda: gives.invoke({"a": 1}))])
    assert results[0] == results[1]


HANDLERS = [False, True, "text", lambda error: f"told {type(error).__name__}", lambda error: ["a"]]


@pytest.mark.parametrize("handler", HANDLERS, ids=str)
@pytest.mark.parametrize("asked", [{"a": 1}, {"a": "no"}, {}], ids=str)
@pytest.mark.parametrize("is_call", [True, False])
async def test_failures(asked, handler, is_call):
    told = []
    for lib in (OURS, PEER):

        def fails(a: int) -> Any:
            """Fails."""
            raise lib.ToolException("no", 1)  # noqa: B023

        made = lib.StructuredTool.from_function(
            fails, handle_tool_error=handler, handle_validation_error=handler
        )
        input = {"type": "tool_call", "name": "t", "args": asked, "id": "c1"} if is_call else asked
        told.append([result(lambda: made.invoke(input)), await events_of(made, input)])  # noqa: B023
    assert told[0] == told[1]


async def events_of(made: Any, input: Any) -> list[Any]:
    """What v2 says, in full."""
    told: list[Any] = []
    try:
        async for event in made.astream_events(input, version="v2"):
            data = {
                key: type(value).__name__
                if isinstance(value, Exception)
                else getattr(value, "content", value)
                for key, value in event["data"].items()
            }
            told.append((event["event"], event["name"], data, event["tags"], event["metadata"]))
    except Exception as error:
        told.append(type(error).__name__)
    return told


INJECTED_INPUTS = [
    {"a": 1, "user": "ann"},
    {"a": "no", "user": "ann"},
    {"user": "ann"},
    {"a": 1},
    {"type": "tool_call", "name": "t", "args": {"a": 1, "id": "eve"}, "id": "c1"},
    {"type": "tool_call", "name": "t", "args": {"a": 1}, "id": None},
]


@pytest.mark.parametrize("input", INJECTED_INPUTS, ids=str)
def test_injected_arguments(input):
    results = []
    for lib in (OURS, PEER):

        def by_host(a: int, user: Annotated[str, lib.InjectedToolArg] = "nobody") -> str:
            """By the host."""
            return f"{a} {user}"

        def by_id(a: int, id: Annotated[str, lib.InjectedToolCallId]) -> str:
            """By its id."""
            return f"{a} {id}"

        made = [lib.tool(function) for function in (by_host, by_id)]
        results.append([(tool.args, result(lambda: tool.invoke(input))) for tool in made])  # noqa: B023
    assert results[0] == results[1]


def test_messages_and_their_likes_are_passed_on():
    for lib in (OURS, PEER):
        mixin = lib.ToolOutputMixin

        class Command(mixin):
            pass

        for output in (Command(), [Command(), lib.ToolMessage("x", tool_call_id="c2")]):
            made = lib.tool("t", description="d")(lambda: output)  # noqa: B023
            asked = {"type": "tool_call", "name": "t", "args": {}, "id": "c1"}
            assert made.invoke(asked) is output


def test_tools_as_text():
    for name in ("render_text_description", "render_text_description_and_args"):
        ours, theirs = (getattr(lib, name)([lib.tool(add), tools(lib)["function"]]) for lib in (OURS, PEER))
        assert ours == theirs


# ---- what is different


def test_what_a_model_says_of_an_injected_argument_counts_for_nothing():
    asked = {"type": "tool_call", "name": "t", "args": {"user": "eve"}, "id": "c1"}
    contents = []
    for lib in (OURS, PEER):

        def whose(user: Annotated[str, lib.InjectedToolArg] = "nobody") -> str:
            """Whose it is."""
            return user

        contents.append(lib.tool(whose).invoke(asked).content)
    assert contents == ["nobody", "eve"]


def test_errors_of_the_function_are_not_errors_of_its_arguments():
    results = []
    for lib in (OURS, PEER):

        def reads(a: int) -> Any:
            """Reads."""
            return Item.model_validate({"n": "no"})

        made = lib.StructuredTool.from_function(reads, handle_validation_error=True)
        results.append(result(lambda: made.invoke({"a": 1})))  # noqa: B023
    assert results == ["ValidationError", "Tool input validation error"]


def test_paragraphs_stay_paragraphs():
    def two(a: int) -> int:
        """First.

        Second.

        Args:
            a: the a
        """
        return a

    ours, theirs = (lib.tool(parse_docstring=True)(two) for lib in (OURS, PEER))
    assert (ours.description, theirs.description) == ("First.\n\nSecond.", "First. Second.")


def test_generators_are_run():
    def words() -> Any:
        """Yields."""
        yield from "ab"

    ours, theirs = (lib.tool(words) for lib in (OURS, PEER))
    assert ours.invoke({}) == "ab"
    assert not isinstance(theirs.invoke({}), str)


def test_a_model_that_contains_itself_keeps_its_definition():
    ours, theirs = (lib.convert_to_openai_tool(Tree)["function"]["parameters"] for lib in (OURS, PEER))
    assert ours["properties"]["kids"]["items"] == {"$ref": "#/$defs/Tree"}
    assert theirs["properties"]["kids"]["items"] == {}


class Tree(BaseModel):
    """A tree."""

    kids: "list[Tree]" = []


def test_arguments_of_a_function_that_is_not_checked():
    ours, theirs = tools(OURS)["unchecked"], tools(PEER)["unchecked"]
    assert (list(ours.args), list(theirs.args)) == (["a", "b"], ["args", "config", "kwargs"])


def test_a_key_that_need_not_be_there_is_not_required():
    class Keys(TypedDict):
        a: int
        b: NotRequired[str]

    def keys(x: Keys) -> str:
        return str(dict(x))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = OURS.RunnableLambda(keys).as_tool(), PEER.RunnableLambda(keys).as_tool()
    assert result(lambda: ours.invoke({"a": 1})) == "{'a': 1}"
    assert result(lambda: theirs.invoke({"a": 1})) == "ValidationError"


def test_arguments_of_unknown_names_are_passed_on():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = (lib.RunnableLambda(lambda x: x).as_tool(name="t") for lib in (OURS, PEER))
    assert (ours.invoke({"a": 1}), theirs.invoke({"a": 1})) == ({"a": 1}, {})
