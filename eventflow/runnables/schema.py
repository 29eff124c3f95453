"""What a runnable takes, gives and can be configured with: as types, as pydantic models, as JSON schemas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias, get_type_hints

from pydantic import BaseModel, Field

from eventflow.runnables.annotations import type_arguments
from eventflow.runnables.fields import ConfigurableFieldSpec, unique_specs
from eventflow.runnables.shapes import model_of, object_of
from eventflow.runnables.verbs import Input, Output, Verbs
from eventflow.runs import RunnableConfig

__all__ = ("Schema", "Schemas")

Schema: TypeAlias = type[BaseModel]
"""A schema as a pydantic model."""


class Schemas(Verbs[Input, Output]):
    """The types and schemas of a runnable; nothing of it is computed before it is asked for.

    They come from the type parameters of the class. A runnable that knows better overrides `InputType`,
    `OutputType`, or the methods for schemas; one that is made of others and has their types says so in `_ends`.
    """

    # ---- hooks for those that are made of others

    def inner_runnables(self) -> Sequence[Schemas[Any, Any]]:
        """The runnables that it is made of, in order."""
        return ()

    def _ends(self) -> tuple[Schemas[Any, Any], Schemas[Any, Any]]:
        """The runnables whose input and whose output are its own; itself if there are none."""
        return self, self

    def schema_before(
        self, following: Callable[[], Schema], name: str, config: RunnableConfig | None = None
    ) -> Schema:
        """What it must be given in a sequence; `following` tells what the next step must be given.

        A step that passes its input on overrides this. `name` is for a schema that has to be made.
        """
        return self.get_input_schema(config)

    def schema_after(
        self, preceding: Callable[[], Schema], name: str, config: RunnableConfig | None = None
    ) -> Schema:
        """What it gives in a sequence; `preceding` tells what the step before gives. See `schema_before`."""
        return self.get_output_schema(config)

    # ---- what it takes and gives

    @property
    def InputType(self) -> Any:
        """The type of its input; `Any` if nothing is known of it.

        >>> from eventflow import RunnableLambda
        >>> def double(x: int) -> str: ...
        >>> RunnableLambda(double).InputType
        <class 'int'>
        """
        first = self._ends()[0]
        return type_arguments(type(self), Verbs)[0] if first is self else first.InputType

    @property
    def OutputType(self) -> Any:
        """The type of its output; `Any` if nothing is known of it."""
        last = self._ends()[1]
        return type_arguments(type(self), Verbs)[1] if last is self else last.OutputType

    @property
    def input_schema(self) -> Schema:
        """`get_input_schema()`."""
        return self.get_input_schema()

    @property
    def output_schema(self) -> Schema:
        """`get_output_schema()`."""
        return self.get_output_schema()

    def get_input_schema(self, config: RunnableConfig | None = None) -> Schema:
        """A pydantic model of its input; a root model if that is no object.

        Arguments:
            config: for runnables that change with it, see `configurable_alternatives`.

        >>> from eventflow import RunnableLambda
        >>> RunnableLambda(lambda x: x["question"]).get_input_schema()(question="Why?")
        RunnableLambdaInput(question='Why?')
        """
        first = self._ends()[0]
        if first is not self:
            return first.get_input_schema(config)
        return model_of(self.get_name("input"), self.InputType)

    def get_output_schema(self, config: RunnableConfig | None = None) -> Schema:
        """A pydantic model of its output; see `get_input_schema`."""
        last = self._ends()[1]
        if last is not self:
            return last.get_output_schema(config)
        return model_of(self.get_name("output"), self.OutputType)

    def get_input_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """The JSON schema of its input.

        >>> from eventflow import RunnableLambda
        >>> def double(x: int) -> str: ...
        >>> RunnableLambda(double).get_input_jsonschema()
        {'title': 'double_input', 'type': 'integer'}
        """
        return self.get_input_schema(config).model_json_schema()

    def get_output_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """The JSON schema of its output."""
        return self.get_output_schema(config).model_json_schema()

    # ---- what it can be configured with

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """What `config["configurable"]` can set in it and in the runnables that it is made of, by id.

        Raises ValueError if two of them use one id for different things.
        """
        inner = (spec for runnable in self.inner_runnables() for spec in runnable.config_specs)
        return unique_specs(inner, of=type(self).__name__)

    def config_schema(self, *, include: Sequence[str] | None = None) -> Schema:
        """A pydantic model of the config that it takes.

        Arguments:
            include: keys of `RunnableConfig` to have in it; `configurable` is there if there is something in it.

        Raises ValueError if a config has no such key.
        """
        named, types = set(include or ()), _config_types()
        if unknown := sorted(named - types.keys()):
            raise ValueError(f"include has {unknown}: a config has {', '.join(types)}")
        keys: dict[str, tuple[Any, Any]] = {}
        if specs := self.config_specs:
            keys["configurable"] = object_of("Configurable", {s.id: _described(s) for s in specs}), None
        keys |= {key: (type_, None) for key, type_ in types.items() if key in named - {"configurable"}}
        return object_of(self.get_name("config"), keys)

    def get_config_jsonschema(self, *, include: Sequence[str] | None = None) -> dict[str, Any]:
        """The JSON schema of the config that it takes; see `config_schema`."""
        return self.config_schema(include=include).model_json_schema()


@cache
def _config_types() -> dict[str, Any]:
    """The keys of a config; of `callbacks` a schema can only say that it is there."""
    return {**get_type_hints(RunnableConfig), "callbacks": list[Any] | Any | None}


def _described(spec: ConfigurableFieldSpec) -> tuple[Any, Any]:
    return spec.annotation, Field(spec.default, title=spec.name, description=spec.description)
