"""Nodes and edges: their names, their copies, and how they look as plain data."""

from pydantic import BaseModel

from eventflow.drawing import Edge, Node
from eventflow.drawing.node import is_uuid, name_of


class Runnable:
    """Stands in for any runnable: all that a graph asks of one is its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get_name(self) -> str:
        return self.name


class RunnableSchema(BaseModel):
    text: str


def test_names_lose_a_leading_runnable():
    assert name_of(Runnable("RunnableLambda")) == "Lambda"
    assert name_of(Runnable("MyRunnable")) == "MyRunnable"
    assert name_of(RunnableSchema) == "Schema"


def test_a_name_is_never_empty():
    assert name_of(Runnable("Runnable")) == "Runnable"


def test_a_class_goes_by_its_own_name_even_if_its_objects_have_another():
    assert name_of(Runnable) == "Runnable"


def test_copies_change_what_they_are_told_to():
    node = Node("a", "name", None, {"k": 1})
    assert node.copy(id="b") == Node("b", "name", None, {"k": 1})
    assert node.copy(name="other") == Node("a", "other", None, {"k": 1})
    edge = Edge("a", "b", "label", conditional=True)
    assert edge.copy(source="c") == Edge("c", "b", "label", conditional=True)
    assert edge.copy(target="c") == Edge("a", "c", "label", conditional=True)


def test_machine_made_ids_are_told_from_names():
    assert is_uuid("0b91c51b09904d9ab8b87bf361ebe747")
    assert is_uuid("0b91c51b-0990-4d9a-b8b8-7bf361ebe747")
    assert not is_uuid("agent")
    assert not is_uuid("sub:0b91c51b09904d9ab8b87bf361ebe747")
