"""The structure picture behind `runnable.get_graph()`: nodes and edges, as Mermaid, ASCII or JSON."""

from eventflow.drawing.graph import Graph
from eventflow.drawing.mermaid import CurveStyle, NodeStyles
from eventflow.drawing.node import Edge, Named, Node, NodeData

__all__ = ("CurveStyle", "Edge", "Graph", "Named", "Node", "NodeData", "NodeStyles")
