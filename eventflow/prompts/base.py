"""What all prompts have: variables, partial variables, and a run that turns a dictionary into a prompt value."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, create_model, field_validator, model_validator

from eventflow.events import Kind
from eventflow.messages import PromptValue
from eventflow.prompts.follow import follow_sync
from eventflow.prompts.pretty import given
from eventflow.runnables import RunnableSerializable
from eventflow.runs import Run, RunnableConfig

__all__ = ("BasePromptTemplate", "explained", "missing_variables")

FormatOutputType = TypeVar("FormatOutputType")


class BasePromptTemplate(RunnableSerializable[dict[str, Any], PromptValue], ABC, Generic[FormatOutputType]):
    """Base of all prompts: give it a dictionary, get a prompt value.

    Args:
        input_variables: The names that the input must have.
        optional_variables: Names that the input may have.
        input_types: Types of variables that are not text, for the input schema.
        partial_variables: Values for variables that the input need not have. A function is called without
            arguments each time the prompt is formatted. The input wins.
        name: The name of its runs; the class name if not given.
        tags: Tags of its runs.
        metadata: Metadata of its runs.
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)

    kind: ClassVar[Kind] = "prompt"
    blocking: ClassVar[bool] = False

    input_variables: list[str]
    optional_variables: list[str] = Field(default_factory=list[str])
    input_types: dict[str, Any] = Field(default_factory=dict[str, Any], exclude=True, repr=False)
    partial_variables: dict[str, Any] = Field(default_factory=dict[str, Any])
    tags: list[str] | None = None
    metadata: dict[str, Any] | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        follow_sync(cls)

    @field_validator("partial_variables")
    @classmethod
    def _refuse_coroutines(cls, partial_variables: Mapping[str, Any]) -> Mapping[str, Any]:
        for name, value in partial_variables.items():
            if inspect.iscoroutinefunction(value):
                raise ValueError(
                    f"the partial variable {name!r} of {cls.__name__} is a coroutine function, and prompts "
                    "are formatted without waiting: await it first, and pass the result as input"
                )
        return partial_variables

    @model_validator(mode="after")
    def _know_variables(self) -> Self:
        self._find_variables()
        return self

    def _find_variables(self) -> None:
        """Set the names of the variables; here those that were given, without the partial ones."""
        self.input_variables = [name for name in self.input_variables if name not in self.partial_variables]

    @abstractmethod
    def format(self, /, **kwargs: Any) -> FormatOutputType:
        """Fill in the variables.

        Raises KeyError if one is missing.
        """

    @abstractmethod
    def format_prompt(self, /, **kwargs: Any) -> PromptValue:
        """Fill in the variables and return the prompt value.

        Raises KeyError if one is missing.
        """

    async def aformat(self, /, **kwargs: Any) -> FormatOutputType:
        """`format` for prompts that have to wait; here the same."""
        return self.format(**kwargs)

    async def aformat_prompt(self, /, **kwargs: Any) -> PromptValue:
        """`format_prompt` for prompts that have to wait; here the same."""
        return self.format_prompt(**kwargs)

    def partial(self, /, **kwargs: Any) -> Self:
        """Return a prompt that has these variables already.

        Args:
            **kwargs: Values, or functions without arguments that are called each time it is formatted. Names
                that the prompt does not have are kept, as in LangChain.

        Raises ValueError if one is a coroutine function.
        """
        self._refuse_coroutines(kwargs)
        return self.model_copy(
            update={
                "input_variables": [name for name in self.input_variables if name not in kwargs],
                "partial_variables": {**self.partial_variables, **kwargs},
            }
        )

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """A model with a field for each variable: text unless `input_types` says what, None if optional."""
        fields: dict[str, Any] = {}
        for name in (*self.input_variables, *self.optional_variables):
            annotation = self.input_types.get(name, str)
            default = ... if name in self.input_variables else None
            if name.startswith(("_", "model_")) or hasattr(BaseModel, name):  # no names for fields
                fields[f"variable_{len(fields)}"] = (annotation, Field(default, alias=name))
            else:
                fields[name] = (annotation, default)
        return create_model("PromptInput", **fields)

    def _merge_partial_and_user_variables(self, /, **kwargs: Any) -> dict[str, Any]:
        """The values of partial variables, and over them those of the input.

        Prompts of one's own call it in `format`; its name is LangChain's.
        """
        values = {
            name: value() if callable(value) else value for name, value in self.partial_variables.items()
        }
        values.update(kwargs)
        return values

    def run_tags(self) -> tuple[str, ...]:
        """Its tags, after those of the caller."""
        return tuple(self.tags or ())

    def run_metadata(self) -> Mapping[str, Any]:
        """Its metadata; it wins over that of the caller."""
        return self.metadata or {}

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return given(self)

    def _do_invoke(self, input: dict[str, Any], run: Run, **kwargs: Any) -> PromptValue:
        return self.format_prompt(**self._checked(input))

    async def _do_ainvoke(self, input: dict[str, Any], run: Run, **kwargs: Any) -> PromptValue:
        return await self.aformat_prompt(**self._checked(input))

    def _checked(self, input: Any) -> dict[str, Any]:
        """The input as a dictionary that has every variable; the only variable may come bare."""
        expected = self.input_variables
        if not isinstance(input, dict):
            if len(expected) != 1:
                raise TypeError(
                    f"Expected mapping type as input to {type(self).__name__}, received {type(input).__name__}: "
                    f"it has {len(expected)} variables, {expected}, and only the value of a single one may come "
                    "without its name"
                )
            return {expected[0]: input}
        values = cast("dict[str, Any]", input)
        for name in expected:
            if name not in values:
                raise missing_variables(type(self).__name__, expected, values)
        return values


def missing_variables(prompt: str, expected: Iterable[str], received: Mapping[str, Any]) -> KeyError:
    """The error that names what `received` lacks."""
    expected = sorted(expected)
    missing = [name for name in expected if name not in received]
    return KeyError(
        f"Input to {prompt} is missing variables {{{', '.join(map(repr, missing))}}}. "
        f"Expected: {expected}. Received: {list(received)}. "
        f"If {{{missing[0]}}} is meant as text in an f-string template, double its braces: {{{{{missing[0]}}}}}"
    )


def explained(error: KeyError, prompt: str, expected: Iterable[str], received: Mapping[str, Any]) -> KeyError:
    """The error that names what `received` lacks; `error` if it lacks nothing, for then a value raised it."""
    if all(name in received for name in expected):
        return error
    return missing_variables(prompt, expected, received)
