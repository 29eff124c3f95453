"""The arguments of a tool: which its function takes, which of them are injected, and what they must be."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Annotated, Any, Final, TypeAlias, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel, Field, SkipValidation, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from eventflow.runnables.shapes import fields_of, object_of
from eventflow.tools.docstring import docstring_of
from eventflow.tools.injected import has_provider, marker_of

__all__ = (
    "ArgsSchema",
    "Parameters",
    "create_schema_from_function",
    "inferred_schema",
    "injected_fields",
    "parameters_of",
    "shown_json",
    "shown_model",
    "without_values",
)

ArgsSchema: TypeAlias = type[BaseModel] | dict[str, Any]
"""What the arguments of a tool must be: a pydantic model, which checks them, or a JSON schema, which does not."""

_VARIADIC: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_EMPTY: Final = inspect.Parameter.empty


class Parameters:
    """What a function takes, looked at once.

    `given` are those that a call of the tool gives, each with its annotation and default; `injected` are the
    others, each with what makes it one; `is_open` tells that any other name is taken, too; `is_method`, that
    the first one is the `self` of a method that belongs to no object yet.
    """

    __slots__ = ("given", "injected", "is_method", "is_open", "marked")

    def __init__(self, function: Callable[..., Any], *, bound: bool) -> None:
        parameters = _signature(function)
        self.is_method = not bound and inspect.isfunction(function) and next(iter(parameters), "") == "self"
        skipped = 1 if bound or self.is_method else 0
        self.is_open = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
        self.given: dict[str, tuple[Any, Any]] = {}
        self.injected: dict[str, Any] = {}
        self.marked: dict[str, tuple[Any, Any]] = {}
        for name, parameter in list(parameters.items())[skipped:]:
            if parameter.kind in _VARIADIC:
                continue
            said = parameter.annotation
            marker = marker_of(name, said)
            field = (Any if said is _EMPTY or isinstance(said, str) else said), parameter.default
            if marker is None:
                self.given[name] = field
                continue
            self.injected[name] = marker
            if get_origin(said) is Annotated:
                self.marked[name] = field


def parameters_of(function: Callable[..., Any]) -> Parameters:
    """What a function takes.

    >>> parameters_of(lambda text, run_manager: ...).given.keys()
    dict_keys(['text'])
    """
    inner = getattr(function, "__func__", None)
    try:
        return _parameters(function, False) if inner is None else _parameters(inner, True)
    except TypeError:  # a callable object that has no hash
        return Parameters(function, bound=False)


@lru_cache(maxsize=512)  # looking at a signature takes longer than most calls of a tool
def _parameters(function: Callable[..., Any], bound: bool) -> Parameters:
    return Parameters(function, bound=bound)


def _signature(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """The parameters. Each annotation that can be resolved is a type, the others are text."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}
    texts = {n: p.annotation for n, p in parameters.items() if isinstance(p.annotation, str)}
    if not texts:
        return parameters
    source = inspect.unwrap(getattr(function, "func", function))
    space = getattr(source if inspect.isroutine(source) else type(source).__call__, "__globals__", {})
    resolved = {name: _resolved(text, space) for name, text in texts.items()}
    return {
        name: parameter.replace(annotation=resolved.get(name, parameter.annotation))
        for name, parameter in parameters.items()
    }


def _resolved(text: str, space: dict[str, Any]) -> Any:
    holder = type("Annotations", (), {"__annotations__": {"it": text}})
    try:
        return get_type_hints(holder, globalns=space, include_extras=True)["it"]
    except (NameError, TypeError, ValueError, AttributeError, SyntaxError):
        return text


# ---- as a schema


