"""Tools as text."""

from typing import Annotated

from eventflow import RunnableConfig
from eventflow.tools import (
    BaseTool,
    InjectedToolArg,
    Tool,
    render_text_description,
    render_text_description_and_args,
    tool,
)


@tool
async def find(
    text: str, user: Annotated[str, InjectedToolArg], config: RunnableConfig, limit: int = 3
) -> list[str]:
    """Finds."""
    return []


class Add(BaseTool):
    name: str = "add"
    description: str = "Adds."

    def _run(self, a: int) -> int:
        return a


def test_a_line_for_each():
    tools = [find, Add(), Tool("shout", str.upper, "Shouts.")]
    assert render_text_description(tools).splitlines() == [
        "find(text: str, limit: int = 3) -> list[str] - Finds.",
        "add - Adds.",
        "shout(self, /) - Shouts.",
    ]
    assert (
        render_text_description_and_args([Add()])
        == "add - Adds., args: {'a': {'title': 'A', 'type': 'integer'}}"
    )
    assert render_text_description([]) == ""
