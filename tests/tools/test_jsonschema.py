"""JSON schemas as providers like them."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from eventflow.tools.jsonschema import inlined, tidied


def test_definitions_are_put_in_their_places():
    schema = {
        "properties": {"a": {"$ref": "#/$defs/A", "description": "of its own"}, "$ref": {"type": "string"}},
        "$defs": {
            "A": {"type": "object", "description": "d", "properties": {"b": {"$ref": "#/$defs/B"}}},
            "B": {"enum": ["x"]},
        },
    }
    assert inlined(schema) == {
        "properties": {
            "a": {"type": "object", "description": "of its own", "properties": {"b": {"enum": ["x"]}}},
            "$ref": {"type": "string"},
        },
    }


def test_what_contains_itself_stays_where_it_is():
    tree = {"properties": {"kids": {"items": {"$ref": "#/$defs/Tree"}}, "leaf": {"$ref": "#/$defs/Leaf"}}}
    made = {"properties": {"kids": {"items": {"$ref": "#/$defs/Tree"}}, "leaf": {"type": "null"}}}
    schema = {
        "properties": {"a": {"$ref": "#/$defs/Tree"}},
        "$defs": {"Tree": tree, "Leaf": {"type": "null"}},
    }
    assert inlined(schema) == {"properties": {"a": {"$ref": "#/$defs/Tree"}}, "$defs": {"Tree": made}}
    at_the_top = {"$ref": "#/$defs/Tree", "$defs": schema["$defs"]}
    assert inlined(at_the_top) == {**made, "$defs": {"Tree": made}}  # it has to be an object there


def test_two_that_contain_each_other():
    defs = {"A": {"items": {"$ref": "#/$defs/B"}}, "B": {"items": {"$ref": "#/$defs/A"}}}
    assert inlined({"anyOf": [{"$ref": "#/$defs/A"}], "$defs": defs}) == {
        "anyOf": [{"$ref": "#/$defs/A"}],
        "$defs": defs,
    }


def test_unknown_references_stay():
    schema = {"properties": {"a": {"$ref": "#/$defs/Nowhere"}}, "$defs": {}}
    assert inlined(schema) == {"properties": {"a": {"$ref": "#/$defs/Nowhere"}}}


schemas: Any = st.recursive(
    st.fixed_dictionaries({"type": st.sampled_from(["string", "integer"]), "title": st.text(max_size=2)}),
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.dictionaries(st.sampled_from(["title", "a", "b"]), inner),
            }
        ),
        st.fixed_dictionaries(
            {"type": st.just("array"), "items": inner, "default": st.just([{"title": "data"}])}
        ),
        st.fixed_dictionaries({"anyOf": st.lists(inner, max_size=2)}),
    ),
    max_leaves=8,
)


def walk(schema: Any) -> Any:
    yield schema
    for below in schema.get("properties", {}).values():
        yield from walk(below)
    for below in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        yield from walk(below)


@given(schemas, st.booleans())
def test_titles_go_and_nothing_else(schema, strict):
    before = repr(schema)
    made = tidied(schema, strict=strict)
    assert repr(schema) == before
    for old, new in zip(walk(schema), walk(made), strict=True):
        assert "title" not in new
        assert old.get("properties", {}).keys() == new.get("properties", {}).keys()
        assert old.get("default") == new.get("default")
        if strict and new.get("type") == "object":
            assert (new["additionalProperties"], new["required"]) == (False, list(new["properties"]))
        else:
            assert "additionalProperties" not in new
