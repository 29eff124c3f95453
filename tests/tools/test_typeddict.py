"""TypedDicts that describe what a model is to give."""

import typing
from typing import Annotated, Any, NotRequired, Optional, Required

import pytest
import typing_extensions

from eventflow.tools import convert_to_openai_tool
from eventflow.tools.typeddict import model_of_keys

EACH = pytest.mark.parametrize(
    "base", [typing.TypedDict, typing_extensions.TypedDict], ids=["typing", "extensions"]
)


@EACH
def test_keys(base: Any):
    class Joke(base):
        """A joke.

        Args:
            setup: how it begins
        """

        setup: str
        end: Annotated[str, ..., "how it ends"]
        rating: Annotated[int, 5, "how good"]
        kind: Annotated[str, "of which kind"]
        stars: Annotated[int, 3]
        tags: NotRequired[list[str]]
        note: Annotated[NotRequired[str | None], ..., "said beside"]

    assert convert_to_openai_tool(Joke)["function"] == {
        "name": "Joke",
        "description": "A joke.",
        "parameters": {
            "type": "object",
            "properties": {
                "setup": {"type": "string", "description": "how it begins"},
                "end": {"type": "string", "description": "how it ends"},
                "rating": {"type": "integer", "description": "how good", "default": 5},
                "kind": {"type": "string", "description": "of which kind"},
                "stars": {"type": "integer", "default": 3},
                "tags": {"type": "array", "items": {"type": "string"}},
                "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "said beside"},
            },
            "required": ["setup", "end", "kind"],
        },
    }


@EACH
def test_nested_ones(base: Any):
    class Inner(base, total=False):
        """Inside."""

        n: Required[Annotated[int, ..., "a number"]]
        m: int

    class Outer(base):
        one: Inner
        many: list[Inner]
        either: Optional[Inner]  # noqa: UP045
        other: Inner | int
        by_name: dict[str, Inner]

    inner = {
        "type": "object",
        "description": "Inside.",
        "properties": {"n": {"type": "integer", "description": "a number"}, "m": {"type": "integer"}},
        "required": ["n"],
    }
    function = convert_to_openai_tool(Outer)["function"]
    assert (function["description"], function["parameters"]["properties"]) == (
        "",
        {
            "one": inner,
            "many": {"type": "array", "items": inner},
            "either": {"anyOf": [inner, {"type": "null"}]},
            "other": {"anyOf": [inner, {"type": "integer"}]},
            "by_name": {"type": "object", "additionalProperties": inner},
        },
    )


class Tree(typing_extensions.TypedDict):
    kids: "list[Tree]"


def test_one_that_contains_itself():
    kids = model_of_keys(Tree).model_json_schema()["properties"]["kids"]
    assert kids["items"] == {"type": "object", "additionalProperties": True}


def test_a_docstring_that_speaks_of_other_keys():
    class Wrong(typing_extensions.TypedDict):
        """Wrong.

        Args:
            b: not there
        """

        a: int

    with pytest.raises(ValueError, match="Arg b in docstring not found"):
        convert_to_openai_tool(Wrong)
