"""Checkpoints: what a graph has done so far, kept so that it can go on."""

from eventflow.checkpoints.base import (
    BaseCheckpointSaver,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    PendingWrite,
    PlannedTask,
)
from eventflow.checkpoints.memory import InMemorySaver

__all__ = (
    "BaseCheckpointSaver",
    "Checkpoint",
    "CheckpointMetadata",
    "CheckpointTuple",
    "InMemorySaver",
    "PendingWrite",
    "PlannedTask",
)
