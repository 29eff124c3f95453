"""Templates in the style of f-strings: `{name}`, with conversions and format specs, and nothing that reaches in.

A field is a plain name. What `str.format` also allows - attributes, indexes, positions, fields inside a
spec - is refused when the template is read, so a template from anywhere reads the values it is given and
nothing behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any, Final

__all__ = ("FString",)

_CONVERSIONS: Final[dict[str, Callable[[Any], str]]] = {"r": repr, "s": str, "a": ascii}


class FString:
    """A template such as `"{name} has {share:.0%}"`; `{{` and `}}` stand for braces.

    Raises ValueError if the text is malformed or a field is more than a name.

    >>> FString("{name!r} has {share:.0%} {{so far}}").render({"name": "Ann", "share": 0.25})
    "'Ann' has 25% {so far}"
    """

    __slots__ = ("_fields", "_texts", "variables")

    def __init__(self, template: str) -> None:
        texts: list[str] = []
        fields: list[tuple[int, str, Callable[[Any], str] | None]] = []
        for text, name, spec, conversion in _parse(template):
            texts.append(text)
            if name is not None:
                fields.append((len(texts), _checked_name(name), _formatter(name, spec, conversion)))
                texts.append("")
        self._texts = texts
        self._fields = tuple(fields)
        self.variables = tuple(sorted({name for _, name, _ in fields}))

    def render(self, values: Mapping[str, Any], /) -> str:
        """Fill in the values. Raises KeyError if one is missing, and what formatting a value raises."""
        texts = self._texts.copy()
        for index, name, formatter in self._fields:
            texts[index] = f"{values[name]}" if formatter is None else formatter(values[name])
        return "".join(texts)


def _parse(template: str) -> list[tuple[str, str | None, str, str | None]]:
    """Split into text and fields as `str.format` does, and check the specs."""
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(
            f"f-string template is malformed ({error}): write {{{{ and }}}} for braces that are text"
        ) from None
    for _, name, spec, _ in parsed:
        if spec and ("{" in spec or "}" in spec):
            raise ValueError(
                f"f-string template: the format spec {spec!r} of field {name!r} holds a field of its own, "
                "which templates may not; write the spec out, or format the value before you pass it"
            )
    return [(literal, name, spec or "", conversion) for literal, name, spec, conversion in parsed]


def _checked_name(name: str) -> str:
    """Refuse what is not a plain name."""
    if "." in name or "[" in name or "]" in name:
        raise ValueError(
            f"f-string template: the field {name!r} reads an attribute or an index, which templates may not, "
            "for that would reach behind the values; pass the inner value under a name of its own, or use "
            "template_format='mustache', whose dots read dictionaries and lists"
        )
    if not name or name.isdigit():
        raise ValueError(
            f"f-string template: the field {{{name}}} is positional; templates are filled in by name: "
            "name it, or write {{ and }} for braces that are text"
        )
    return name


def _formatter(name: str, spec: str, conversion: str | None) -> Callable[[Any], str] | None:
    """How a field is formatted; None if it is not in any special way."""
    if conversion is None:
        return (lambda value: format(value, spec)) if spec else None
    convert = _CONVERSIONS.get(conversion)
    if convert is None:
        raise ValueError(
            f"f-string template: unknown conversion !{conversion} of field {name!r}: use !r, !s or !a"
        )
    return lambda value: format(convert(value), spec)
