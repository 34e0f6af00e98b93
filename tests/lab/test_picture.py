"""The picture channel: what moves is redrawn, what does not is not, and both are always shown."""

import io
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from PIL import Image

from lems_helpers.lab.picture import Picture, _with_a_palette


def build(figure):
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1), title="a title")
    line = axes.plot([], [], animated=True)[0]

    def update(height, title="a title"):
        line.set_data([0, 1], [height, height])
        if axes.get_title() != title:
            axes.set_title(title)

    return update


@pytest.fixture
def picture():
    return Picture(build, 2.0)


def layers(picture):
    return picture._back.value, picture._front.value


def test_only_what_moves_is_sent_again(picture):
    picture.update(0.2, alt="low")
    back, front = layers(picture)
    picture.update(0.8, alt="high")
    assert picture._back.value == back
    assert picture._front.value != front
    assert "a title" not in front
    assert len(front) < len(back) / 3


def test_of_what_moves_only_the_changed_is_drawn_again(monkeypatch):
    def build_two(figure):
        axes = figure.subplots()
        one, _ = (axes.plot([], [], animated=True)[0] for _ in range(2))
        word = axes.text(0, 0, "", animated=True)
        shape = axes.add_patch(PathPatch(Path([(0, 0)]), animated=True))

        def update(height, text="still"):
            one.set_data([0, 1], [height, height])
            if text != word.get_text():
                word.set_text(text)
            # Matplotlib does not mark this as a change.
            shape.set_path(Path([(0, 0), (0, height)]))

        return update

    picture, drawn = Picture(build_two, 2.0), []
    picture.update(0.2, alt="")
    draw = picture._drawing
    monkeypatch.setattr(
        picture, "_drawing", lambda artists, layer: drawn.extend(artists) or draw(artists, layer)
    )
    for text, changed in (("still", 2), ("else", 3), ("else", 2)):
        drawn.clear()
        picture.update(0.2 + 0.1 * changed, text, alt="")
        assert len(drawn) == changed
        front = picture._front.value
        picture._drawn.clear()
        picture.update(0.2 + 0.1 * changed, text, alt="")
        assert picture._front.value == front


def test_a_change_of_the_background_is_never_missed(picture):
    picture.update(0.2, alt="low")
    back, _ = layers(picture)
    picture.update(0.2, "another title", alt="low")
    assert picture._back.value != back


def test_saving_a_still_does_not_disturb_the_live_picture(picture):
    picture.update(0.2, alt="low")
    back, front = layers(picture)
    picture.png()
    picture.update(0.2, alt="low")
    assert layers(picture) == (back, front)


def test_both_layers_are_sound_xml_and_share_no_ids():
    pictures = [Picture(build, 2.0) for _ in range(2)]
    seen = set()
    for picture in pictures:
        picture.update(0.5, alt="half")
        for layer in layers(picture):
            ElementTree.fromstring(layer)
            ids = set(re.findall(r'\bid="([^"]*)"', layer))
            assert not ids & seen
            seen |= ids
            for used in re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', layer):
                assert "".join(used) in ids


def test_colours_survive_the_renaming_of_ids():
    def build_hatched(figure):
        axes = figure.subplots()
        axes.bar([0], [1], hatch="//", color="#ffffff", edgecolor="#0072b2")
        return lambda: None

    picture = Picture(build_hatched, 2.0)
    picture.update(alt="hatched")
    assert "#0072b2" in picture._back.value
    assert not re.search(r"(fill|stroke)[:=] ?\"?#lm", picture._back.value)


def test_the_alternative_text_is_escaped_and_on_the_live_and_the_still_face(picture):
    picture.update(0.5, alt='5 < 6 & "so on"')
    told = "5 &lt; 6 &amp; &quot;so on&quot;"
    assert f'aria-label="{told}"' in picture._front.value
    assert 'aria-hidden="true"' in picture._back.value
    assert f'alt="{told}"' in picture.still_html()


def test_the_still_holds_the_moving_parts_too(picture):
    def ink():
        with Image.open(io.BytesIO(picture.png())) as image:
            return np.asarray(image.convert("L")).copy()

    picture.update(0.2, alt="low")
    low = ink()
    picture.update(0.8, alt="high")
    assert (ink() != low).any()


def test_a_still_picture_keeps_white_and_stays_close_to_every_other_colour():
    rgba = np.full((64, 256, 4), 255, np.uint8)
    rgba[8:40, :, 0] = np.arange(256)
    rgba[24:56, :, 1] = np.arange(256)[::-1]
    kept = np.asarray(_with_a_palette(rgba).convert("RGB"))
    white = (rgba == 255).all(axis=-1)
    assert (kept[white] == 255).all()
    assert np.abs(kept.astype(int) - rgba[..., :3]).max() <= 32
    assert len(np.unique(kept.reshape(-1, 3), axis=0)) <= 256
