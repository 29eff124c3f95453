"""Which arguments of a function a call of the tool gives, and what they must be."""

from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from eventflow import RunnableConfig
from eventflow.runnables.shapes import field_values
from eventflow.tools.arguments import create_schema_from_function


def told(config_: RunnableConfig, a: int, run_manager: Any = None, *, b: RunnableConfig | None = None): ...


def text_config(a, config: "RunnableConfig"): ...


def unresolved(a: "Nowhere", config: "RunnableConfig"): ...  # noqa: F821


def everything(a, *args, b=1, callbacks=None, **kwargs): ...


class Method:
    def run(self, a: int, run_manager=None): ...


@pytest.mark.parametrize(
    ("function", "keys"),
    [
        (told, ["a"]),
        (text_config, ["a"]),
        (unresolved, ["a"]),
        (everything, ["a", "b"]),
        (Method().run, ["a"]),
        (lambda: None, []),
        (lambda config: None, ["config"]),  # only what is annotated as one is a config
    ],
)
def test_arguments_of_a_call(function, keys):
    assert list(create_schema_from_function("f", function).model_json_schema()["properties"]) == keys


def test_schema_says_what_the_signature_says():
    def function(a: Annotated[int, "how many"], b: list[str] | None = None, c=1.5): ...

    schema = create_schema_from_function("f", function, description="Does it.").model_json_schema()
    assert schema["description"] == "Does it."
    assert schema["required"] == ["a"]
    assert schema["properties"]["a"] == {"description": "how many", "title": "A", "type": "integer"}
    assert schema["properties"]["c"] == {"default": 1.5, "title": "C"}
    with pytest.raises(ValidationError):
        create_schema_from_function("f", function)(a="many")


def test_a_function_of_anything_keeps_all_arguments():
    assert field_values(create_schema_from_function("f", everything)(a=1, z=2)) == {"a": 1, "b": 1, "z": 2}
