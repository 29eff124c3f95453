"""What a graph is made of: nodes, edges, and the names they go by."""

from typing import Any, NamedTuple, Protocol
from uuid import UUID

from pydantic import BaseModel


class Named(Protocol):
    """All that a graph wants to know of a runnable: its name."""

    def get_name(self) -> str:
        """The name to show."""
        ...


NodeData = Named | type[object]
"""What a node stands for: a runnable, or the schema class of an input or output."""


class Node(NamedTuple):
    """One box of a graph.

    `id` is unique in its graph, `name` is what is shown, `data` is the runnable or schema class behind it
    (None if there is none), `metadata` is shown below the name.

    >>> Node("a", "first", None, None).copy(name="second")
    Node(id='a', name='second', data=None, metadata=None)
    """

    id: str
    name: str
    data: NodeData | None
    metadata: dict[str, Any] | None

    def copy(self, *, id: str | None = None, name: str | None = None) -> "Node":
        """The same node under another id, another name, or both."""
        return self._replace(id=id or self.id, name=name or self.name)


class Edge(NamedTuple):
    """One line of a graph, from the node with the id `source` to the node with the id `target`.

    `data` labels it; a `conditional` edge is one that a run may or may not take, and is drawn dotted.

    >>> Edge("a", "b").copy(target="c")
    Edge(source='a', target='c', data=None, conditional=False)
    """

    source: str
    target: str
    data: object = None
    conditional: bool = False

    def copy(self, *, source: str | None = None, target: str | None = None) -> "Edge":
        """The same edge between other nodes."""
        return self._replace(source=source or self.source, target=target or self.target)


def name_of(data: NodeData) -> str:
    """The name of a runnable or class as LangChain shows it: without a leading `Runnable`.

    >>> class RunnableThing: ...
    >>> name_of(RunnableThing)
    'Thing'
    """
    name = data.__name__ if isinstance(data, type) else data.get_name()
    return name.removeprefix("Runnable") or "Runnable"


def is_uuid(id: str) -> bool:
    """Whether an id was made by a machine, so that the name should be shown in its place.

    >>> is_uuid("agent"), is_uuid("0b91c51b09904d9ab8b87bf361ebe747")
    (False, True)
    """
    try:
        UUID(id)
    except ValueError:
        return False
    return True


def node_json(node: Node, id: str | int, *, with_schemas: bool) -> dict[str, Any]:
    """A node as plain data, in LangChain's shape; `id` is what edges call it by."""
    described: dict[str, Any] = {"id": id}
    if node.data is not None:
        described |= _data_json(node, node.data, with_schemas=with_schemas)
    if node.metadata is not None:
        described["metadata"] = node.metadata
    return described


def edge_json(edge: Edge, ids: dict[str, str | int]) -> dict[str, Any]:
    """An edge as plain data, in LangChain's shape; `data` and `conditional` only where there is one."""
    described: dict[str, Any] = {"source": ids[edge.source], "target": ids[edge.target]}
    if edge.data is not None:
        described["data"] = edge.data
    if edge.conditional:
        described["conditional"] = True
    return described


def _data_json(node: Node, data: NodeData, *, with_schemas: bool) -> dict[str, Any]:
    name = node.name if is_uuid(node.id) else node.id
    if not isinstance(data, type):
        kind = type(data)
        return {
            "type": "runnable",
            "data": {"id": [*kind.__module__.split("."), kind.__name__], "name": name},
        }
    if not issubclass(data, BaseModel):
        return {"type": "unknown", "data": name}
    return {"type": "schema", "data": data.model_json_schema() if with_schemas else name}
