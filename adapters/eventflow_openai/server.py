"""What servers that speak OpenAI's protocol differ in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from eventflow_openai.clients import Key, load_sdk

__all__ = ("OPENAI", "Server")


@dataclass(frozen=True, slots=True)
class Server:
    """One kind of server.

    Arguments:
        base_url: where it is, unless a model says otherwise; None to leave it to the SDK.
        key_variable: the environment variable with its key; None to leave it to the SDK.
        key: sent where there is no other, to a server that needs none.
        max_tokens: what it calls the most tokens of an answer.
        responses: whether it has the Responses API.
        json_schema: whether its models can be held to a JSON schema.
        thoughts: whether its models want to be told again what they thought before they called a tool.
    """

    base_url: str | None = None
    key_variable: str | None = None
    key: str | None = None
    max_tokens: str = "max_completion_tokens"
    responses: bool = True
    json_schema: bool = True
    thoughts: bool = False

    @property
    def is_openai(self) -> bool:
        """Whether keys and addresses of OpenAI are meant for it."""
        return self.base_url is None

    def headers(self, organization: str | None) -> dict[str, Any]:
        """What requests have not: what the environment says of one's account at OpenAI is for OpenAI."""
        if self.is_openai:
            return {}
        omit = load_sdk().omit
        return {"OpenAI-Organization": organization or omit, "OpenAI-Project": omit}

    def key_for(self, model: str, given: Key) -> Key:
        """The key to send: what a model was given, else what the environment has.

        OpenAI's own key is never sent to another provider.

        Raises openai.OpenAIError, which names the variable, if there is none.
        """
        if given is not None or self.is_openai:
            return given
        found = os.environ.get(self.key_variable) if self.key_variable else None
        if (found := found or self.key) is None:
            raise load_sdk().OpenAIError(
                f"{model} has no key: give api_key=..., or set the environment variable {self.key_variable}"
            )
        return found


OPENAI = Server()
