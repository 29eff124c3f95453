"""Docstrings in Google's style: what a function does, and what its arguments are."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Iterator
from typing import Any, Final, NamedTuple

__all__ = ("Docstring", "doc_of", "docstring_of")

_SECTION: Final = re.compile(r"([A-Z]\w*(?: \w+)?):\s*")
_SECTIONS: Final = frozenset(
    (
        *(
            "Args",
            "Arguments",
            "Keyword Args",
            "Keyword Arguments",
            "Parameters",
            "Returns",
            "Return",
            "Raises",
        ),
        *("Yields", "Yield", "Example", "Examples", "Note", "Notes", "Warning", "Warnings", "See Also"),
        *("Attributes", "References", "Todo", "Warns"),
    )
)
_ARGUMENTS: Final = ("Args", "Arguments", "Keyword Args", "Keyword Arguments", "Parameters")
_ARGUMENT: Final = re.compile(r"\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)")


class Docstring(NamedTuple):
    """The text before the first section, and the texts of the arguments by name."""

    description: str
    arguments: dict[str, str]


def docstring_of(
    documented: Any, names: Collection[str], *, strict: bool = False, hidden: Collection[str] = ()
) -> Docstring:
    """Read the docstring of a function, or of a class.

    Arguments:
        documented: the function.
        names: the arguments that a call of the tool gives.
        strict: whether it has to have a description, and a section `Args` if there are arguments.
        hidden: arguments that it may speak of, whose texts are left out.

    Raises ValueError if it is not as `strict` demands, or speaks of an argument that is not there.

    >>> def f(a: int, b: str = ""):
    ...     '''Does it.
    ...
    ...     Args:
    ...         a (int): how often,
    ...             at most.
    ...     '''
    >>> docstring_of(f, ["a", "b"], strict=True)
    Docstring(description='Does it.', arguments={'a': 'how often, at most.'})
    """
    where = getattr(documented, "__name__", repr(documented))
    description, sections = _parts(doc_of(documented))
    texts = dict(argument for name, lines in sections if name in _ARGUMENTS for argument in _arguments(lines))
    if strict and not (description and (texts or not names)):
        missing = "a section 'Args:' with its arguments" if description else "a line that says what it does"
        raise ValueError(
            f"Found invalid Google-Style docstring. That of {where} lacks {missing}: write it, or give "
            "error_on_invalid_docstring=False"
        )
    for name in texts:
        if name not in names and name not in hidden:
            raise ValueError(
                f"Arg {name} in docstring not found in function signature. {where} takes "
                f"{', '.join(names) or 'no arguments'}"
            )
    return Docstring(description, {name: text for name, text in texts.items() if name in names})


def doc_of(documented: Any) -> str:
    """The docstring, without its indentation; of a class its own, and none that a dataclass has made up."""
    if not isinstance(documented, type):
        return inspect.getdoc(documented) or ""
    text = documented.__dict__.get("__doc__") or ""
    return "" if text.startswith(f"{documented.__name__}(") else inspect.cleandoc(text)


def _parts(text: str) -> tuple[str, list[tuple[str, list[str]]]]:
    """What comes before the first section, and the lines of each section."""
    before: list[str] = []
    sections: list[tuple[str, list[str]]] = []
    lines = before
    for line in text.splitlines():
        heading = _SECTION.fullmatch(line)
        if heading is not None and heading[1] in _SECTIONS:
            lines = list[str]()
            sections.append((heading[1], lines))
        else:
            lines.append(line)
    return "\n".join(before).strip(), sections


def _arguments(lines: list[str]) -> Iterator[tuple[str, str]]:
    """The arguments of a section; lines that stand further in go on with the one before."""
    name, texts, indent = "", list[str](), -1
    for line in lines:
        if line and not line[0].isspace():
            break  # the section has ended: it is text again
        text = line.strip()
        if not text:
            continue
        depth = len(line) - len(line.lstrip())
        found = _ARGUMENT.fullmatch(text) if indent in (-1, depth) else None
        if found is None:
            texts.append(text)
            continue
        if name:
            yield name, " ".join(texts)
        name, texts, indent = found[1], [found[2]] if found[2] else [], depth
    if name:
        yield name, " ".join(texts)
