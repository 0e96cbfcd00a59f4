"""Use cases of boards: showing them, telling their changes, and comparing what was estimated with what was."""

from booking_svc.board.handlers.comparing import compare, comparisons
from booking_svc.board.handlers.showing import board, place_in_line, read
from booking_svc.board.handlers.telling import publish, turn

__all__ = ["board", "compare", "comparisons", "place_in_line", "publish", "read", "turn"]
