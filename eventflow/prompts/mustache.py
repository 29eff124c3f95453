"""Templates in mustache: variables, sections, inverted sections and comments over plain data.

Dots walk keys of dictionaries and indexes of lists, never attributes, and nothing is ever called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias, cast

__all__ = ("Mustache",)

Path: TypeAlias = tuple[str, ...]
"""The parts of a dotted name; `.`, the value of the innermost section, has none."""


class Mustache:
    """A mustache template.

    `{{x}}` is the value with `& < > "` escaped for HTML, as in LangChain; `{{{x}}}` and `{{&x}}` are the bare
    value. `{{#x}}...{{/x}}` is there once for each item of a list and once for any other value that is not
    empty, with its keys in reach; `{{^x}}...{{/x}}` if there is none or it is empty. `{{! ... }}` is a comment,
    `{{=<% %>=}}` changes the brackets. What is missing is empty.

    Raises ValueError if the text is malformed or asks for a partial.

    >>> template = Mustache("{{#people}}{{name}} is {{#job}}{{title}}{{/job}}{{^job}}free{{/job}}. {{/people}}")
    >>> template.render({"people": [{"name": "Ann", "job": {"title": "cook"}}, {"name": "Bo"}]})
    'Ann is cook. Bo is free. '
    """

    __slots__ = ("_nodes", "variables")

    def __init__(self, template: str) -> None:
        self._nodes = _parse(template)
        self.variables = tuple(
            sorted({node.path[0] for node in self._nodes if not isinstance(node, str) and node.path})
        )

    def render(self, values: Mapping[str, Any], /) -> str:
        """Fill in the values; a missing one is empty. Raises ValueError if a section's value is a function."""
        pieces: list[str] = []
        _render(self._nodes, [values], pieces)
        return "".join(pieces)


# ---- from text to a tree


class _Variable(NamedTuple):
    path: Path
    escaped: bool


class _Section(NamedTuple):
    path: Path
    inverted: bool
    body: list[_Node]


_Node: TypeAlias = "str | _Variable | _Section"


class _Tag(NamedTuple):
    """`{{#name}}` in line 3 is `_Tag("#", "name", 3)`; a variable has the kind "", a bare one "&"."""

    kind: str
    name: str
    line: int

    @property
    def path(self) -> Path:
        if self.name == ".":
            return ()
        path = tuple(self.name.split("."))
        if not all(path):
            _refuse(f"{self.name!r} is no name", self.line)
        return path


_INVISIBLE: Final = frozenset("#^/!=")
"""Tags that print nothing; one alone on its line takes the line with it."""

_REST_OF_LINE: Final = re.compile(r"[ \t]*(?:\r?\n|\Z)")


def _parse(template: str) -> list[_Node]:
    root: list[_Node] = []
    body = root
    opened: list[tuple[_Tag, list[_Node]]] = []
    for token in _tokens(template):
        if isinstance(token, str):
            body.append(token)
        elif token.kind in ("#", "^"):
            section = _Section(token.path, token.kind == "^", [])
            body.append(section)
            opened.append((token, body))
            body = section.body
        elif token.kind == "/":
            if not opened or opened[-1][0].name != token.name:
                _refuse(f"the section {token.name!r} is closed, and is not the one that is open", token.line)
            body = opened.pop()[1]
        elif token.kind == ">":
            _refuse(
                f"{{{{>{token.name}}}}} asks for a partial; write its text here, or join prompts with +",
                token.line,
            )
        else:
            body.append(_Variable(token.path, escaped=not token.kind))
    if opened:
        _refuse(f"the section {opened[-1][0].name!r} is never closed", opened[-1][0].line)
    return root


