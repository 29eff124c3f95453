"""A text with JSON in it: in a markdown fence, or just so."""

from __future__ import annotations

import re
from collections.abc import Generator

from eventflow.jsonstream.document import Document, close_values, nothing_found, values_in
from eventflow.jsonstream.machine import read_value, too_deep
from eventflow.jsonstream.rules import EndOfText, Fault, Rules
from eventflow.jsonstream.scalars import CHANGED, NEWS, skip_space
from eventflow.jsonstream.tree import NOTHING, Frame, Position, counts_in

__all__ = ("read_prose",)

_OPENING = frozenset("{[")
_END_OF_TAG = frozenset(" \t\r\n{[`~")
_LONGEST_TAG = 64
_THOUGHTS = ("<think>", "<thinking>", "<reasoning>")
"""What models begin with that think aloud; what they try out there is no answer."""
_FENCES = re.compile(r"[`~]").search
_FENCES_AND_BRACKETS = re.compile(r"[`~{\[]").search


def read_prose(root: Frame, rules: Rules) -> Document:
    """Read the value that is in a text, or all of them.

    Raises Fault at the first character that cannot be in a value that has begun beyond doubt.
    """
    return _Search(root, rules).read()


def _none_of(fault: Fault) -> Fault:
    """What a text ends with whose one value was none: where it was, there was more to come."""
    reason = f"there is no JSON value; what looked like one is none: {fault.reason}"
    return Fault(reason, "", 0, position=fault.position)


