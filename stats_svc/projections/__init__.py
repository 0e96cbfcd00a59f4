"""Projections: what events add to the figures. Every event adds on its own, so that their order does not matter."""

from stats_svc.projections.applying import EVENTS, apply

__all__ = ["EVENTS", "apply"]