def _tokens(template: str) -> Iterator[str | _Tag]:
    """Text and tags in order, without comments, changes of brackets, and lines that only those make up."""
    opening, closing = "{{", "}}"
    position = 0
    at_line_start = True
    line = 1
    while (start := template.find(opening, position)) >= 0:
        text = template[position:start]
        line += text.count("\n")
        kind, inner, end = _tag_at(template, start + len(opening), closing, line)
        indent = text[text.rfind("\n") + 1 :]
        rest = _REST_OF_LINE.match(template, end) if kind in _INVISIBLE else None
        alone = rest is not None and not indent.strip(" \t") and (at_line_start or "\n" in text)
        position = rest.end() if rest is not None and alone else end
        at_line_start = alone
        if text := text.removesuffix(indent) if alone else text:
            yield text
        if kind == "=":
            opening, closing = _brackets(inner, line)
        elif kind != "!":
            yield _Tag(kind, inner.strip(), line)
        line += template.count("\n", start, position)
    if position < len(template):
        yield template[position:]


def _tag_at(template: str, start: int, closing: str, line: int) -> tuple[str, str, int]:
    """The kind of the tag whose inside begins at `start`, what it says, and where it ends."""
    kind = template[start : start + 1]
    if kind == "{":
        closing = "}" + closing
    elif kind == "=":
        closing = "=" + closing
    elif kind not in ("#", "^", "/", "!", "&", ">"):
        kind = ""
    start += len(kind)
    end = template.find(closing, start)
    if end < 0:
        _refuse(f"a tag is not closed, {closing} is missing", line)
    return kind, template[start:end], end + len(closing)


def _brackets(inner: str, line: int) -> tuple[str, str]:
    words = inner.split()
    if len(words) != 2 or "=" in inner:
        _refuse("a change of brackets is written {{=<% %>=}}", line)
    return words[0], words[1]


def _refuse(why: str, line: int) -> NoReturn:
    raise ValueError(f"mustache template, line {line}: {why}")


# ---- from a tree to text


_ABSENT: Final[Any] = object()


def _render(nodes: Iterable[_Node], scopes: list[Any], pieces: list[str]) -> None:
    """Append the text of the nodes to `pieces`; the innermost scope is the last."""
    for node in nodes:
        if isinstance(node, str):
            pieces.append(node)
        elif isinstance(node, _Variable):
            text = _text(_find(node.path, scopes))
            pieces.append(_escaped(text) if node.escaped else text)
        else:
            for inner in _times(node, _find(node.path, scopes), scopes):
                _render(node.body, inner, pieces)


def _times(section: _Section, value: Any, scopes: list[Any]) -> Iterable[list[Any]]:
    """The scopes of the body of a section, for each time that it is rendered."""
    if section.inverted or not value:
        return (scopes,) if section.inverted and not value else ()
    if value is True:  # a mere condition: names inside mean what they mean outside
        return (scopes,)
    if isinstance(value, (Sequence, Iterator)) and not isinstance(value, (str, bytes)):
        return ([*scopes, item] for item in cast("Iterable[Any]", value))
    if callable(value):
        raise ValueError(
            f"mustache template: the section {'.'.join(section.path)!r} is over a function, and templates call "
            "nothing: pass what the function returns"
        )
    return ([*scopes, value],)


def _find(path: Path, scopes: list[Any]) -> Any:
    """The value of a name in the innermost scope that has it, None if none has."""
    if not path:
        return scopes[-1]
    for scope in reversed(scopes):
        value = scope
        for part in path:
            value = _child(value, part)
            if value is _ABSENT:
                break
        else:
            return value
    return None


def _child(value: Any, part: str) -> Any:
    if isinstance(value, (dict, Mapping)):  # dict first: the abstract class is slow to ask
        return cast("Mapping[object, object]", value).get(part, _ABSENT)
    if isinstance(value, (list, Sequence)) and not isinstance(value, (str, bytes)):
        try:
            return cast("Sequence[object]", value)[int(part)]
        except (ValueError, IndexError):
            return _ABSENT
    return _ABSENT


def _text(value: Any) -> str:
    """Empty values are empty text, but numbers are numbers."""
    return str(value) if value or value == 0 else ""


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
