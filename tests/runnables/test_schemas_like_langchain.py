"""Schemas, config schemas and graphs are LangChain's, but for what is listed here, side by side."""

import json
from operator import itemgetter
from typing import Any

import pytest

pytest.importorskip("langchain_core")

from langchain_core import prompts, runnables
from langchain_core.runnables import base, passthrough, router

from properties.trees import Side
from runnables.structures import ALIKE, OURS, Build, anything, count, lists, model, prompt, repeat, shout, two

PEER = Side(runnables, base, passthrough, router, prompts)


def plain(schema: dict[str, Any]) -> Any:
    """The schema without its descriptions and definitions: each `$ref` is what it refers to."""
    definitions = schema.get("$defs", {})

    def inlined(part: Any) -> Any:
        if isinstance(part, list):
            return [inlined(item) for item in part]
        if not isinstance(part, dict):
            return part
        part = {**definitions[part["$ref"].rpartition("/")[2]], **part} if "$ref" in part else part
        left_out = {"$defs", "$ref", "description", *(["title"] if "enum" in part else [])}
        return {key: inlined(value) for key, value in part.items() if key not in left_out}

    found = inlined(schema)
    if found.get("type") == "array" and found.get("default", "") is None:
        del found["default"]  # what the peer says of every input of RunnableEach
    return found


def schemas(runnable: Any) -> dict[str, Any]:
    return {
        "input": plain(runnable.get_input_jsonschema()),
        "output": plain(runnable.get_output_jsonschema()),
        "config": plain(runnable.get_config_jsonschema(include=["tags", "metadata", "max_concurrency"])),
    }


def graph(runnable: Any, config: Any = None) -> dict[str, Any]:
    """Nodes with their ids, names and metadata, and edges, in order."""
    drawn = runnable.get_graph(config)
    described = drawn.to_json()
    for node in described["nodes"]:
        if isinstance(node["data"], dict):
            node["data"] = node["data"]["name"]
        if not node.get("metadata"):
            node.pop("metadata", None)
    return {**described, "ids": list(drawn.reid().nodes)}


def specs(runnable: Any) -> list[Any]:
    """The specs without the types of options: an enumeration there, a `Literal` here."""
    return [
        spec._replace(annotation=spec.annotation if spec.annotation in (int, str) else None)
        for spec in runnable.config_specs
    ]


@pytest.mark.parametrize("name", ALIKE)
def test_schemas(name):
    ours, theirs = schemas(ALIKE[name](OURS)), schemas(ALIKE[name](PEER))
    assert json.dumps(ours, indent=1, sort_keys=True) == json.dumps(theirs, indent=1, sort_keys=True)


@pytest.mark.parametrize("name", ALIKE)
def test_graph(name):
    ours, theirs = graph(ALIKE[name](OURS)), graph(ALIKE[name](PEER))
    assert ours == theirs


@pytest.mark.parametrize("name", ALIKE)
def test_config_specs(name):
    assert specs(ALIKE[name](OURS)) == specs(ALIKE[name](PEER))


def test_graph_of_the_alternative_that_is_chosen():
    config = {"configurable": {"which": "b"}, "metadata": {"m": 1}}
    assert graph(ALIKE["alternatives"](OURS), config) == graph(ALIKE["alternatives"](PEER), config)


def test_graph_and_specs_of_what_a_function_uses():
    def using(lib: Side) -> Any:
        inner, field = two(lib), repeat(lib).configurable_fields(times=lib.ConfigurableField("t"))
        question = prompt(lib)

        def function(x):
            return [inner.invoke(x), field.invoke(x), question.invoke(x)]

        return lib.RunnableLambda(function) | text_of

    def text_of(x):
        return str(x)

    ours, theirs = using(OURS), using(PEER)
    assert sorted(graph(ours)["ids"]) == sorted(graph(theirs)["ids"])
    assert ours.config_specs == [tuple(spec) for spec in theirs.config_specs]
    assert len(ours.get_prompts()) == len(theirs.get_prompts()) == 1


