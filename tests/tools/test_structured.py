"""Tools made of functions."""

import threading

import pytest
from pydantic import BaseModel, ValidationError

from eventflow import AsyncOnlyError, RunnableConfig, StructuredTool, Tool


class Item(BaseModel):
    """One item."""

    n: int


def total(items: list[Item], start: int = 0, *, config: RunnableConfig) -> int:
    """Adds them up.

    Of all items.
    """
    assert "tags" in config
    return start + sum(item.n for item in items)


async def atotal(items: list[Item], start: int = 0) -> str:
    """Awaits the sum."""
    return f"awaited {start + sum(item.n for item in items)}"


ITEMS = {"items": [{"n": "1"}, {"n": 2}]}


async def test_a_function():
    tool = StructuredTool.from_function(total)
    assert (tool.name, tool.description) == ("total", "Adds them up.\n\nOf all items.")
    assert list(tool.args) == ["items", "start"]
    assert tool.invoke(ITEMS) == await tool.ainvoke(ITEMS) == 3
    with pytest.raises(ValidationError):
        tool.invoke({"items": 1})


async def test_a_coroutine_function():
    tool = StructuredTool.from_function(coroutine=atotal)
    assert (tool.name, tool.description) == ("atotal", "Awaits the sum.")
    assert await tool.ainvoke(ITEMS) == "awaited 3"
    with pytest.raises(AsyncOnlyError, match=r"atotal .* use ainvoke\(\)"):
        tool.invoke(ITEMS)


async def test_both():
    tool = StructuredTool.from_function(total, atotal, name="sum", description="Sums.", return_direct=True)
    assert (tool.name, tool.description, tool.return_direct) == ("sum", "Sums.", True)
    assert (tool.invoke(ITEMS), await tool.ainvoke(ITEMS)) == (3, "awaited 3")


async def test_a_function_may_block():
    tool = StructuredTool.from_function(threading.get_ident, name="where", description="Says where.")
    assert await tool.ainvoke({}) != threading.get_ident()


def test_neither_function_nor_description():
    with pytest.raises(ValueError, match="Function and/or coroutine must be provided: give func="):
        StructuredTool.from_function()
    with pytest.raises(ValueError, match="tool 't' has no function"):
        StructuredTool(name="t", description="d")
    with pytest.raises(
        ValueError, match="must have a docstring if description not provided: <lambda> has none"
    ):
        StructuredTool.from_function(lambda x: x)


@pytest.mark.parametrize(
    ("schema", "description"),
    [(Item, "One item."), ({"description": "From JSON.", "properties": {"n": {}}}, "From JSON.")],
)
def test_a_schema_of_its_own(schema, description):
    tool = StructuredTool.from_function(lambda n: n, name="n", args_schema=schema)
    assert tool.description == description
    assert list(tool.args) == ["n"]
    assert tool.invoke({"n": 1}) == 1


def test_a_schema_that_says_nothing():
    class Silent(BaseModel):
        n: int

    with pytest.raises(ValueError, match="must have a docstring"):
        StructuredTool.from_function(lambda n: n, args_schema=Silent)


def test_without_a_schema_nothing_is_checked():
    tool = StructuredTool.from_function(lambda n: n, name="n", description="d", infer_schema=False)
    assert tool.invoke({"n": "any"}) == "any"
    assert tool.args == {"n": {"title": "N"}}


def test_arguments_of_any_name():
    def odd(schema: str, copy: int = 1, _private: int = 2) -> tuple[str, int, int]:
        """Has names that pydantic keeps for itself."""
        return schema, copy, _private

    assert StructuredTool.from_function(odd).invoke({"schema": "s", "_private": 3}) == ("s", 1, 3)


def test_it_is_shown_without_its_function():
    assert repr(StructuredTool.from_function(total, name="t", description="d")) == (
        "StructuredTool(name='t', description='d')"
    )


@pytest.mark.parametrize("make", [StructuredTool.from_function, Tool.from_function])
def test_an_argument_that_does_not_exist_is_refused(make):
    with pytest.raises(ValueError, match=r"Tool has no argument 'metdata': did you mean 'metadata'\?$"):
        make(func=total, name="total", description="Adds up.", metdata={"a": 1})
