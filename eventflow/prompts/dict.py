"""Prompts that are dictionaries with templates in them: images, files and other content blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self, cast

from pydantic import ConfigDict, model_validator

from eventflow.events import Kind
from eventflow.prompts.base import explained
from eventflow.prompts.formats import PromptTemplateFormat, compile_template
from eventflow.runnables import RunnableSerializable
from eventflow.runs import Run

__all__ = ("DictPromptTemplate",)


class DictPromptTemplate(RunnableSerializable[dict[str, Any], dict[str, Any]]):
    """A dictionary in which every text, however deep, is a template; keys and other values are as they are.

    Args:
        template: The dictionary.
        template_format: "f-string", "mustache" or "jinja2" (LangChain has the first two here).
        name: The name of its runs.

    Raises ValueError if a text in it is malformed or reaches behind its variables.

    >>> block = DictPromptTemplate(template={"type": "image_url", "image_url": {"url": "{site}/cat.png"}})
    >>> block.format(site="https://example.org")
    {'type': 'image_url', 'image_url': {'url': 'https://example.org/cat.png'}}
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)

    kind: ClassVar[Kind] = "prompt"
    blocking: ClassVar[bool] = False

    template: dict[str, Any]
    template_format: PromptTemplateFormat = "f-string"

    @model_validator(mode="after")
    def _compile(self) -> Self:
        """Refuse what is no template now, not when it is formatted."""
        _ = self.input_variables
        return self

    @property
    def input_variables(self) -> list[str]:
        """The variables of all texts in it, sorted."""
        texts = _texts(self.template)
        return sorted(
            {name for text in texts for name in compile_template(text, self.template_format).variables}
        )

    def format(self, /, **kwargs: Any) -> dict[str, Any]:
        """Fill in the variables. Raises KeyError if one is missing."""
        return self.fill_in(kwargs)

    def fill_in(self, values: Mapping[str, Any], /) -> dict[str, Any]:
        """The same as `format`, with the variables as a mapping."""
        try:
            filled: dict[str, Any] = _filled(self.template, self.template_format, values)
        except KeyError as error:
            raise explained(error, type(self).__name__, self.input_variables, values) from None
        return filled

    async def aformat(self, /, **kwargs: Any) -> dict[str, Any]:
        """The same as `format`."""
        return self.format(**kwargs)

    def pretty_repr(self, html: bool = False) -> str:
        """Return the dictionary as it was written."""
        return str(self.template)

    def _do_invoke(self, input: dict[str, Any], run: Run, **kwargs: Any) -> dict[str, Any]:
        return self.format(**input)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in cast("Mapping[object, object]", value).values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in cast("list[object]", value):
            yield from _texts(item)


def _filled(value: Any, template_format: PromptTemplateFormat, values: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return compile_template(value, template_format).render(values)
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {key: _filled(item, template_format, values) for key, item in items}
    if isinstance(value, (list, tuple)):
        return [_filled(item, template_format, values) for item in cast("list[Any]", value)]
    return value
