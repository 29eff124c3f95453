"""Prompts that are one text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import Field

from eventflow.messages import StringPromptValue
from eventflow.prompts.base import BasePromptTemplate, explained
from eventflow.prompts.follow import follow
from eventflow.prompts.formats import PromptTemplateFormat, compile_template, get_template_variables
from eventflow.prompts.pretty import shown

__all__ = ("PromptTemplate", "StringPromptTemplate")


class StringPromptTemplate(BasePromptTemplate[str], ABC):
    """Base of prompts that become one text; a subclass says how in `format`.

    >>> class Shout(StringPromptTemplate):
    ...     def format(self, **kwargs):
    ...         return kwargs["text"].upper()
    >>> Shout(input_variables=["text"]).format_prompt(text="fire")
    StringPromptValue(text='FIRE')
    """

    @abstractmethod
    def format(self, /, **kwargs: Any) -> str:
        """Fill in the variables and return the text."""

    def format_prompt(self, /, **kwargs: Any) -> StringPromptValue:
        """Fill in the variables and return the text as a prompt value."""
        return StringPromptValue(text=self.format(**kwargs))

    async def aformat_prompt(self, /, **kwargs: Any) -> StringPromptValue:
        """`format_prompt` for prompts that have to wait: it uses `aformat`."""
        return StringPromptValue(text=await self.aformat(**kwargs))

    def fill_in(self, values: Mapping[str, Any], /) -> str:
        """The same as `format`, with the variables as a mapping."""
        return self.format(**values)

    def pretty_repr(self, html: bool = False) -> str:
        """Return the text with each variable as its name in braces.

        Args:
            html: Colour the variables (terminal escapes, as LangChain does in spite of the name).
        """
        return self.format(**{name: shown(name, coloured=html) for name in self.input_variables})

    def pretty_print(self) -> None:
        """Print `pretty_repr()`."""
        print(self.pretty_repr())


class PromptTemplate(StringPromptTemplate):
    """A prompt from a template.

    Args:
        template: The text, with variables.
        template_format: "f-string", "mustache" or "jinja2".
        input_variables: Need not be given: they are those of the template, without the partial ones.
        partial_variables, name, tags, metadata: As in `BasePromptTemplate`.

    `prompt + other` is the prompt of both texts; `other` is a prompt of the same format, or text.

    Raises ValueError if the template is malformed or reaches behind its variables (`{a.b}`, `{a[0]}`).

    >>> prompt = PromptTemplate.from_template("Tell me {count} jokes about {topic}.")
    >>> prompt.input_variables
    ['count', 'topic']
    >>> prompt.format(count=2, topic="cats")
    'Tell me 2 jokes about cats.'
    >>> (prompt.partial(count=3) + " In {language}.").input_variables
    ['language', 'topic']
    """

    template: str
    template_format: PromptTemplateFormat = "f-string"
    input_variables: list[str] = Field(default_factory=list[str])

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        follow(cls, "fill_in", ["format"], StringPromptTemplate.fill_in)

    @classmethod
    def from_template(
        cls,
        template: str,
        *,
        template_format: PromptTemplateFormat = "f-string",
        partial_variables: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Self:
        """Make a prompt from a template.

        Args:
            template: The text, with variables.
            template_format: "f-string", "mustache" or "jinja2".
            partial_variables: Values that the input need not have.
            **kwargs: name, tags, metadata, input_types.

        Raises ValueError as the class does, or if there is no such format.
        """
        compile_template(template, template_format)  # its errors, not wrapped in those of pydantic
        return cls(
            template=template,
            template_format=template_format,
            partial_variables=partial_variables or {},
            **kwargs,
        )

    @classmethod
    def from_file(cls, template_file: str | Path, encoding: str | None = None, **kwargs: Any) -> Self:
        """Make a prompt from a file that holds a template.

        Args:
            template_file: Where it is.
            encoding: How it is encoded; by default as `open` thinks.
            **kwargs: As in `from_template`.

        Raises OSError if the file cannot be read.
        """
        return cls.from_template(Path(template_file).read_text(encoding=encoding), **kwargs)

    def _find_variables(self) -> None:
        names = get_template_variables(self.template, self.template_format)
        self.input_variables = [name for name in names if name not in self.partial_variables]

    def format(self, /, **kwargs: Any) -> str:
        """Fill in the variables and return the text.

        Raises KeyError if one is missing; in mustache and jinja2 that is empty text.
        """
        return PromptTemplate.fill_in(self, kwargs)

    def fill_in(self, values: Mapping[str, Any], /) -> str:
        """The same as `format`, with the variables as a mapping."""
        if self.partial_variables:
            values = self._merge_partial_and_user_variables(**values)
        template = compile_template(self.template, self.template_format)
        try:
            return template.render(values)
        except KeyError as error:
            raise explained(error, type(self).__name__, template.variables, values) from None

    def pretty_repr(self, html: bool = False) -> str:
        """Return the text with each variable as its name in braces; mustache and jinja2 as they are written."""
        return super().pretty_repr(html) if self.template_format == "f-string" else self.template

    def __add__(self, other: str | PromptTemplate) -> Self:
        if isinstance(other, str):
            other = PromptTemplate.from_template(other, template_format=self.template_format)
        elif not isinstance(other, PromptTemplate):  # pyright: ignore[reportUnnecessaryIsInstance]
            return NotImplemented
        if other.template_format != self.template_format:
            raise ValueError(
                f"cannot add a {other.template_format} prompt to a {self.template_format} prompt"
            )
        if twice := sorted(self.partial_variables.keys() & other.partial_variables.keys()):
            raise ValueError(f"cannot add prompts that both have values for {twice}: give them to the sum")
        partial_variables = {**self.partial_variables, **other.partial_variables}
        variables = {*self.input_variables, *other.input_variables} - partial_variables.keys()
        return self.model_copy(
            update={
                "template": self.template + other.template,
                "input_variables": sorted(variables),
                "input_types": {**self.input_types, **other.input_types},
                "partial_variables": partial_variables,
            }
        )
