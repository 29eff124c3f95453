"""The template formats: which there are, what a template needs, and how it is filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, Literal, Protocol, TypeAlias

from eventflow.prompts.fstring import FString
from eventflow.prompts.jinja import Jinja
from eventflow.prompts.mustache import Mustache

__all__ = ("PromptTemplateFormat", "Template", "compile_template", "get_template_variables")

PromptTemplateFormat: TypeAlias = Literal["f-string", "mustache", "jinja2"]


class Template(Protocol):
    """A template that has been read once and can be filled in any number of times."""

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of what it needs, sorted."""
        ...

    def render(self, values: Mapping[str, Any], /) -> str:
        """Fill it in; `values` may hold more than it needs."""
        ...


_COMPILERS: Final[dict[str, Callable[[str], Template]]] = {
    "f-string": FString,
    "mustache": Mustache,
    "jinja2": Jinja,
}


@lru_cache(maxsize=512)
def compile_template(template: str, template_format: PromptTemplateFormat = "f-string") -> Template:
    """Read a template; the same text is read once.

    The result depends on the two arguments alone, so prompts need not carry it with them, and a prompt whose
    `template` is assigned to is right at once.

    Args:
        template: The text.
        template_format: "f-string", "mustache" or "jinja2".

    Raises ValueError if the text is not a template of that format or asks for what templates may not do,
    or if there is no such format.
    Raises MissingDependencyError if the format is "jinja2" and jinja2 is not installed.

    >>> compile_template("{greeting}, {name:>5}!").render({"greeting": "Hi", "name": "Ann"})
    'Hi,   Ann!'
    """
    compiler = _COMPILERS.get(template_format)
    if compiler is None:
        raise ValueError(
            f"Unsupported template format {template_format!r}: use 'f-string', 'mustache' or 'jinja2'"
        )
    return compiler(template)


def get_template_variables(template: str, template_format: PromptTemplateFormat) -> list[str]:
    """Return the names of the variables of a template, sorted.

    In mustache these are the top-level names outside sections, in jinja2 the undeclared ones.

    Args:
        template: The text.
        template_format: "f-string", "mustache" or "jinja2".

    Raises what `compile_template` raises.

    >>> get_template_variables("{b} {a} {b!r}", "f-string")
    ['a', 'b']
    >>> get_template_variables("{{person.name}}{{#tags}}{{label}}{{/tags}}", "mustache")
    ['person', 'tags']
    """
    return list(compile_template(template, template_format).variables)
