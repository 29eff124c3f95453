"""`ConfigurableChatModel`: a chat model that is chosen when it is called, by `config["configurable"]`.

Rules for this file:
1. A model is made once for each choice, not for each call: it has connections of its own.
2. What was given as an argument, which may be a secret, is shown nowhere: no repr, no schema, no error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final, TypeAlias

from eventflow.drawing import Graph
from eventflow.messages import AIMessage
from eventflow.models.answers import LanguageModelInput
from eventflow.runnables import ConfigurableFieldSpec, Runnable
from eventflow.runnables.configurable import DynamicRunnable, Prepared, configurable_values
from eventflow.runnables.forward import Forwarding
from eventflow.runnables.schema import Schema
from eventflow.runs import RunnableConfig, merge_configs

__all__ = ("ConfigurableChatModel",)

_MOST_MODELS: Final = 16
"""As many choices are kept, with their connections; of more, those that were not used for longest are let go."""

_SHOWN: Final = frozenset({"model", "model_provider"})
"""The arguments by which it is shown; others may be secrets."""

_OF_GRAPHS: Final = frozenset({"thread_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map"})
"""What is configurable for a graph and never means a model."""

Make: TypeAlias = Callable[..., Runnable[LanguageModelInput, Any]]


class ConfigurableChatModel(DynamicRunnable[LanguageModelInput, Any]):
    """A chat model that is chosen when it is called. Made by `init_chat_model`.

    It has no run of its own: events are those of the model that is chosen. `bind_tools` and
    `with_structured_output` give another one, and are applied to whichever is chosen; `with_config` sets what is
    configurable, and adds the rest to the config of each call. Other attributes are those of the model that it is
    when no config says otherwise, if there is one.

    Arguments:
        make: makes a model of arguments by name; what it makes is kept, for the last few choices.
        known: the arguments by which it may be shown, such as its model.
        fields: the arguments that a config can set; None for all.
        prefix: what their keys in `config["configurable"]` begin with.
        config: what each call has in its config.
        output: the type of what it gives.
        snapshots: whether its chunks replace one another, as far as that is known before a model is chosen.
    """

    def __init__(
        self,
        make: Make,
        *,
        known: Mapping[str, Any],
        fields: Sequence[str] | None,
        prefix: str = "",
        config: RunnableConfig | None = None,
        output: Any = AIMessage,
        snapshots: bool = False,
    ) -> None:
        self._make = make
        self._kept = lru_cache(maxsize=_MOST_MODELS, typed=True)(make)
        self._known = known
        self._fields = fields
        self._prefix = prefix
        self._config = config
        self._output = output
        self._snapshots = snapshots

    # ---- choosing

    def _prepare(self, config: RunnableConfig | None) -> Prepared[LanguageModelInput, Any]:
        if self._config:
            config = merge_configs(self._config, config)
        return self._choose(**self._changes(configurable_values(config))), config

    def _changes(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments that are set by what is configured."""
        return {key.removeprefix(self._prefix): values[key] for key in sorted(filter(self._sets, values))}

    def _sets(self, key: str) -> bool:
        """Whether this key of `config["configurable"]` is for it."""
        if not key.startswith(self._prefix):
            return False
        name = key.removeprefix(self._prefix)
        if self._fields is None:
            return not (name.startswith("__") or name in _OF_GRAPHS)
        return name in self._fields

    def _choose(self, /, **changes: Any) -> Runnable[LanguageModelInput, Any]:
        """The model with these arguments changed; the one that was made for them before, if they can be compared."""
        try:
            hash(tuple(changes.values()))
        except TypeError:
            return self._make(**changes)
        return self._kept(**changes)

    @property
    def _owner(self) -> Runnable[LanguageModelInput, Any]:
        return self._choose()

    # ---- what is done to whichever is chosen

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> ConfigurableChatModel:
        """The same, allowed to call `tools`; see the class of the model that will be chosen."""
        return self._then("bind_tools", tools, **kwargs)

    def with_structured_output(self, schema: Any, **kwargs: Any) -> ConfigurableChatModel:
        """The same, answering with what `schema` describes; see the class of the model that will be chosen."""
        return self._then("with_structured_output", schema, **kwargs)

    def _then(self, method: str, *args: Any, **kwargs: Any) -> ConfigurableChatModel:
        def make(**changes: Any) -> Runnable[LanguageModelInput, Any]:
            made: Runnable[LanguageModelInput, Any] = getattr(self._choose(**changes), method)(
                *args, **kwargs
            )
            return made

        structured = method == "with_structured_output"
        return self._like(
            make,
            output=Any if structured else self._output,
            snapshots=structured and not kwargs.get("include_raw"),
        )

    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> ConfigurableChatModel:
        """The same with arguments that are configurable set, unless a call sets them, and with more config.

        >>> from eventflow.models import init_chat_model
        >>> init_chat_model().with_config(configurable={"model": "openai:gpt-4o-mini"})
        ConfigurableChatModel(model='openai:gpt-4o-mini', configurable_fields=('model', 'model_provider'))
        """
        given: dict[str, Any] = {**(config or {}), **kwargs}
        values: dict[str, Any] = given.pop("configurable", None) or {}
        changes = self._changes(values)
        if others := {key: value for key, value in values.items() if not self._sets(key)}:
            given["configurable"] = others
        return self._like(
            partial(self._choose, **changes),
            known={**self._known, **{k: v for k, v in changes.items() if k in _SHOWN}},
            config=merge_configs(self._config, given) if given else self._config,
        )

    def _like(self, make: Make, **changes: Any) -> ConfigurableChatModel:
        """Another one, configurable in the same way."""
        same: dict[str, Any] = {
            "known": self._known,
            "config": self._config,
            "output": self._output,
            "snapshots": self._snapshots,
        }
        return ConfigurableChatModel(make, fields=self._fields, prefix=self._prefix, **{**same, **changes})

    # ---- what holds whichever is chosen, so that nothing need be forwarded

    @property
    def InputType(self) -> Any:
        return LanguageModelInput

    @property
    def OutputType(self) -> Any:
        return self._output

    def get_input_schema(self, config: RunnableConfig | None = None) -> Schema:
        return super(Forwarding, self).get_input_schema(config)

    def get_output_schema(self, config: RunnableConfig | None = None) -> Schema:
        return super(Forwarding, self).get_output_schema(config)

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        return [
            ConfigurableFieldSpec(self._prefix + name, str | None if name in _SHOWN else Any)
            for name in self._fields or ()
        ]

    def get_graph(self, config: RunnableConfig | None = None, **options: Any) -> Graph:
        return super(Forwarding, self).get_graph(config)

    def get_prompts(self, config: RunnableConfig | None = None) -> list[Runnable[Any, Any]]:
        return []

    def inner_runnables(self) -> Sequence[Runnable[Any, Any]]:
        return ()

    def gives_snapshots(self, fed: bool) -> bool:
        return self._snapshots

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and "model" not in self._known:
            raise AttributeError(
                f"{type(self).__name__} has no {name!r} before a model is chosen: give init_chat_model a model to be "
                "the default, or take the attribute from model.prepare(config)[0]"
            )
        return super().__getattr__(name)

    def __repr__(self) -> str:
        fields = "'any'" if self._fields is None else repr(self._fields)
        parts = [
            *(f"{name}={value!r}" for name, value in self._known.items()),
            f"configurable_fields={fields}",
        ]
        prefix = [f"config_prefix={self._prefix!r}"] if self._prefix else []
        return f"{type(self).__name__}({', '.join(parts + prefix)})"
