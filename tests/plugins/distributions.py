"""Distributions as an installer leaves them: metadata with entry points, and the module they lead to."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent


def install(
    place: Path,
    name: str,
    source: str,
    *,
    subscribers: Mapping[str, str] | None = None,
    modes: Mapping[str, str] | None = None,
    chat_models: Mapping[str, str] | None = None,
) -> None:
    """Put a distribution `name`, which has one module of that name, in the folder `place`.

    `subscribers`, `modes` and `chat_models` are its entry points: for each name the object in the module.
    """
    (place / f"{name}.py").write_text(dedent(source), encoding="utf-8")
    info = place / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    groups = {
        "eventflow.subscribers": subscribers or {},
        "eventflow.stream_modes": modes or {},
        "eventflow.chat_models": chat_models or {},
    }
    lines = [
        line
        for group, entries in groups.items()
        for line in (f"[{group}]", *(f"{entry} = {name}:{at}" for entry, at in entries.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
