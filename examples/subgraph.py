"""A graph inside a graph inside a graph: the outermost one shows what all of them do, and where.

python examples/subgraph.py
"""

from __future__ import annotations

from typing_extensions import TypedDict

from eventflow.graph import START, StateGraph


class Article(TypedDict):
    topic: str
    text: str


def plan(state: Article) -> dict[str, str]:
    return {"text": f"What do {state['topic']} say?"}


def search(state: Article) -> dict[str, str]:
    return {"text": state["text"] + " Three sources."}


def check(state: Article) -> dict[str, str]:
    return {"text": state["text"] + " Two agree."}


def write(state: Article) -> dict[str, str]:
    return {"text": state["text"] + " An article!"}


def newsroom() -> StateGraph[Article]:
    """`plan`, then the desk, which is a graph, and its first node is one, too."""
    facts = StateGraph(Article).add_sequence([search, check]).add_edge(START, "search").compile()
    desk = StateGraph(Article).add_sequence([("facts", facts), write]).add_edge(START, "facts").compile()
    return StateGraph(Article).add_sequence([plan, ("desk", desk)]).add_edge(START, "plan")


def main() -> None:
    graph = newsroom().compile()
    for namespace, update in graph.stream({"topic": "parrots", "text": ""}, subgraphs=True):
        path = [place.partition(":")[0] for place in namespace]  # "desk:7e2d…" is a node and a task's id
        for node, written in update.items():
            where = "    " * len(path) + "/".join([*path, node])
            print(f"{where:<28} {written['text']}")


if __name__ == "__main__":
    main()