class _Search:
    """Where a text stands outside of values.

    The generators are sent chunks; each goes on from `text[i]` and leaves off at another.
    """

    def __init__(self, root: Frame, rules: Rules) -> None:
        self.rules = rules
        self.values = values_in(root, rules)
        self.text = ""
        self.i: int = 0
        self.seen: int = 0  # what the chunk has brought
        self.fence = ""  # the fence that began the block that we are in
        self.is_start = True  # of the text or of the block: a value may begin here
        self.is_json = True  # the block is said to be JSON, or the text is not in a block
        self.wrong: Fault | None = None  # what is wrong with what a sentence had of JSON

    def read(self) -> Document:
        while True:
            try:
                yield from self._find()
            except EndOfText:
                break
            self.values.quoted = False
            try:
                self.text, self.i, self.seen = yield from read_value(
                    self.text, self.i, self.values, self.rules, self.seen
                )
            except Fault as fault:
                if fault.kind != "invalid" or (self.values.quoted and (self.is_start or self.rules.many)):
                    raise
                if self.values.quoted:
                    self.wrong = _none_of(fault)
                for frame in counts_in(fault.position) if fault.position else ():
                    frame.is_closed = True
                self._give_up(fault.text, fault.index)
                continue
            if not self.rules.many:
                try:
                    yield from self._finish()
                except EndOfText:
                    break
        if self.rules.many:
            yield from close_values(self.values)
        elif not self.values.members:
            raise self.wrong or nothing_found()

    def _finish(self) -> Document:
        """Ignore what comes after the value, if it may stand beside other text."""
        if not isinstance(self.values.members[0], (dict, list)):
            char = yield from self._after_space()
            if char != self.fence[:1]:
                self._give_up(self.text, self.i)
                return
        while True:
            self.i = len(self.text)
            yield from self._peek()

    def _give_up(self, text: str, i: int) -> None:
        """Go on from here: what looked like a value is none."""
        root = Frame("", [])
        self.values = Frame("", self.values.members, root) if self.rules.many else root
        self.text, self.i = text, i
        self.seen = CHANGED if self.values.members else 0
        self.is_start = False

    def _find(self) -> Document:
        """Go to where the next value begins."""
        scalars = "" if self.rules.many else self.rules.quotes + "-0123456789" + "".join(self.rules.words)
        while True:
            if self.is_start:
                char = yield from self._after_space()
                if self.is_json and (char in _OPENING or char in scalars):
                    return
                if char in _OPENING and (yield from self._is_quoted()):
                    return
                if char == "<" and not self.fence and (yield from self._has_thought()):
                    continue
                self.is_start = False
            elif (yield from self._is_at_mark()):
                char = self.text[self.i]
                if char in "`~":
                    yield from self._pass_fence(char)
                elif (yield from self._is_quoted()):
                    return

    def _is_at_mark(self) -> Generator[Position | None, str, bool]:
        """Go to the next fence or bracket that matters; False if the chunk has none."""
        everything = self.rules.find == "anywhere" and not self.fence and not self.wrong
        yield from self._peek()
        match = (_FENCES_AND_BRACKETS if everything else _FENCES)(self.text, self.i)
        self.i = match.start() if match else len(self.text)
        return match is not None

    def _has_thought(self) -> Generator[Position | None, str, bool]:
        """Go behind what a model has thought, if that begins here; if not, behind what looked like it."""
        tag = ""
        while tag not in _THOUGHTS:
            tag += yield from self._peek()
            if not any(one.startswith(tag) for one in _THOUGHTS):
                return False
            self.i += 1
        end = tag.replace("<", "</")
        while (found := self.text.find(end, self.i)) < 0:
            held = self.text[max(self.i, len(self.text) - len(end) + 1) :]
            self.i = len(self.text)
            yield from self._peek()
            self.text = held + self.text
        self.i = found + len(end)
        return True

    def _pass_fence(self, mark: str) -> Document:
        """Go behind a fence, and behind the rest of its line if it opens a block."""
        fence = ""
        while (yield from self._peek()) == mark:
            fence += mark
            self.i += 1
        if self.fence:
            if fence.startswith(self.fence):
                self.fence = ""
        elif len(fence) >= 3:
            self.fence = fence
            yield from self._read_tag()

    def _read_tag(self) -> Document:
        tag = ""
        while (char := (yield from self._peek())) not in _END_OF_TAG and len(tag) < _LONGEST_TAG:
            tag += char
            self.i += 1
        while (char := (yield from self._peek())) in " \t":
            self.i += 1
        is_told = False
        while char != "\n" and (is_told or char not in "{["):
            is_told = True  # something else about the block, which goes to the end of the line
            end = self.text.find("\n", self.i)
            self.i = len(self.text) if end < 0 else end
            char = yield from self._peek()
        self.is_start = True
        self.is_json = not tag or "json" in tag.lower()

    def _is_quoted(self) -> Generator[Position | None, str, bool]:
        """Whether nothing but brackets stands between here and a quote; if not, go behind them.

        Raises Fault if they are too many; at the quote, for without one they are no JSON.
        """
        kept: list[str] = []
        begin = self.i
        bracket = ""
        depth = 0
        while True:
            if self.i == len(self.text):
                kept.append(self.text[begin:])
                yield from self._peek()
                begin = 0
            char = self.text[self.i]
            if char in _OPENING:
                if bracket == "{":
                    kept.clear()
                    begin = self.i
                    depth = 0
                bracket = char
                depth += 1
            elif char in self.rules.quotes:
                if depth > self.rules.max_depth:
                    raise too_deep(self.rules.max_depth, self.text, self.i)
                self.text = "".join([*kept, self.text[begin:]])
                self.i = 0
                return True
            elif char not in " \t\r\n":
                return False
            self.i += 1

    def _after_space(self) -> Generator[Position | None, str, str]:
        """Go to the next character that is no white space, and return it."""
        while (char := (yield from self._peek())) in " \t\r\n":
            self.i = skip_space(self.text, self.i).end()
        return char

    def _peek(self) -> Generator[Position | None, str, str]:
        """The next character, however long it takes to come."""
        while self.i >= len(self.text):
            position = (self.values, len(self.values.members), None, NOTHING, 0, self.seen > NEWS)
            self.text = yield position if self.seen else None
            self.i = self.seen = 0
        return self.text[self.i]
