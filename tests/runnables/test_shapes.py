"""Models from types and fields, and back."""

import typing

import pytest
import typing_extensions
from pydantic import BaseModel, Field, ValidationError

from eventflow.runnables.shapes import field_values, fields_of, is_known, model_of, object_of, optional, typed


class Point(BaseModel):
    x: int = Field(gt=0, description="across")
    y: int = Field(2, alias="up")


class OldKeys(typing.TypedDict):
    """Some keys."""

    a: int
    b: typing.NotRequired[str]


class NewKeys(typing_extensions.TypedDict, total=False):
    a: typing_extensions.Required[typing.Annotated[int, Field(lt=9)]]
    b: typing_extensions.ReadOnly[str]


class InText(typing_extensions.TypedDict):
    a: "int"
    b: "typing.NotRequired[str]"


class Unresolved(typing_extensions.TypedDict):
    a: "Nowhere"  # noqa: F821


@pytest.mark.parametrize("keys", [OldKeys, NewKeys, InText])
def test_a_typed_dict_is_an_object(keys):
    model = model_of("Input", keys)
    schema = model.model_json_schema()
    assert (schema["title"], schema["type"], schema["required"]) == ("Input", "object", ["a"])
    assert "default" not in schema["properties"]["b"]
    assert field_values(model(a=1)) == {"a": 1}
    assert field_values(model(a=1, b="x")) == {"a": 1, "b": "x"}
    assert model.__doc__ == keys.__doc__
    assert typed(keys).__name__ == keys.__name__


def test_what_is_said_of_a_key_is_kept():
    with pytest.raises(ValidationError, match="less than 9"):
        model_of("Input", NewKeys)(a=9)


def test_a_typed_dict_that_cannot_be_resolved_is_a_value():
    assert fields_of(model_of("Input", Unresolved)) is None


def test_a_model_is_itself_and_a_type_is_a_root_model():
    assert model_of("Input", Point) is Point
    assert model_of("Input", list[int])([1]).root == [1]
    assert model_of("Input", int) is model_of("Input", int)
    assert model_of("Input", None).model_json_schema() == {"title": "Input", "type": "null"}
    unhashable = typing.Annotated[int, []]
    assert model_of("Input", unhashable)(1).root == 1


@pytest.mark.parametrize(("type_", "known"), [(typing.Any, False), (int, True), (Point, True), (dict, True)])
def test_is_known(type_, known):
    assert is_known(model_of("Input", type_)) is known


@pytest.mark.parametrize(
    "key", ["_private", "schema", "copy", "model_name", "model_fields", "a==b/c", "x y", "é"]
)
def test_any_key_is_a_key(key):
    model = object_of("Keys", {key: (int, ...)})
    assert model.model_json_schema()["required"] == [key]
    assert field_values(model.model_validate({key: 1})) == {key: 1}
    assert list(fields_of(object_of("Again", fields_of(model)))) == [key]


def test_fields_keep_what_is_said_of_them():
    again = object_of("Again", fields_of(Point))
    assert again.model_json_schema()["properties"] == Point.model_json_schema()["properties"]
    with pytest.raises(ValidationError, match="greater than 0"):
        again(x=0)
    assert field_values(Point(x=1, up=3)) == {"x": 1, "y": 3}


def test_an_open_object_keeps_what_else_it_is_given():
    given = {"x": 1, "more": 2}
    assert field_values(object_of("Open", {"x": (int, ...)}, is_open=True)(**given)) == given
    assert field_values(object_of("Closed", {"x": (int, ...)})(**given)) == {"x": 1}


def test_a_missing_key_is_not_the_same_as_one_with_a_default():
    model = object_of("Keys", {"a": optional(int), "b": (int, None)})
    assert field_values(model()) == {"b": None}
