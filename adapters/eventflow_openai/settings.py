"""What a model of OpenAI is made with: its fields, and the connections that they describe."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Final, Literal

from pydantic import (
    AliasChoices,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    field_serializer,
    model_validator,
)

from eventflow import BaseChatModel
from eventflow.runnables import refuse_unknown
from eventflow_openai.clients import Clients, clients_of, load_sdk
from eventflow_openai.server import OPENAI, Server

__all__ = ("SENT", "OpenAISettings")

_ELSEWHERE: Final = (
    "what the SDK knows goes into model_kwargs={...}, what only the server knows into extra_body={...}"
)

SENT = (
    "temperature",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "seed",
    "n",
    "stop",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "reasoning_effort",
    "reasoning",
    "verbosity",
    "include",
    "truncation",
    "store",
    "use_previous_response_id",
    "service_tier",
    "user",
    "extra_body",
)
"""Fields that are sent as they are, when they are set."""


class OpenAISettings(BaseChatModel):
    """The fields of `ChatOpenAI`, which says what each is."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid", hide_input_in_errors=True)

    model: str = Field(default="gpt-4o-mini", validation_alias=AliasChoices("model", "model_name"))
    temperature: float | None = None
    max_tokens: int | None = Field(
        default=None, validation_alias=AliasChoices("max_tokens", "max_completion_tokens")
    )
    top_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    seed: int | None = None
    n: int | None = None
    stop: list[str] | str | None = Field(
        default=None, validation_alias=AliasChoices("stop", "stop_sequences")
    )
    logprobs: bool | None = None
    top_logprobs: int | None = None
    logit_bias: dict[int, int] | None = None
    reasoning_effort: str | None = None
    service_tier: str | None = None
    user: str | None = None
    extra_body: Mapping[str, Any] | None = None
    reasoning: dict[str, Any] | None = None
    verbosity: str | None = None
    include: list[str] | None = None
    truncation: str | None = None
    store: bool | None = None
    use_previous_response_id: bool | None = None
    use_responses_api: bool | None = None
    output_version: Literal["responses/v1", "v1"] | None = None
    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    streaming: bool = False
    stream_usage: bool = True
    api_key: SecretStr | Callable[[], str | Awaitable[str]] | None = Field(
        default=None, validation_alias=AliasChoices("api_key", "openai_api_key"), exclude=True
    )
    base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("base_url", "openai_api_base"), exclude=True
    )
    organization: str | None = Field(
        default=None, validation_alias=AliasChoices("organization", "openai_organization"), exclude=True
    )
    timeout: Any = Field(default=None, validation_alias=AliasChoices("timeout", "request_timeout"))
    max_retries: int = 2
    default_headers: dict[str, str] | None = Field(default=None, exclude=True)
    default_query: dict[str, Any] | None = Field(default=None, exclude=True)
    http_client: Any = Field(default=None, exclude=True)
    http_async_client: Any = Field(default=None, exclude=True)

    server: ClassVar[Server] = OPENAI
    """Whose protocol exactly it speaks; see `eventflow_openai.compatible`."""

    _clients: Clients = PrivateAttr()

    @model_validator(mode="before")
    @classmethod
    def _knows(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is not an argument, and say where it may go."""
        refuse_unknown(cls, given, _ELSEWHERE)
        return given

    def model_post_init(self, context: Any, /) -> None:
        """Note how to reach the provider; clients are made when they are needed."""
        load_sdk()
        given = self.api_key
        key = given.get_secret_value() if isinstance(given, SecretStr) else given
        self._clients = clients_of(
            self._client_options(),
            partial(self.server.key_for, type(self).__name__, key),
            http_client=self.http_client,
            http_async_client=self.http_async_client,
        )

    @field_serializer("model_kwargs")
    def _without_headers(self, given: dict[str, Any]) -> dict[str, Any]:
        """Headers may hold keys."""
        return {key: value for key, value in given.items() if key != "extra_headers"}

    def _client_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "base_url": self.base_url or self.server.base_url or os.environ.get("OPENAI_API_BASE"),
            "organization": self.organization,
            "default_headers": {**self.server.headers(self.organization), **(self.default_headers or {})},
            "default_query": self.default_query,
            "max_retries": self.max_retries,
        }
        if self.timeout is not None:
            options["timeout"] = self.timeout
        return options

    @property
    def _llm_type(self) -> str:
        return "openai-chat"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        """All that the answer depends on, for a cache: also whom it is asked."""
        asked = (self.base_url or self.server.base_url or "").rpartition("@")[2]  # without a password
        told = {"base_url": asked, "model_kwargs": self._without_headers(self.model_kwargs)}
        told |= {name: getattr(self, name) for name in ("max_tokens", "use_responses_api", "output_version")}
        return {**self._sent(), **{name: value for name, value in told.items() if value}}

    def _sent(self) -> dict[str, Any]:
        return {"model": self.model, **{k: v for k in SENT if (v := getattr(self, k)) is not None}}

    # ---- the end

    def close(self) -> None:
        """Close the connections of sync code; the model can still be used."""
        self._clients.close()

    async def aclose(self) -> None:
        """Close the connections of the running loop and of sync code; the model can still be used."""
        await self._clients.aclose()

    def __repr__(self) -> str:
        shown = ", ".join(f"{key}={value!r}" for key, value in self._sent().items())
        return f"{type(self).__name__}({shown})"

    __str__ = __repr__
