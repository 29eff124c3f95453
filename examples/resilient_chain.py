"""A chain that tries again, then falls back, and tells what it did.

python examples/resilient_chain.py
"""

from __future__ import annotations

from eventflow import ScriptedChatModel, StrOutputParser


def main() -> None:
    flaky = ScriptedChatModel(TimeoutError("no answer"), TimeoutError("no answer"), name="flaky")
    steady = ScriptedChatModel("Here I am.", name="steady")
    chain = flaky.with_retry(stop_after_attempt=2, wait_exponential_jitter=False).with_fallbacks([steady])
    for event in (chain | StrOutputParser()).stream_events("Anybody there?", include_types=["chat_model"]):
        depth = "  " * len(event["parent_ids"])
        if event["event"] == "on_chat_model_start":
            print(f"{depth}{event['name']} is asked {event['tags']}")
        elif event["event"] == "on_chat_model_error":
            print(f"{depth}{event['name']} failed: {event['data']['error']!r}")
        elif event["event"] == "on_chat_model_end":
            print(f"{depth}{event['name']} said: {event['data']['output'].text}")


if __name__ == "__main__":
    main()
