"""The map of centres: places lie where they are, in the country that they are in, and marks can be told apart."""

from __future__ import annotations

import random
from itertools import combinations
from math import dist, hypot
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment, FileSystemLoader

from gateway.pages.map import HEIGHT_PX, WIDTH_PX, Map, Mark, Place
from gateway.pages.map.build import path, simplified
from gateway.pages.map.lands import FILE, land_of, lands
from gateway.pages.map.projection import project
from gateway.pages.map.spreading import sides, spread
from services.local.home import DEMO_DOCUMENT

CITIES = {
    "Lutsk": (50.7472, 25.3254),
    "Rivne": (50.6199, 26.2516),
    "Zhytomyr": (50.2547, 28.6587),
    "Uzhhorod": (48.6208, 22.2879),
    "Kharkiv": (49.9935, 36.2304),
    "Luhansk": (48.574, 39.3078),
    "Donetsk": (48.0159, 37.8028),
    "Odesa": (46.4825, 30.7233),
    "Kherson": (46.6354, 32.6169),
    "Simferopol": (44.9521, 34.1024),
    "Sevastopol": (44.6167, 33.5254),
    "Kerch": (45.3562, 36.4674),
}
ABROAD = {"Chișinău": (47.0105, 28.8638), "Homiel": (52.4345, 30.9754), "Krasnodar": (45.0355, 38.9753)}
POLISH = {"Lublin": (51.2465, 22.5684), "Gdańsk": (54.352, 18.6466), "Szczecin": (53.4285, 14.5528)}
TEMPLATES = Path(__file__).parents[3] / "gateway/pages/templates"


def place(latitude: float, longitude: float, *, name: str = "", is_free: bool = True) -> Place:
    return Place(latitude, longitude, f"/{name}", f"{name}, 3 free times", is_free, name)


def country(latitude: float, longitude: float) -> str | None:
    land = land_of(project(latitude, longitude))
    return land and land.code


def pixels(mark: Mark) -> tuple[float, float]:
    return mark.x / 100 * WIDTH_PX, mark.y / 100 * HEIGHT_PX


def demo_places() -> list[Place]:
    centres = yaml.safe_load(DEMO_DOCUMENT.read_text())["centres"]
    return [place(one["latitude"], one["longitude"], name=one["id"]) for one in centres]


@pytest.mark.parametrize("city", CITIES)
def test_the_map_of_ukraine_has_its_recognised_borders(city: str) -> None:
    """Crimea and Sevastopol, Donetsk and Luhansk are in it."""
    assert country(*CITIES[city]) == "UA"


def test_no_city_of_a_neighbour_is_taken_for_ukrainian() -> None:
    assert {name: country(*at) for name, at in POLISH.items()} == dict.fromkeys(POLISH, "PL")
    assert {name: country(*at) for name, at in ABROAD.items()} == dict.fromkeys(ABROAD, None)


def test_the_projection_keeps_distances_and_directions() -> None:
    """Kyiv to Lviv is 469 km as the crow flies; north is up, east is right."""
    kyiv, lviv = project(50.4501, 30.5234), project(49.8397, 24.0297)
    assert dist(kyiv, lviv) == pytest.approx(469, rel=0.01)
    assert lviv[0] < kyiv[0]
    assert project(52, 28)[1] < project(49, 28)[1] == pytest.approx(0)


def test_marks_lie_as_the_cities_do() -> None:
    """Lutsk is west of Rivne, and that of Zhytomyr; Sevastopol is south of all."""
    drawing = Map.of([place(*at, name=name) for name, at in CITIES.items()])
    marks = {mark.place.name: mark for mark in drawing.marks}
    assert [mark.place.name for mark in drawing.marks] == list(CITIES)
    assert marks["Uzhhorod"].x < marks["Lutsk"].x < marks["Rivne"].x < marks["Zhytomyr"].x < marks["Luhansk"].x
    assert max(marks.values(), key=lambda mark: mark.y).place.name == "Sevastopol"


def test_the_countries_shown_are_those_where_centres_lie() -> None:
    """Only Ukraine, only Poland, both, or none where no outline is packaged; a place outside still has its mark."""
    ukrainian, polish, abroad = place(*CITIES["Lutsk"]), place(*POLISH["Lublin"]), place(38.7223, -9.1393)
    shown = [{land.code for land in Map.of(places).lands} for places in ([ukrainian], [polish], [ukrainian, polish])]
    assert shown == [{"UA"}, {"PL"}, {"UA", "PL"}]
    alone = Map.of([abroad])
    assert (alone.lands, alone.marks[0].x, alone.marks[0].y) == ((), 50, 50)
    assert Map.of([]).marks == ()


