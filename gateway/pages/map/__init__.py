"""A map of the countries where centres lie, drawn as SVG by `templates/citizen/_map.html`: no tiles from anywhere."""

from gateway.pages.map.drawing import HEIGHT_PX, WIDTH_PX, Map, Mark, Place

__all__ = ["HEIGHT_PX", "WIDTH_PX", "Map", "Mark", "Place"]
