"""Checkpoints: what a graph has done so far, kept so that it can go on."""

from eventflow.checkpoints.base import (
    BaseCheckpointSaver,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    PendingWrite,
    PlannedTask,
)
from eventflow.checkpoints.memory import InMemorySaver, MemorySaver
from eventflow.checkpoints.sqlite import AsyncSqliteSaver, SqliteSaver

__all__ = (
    "AsyncSqliteSaver",
    "BaseCheckpointSaver",
    "Checkpoint",
    "CheckpointMetadata",
    "CheckpointTuple",
    "InMemorySaver",
    "MemorySaver",
    "PendingWrite",
    "PlannedTask",
    "SqliteSaver",
)
