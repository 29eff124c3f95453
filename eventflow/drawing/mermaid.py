"""The Mermaid text of a graph, in the syntax that LangChain writes."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from eventflow.drawing.node import Edge, Node


class CurveStyle(Enum):
    """How Mermaid bends the lines.

    >>> CurveStyle("basis")
    <CurveStyle.BASIS: 'basis'>
    """

    BASIS = "basis"
    BUMP_X = "bumpX"
    BUMP_Y = "bumpY"
    CARDINAL = "cardinal"
    CATMULL_ROM = "catmullRom"
    LINEAR = "linear"
    MONOTONE_X = "monotoneX"
    MONOTONE_Y = "monotoneY"
    NATURAL = "natural"
    STEP = "step"
    STEP_AFTER = "stepAfter"
    STEP_BEFORE = "stepBefore"


@dataclass(frozen=True)
class NodeStyles:
    """The Mermaid styles of all nodes, of the first and of the last.

    >>> NodeStyles(first="fill:#ffdfba").first
    'fill:#ffdfba'
    """

    default: str = "fill:#f2f0ff,line-height:1.2"
    first: str = "fill-opacity:0"
    last: str = "fill:#bfb6fc"


# Patterns as text: re compiles them once too, but only when a graph is drawn, and not at import.
_KEYWORDS = (
    "graph|flowchart|subgraph|end|style|linkStyle|classDef|class|click|href|call|interpolate"
    "|_self|_blank|_parent|_top"
)
_KEYWORD_FIRST = rf"(?:{_KEYWORDS})(?!\w)"
_NOT_IN_IDS = r"[^A-Za-z0-9_-]|-(?=-|$)"
_PLAIN_TITLE = rf"(?!.*\b(?:{_KEYWORDS}|default|direction)\b)\w+(?:[ -]\w+)*"
_NOT_IN_TEXT = r'["()\[\]{}|]|#(?=\w+;)'
_NOT_IN_NAMES = _NOT_IN_TEXT + "|[@~]|^-|-$"
_NOT_IN_TITLES = _NOT_IN_TEXT + "|`"
_NOT_ON_SOLID = _NOT_IN_TEXT + "|(?<=-)-|-(?=-)"
_NOT_ON_DOTTED = _NOT_IN_TEXT + r"|\."
_NOT_IN_METADATA = r'["()\[\]{}|#<>]'
_YAML_WORD = r"(?i)(?!(?:true|false|yes|no|on|off|null|y|n)$)[a-z][\w.-]*"


def draw_mermaid(
    nodes: Mapping[str, Node],
    edges: Sequence[Edge],
    *,
    first: Node | None,
    last: Node | None,
    with_styles: bool,
    curve_style: CurveStyle,
    node_styles: NodeStyles,
    wrap_label_n_words: int,
    frontmatter_config: Mapping[str, Any] | None,
) -> str:
    """The text of a graph: every level of `:` in the ids a subgraph, conditional edges dotted.

    Without styles it is the bare edges, as in LangChain. Raises ValueError if `wrap_label_n_words` is not
    positive.
    """
    if wrap_label_n_words < 1:
        raise ValueError(f"wrap_label_n_words must be 1 or more, not {wrap_label_n_words}")
    edges = sorted(edges, key=lambda edge: edge.source == edge.target)  # loops come last, as in LangChain
    lines = [_edge(edge, wrap_label_n_words) for edge in edges]
    if not with_styles:
        return "\n".join(["graph TD;", *lines, ""])
    shapes = {id: _shape(node, first=node is first, last=node is last) for id, node in nodes.items()}
    return "\n".join(
        [
            "---",
            *_yaml(_frontmatter(frontmatter_config or {}, curve_style)),
            "---",
            "graph TD;",
            *_levels(shapes, edges, lines),
            f"\tclassDef default {node_styles.default}",
            f"\tclassDef first {node_styles.first}",
            f"\tclassDef last {node_styles.last}",
            "",
        ]
    )


def safe_id(id: str) -> str:
    r"""An id that Mermaid takes for one, another for every other id.

    >>> print(safe_id("agent"), safe_id("a b"), safe_id("end"))
    agent a\20b \65nd
    """
    if re.match(_KEYWORD_FIRST, id):
        return _escape(id[0]) + safe_id(id[1:])
    return re.sub(_NOT_IN_IDS, lambda found: _escape(found[0]), id)


def _escape(character: str) -> str:
    # LangChain writes as many digits as there are, so that "é" + "a" and "ບ" are one id: two digits or six.
    code = ord(character)
    return f"\\{code:02x}" if code < 256 else f"\\u{code:06x}"


def _safe_text(text: str, unsafe: str) -> str:
    return re.sub(unsafe, lambda found: "#quot;" if found[0] == '"' else f"#{ord(found[0])};", text)


def _shape(node: Node, *, first: bool, last: bool) -> str:
    name = node.name if _prefix(node.id) == () else node.name.split(":")[-1]
    label = _safe_text(name, _NOT_IN_NAMES)
    if name[:1] in tuple("*_`") and name[-1:] in tuple("*_`"):
        label = f"<p>{label}</p>"  # Mermaid would read it as Markdown
    if metadata := _metadata(node.metadata or {}):
        label += f"<hr/><small><em>{metadata}</em></small>"
    id = safe_id(node.id)
    if last:
        return f"\t{id}([{label}]):::last"
    return f"\t{id}([{label}]):::first" if first else f"\t{id}({label})"


def _metadata(metadata: Mapping[str, object]) -> str:
    """One line per value; what is nested deeper is left out, as in LangChain."""
    return "\n".join(
        _safe_text(f"{key} = {_value(value)}", _NOT_IN_METADATA)
        for key, value in metadata.items()
        if value is not None and not isinstance(value, Mapping)
    )


def _value(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, cast("Sequence[object]", value)))
    return str(value)


def _edge(edge: Edge, wrap_label_n_words: int) -> str:
    line = "-.->" if edge.conditional else "-->"
    if edge.data is not None:
        words = _safe_text(str(edge.data), _NOT_ON_DOTTED if edge.conditional else _NOT_ON_SOLID).split()
        starts = range(0, len(words), wrap_label_n_words)
        label = "&nbsp<br>&nbsp".join(" ".join(words[at : at + wrap_label_n_words]) for at in starts)
        line = f"-. &nbsp;{label}&nbsp; .->" if edge.conditional else f"-- &nbsp;{label}&nbsp; -->"
    return f"\t{safe_id(edge.source)} {line} {safe_id(edge.target)};"


def _prefix(id: str) -> tuple[str, ...]:
    """The subgraphs a node is in, outermost first: `("a", "b")` for the id `a:b:name`."""
    parts = id.split(":")
    return tuple(parts[:-1]) if all(part.strip() for part in parts) else ()


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    return one[:length]


def _levels(shapes: Mapping[str, str], edges: Sequence[Edge], lines: Sequence[str]) -> Iterator[str]:
    """Each subgraph with its nodes, the edges between them, and the subgraphs in it."""
    content: defaultdict[tuple[str, ...], list[str]] = defaultdict(list, {(): []})
    inner: defaultdict[tuple[str, ...], dict[tuple[str, ...], None]] = defaultdict(dict)
    for id, shape in shapes.items():
        prefix = _prefix(id)
        content[prefix].append(shape)
        for depth in range(len(prefix)):
            inner[prefix[:depth]][prefix[: depth + 1]] = None
    for edge, line in zip(edges, lines, strict=True):
        content[_shared(_prefix(edge.source), _prefix(edge.target))].append(line)
    headers = _headers({path for paths in inner.values() for path in paths}, set(shapes))

    def level(path: tuple[str, ...]) -> Iterator[str]:
        yield from content.get(path, ())
        for child in inner.get(path, ()):
            yield headers[child]
            yield from level(child)
            yield "\tend"

    yield from level(())


def _headers(paths: set[tuple[str, ...]], ids: set[str]) -> dict[tuple[str, ...], str]:
    """How each subgraph begins: with its name, or with an id of its own if that is taken or not plain."""
    names = Counter(path[-1] for path in paths)
    headers: dict[tuple[str, ...], str] = {}
    for path in paths:
        name = path[-1]
        if names[name] == 1 and name not in ids and re.fullmatch(_PLAIN_TITLE, name):
            headers[path] = f"\tsubgraph {name}"
        else:
            headers[path] = (
                f'\tsubgraph {safe_id(":".join(("", *path)))} ["{_safe_text(name, _NOT_IN_TITLES)}"]'
            )
    return headers


def _frontmatter(given: Mapping[str, Any], curve_style: CurveStyle) -> dict[str, Any]:
    config = given.get("config", {})
    flowchart = {**config.get("flowchart", {}), "curve": curve_style.value}
    return {**given, "config": {**config, "flowchart": flowchart}}


def _yaml(values: Mapping[str, object], indent: str = "") -> Iterator[str]:
    """Block YAML of nested mappings; lists in the flow style, which is JSON."""
    for key, value in sorted(values.items()):
        if inner := _nested(value):
            yield f"{indent}{key}:"
            yield from _yaml(inner, indent + "  ")
        else:
            yield f"{indent}{key}: {_scalar(value)}"


def _nested(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _scalar(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(_YAML_WORD, value):
        return value
    if isinstance(value, str) and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return json.dumps(value)
