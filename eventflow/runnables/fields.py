"""What can be configured: fields, options, and the description of each in a config schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

__all__ = (
    "AnyConfigurableField",
    "ConfigurableField",
    "ConfigurableFieldMultiOption",
    "ConfigurableFieldSingleOption",
    "ConfigurableFieldSpec",
    "choice_of",
    "unique_specs",
)


class ConfigurableField(NamedTuple):
    """A field that `config["configurable"][id]` sets.

    Arguments:
        id: the key in `config["configurable"]`.
        name, description: for people.
        annotation: its type in the config schema, unless it is that of the field.
        is_shared: whether it keeps its id where alternatives prefix their keys.

    >>> ConfigurableField("temperature").id
    'temperature'
    """

    id: str
    name: str | None = None
    description: str | None = None
    annotation: Any = None
    is_shared: bool = False


class ConfigurableFieldSingleOption(NamedTuple):
    """A field that is set to one of several values, by the name of the value.

    Arguments:
        id: the key in `config["configurable"]`.
        options: values by name.
        default: the name of the value that it has unless it is set.
        name, description, is_shared: as in `ConfigurableField`.
    """

    id: str
    options: Mapping[str, Any]
    default: str
    name: str | None = None
    description: str | None = None
    is_shared: bool = False


class ConfigurableFieldMultiOption(NamedTuple):
    """A field that is set to a list of some of several values, by the names of the values.

    Arguments:
        id: the key in `config["configurable"]`.
        options: values by name.
        default: the names of the values that it has unless it is set.
        name, description, is_shared: as in `ConfigurableField`.
    """

    id: str
    options: Mapping[str, Any]
    default: Sequence[str]
    name: str | None = None
    description: str | None = None
    is_shared: bool = False


AnyConfigurableField: TypeAlias = (
    ConfigurableField | ConfigurableFieldSingleOption | ConfigurableFieldMultiOption
)
"""What `configurable_fields` takes for a field."""


class ConfigurableFieldSpec(NamedTuple):
    """One key of `config["configurable"]`: its type, its default, and what to tell people of it."""

    id: str
    annotation: Any
    name: str | None = None
    description: str | None = None
    default: Any = None
    is_shared: bool = False
    dependencies: list[str] | None = None

    def prefixed(self, prefix: str) -> ConfigurableFieldSpec:
        """The same under `prefix/id`, unless it is shared."""
        return self if self.is_shared else self._replace(id=f"{prefix}/{self.id}")


def choice_of(names: Iterable[str]) -> Any:
    """The type of what is one of these names.

    >>> choice_of(["few", "many"])
    typing.Literal['few', 'many']
    """
    return Literal[tuple(names)]


def unique_specs(specs: Iterable[ConfigurableFieldSpec], *, of: str) -> list[ConfigurableFieldSpec]:
    """Each spec once, by id.

    Arguments:
        specs: those of all parts of something.
        of: what it is, for the error.

    Raises ValueError if two specs have the same id and are not the same.
    """
    found: dict[str, ConfigurableFieldSpec] = {}
    for spec in specs:
        known = found.setdefault(spec.id, spec)
        if known != spec:
            differ = [key for key in spec._fields if getattr(spec, key) != getattr(known, key)]
            raise ValueError(
                f"{of} contains conflicting config specs for {spec.id}, which differ in {', '.join(differ)}: "
                "give one of the fields another id, or use prefix_keys=True if they belong to alternatives"
            )
    return [found[id] for id in sorted(found)]
