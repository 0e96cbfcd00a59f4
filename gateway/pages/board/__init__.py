"""The board on the wall of a hall, and the same on a phone: tickets and desks, never names."""

from gateway.pages.board.hall import PAGES

__all__ = ["PAGES"]
