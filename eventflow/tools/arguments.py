"""The arguments of a tool: which its function takes, which of them eventflow gives, and what they must be."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any, Final, get_args, get_origin

from pydantic import BaseModel, Field

from eventflow.runnables.annotations import signature_of
from eventflow.runnables.shapes import object_of
from eventflow.runs import Run, RunnableConfig

__all__ = ("first_argument", "schema_of_function", "told_arguments")

_RUN: Final = ("callbacks", "run_manager")
_VARIADIC: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def told_arguments(function: Callable[..., Any], run: Run) -> dict[str, Any]:
    """What a function wants to be told of the run that it works for.

    That is the config, by an argument that is annotated as `RunnableConfig`, and a handle of the run, by an
    argument called `run_manager` or `callbacks`.
    """
    told = _told(getattr(function, "__func__", function))
    return {name: run.child_config() if is_config else run.handle() for name, is_config in told.items()}


def first_argument(function: Callable[..., Any]) -> str | None:
    """The name of the first argument that a call of the tool gives."""
    return next(iter(_given(function)), None)


def schema_of_function(name: str, function: Callable[..., Any], *, doc: str | None = None) -> type[BaseModel]:
    """A model called `name` with a field for each argument that a call of the tool gives.

    The text in `Annotated[int, "how many"]` describes the argument.

    >>> def repeat(text: str, times: Annotated[int, "how often"] = 2, *, config: RunnableConfig): ...
    >>> schema_of_function("repeat", repeat).model_json_schema()["properties"]["times"]
    {'default': 2, 'description': 'how often', 'title': 'Times', 'type': 'integer'}
    """
    is_open = any(parameter.kind is parameter.VAR_KEYWORD for parameter in _parameters(function).values())
    fields = {key: _field(parameter) for key, parameter in _given(function).items()}
    return object_of(name, fields, doc=doc, is_open=is_open)


@lru_cache(maxsize=512)  # looking at a signature takes longer than most calls of a tool
def _told(function: Callable[..., Any]) -> Mapping[str, bool]:
    """The arguments that are not part of a call, and whether each is the config."""
    return {
        name: is_config
        for name, parameter in _parameters(function).items()
        if (is_config := _is_config(parameter.annotation)) or name in _RUN
    }


def _given(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    told = _told(getattr(function, "__func__", function))
    return {
        name: parameter
        for name, parameter in _parameters(function).items()
        if name not in told and parameter.kind not in _VARIADIC
    }


def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    signature = signature_of(function)
    return {} if signature is None else signature.parameters


def _is_config(annotation: Any) -> bool:
    if isinstance(annotation, str):  # it could not be resolved
        return "RunnableConfig" in annotation
    return annotation is RunnableConfig or RunnableConfig in get_args(annotation)


def _field(parameter: inspect.Parameter) -> tuple[Any, Any]:
    said: Any = parameter.annotation
    annotation = Any if said is parameter.empty or isinstance(said, str) else said
    default = ... if parameter.default is parameter.empty else parameter.default
    notes = get_args(said)[1:] if get_origin(said) is Annotated else ()
    texts = [note for note in notes if isinstance(note, str)]
    return annotation, Field(default, description=texts[0]) if texts else default
