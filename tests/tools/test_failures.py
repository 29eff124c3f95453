"""Tools that fail, and what the model is told of it."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from eventflow import ToolMessage, listen
from eventflow.tools import BaseTool, ToolException, tool

CALL = {"type": "tool_call", "name": "t", "args": {"a": 1}, "id": "c1"}
WRONG = {"type": "tool_call", "name": "t", "args": {"a": "no"}, "id": "c1"}


def failing(*args: Any) -> Any:
    def fails(a: int) -> None:
        raise ToolException(*args)

    async def afails(a: int) -> None:
        raise ToolException(*args)

    from eventflow.tools import StructuredTool

    return StructuredTool.from_function(fails, afails, name="t", description="d")


async def both(made: BaseTool, input: Any) -> Any:
    output = made.invoke(input)
    assert await made.ainvoke(input) == output
    return output


@pytest.mark.parametrize(
    ("handler", "content"),
    [
        (True, "it failed"),
        ("failed", "failed"),
        (lambda error: f"told: {error}", "told: it failed"),
        (lambda error: [{"type": "text", "text": "x"}], [{"type": "text", "text": "x"}]),
    ],
)
async def test_a_failure_that_is_handled(handler, content):
    made = failing("it failed", 2).model_copy(update={"handle_tool_error": handler})
    if not callable(handler):
        assert await both(made, {"a": 1}) == content
    message = ToolMessage(
        content if content != "told: it failed" else "told: ('it failed', 2)",
        name="t",
        tool_call_id="c1",
        status="error",
    )
    with listen() as events:
        assert await both(made, CALL) == message
    told = [(event["event"], event["data"].get("output")) for event in events]
    assert told == [("on_tool_start", None), ("on_tool_end", message)] * 2


async def test_a_failure_without_a_text():
    made = failing().model_copy(update={"handle_tool_error": True})
    assert await both(made, {"a": 1}) == "Tool execution error"


@pytest.mark.parametrize("handler", [False, None, ""])
async def test_a_failure_that_is_not_handled(handler):
    made = failing("it failed").model_copy(update={"handle_tool_error": handler})
    with listen() as events:
        for input in ({"a": 1}, CALL):
            with pytest.raises(ToolException, match="it failed"):
                made.invoke(input)
            with pytest.raises(ToolException, match="it failed"):
                await made.ainvoke(input)
    assert [event["event"] for event in events] == ["on_tool_start", "on_tool_error"] * 4


async def test_other_errors_are_never_handled():
    @tool("t", "d", handle_tool_error=True, handle_validation_error=True)
    def fails(a: int) -> None:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        await both(fails, CALL)


@pytest.mark.parametrize(
    ("handler", "content"),
    [
        (True, "Tool input validation error"),
        ("try again", "try again"),
        (lambda error: error.errors()[0]["type"], "int_parsing"),
    ],
)
async def test_arguments_that_do_not_fit(handler, content):
    made = tool("t", "d", handle_validation_error=handler)(lambda_(int))
    assert await both(made, {"a": "no"}) == content
    assert await both(made, WRONG) == ToolMessage(content, name="t", tool_call_id="c1", status="error")
    assert await both(made, CALL) == ToolMessage("1", name="t", tool_call_id="c1")


def lambda_(type_: type) -> Any:
    def function(a: int) -> Any:
        return type_(a)

    return function


async def test_only_the_arguments_of_the_tool_are_meant():
    """LangChain tells the model that its arguments were wrong when it is the function that has met other data."""

    class Row(BaseModel):
        n: int

    @tool("t", "d", handle_validation_error=True)
    def reads(a: int) -> Any:
        return Row.model_validate({"n": "no"})

    with pytest.raises(ValidationError, match="Row"):
        await both(reads, CALL)


async def test_an_error_has_no_artifact():
    made = failing("no").model_copy(
        update={"handle_tool_error": True, "response_format": "content_and_artifact"}
    )
    assert await both(made, CALL) == ToolMessage("no", name="t", tool_call_id="c1", status="error")


async def test_events_of_failures_have_the_id():
    made = failing("no")
    with listen(phases=["error"]) as events:
        for input in (CALL, {"a": 1}, WRONG):
            with pytest.raises((ToolException, ValidationError)):
                made.invoke(input)
    assert [event["data"]["tool_call_id"] for event in events] == ["c1", None, "c1"]