def test_all_that_is_drawn_lies_on_the_sheet() -> None:
    """Also where the lands are wide or high: the sheet is always 3 to 2."""
    for places in (demo_places(), [place(*CITIES["Kerch"])], [place(*POLISH["Gdańsk"])]):
        drawing = Map.of(places)
        left, top, width, height = map(float, drawing.view_box.split())
        corners = [corner for land in drawing.lands for corner in land.corners]
        assert all(left < x < left + width and top < y < top + height for x, y in corners)
        assert width / height == pytest.approx(1.5, abs=0.01)
        assert all(0 < mark.x < 100 and 0 < mark.y < 100 for mark in drawing.marks)


def test_centres_of_one_city_can_be_told_apart_on_a_phone() -> None:
    """Every mark of the demo has 24 px of its own at 360 px, and those of one address are joined to it by a thread."""
    drawing = Map.of(demo_places())
    assert min(dist(pixels(a), pixels(b)) for a, b in combinations(drawing.marks, 2)) > 23.9
    assert drawing.reach == 12
    assert sum(mark.is_moved for mark in drawing.marks) >= 2
    assert all(hypot(mark.x - mark.true_x, mark.y - mark.true_y) < 10 for mark in drawing.marks)


def test_two_on_one_spot_stand_one_above_the_other() -> None:
    assert spread([(50, 50), (50, 50)], 24, within=(0, 0, 100, 100)) == [(50, 38), (50, 62)]
    assert spread([(50, 50), (50, 95)], 24, within=(0, 0, 100, 100)) == [(50, 50), (50, 95)]


def test_marks_at_the_edge_are_pushed_inwards() -> None:
    one, other = spread([(100, 50), (100, 50)], 24, within=(0, 0, 100, 100))
    assert dist(one, other) > 23.9
    assert all(0 <= value <= 100 for value in (*one, *other))


def test_hundreds_of_centres_still_fit() -> None:
    """Then marks are smaller, but none lies on another's middle."""
    lot = random.Random(1)
    drawing = Map.of([place(lot.uniform(46.5, 51), lot.uniform(24, 37)) for _ in range(250)])
    assert 4 < drawing.reach < 12
    assert min(dist(pixels(a), pixels(b)) for a, b in combinations(drawing.marks, 2)) > drawing.reach


def test_names_stand_only_where_they_hide_nothing() -> None:
    """To the right, else to the left, else not at all; nor beyond the sheet."""
    whole = (0, 0, 100, 100)
    assert sides([(20, 50), (30, 50)], [20, 20], gap=4, height=8, within=whole) == ["", "right"]
    assert sides([(50, 50), (60, 50)], [20, 20], gap=4, height=8, within=whole) == ["left", "right"]
    assert sides([(90, 50), (10, 20)], [20, 0], gap=4, height=8, within=whole) == ["left", ""]


def test_the_outlines_are_small() -> None:
    """At most 10 KB for a country, so that the page stays light."""
    assert all(len(land.outline) + len(land.borders) < 10_000 for land in lands())
    assert FILE.stat().st_size < 20_000


def test_simplifying_keeps_the_ends_and_what_lies_far_off() -> None:
    line = ((0.0, 0.0), (5.0, 0.1), (10.0, 9.0), (15.0, 0.0), (20.0, 0.0))
    assert simplified(line) == (line[0], line[1], line[2], line[3], line[4])
    assert simplified(((0.0, 0.0), (5.0, 1.0), (10.0, 0.0))) == ((0.0, 0.0), (10.0, 0.0))
    assert path([line[::2]]) == "M0 0l10 9 10-9"


def test_marks_are_links_with_names_and_shapes_of_their_own() -> None:
    """A disc with a tick is free, a square with a bar is not: nobody needs to see green. No style attributes (CSP)."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, extensions=["jinja2.ext.i18n"])
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    macro = environment.get_template("citizen/_map.html").module.map  # type: ignore[attr-defined]
    free, full = place(*CITIES["Lutsk"], name="Lutsk"), place(*CITIES["Kharkiv"], name='"Ю" & <b>', is_free=False)
    drawn = str(macro(Map.of([free, full]), "Centres"))
    assert '<svg class="map-sheet" role="group" aria-label="Centres"' in drawn
    assert '<a class="map-mark is-free" href="/Lutsk" aria-label="Lutsk, 3 free times">' in drawn
    assert 'class="map-mark is-full"' in drawn
    assert "&#34;Ю&#34; &amp; &lt;b&gt;" in drawn
    assert "style=" not in drawn
    assert drawn.count('<circle class="map-sign"') == drawn.count('<rect class="map-sign"') == 2
