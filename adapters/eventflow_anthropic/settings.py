"""What a model of Anthropic is made with: its fields, and the connections that they describe."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pydantic import AliasChoices, ConfigDict, Field, PrivateAttr, SecretStr, model_validator

from eventflow import BaseChatModel, LangSmithParams
from eventflow.models import ClientsPerLoop
from eventflow.runnables import refuse_unknown
from eventflow_anthropic.sdk import load_sdk

if TYPE_CHECKING:
    from anthropic import Anthropic, AsyncAnthropic

__all__ = ("SENT", "AnthropicSettings")

_Clients: TypeAlias = "ClientsPerLoop[Anthropic, AsyncAnthropic]"

_ELSEWHERE: Final = (
    "what the SDK knows goes into model_kwargs={...}, what only the server knows "
    "into model_kwargs={'extra_body': {...}}"
)

SENT = (
    "temperature",
    "top_k",
    "top_p",
    "stop_sequences",
    "thinking",
    "effort",
    "output_config",
    "container",
    "inference_geo",
    "mcp_servers",
    "context_management",
    "betas",
)
"""Fields that are sent when they are set."""

_SHOWN = (
    "model",
    "max_tokens",
    "temperature",
    "top_k",
    "top_p",
    "stop_sequences",
    "thinking",
    "effort",
    "betas",
)
"""Fields that tell one model from another, and are no secrets."""


class AnthropicSettings(BaseChatModel):
    """The fields of `ChatAnthropic`, which says what each is."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid", hide_input_in_errors=True)

    model: str = Field(validation_alias=AliasChoices("model", "model_name"))
    max_tokens: int | None = Field(
        default=None, validation_alias=AliasChoices("max_tokens", "max_tokens_to_sample")
    )
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    stop_sequences: list[str] | None = Field(
        default=None, validation_alias=AliasChoices("stop_sequences", "stop")
    )
    thinking: dict[str, Any] | None = None
    effort: str | None = Field(default=None, validation_alias=AliasChoices("effort", "reasoning_effort"))
    output_config: dict[str, Any] | None = None
    container: str | dict[str, Any] | None = None
    inference_geo: str | None = None
    mcp_servers: list[dict[str, Any]] | None = Field(default=None, exclude=True)
    context_management: dict[str, Any] | None = None
    betas: list[str] | None = None
    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    streaming: bool = False
    stream_usage: bool = True
    api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("api_key", "anthropic_api_key"), exclude=True
    )
    base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("base_url", "anthropic_api_url"), exclude=True
    )
    timeout: Any = Field(default=None, validation_alias=AliasChoices("timeout", "default_request_timeout"))
    max_retries: int = 2
    default_headers: dict[str, str] | None = Field(default=None, exclude=True)
    http_client: Any = Field(default=None, exclude=True)
    http_async_client: Any = Field(default=None, exclude=True)

    _clients: _Clients = PrivateAttr()

    @model_validator(mode="before")
    @classmethod
    def _knows(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is not an argument, and say where it may go."""
        refuse_unknown(cls, given, _ELSEWHERE)
        return given

    def model_post_init(self, context: Any, /) -> None:
        """Note how to reach the provider; clients are made when they are needed."""
        load_sdk()
        if self.max_tokens is None:
            self.max_tokens = _longest(self.model)
        self._clients = self._make_clients()

    def _make_clients(self) -> _Clients:
        options = self._client_options()
        http, async_http = self.http_client, self.http_async_client

        def make() -> Anthropic:
            client: Anthropic = load_sdk().Anthropic(http_client=http, **options)
            return client

        def amake() -> AsyncAnthropic:
            client: AsyncAnthropic = load_sdk().AsyncAnthropic(http_client=async_http, **options)
            return client

        return ClientsPerLoop(make, amake, close=http is None, aclose=async_http is None)

    def _client_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "api_key": self.api_key and self.api_key.get_secret_value(),
            "base_url": self.base_url or os.environ.get("ANTHROPIC_API_URL"),
            "default_headers": self.default_headers,
            "max_retries": self.max_retries,
        }
        if self.timeout is not None:
            options["timeout"] = self.timeout
        return options

    # ---- what tells it from others

    @property
    def _llm_type(self) -> str:
        return "anthropic-chat"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {name: value for name in _SHOWN if (value := getattr(self, name)) is not None}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        return {**super()._get_ls_params(stop, **kwargs), "ls_provider": "anthropic"}

    def __repr__(self) -> str:
        shown = ", ".join(f"{key}={value!r}" for key, value in self._identifying_params.items())
        return f"{type(self).__name__}({shown})"

    __str__ = __repr__


def _longest(model: str) -> int:
    """How many tokens every model of that family may answer with; the name begins with the family since Claude 4."""
    return 32_000 if re.match(r"claude-(?!instant)[a-z]", model) else 4096
