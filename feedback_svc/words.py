"""What visitors and managers write is sealed: people name people."""

from __future__ import annotations

from uuid import UUID

from services.privacy import Privacy


def seal_comment(comment: str | None, rating_id: UUID, privacy: Privacy) -> bytes | None:
    return privacy.seal(comment.encode(), context=b"comment:" + rating_id.bytes) if comment else None


def open_comment(sealed: bytes | None, rating_id: UUID, privacy: Privacy) -> str | None:
    """None: there was none, or it has been erased."""
    return privacy.open(sealed, context=b"comment:" + rating_id.bytes).decode() if sealed else None


def seal_answer(answer: str, remark_id: UUID, privacy: Privacy) -> bytes:
    return privacy.seal(answer.encode(), context=b"answer:" + remark_id.bytes)


def open_answer(sealed: bytes | None, remark_id: UUID, privacy: Privacy) -> str | None:
    """None: there is none yet, or it has been erased."""
    return privacy.open(sealed, context=b"answer:" + remark_id.bytes).decode() if sealed else None
