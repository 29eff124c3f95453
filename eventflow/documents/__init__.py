"""Texts with metadata."""

from eventflow.documents.document import Document

__all__ = ("Document",)
