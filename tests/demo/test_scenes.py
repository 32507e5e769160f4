"""The drawn pictures: always the same bytes, honest pairs alike and mended, cheats told apart by construction."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from app.demo import scenes
from app.demo.problems import THEMES
from app.demo.scenes import LIGHTS, PLACES, Shot
from app.demo.stage import Camera, Stage

SMALL = (320, 240)


def differing_share(a: Image.Image, b: Image.Image) -> float:
    """The share of pixels that differ visibly."""
    grey = (
        ImageChops.difference(a, b).convert("L").filter(ImageFilter.BoxBlur(1)).point([0] * 14 + [255] * 242)
    )
    return ImageStat.Stat(grey).mean[0] / 255


@pytest.mark.parametrize("kind", PLACES)
def test_a_shot_always_gives_the_same_bytes(kind: str) -> None:
    shot = Shot(kind, 5, "litter", stand=3, light="late", close=True)
    assert scenes.photograph(shot, SMALL) == scenes.photograph(shot, SMALL)


@pytest.mark.parametrize("kind", PLACES)
def test_places_of_one_kind_differ_and_views_of_one_place_differ(kind: str) -> None:
    here = scenes.draw(Shot(kind, 5), SMALL)
    assert differing_share(here, scenes.draw(Shot(kind, 5).other_place(), SMALL)) > 0.3
    assert differing_share(here, scenes.draw(Shot(kind, 5, stand=2), SMALL)) > 0.03


@pytest.mark.parametrize("theme", THEMES)
def test_a_problem_shows_and_is_gone_when_solved(theme: str) -> None:
    kind = {"floating": "river", "hoarding": "site", "faded_marks": "road"}.get(theme, "lane")
    wrong, mended = Shot(kind, 8, theme), Shot(kind, 8, theme, solved=True)
    share = differing_share(scenes.draw(wrong, (640, 480)), scenes.draw(mended, (640, 480)))
    # Something changed, and only there: the rest of the place is pixel for pixel the same.
    assert 0.002 < share < 0.4


def test_moving_the_viewer_moves_near_things_more_than_far_ones() -> None:
    def column(camera: Camera, y: float) -> float:
        stage = Stage(SMALL, camera, LIGHTS["noon"])
        return stage.to_pixel(stage.to_camera((0, y, 1)))[0]

    near = column(Camera(), 4) - column(Camera(x=0.5), 4)
    far = column(Camera(), 40) - column(Camera(x=0.5), 40)
    assert near > 8 * far > 0


@pytest.mark.parametrize("light", LIGHTS)
def test_no_light_drowns_or_burns_the_picture(light: str) -> None:
    for kind in ("lane", "stairs", "road"):
        stat = ImageStat.Stat(scenes.draw(Shot(kind, 3, light=light), SMALL).convert("L"))
        assert 85 < stat.mean[0] < 205
        assert stat.stddev[0] > 22


def test_cheats_are_files_of_their_own_made_from_one_exposure() -> None:
    honest = Shot("lane", 4, "rubbish")
    files = {
        t: scenes.photograph(replace(honest, treatment=t), SMALL) for t in ("", "reencoded", "brightened")
    }
    assert len(set(files.values())) == 3
    plain, bright = (Image.open(io.BytesIO(files[t])).convert("L") for t in ("", "brightened"))
    assert ImageStat.Stat(bright).mean[0] > ImageStat.Stat(plain).mean[0] + 5


def test_a_picture_is_a_phone_sized_jpeg_of_a_few_hundred_kilobytes() -> None:
    jpeg = scenes.photograph(Shot("shops", 2, "scooters"))
    with Image.open(io.BytesIO(jpeg)) as image:
        assert (image.format, image.size) == ("JPEG", (1280, 960))
        assert not image.getexif()
    assert 60_000 < len(jpeg) < 300_000


def test_exif_reads_back_as_a_phone_would_write_it() -> None:
    at = datetime(2026, 11, 22, 9, 14, 5, tzinfo=UTC)
    plain = scenes.photograph(Shot("lane", 1), SMALL)
    tagged = scenes.with_exif(plain, taken_at=at, lon=120.11, lat=31.19, make="Huawei", model="P40")
    with Image.open(io.BytesIO(tagged)) as image:
        exif = image.getexif()
        assert exif[0x0110] == "P40"
        assert exif.get_ifd(0x8769)[0x9003] == "2026:11:22 09:14:05"
        degrees, minutes, seconds = exif.get_ifd(0x8825)[4]
        assert float(degrees + minutes / 60 + seconds / 3600) == pytest.approx(120.11, abs=1e-6)
        with Image.open(io.BytesIO(plain)) as untouched:
            assert image.tobytes() == untouched.tobytes()


def test_many_shots_come_in_order_and_once_each() -> None:
    shots = [Shot("stairs", k % 3) for k in range(9)]
    made = list(scenes.photograph_all(shots, workers=2))
    assert [shot for shot, _ in made] == [Shot("stairs", k) for k in range(3)]
    assert all(jpeg == scenes.photograph(shot) for shot, jpeg in made)