def create_schema_from_function(
    model_name: str,
    func: Callable[..., Any],
    *,
    filter_args: Collection[str] = (),
    parse_docstring: bool = False,
    error_on_invalid_docstring: bool = False,
    include_injected: bool = True,
    description: str | None = None,
) -> type[BaseModel]:
    """A model with a field for each argument of a function.

    A text in `Annotated[int, "how many"]` describes the argument, and so does the docstring if it is read.

    Arguments:
        model_name: its name.
        func: the function.
        filter_args: names of arguments to leave out.
        parse_docstring: read the docstring in Google's style.
        error_on_invalid_docstring: refuse a docstring that is not in that style.
        include_injected: whether arguments that are marked as injected are part of it.
        description: of the whole; of the docstring, if that is read, unless given.

    Raises ValueError if the docstring is refused, or speaks of an argument that is not there.

    >>> def repeat(text: str, times: Annotated[int, "how often"] = 2): ...
    >>> create_schema_from_function("repeat", repeat).model_json_schema()["properties"]["times"]
    {'default': 2, 'description': 'how often', 'title': 'Times', 'type': 'integer'}
    """
    parameters = parameters_of(func)
    texts: Mapping[str, str] = {}
    if parse_docstring:
        said = docstring_of(
            func,
            [name for name in parameters.given if name not in filter_args],
            strict=error_on_invalid_docstring,
            hidden=(*parameters.injected, *filter_args),
        )
        description, texts = description or said.description, said.arguments
    return _model(model_name, parameters, texts, description, filter_args, include_injected=include_injected)


def _model(
    name: str,
    parameters: Parameters,
    texts: Mapping[str, str],
    description: str | None,
    left_out: Collection[str],
    *,
    include_injected: bool,
) -> type[BaseModel]:
    marked = parameters.marked if include_injected else {}
    fields = {
        key: _field(annotation, default, texts.get(key), skipped=key in marked)
        for key, (annotation, default) in {**parameters.given, **marked}.items()
        if key not in left_out
    }
    return object_of(name, fields, doc=description or None, is_open=parameters.is_open)


def inferred_schema(name: str, function: Callable[..., Any]) -> type[BaseModel]:
    """The same for a tool without a schema of its own; made once."""
    return _inferred(name, parameters_of(function))


@lru_cache(maxsize=512)
def _inferred(name: str, parameters: Parameters) -> type[BaseModel]:
    return _model(name, parameters, {}, None, (), include_injected=True)


def _field(annotation: Any, default: Any, text: str | None, *, skipped: bool) -> tuple[Any, Any]:
    """As a field of a model. A value that eventflow gives is not checked, nor copied."""
    notes = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    default = ... if default is _EMPTY else default
    text = text or next((note for note in notes if isinstance(note, str)), None)
    if skipped and any(has_provider(note) for note in notes):
        annotation = Annotated[annotation, SkipValidation()]  # type: ignore[type-arg]  # it is made without
    return annotation, Field(default, description=text) if text else default


# ---- what is injected, in schemas and errors


@lru_cache(maxsize=512)
def injected_fields(schema: type[BaseModel]) -> Mapping[str, Any]:
    """The fields of a model that are marked as injected, each with its mark."""
    found: dict[str, Any] = {}
    for name, (_, field) in (fields_of(schema) or {}).items():
        marker = marker_of(
            "", Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        )
        if marker is not None:
            found[name] = marker
    return found


@lru_cache(maxsize=512)
def shown_model(name: str, description: str, schema: type[BaseModel]) -> type[BaseModel]:
    """What a model is shown of a schema: the fields that are not injected, named and described as the tool is."""
    hidden = injected_fields(schema)
    fields = {key: field for key, field in (fields_of(schema) or {}).items() if key not in hidden}
    return object_of(name, fields, doc=description)


def shown_json(
    name: str, description: str, schema: dict[str, Any], hidden: Collection[str]
) -> dict[str, Any]:
    """The same of a JSON schema."""
    told = {**schema, "title": name, "description": description}
    if "properties" in schema:
        told["properties"] = {key: below for key, below in schema["properties"].items() if key not in hidden}
    if "required" in schema:
        told["required"] = [key for key in schema["required"] if key not in hidden]
    return told


def without_values(
    error: ValidationError, names: Collection[str], shown: Mapping[str, Any]
) -> ValidationError:
    """The error, which tells nothing of the values that were injected under `names`; `shown` is the rest."""
    lines: list[InitErrorDetails] = []
    for line in error.errors(include_url=False):
        kind = PydanticCustomError(cast("Any", line["type"]), "{said}", {"said": line["msg"]})
        hidden = bool(line["loc"]) and line["loc"][0] in names
        whole = line["type"] == "missing" and len(line["loc"]) == 1
        input = "(injected)" if hidden and not whole else shown if whole or not line["loc"] else line["input"]
        lines.append({"type": kind, "loc": line["loc"], "input": input})
    return ValidationError.from_exception_data(error.title, lines)
