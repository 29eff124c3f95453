"""Runnables that `config["configurable"]` changes: their fields, or which of several is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import GenericAlias
from typing import Any, TypeAlias, cast

from pydantic import BaseModel

from eventflow.runnables.base import Runnable
from eventflow.runnables.fields import (
    AnyConfigurableField,
    ConfigurableField,
    ConfigurableFieldMultiOption,
    ConfigurableFieldSingleOption,
    ConfigurableFieldSpec,
    choice_of,
    unique_specs,
)
from eventflow.runnables.forward import Call, Forwarding
from eventflow.runnables.narrow import is_runnable
from eventflow.runnables.verbs import Input, Output
from eventflow.runs import DEFAULTS, RunHandle, RunnableConfig, current

__all__ = (
    "DynamicRunnable",
    "Prepared",
    "RunnableConfigurableAlternatives",
    "RunnableConfigurableFields",
    "configurable_values",
)

Prepared: TypeAlias = tuple[Runnable[Input, Output], RunnableConfig | None]
"""What is run for a config, or has to be prepared in its turn, and the config that it is run with."""


class DynamicRunnable(Forwarding[Input, Output]):
    """Base of what is decided when it is called, by the config of the call and by the runs around it.

    It has no run of its own. Attributes are those of `default`.
    """

    name = None
    default: Runnable[Input, Output]
    """What is run where the config says nothing."""

    def prepare(self, config: RunnableConfig | None = None) -> tuple[Runnable[Input, Output], RunnableConfig]:
        """What is run for `config`, and the config that it is run with."""
        runnable, config = self._prepare(config)
        return runnable.prepare(config) if isinstance(runnable, DynamicRunnable) else (runnable, config or {})

    def _prepare(self, config: RunnableConfig | None) -> Prepared[Input, Output]:
        """One step of `prepare`, for a subclass to say."""
        raise NotImplementedError("a subclass says what is run for a config")

    @property
    def _owner(self) -> Runnable[Input, Output]:
        return self.default

    def _forward(self, config: RunnableConfig | None, kwargs: Mapping[str, Any]) -> Call[Input, Output]:
        return *self.prepare(config), kwargs


class RunnableConfigurableFields(DynamicRunnable[Input, Output]):
    """A runnable with fields that `config["configurable"]` sets. Made with `.configurable_fields()`.

    For each call that sets some it is made anew, and its values are checked as they are then. What a config
    holds for others is let be.

    Arguments:
        default: a `RunnableSerializable`.
        fields: what sets a field, by the name of the field.

    Raises ValueError if it has no such field.

    >>> from eventflow import ConfigurableField, RunnableSerializable
    >>> class Repeat(RunnableSerializable[str, str]):
    ...     times: int = 2
    ...     def _do_invoke(self, input, run, **kwargs):
    ...         return input * self.times
    >>> repeat = Repeat().configurable_fields(times=ConfigurableField("n"))
    >>> repeat.invoke("a"), repeat.invoke("a", {"configurable": {"n": 3}})
    ('aa', 'aaa')
    """

    def __init__(self, default: Runnable[Input, Output], fields: Mapping[str, AnyConfigurableField]) -> None:
        known = type(default).model_fields if isinstance(default, BaseModel) else {}
        for name in fields:
            if name not in known:
                raise ValueError(
                    f"Configuration key {name} not found in {default.get_name()}: available keys are "
                    f"{', '.join(known) or 'none, for it is no RunnableSerializable'}"
                )
        self.default = default
        self.fields = dict(fields)

    def configurable_fields(self, **fields: AnyConfigurableField) -> Runnable[Input, Output]:
        return RunnableConfigurableFields(self.default, {**self.fields, **fields})

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        own = (self._spec(name, field) for name, field in self.fields.items())
        return unique_specs([*own, *self.default.config_specs], of=type(self).__name__)

    def _spec(self, name: str, field: AnyConfigurableField) -> ConfigurableFieldSpec:
        if not isinstance(field, ConfigurableField):
            choice = choice_of(field.options)
            many = isinstance(field, ConfigurableFieldMultiOption)
            return ConfigurableFieldSpec(
                field.id,
                GenericAlias(Sequence, choice) if many else choice,
                field.name,
                field.description,
                list(field.default) if many else field.default,
                field.is_shared,
            )
        about = type(cast(BaseModel, self.default)).model_fields[name]
        return ConfigurableFieldSpec(
            field.id,
            field.annotation or about.annotation,
            field.name,
            field.description or about.description,
            getattr(self.default, name),
            field.is_shared,
        )

    def _prepare(self, config: RunnableConfig | None) -> Prepared[Input, Output]:
        given = configurable_values(config)
        changes = {
            name: _value(field, given.get(field.id, _default(field)))
            for name, field in self.fields.items()
            if field.id in given or not isinstance(field, ConfigurableField)
        }
        return (_changed(self.default, changes) if changes else self.default), config

    def __repr__(self) -> str:
        return f"RunnableConfigurableFields(default={self.default!r}, fields={self.fields!r})"


class RunnableConfigurableAlternatives(DynamicRunnable[Input, Output]):
    """One of several runnables, as `config["configurable"]` says. Made with `.configurable_alternatives()`.

    Arguments:
        which: what chooses among them.
        default: what is run unless another is chosen.
        alternatives: the others, by name; a function that is no runnable is called to make one when it is chosen.
        default_key: the name of `default`.
        prefix_keys: whether the keys that configure an alternative are `<which>==<name>/<key>`.

    Raises ValueError when it is called, if there is no alternative of the name that was chosen.

    >>> from eventflow import ConfigurableField, RunnableLambda
    >>> case = RunnableLambda(str.upper).configurable_alternatives(
    ...     ConfigurableField("case"), default_key="up", low=RunnableLambda(str.lower)
    ... )
    >>> case.invoke("Hi"), case.invoke("Hi", {"configurable": {"case": "low"}})
    ('HI', 'hi')
    """

    def __init__(
        self,
        which: ConfigurableField,
        default: Runnable[Input, Output],
        alternatives: Mapping[str, Runnable[Input, Output] | Callable[[], Runnable[Input, Output]]],
        *,
        default_key: str = "default",
        prefix_keys: bool = False,
    ) -> None:
        self.which = which
        self.default = default
        self.alternatives = dict(alternatives)
        self.default_key = default_key
        self.prefix_keys = prefix_keys

    def inner_runnables(self) -> Sequence[Runnable[Any, Any]]:
        return list(self._made().values())

    def _made(self) -> dict[str, Runnable[Input, Output]]:
        """Those that need not be made first, by name."""
        made = {name: other for name, other in self.alternatives.items() if is_runnable(other)}
        return {self.default_key: self.default, **made}

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        which = self.which
        choice = which.annotation or choice_of([*self.alternatives, self.default_key])
        specs = [
            ConfigurableFieldSpec(
                which.id, choice, which.name, which.description, self.default_key, which.is_shared
            )
        ]
        for name, alternative in self._made().items():
            inner = alternative.config_specs
            specs += [spec.prefixed(self._prefix(name)) for spec in inner] if self.prefix_keys else inner
        return unique_specs(specs, of=type(self).__name__)

    def _prefix(self, name: str) -> str:
        return f"{self.which.id}=={name}"

    def _prepare(self, config: RunnableConfig | None) -> Prepared[Input, Output]:
        given = configurable_values(config)
        name = given.get(self.which.id, self.default_key)
        if name != self.default_key and name not in self.alternatives:
            raise ValueError(
                f"Unknown alternative: {name} was chosen with configurable[{self.which.id!r}], and there are "
                f"{', '.join([self.default_key, *self.alternatives])}"
            )
        chosen = self.default if name == self.default_key else self.alternatives[name]
        runnable = chosen if is_runnable(chosen) else cast("Callable[[], Runnable[Input, Output]]", chosen)()
        return runnable, self._unprefixed(name, given, config) if self.prefix_keys else config

    def _unprefixed(
        self, name: str, given: Mapping[str, Any], config: RunnableConfig | None
    ) -> RunnableConfig:
        """The config for an alternative: what is meant for it has no prefix any more."""
        prefix = f"{self._prefix(name)}/"
        own = {key.removeprefix(prefix): value for key, value in given.items() if key.startswith(prefix)}
        return cast(RunnableConfig, {**(config or {}), "configurable": {**given, **own}})

    def __repr__(self) -> str:
        return (
            f"RunnableConfigurableAlternatives(which={self.which!r}, default={self.default!r}, "
            f"alternatives={self.alternatives!r}, default_key={self.default_key!r})"
        )


def configurable_values(config: RunnableConfig | None) -> Mapping[str, Any]:
    """The values that hold for a call: those of its config, over those of the run in which it is made."""
    handle = config.get("callbacks") if config else None
    place = handle.node if isinstance(handle, RunHandle) else None
    node = current.get() if place is None else place
    inherited = DEFAULTS if node is None else node.inherited
    return (inherited.extend(config) if config else inherited).configurable


def _default(field: AnyConfigurableField) -> Any:
    """What it is set to unless it is set."""
    return None if isinstance(field, ConfigurableField) else field.default


def _value(field: AnyConfigurableField, given: Any) -> Any:
    """The value that was given for a field, or that goes by the name that was given."""
    if isinstance(field, ConfigurableField):
        return given
    if isinstance(field, ConfigurableFieldSingleOption):
        return _option(field, given)
    return [_option(field, name) for name in given]


def _option(field: ConfigurableFieldSingleOption | ConfigurableFieldMultiOption, name: Any) -> Any:
    if name not in field.options:
        raise ValueError(f"configurable[{field.id!r}] is {name!r}: there are {', '.join(field.options)}")
    return field.options[name]


def _changed(runnable: Runnable[Input, Output], changes: Mapping[str, Any]) -> Runnable[Input, Output]:
    """It made anew with other values for some fields. Raises pydantic.ValidationError if one does not fit."""
    model = cast(BaseModel, runnable)
    values = {name: getattr(model, name) for name in model.model_fields_set} | dict(changes)
    aliases = {name: field.validation_alias for name, field in type(model).model_fields.items()}
    given = {
        alias if isinstance(alias := aliases.get(name), str) else name: value
        for name, value in values.items()
    }
    return cast("Runnable[Input, Output]", type(model)(**given))
