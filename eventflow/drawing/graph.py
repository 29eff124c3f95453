"""The graph behind `runnable.get_graph()`: built node by node, named readably, drawn as text."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

from eventflow.drawing.ascii import draw_ascii
from eventflow.drawing.mermaid import CurveStyle, NodeStyles, draw_mermaid
from eventflow.drawing.node import Edge, Node, NodeData, edge_json, is_uuid, name_of, node_json


@dataclass
class Graph:
    """Nodes by id and the edges between them; a graph without nodes is false.

    >>> graph = Graph()
    >>> start, end = graph.add_node(None, "start"), graph.add_node(None, "end")
    >>> graph.add_edge(start, end)
    Edge(source='start', target='end', data=None, conditional=False)
    >>> graph.print_ascii()
    +-------+
    | start |
    +-------+
        |
        *
     +-----+
     | end |
     +-----+
    """

    nodes: dict[str, Node] = field(default_factory=dict[str, Node])
    edges: list[Edge] = field(default_factory=list[Edge])

    def __bool__(self) -> bool:
        return bool(self.nodes)

    def next_id(self) -> str:
        """A fresh id for a node that is called by its name; see `reid`.

        >>> len(Graph().next_id())
        32
        """
        return uuid4().hex

    def add_node(
        self, data: NodeData | None, id: str | None = None, *, metadata: dict[str, Any] | None = None
    ) -> Node:
        """Add a node for a runnable, for a schema class or for nothing (None), and return it.

        With an `id` that is its name; without, it goes by the name of `data` and gets a fresh id.
        Raises ValueError if the id is taken.

        >>> Graph().add_node(int).name
        'int'
        """
        if id is not None and id in self.nodes:
            raise ValueError(f"Node with id {id} already exists: choose another id, or leave it out")
        id = id or self.next_id()
        name = name_of(data) if data is not None and is_uuid(id) else id
        node = self.nodes[id] = Node(id, name, data, metadata)
        return node

    def remove_node(self, node: Node) -> None:
        """Remove a node and all its edges. Raises KeyError if it is not in the graph.

        >>> graph = Graph()
        >>> graph.remove_node(graph.add_node(None, "a"))
        >>> bool(graph)
        False
        """
        del self.nodes[node.id]
        self.edges = [edge for edge in self.edges if node.id not in (edge.source, edge.target)]

    def add_edge(self, source: Node, target: Node, data: object = None, conditional: bool = False) -> Edge:
        """Add an edge and return it; `data` labels it. Raises ValueError if either node is not in the graph.

        >>> graph = Graph()
        >>> a, b = graph.add_node(None, "a"), graph.add_node(None, "b")
        >>> graph.add_edge(a, b, "yes", conditional=True)
        Edge(source='a', target='b', data='yes', conditional=True)
        """
        for end, node in (("Source", source), ("Target", target)):
            if node.id not in self.nodes:
                raise ValueError(f"{end} node {node.id} not in graph: add it with add_node first")
        edge = Edge(source.id, target.id, data, conditional)
        self.edges.append(edge)
        return edge

    def extend(self, graph: "Graph", *, prefix: str = "") -> tuple[Node | None, Node | None]:
        """Add all of another graph; returns its first and last node as they are called here.

        The ids get the `prefix` and a `:` in front, which makes Mermaid draw a subgraph, unless all of them
        are machine-made. Raises ValueError if an id is taken: unlike LangChain, which merges the two nodes.

        >>> inner, outer = Graph(), Graph()
        >>> _ = inner.add_node(None, "a")
        >>> outer.extend(inner, prefix="in")[0].id
        'in:a'
        """
        named = prefix and not all(map(is_uuid, graph.nodes))
        ids = {id: f"{prefix}:{id}" if named else id for id in graph.nodes}
        if taken := [id for id in ids.values() if id in self.nodes]:
            raise ValueError(
                f"Node with id {taken[0]} already exists: give extend a prefix that is not in use"
            )
        self.nodes |= {ids[node.id]: node.copy(id=ids[node.id]) for node in graph.nodes.values()}
        self.edges += [edge.copy(source=ids[edge.source], target=ids[edge.target]) for edge in graph.edges]
        first, last = graph.first_node(), graph.last_node()
        return first and self.nodes[ids[first.id]], last and self.nodes[ids[last.id]]

    def reid(self) -> "Graph":
        """The same graph with names for ids where they are machine-made, and `_1`, `_2`, ... where several
        nodes have one name.

        >>> graph = Graph()
        >>> _ = graph.add_node(int), graph.add_node(str), graph.add_node(int)
        >>> list(graph.reid().nodes)
        ['int_1', 'str', 'int_2']
        """
        ids = _readable_ids(self.nodes.values())
        return Graph(
            {ids[node.id]: node.copy(id=ids[node.id]) for node in self.nodes.values()},
            [edge.copy(source=ids[edge.source], target=ids[edge.target]) for edge in self.edges],
        )

    def first_node(self) -> Node | None:
        """The only node that no edge leads to; None if there is no such node or several.

        >>> Graph().first_node() is None
        True
        """
        return _only(self.nodes.values(), {edge.target for edge in self.edges})

    def last_node(self) -> Node | None:
        """The only node that no edge leads from; None if there is no such node or several.

        >>> Graph().last_node() is None
        True
        """
        return _only(self.nodes.values(), {edge.source for edge in self.edges})

    def trim_first_node(self) -> None:
        """Remove the first node if a single edge leads from it, to what is the first node then."""
        self._trim(self.first_node(), [edge.source for edge in self.edges], Graph.first_node)

    def trim_last_node(self) -> None:
        """Remove the last node if a single edge leads to it, from what is the last node then."""
        self._trim(self.last_node(), [edge.target for edge in self.edges], Graph.last_node)

    def _trim(self, node: Node | None, ends: list[str], end_of: Callable[["Graph"], Node | None]) -> None:
        if node is None or ends.count(node.id) != 1:
            return
        rest = Graph(dict(self.nodes), self.edges)
        rest.remove_node(node)
        if end_of(rest) is not None:
            self.remove_node(node)

    def to_json(self, *, with_schemas: bool = False) -> dict[str, list[dict[str, Any]]]:
        """The graph as plain data; nodes with machine-made ids are called by their number.

        `with_schemas` gives the JSON schema of a schema class in place of its name.

        >>> graph = Graph()
        >>> _ = graph.add_node(None, "a"), graph.add_node(int)
        >>> graph.to_json()
        {'nodes': [{'id': 'a'}, {'id': 1, 'type': 'unknown', 'data': 'int'}], 'edges': []}
        """
        ids: dict[str, str | int] = {
            id: number if is_uuid(id) else id for number, id in enumerate(self.nodes)
        }
        return {
            "nodes": [node_json(node, ids[id], with_schemas=with_schemas) for id, node in self.nodes.items()],
            "edges": [edge_json(edge, ids) for edge in self.edges],
        }

    def draw_mermaid(
        self,
        *,
        with_styles: bool = True,
        curve_style: CurveStyle = CurveStyle.LINEAR,
        node_colors: NodeStyles | None = None,
        wrap_label_n_words: int = 9,
        frontmatter_config: dict[str, Any] | None = None,
    ) -> str:
        """The Mermaid text of the graph, for GitHub, notebooks and Mermaid's live editor.

        Args:
            with_styles: False gives the bare edges, without shapes, subgraphs, styles or frontmatter.
            curve_style: How lines bend.
            node_colors: The styles of all nodes, the first and the last.
            wrap_label_n_words: How many words of an edge's label stand on one line.
            frontmatter_config: Mermaid's configuration, `{"config": {"theme": "neutral"}}`.

        Raises ValueError if `wrap_label_n_words` is not positive.

        >>> graph = Graph()
        >>> _ = graph.add_edge(graph.add_node(None, "a"), graph.add_node(None, "b"), "if", conditional=True)
        >>> graph.draw_mermaid(with_styles=False).splitlines()
        ['graph TD;', '\\ta -. &nbsp;if&nbsp; .-> b;']
        """
        graph = self.reid()
        return draw_mermaid(
            graph.nodes,
            graph.edges,
            first=graph.first_node(),
            last=graph.last_node(),
            with_styles=with_styles,
            curve_style=curve_style,
            node_styles=node_colors or NodeStyles(),
            wrap_label_n_words=wrap_label_n_words,
            frontmatter_config=frontmatter_config,
        )

    def draw_ascii(self) -> str:
        """The graph as a picture in plain text, without any further package.

        Lines end in a `*`; dotted ones are conditional; those that close a cycle lead upwards.

        >>> graph = Graph()
        >>> a, b = graph.add_node(None, "a"), graph.add_node(None, "b")
        >>> _ = graph.add_edge(a, b), graph.add_edge(b, a)
        >>> print(graph.draw_ascii())
        +---+
        | a |
        +---+
         | *
         * |
        +---+
        | b |
        +---+
        """
        return draw_ascii({id: node.name for id, node in self.nodes.items()}, self.edges)

    def print_ascii(self) -> None:
        """Print what `draw_ascii` gives.

        >>> Graph({"a": Node("a", "a", None, None)}).print_ascii()
        +---+
        | a |
        +---+
        """
        print(self.draw_ascii())


def _only(nodes: Iterable[Node], touched: set[str]) -> Node | None:
    free = [node for node in nodes if node.id not in touched]
    return free[0] if len(free) == 1 else None


def _readable_ids(nodes: Iterable[Node]) -> dict[str, str]:
    ids = {node.id: node.id for node in nodes}
    names = {node.id: node.name for node in nodes if is_uuid(node.id)}
    shared = Counter(names.values())
    taken = {id for id in ids if id not in names}
    alone = {name for name in shared if shared[name] == 1} - taken
    taken |= alone
    numbers = {name: count(1) for name in shared}
    for id, name in names.items():
        if name in alone:
            ids[id] = name
        else:
            ids[id] = next(new for n in numbers[name] if (new := f"{name}_{n}") not in taken)
    return ids