@pytest.mark.parametrize("name", ["Prompt", "Chat"])
def test_input_of_a_prompt(name):
    templates = {
        "Prompt": lambda lib: lib.PromptTemplate.from_template("{a} {b}").partial(a="1"),
        "Chat": prompt,
    }
    ours, theirs = templates[name](OURS), templates[name](PEER)
    assert plain((ours | count).get_input_jsonschema()) == plain((theirs | count).get_input_jsonschema())
    assert graph(ours | count)["ids"] == graph(theirs | count)["ids"]


# ---- what is different: what we say, and what they say

X = {"x": {"title": "X"}}


def an_object(title: str, **keys: dict[str, Any]) -> dict[str, Any]:
    return {"properties": keys, "required": list(keys), "title": title, "type": "object"}


def number(title: str) -> dict[str, Any]:
    return {"title": title, "type": "integer"}


DIFFERENT: dict[str, tuple[Build, str, Any]] = {
    "a branch that takes anything makes no demand called `root`": (
        lambda lib: lib.RunnableParallel(a=itemgetter("x"), b=anything),
        "input",
        an_object("RunnableParallel<a,b>Input", **X),
    ),
    "the first type that is known counts": (
        lambda lib: lib.RunnableParallel(a=anything, b=count),
        "input",
        number("RunnableParallel<a,b>Input"),
    ),
    "what an assigned key is made from is needed, too": (
        lambda lib: lib.RunnablePassthrough.assign(tone=itemgetter("x")) | prompt(lib) | count,
        "input",
        an_object("RunnableSequenceInput", **X, question={"title": "Question", "type": "string"}),
    ),
    "assigned keys stay": (
        lambda lib: (
            lib.RunnablePassthrough.assign(a=itemgetter("x"))
            | lib.RunnablePassthrough.assign(b=itemgetter("a"))
        ),
        "output",
        an_object("RunnableSequenceOutput", **X, a={"title": "A"}, b={"title": "B"}),
    ),
    "keys of a parallel are known to assign": (
        lambda lib: lib.RunnableParallel(a=count).assign(b=count),
        "output",
        an_object("RunnableSequenceOutput", a=number("A"), b=number("B")),
    ),
    "keys of a parallel are known to pick": (
        lambda lib: lib.RunnableParallel(a=count, b=lists).pick("a"),
        "output",
        number("RunnableSequenceOutput"),
    ),
    "a branch gives what all its runnables give": (
        lambda lib: lib.RunnableBranch((lambda x: x, shout), shout),
        "output",
        {"title": "RunnableBranchOutput", "type": "string"},
    ),
    "a function that gives None": (
        lambda lib: lib.RunnableLambda(gives_none),
        "output",
        {"title": "gives_none_output", "type": "null"},
    ),
    "a key that is read with `get` is not required": (
        lambda lib: lib.RunnableLambda(lambda x: (x["a"], x.get("b"))),
        "input",
        {**an_object("RunnableLambdaInput", a={"title": "A"}, b={"title": "B"}), "required": ["a"]},
    ),
}


def gives_none(x: int) -> None:
    return None


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_is_different(name):
    build, side, wanted = DIFFERENT[name]
    assert schemas(build(OURS))[side] == wanted
    assert schemas(build(PEER))[side] != wanted


def test_type_parameters_of_a_class_between():
    from typing import Generic, TypeVar

    T = TypeVar("T")

    def output_type(lib: Side) -> Any:
        class ToInt(lib.Runnable[T, int], Generic[T]): ...

        class TextToInt(ToInt[str]): ...

        return TextToInt.__new__(TextToInt).OutputType

    assert output_type(OURS) is int
    with pytest.raises(TypeError):
        output_type(PEER)


def test_prompts_inside_a_branch():
    def branch(lib: Side) -> Any:
        return lib.RunnableBranch((lambda x: x, prompt(lib)), prompt(lib)) | model

    assert len(branch(OURS).get_prompts()) == 2
    assert branch(PEER).get_prompts() == []
