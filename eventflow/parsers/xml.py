"""`XMLOutputParser`: the XML in an answer, whole or leaf by leaf.

Rules for this file:
1. What a model writes may be meant to harm: no document type, and so no entities of its own and nothing from
   outside, is ever read; a declaration of one is an error where it stands.
2. The tree that `parse` gives and the leaves of a stream come from the same walk through the document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, Literal, NoReturn, cast

from eventflow.errors import OutputParserException
from eventflow.events import AddableDict
from eventflow.parsers.base import quoted
from eventflow.parsers.transform import Machine, MachineOutputParser

__all__ = ("XMLOutputParser",)

_START: Final = re.compile(r"<[A-Za-z_:?!]")
_ELEMENT: Final = re.compile(r"<[A-Za-z_:]")
_FENCE: Final = "```"
_DEEPEST: Final = 200
"""How many elements may be open at once."""


class XMLOutputParser(MachineOutputParser[dict[str, Any]]):
    """Gives the XML in an answer as dictionaries: `{tag: text}`, or `{tag: [one for each child]}`.

    Arguments:
        tags: names of elements that `get_format_instructions` asks for; others are read, too.
        parser: LangChain's choice of a library; here Python's own is always used, in a safe way.

    An element that begins with text has this text, and its children are left out; attributes and text after
    children are, too. An empty element is None, and `[]` if it is the whole document. What comes before the
    document does not matter.

    Streamed, it gives each element without children when it ends, with the elements around it; what it gives
    adds up to the whole.

    Raises OutputParserException if there is no XML, not all of it, a second document, or a document type
    (with which a short answer could be made to fill the memory, or to read files).

    >>> parser = XMLOutputParser()
    >>> parser.invoke("<film><title>Big</title><year>1988</year></film>")
    {'film': [{'title': 'Big'}, {'year': '1988'}]}
    >>> list(parser.transform(iter(["<film><title>Bi", "g</title><year>19", "88</year></film>"])))
    [{'film': [{'title': 'Big'}]}, {'film': [{'year': '1988'}]}]
    """

    tags: list[str] | None = None
    parser: Literal["defusedxml", "xml"] = "defusedxml"

    @property
    def _type(self) -> str:
        return "xml"

    def parse(self, text: str) -> dict[str, Any]:
        """Give the XML in a text."""
        document = _Document()
        document.feed(text)
        document.close()
        return document.tree

    def _machine(self) -> Machine:
        return _Document()

    def get_format_instructions(self) -> str:
        """Ask for XML, with the elements that `tags` names."""
        asked = f"Use these tags: {', '.join(self.tags)}." if self.tags else "Choose the tags yourself."
        return (
            "Answer with one XML document, and with nothing else: one element around all others, every element "
            "that is opened is closed, and what is opened last is closed first. No document type, no "
            f"attributes.\n{asked}\n\n"
            "For example, with the tags foo, bar and baz:\n"
            "<foo>\n   <bar>\n      <baz></baz>\n   </bar>\n</foo> is right,\n"
            "<foo>\n   <bar>\n</foo> is wrong, for bar is not closed, and\n"
            "<foo>\n   <other></other>\n</foo> is wrong, for other is not one of the tags."
        )


class _Elements(list[dict[str, Any]]):
    """Children of an element; `continued` if the first is more of the last one before, when lists are added."""

    continued: bool = False

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, _Elements):
            return NotImplemented
        total = _Elements(self)
        total.continued = self.continued
        rest: Sequence[dict[str, Any]] = other
        if other.continued and self:
            ((tag, value),) = self[-1].items()
            total[-1] = {tag: value + other[0][tag]}
            rest = other[1:]
        total.extend(rest)
        return total


class _Open:
    """An element that has begun."""

    __slots__ = ("children", "is_shown", "tag", "text")

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.text: list[str] = []
        """What it has before its first child."""
        self.children: list[dict[str, Any]] | None = None
        """What is kept of its children, once the first has begun."""
        self.is_shown = False
        """Whether a leaf inside it was given."""

    @property
    def has_text(self) -> bool:
        """Whether it begins with text."""
        return any(not part.isspace() for part in self.text)

    def value(self, *, is_root: bool) -> Any:
        """What stands for it, now that it has ended."""
        if self.children:
            return self.children
        if is_root and not self.has_text:
            return []
        return "".join(self.text) or None


class _Document:
    """Reads one document as it comes."""

    def __init__(self) -> None:
        from xml.parsers import expat  # not needed to import eventflow

        self.tree: dict[str, Any] = {}
        self._malformed = expat.ExpatError
        self._expat = reader = expat.ParserCreate(namespace_separator="}")
        reader.buffer_text = True
        reader.StartElementHandler = self._start
        reader.EndElementHandler = self._end
        reader.CharacterDataHandler = self._text
        reader.StartDoctypeDeclHandler = self._refuse
        reader.EntityDeclHandler = self._refuse
        reader.ExternalEntityRefHandler = self._refuse
        self._said: list[str] = []
        self._read: list[str] = []
        self._held: list[str] = []
        self._after: list[str] | None = None
        self._open: list[_Open] = []
        self._left_out = 0
        self._leaves: list[AddableDict] = []

    # ---- text in, leaves out

    def feed(self, text: str) -> Sequence[AddableDict]:
        self._said.append(text)
        if self._after is not None:
            self._after.append(text)
            return ()
        self._held.append(text)
        if ">" in text:  # without it no element ends
            self._read_on()
        return self._taken()

    def close(self) -> Sequence[AddableDict]:
        if not self._read:
            raise self._failure("there is none")
        if not self.tree:
            self._parse("".join(self._held), final=True)
        elif self._after is not None:
            after, _, _ = "".join((*self._after, *self._held)).partition(_FENCE)
            if _ELEMENT.search(after):
                raise self._failure("there is more than one document: put one element around all")
        return self._taken()

    def _taken(self) -> Sequence[AddableDict]:
        leaves, self._leaves = self._leaves, []
        return leaves

    def _read_on(self) -> None:
        """Read what is held, up to the last end of a tag."""
        text = "".join(self._held)
        if not self._read:
            start = _START.search(text)
            if start is None:
                self._held = [text[-1:]]
                return
            text = text[start.start() :]
        end = text.rfind(">") + 1
        self._held = [text[end:]]
        self._parse(text[:end], final=False)

    def _parse(self, text: str, *, final: bool) -> None:
        self._read.append(text)
        try:
            self._expat.Parse(text, final)
        except (self._malformed, UnicodeEncodeError) as error:
            if not self.tree:
                raise self._failure(str(error)) from error
            rest = "".join(self._read).encode()[self._expat.ErrorByteIndex :]
            self._after = [rest.decode(errors="replace")]

    def _failure(self, why: str) -> OutputParserException:
        text = "".join(self._said)
        return OutputParserException(f"the XML in {quoted(text)} cannot be read: {why}", llm_output=text)

    # ---- what expat tells of

    def _refuse(self, *declared: Any) -> NoReturn:
        raise self._failure("it declares a document type or an entity, and such documents are not read")

    def _start(self, name: str, attributes: object) -> None:
        if self._left_out or (self._open and self._is_left_out(self._open[-1])):
            self._left_out += 1
            return
        if len(self._open) == _DEEPEST:
            raise self._failure(f"more than {_DEEPEST} elements are open at once")
        self._open.append(_Open("{" + name if "}" in name else name))

    def _is_left_out(self, above: _Open) -> bool:
        """Whether a child that begins in `above` is."""
        if above.children is None:
            above.children = []
        return above.has_text

    def _text(self, text: str) -> None:
        if self._open[-1].children is None:
            self._open[-1].text.append(text)

    def _end(self, name: str) -> None:
        if self._left_out:
            self._left_out -= 1
            return
        element = self._open.pop()
        value = element.value(is_root=not self._open)
        if self._open:
            cast("list[Any]", self._open[-1].children).append({element.tag: value})
        else:
            self.tree = {element.tag: value}
        if not element.children:
            self._show(element.tag, value)

    def _show(self, tag: str, value: Any) -> None:
        """Give a leaf, inside of all that is open around it."""
        was_shown = False
        for element in reversed(self._open):
            value = _Elements([{tag: value}])
            value.continued = was_shown
            tag = element.tag
            was_shown, element.is_shown = element.is_shown, True
        self._leaves.append(AddableDict({tag: value}))
