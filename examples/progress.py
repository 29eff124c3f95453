"""Progress of a long step, told by the step itself, from several threads.

python examples/progress.py
"""

from __future__ import annotations

from eventflow import RunnableLambda, StreamEvent, dispatch_custom_event, subscribe


def read(path: str) -> int:
    """Pretend to read a file."""
    for part in range(1, 4):
        dispatch_custom_event("progress", {"path": path, "done": part / 3})
    return len(path)


def bar(event: StreamEvent) -> None:
    """Draw one line of progress."""
    if event["event"] == "on_custom_event":
        done = event["data"]["done"]
        print(f"{event['data']['path']:<8} [{'#' * round(done * 12):<12}] {done:4.0%}")


def main() -> None:
    with subscribe(bar, phases=["custom"]):
        sizes = RunnableLambda(read).batch(["a.txt", "bb.txt"], {"max_concurrency": 1})
    print(f"{sum(sizes)} characters")


if __name__ == "__main__":
    main()
