"""Several modalities of a part: brought onto each other, joined, and one of them away."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from tests.workers import ground as drawn
from workers import measures
from workers.catalogue import card
from workers.contract import Failure, Manifest
from workers.engines.base import Engine, load_engine, pictures
from workers.engines.parts import fused
from workers.engines.parts.fusion_network import drop

QUICK: dict[str, Any] = {"tile": 64, "margin": 8, "epochs": 5, "crops": 1, "lr": 0.003, "batch": 6}


def textured(size: int = 240) -> np.ndarray[Any, Any]:
    """Rectangles at random: corners enough to be matched."""
    rng, pixels = np.random.default_rng(5), np.full((size, size, 3), 128, np.uint8)
    for _ in range(60):
        x, y, w, h = (int(value) for value in rng.integers(4, size // 4, 4) * (3, 3, 1, 1))
        cv2.rectangle(pixels, (x, y), (x + w, y + h), rng.integers(0, 255, 3).tolist(), -1)
    return pixels


def test_the_stack_of_a_part_and_of_one_without_its_template() -> None:
    colour, template = np.full((4, 6, 3), 100, np.uint8), np.full((8, 12, 3), 130, np.uint8)
    names = ["rgb", "template"]
    stack = fused.stacked({"rgb": colour, "template": template}, names, difference=True)
    assert stack.shape == (4, 6, fused.channels(2, True)) == (4, 6, 9)
    assert stack[0, 0].tolist() == [100] * 3 + [130] * 3 + [30] * 3
    alone = fused.stacked({"rgb": colour}, names, difference=True)
    assert alone[0, 0].tolist() == [100] * 3 + [fused.ABSENT] * 6


def test_a_camera_pair_is_aligned_by_matched_points_and_says_how_well() -> None:
    """The other camera sees the part turned by three degrees and moved: it is brought back."""
    colour = textured()
    turn = np.vstack([cv2.getRotationMatrix2D((120, 120), 3, 1.0), [0, 0, 1]])
    turn[:2, 2] += (6, -4)
    other = cv2.warpPerspective(colour, turn, (240, 240), borderMode=cv2.BORDER_REPLICATE)
    found = fused.align([(colour, np.asarray(other, np.uint8))])
    assert found is not None
    assert found.residual < 1.5
    size = np.diag([240.0, 240, 1])
    wanted = np.linalg.inv(size) @ turn @ size
    corners = np.array([[0.1, 0.1, 1], [0.9, 0.1, 1], [0.9, 0.9, 1]]).T
    told = np.reshape(found.homography, (3, 3)) @ corners
    assert np.allclose((told / told[2])[:2], (wanted @ corners)[:2], atol=0.01)
    back = fused.brought(np.asarray(other, np.uint8), (240, 240), found.homography)
    inside = (slice(20, -20), slice(20, -20))
    before = np.abs(other[inside].astype(int) - colour[inside]).mean()
    assert np.abs(back[inside].astype(int) - colour[inside]).mean() < before / 3


def test_a_picture_of_few_pixels_is_not_moved_by_the_way_it_is_brought() -> None:
    """The homography that changes nothing, from 32 px to 245: as if it were scaled alone."""
    other = np.zeros((32, 32, 3), np.uint8)
    other[:, 10:] = 250
    plain = fused.brought(other, (245, 245))
    moved = fused.brought(other, (245, 245), [1, 0, 0, 0, 1, 0, 0, 0, 1])
    assert np.abs(plain.astype(int) - moved).max() <= 5
    large = np.zeros((400, 400, 3), np.uint8)
    large[::2] = 200  # stripes that single points would catch or miss
    small = fused.brought(large, (100, 100), [1, 0, 0, 0, 1, 0, 0, 0, 1])
    assert np.abs(small.astype(int) - 100).max() <= 5


def test_how_the_station_has_it_goes_before_how_the_model_learnt_it() -> None:
    """The other picture lies half its width to the right at this station."""
    colour, other = np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8, 3), np.uint8)
    other[:, 4:] = 200
    moved = [1, 0, 0.5, 0, 1, 0, 0, 0, 1]
    head = fused.Fused(["pit"], ["rgb", "ir"], 1, 8, alignment={"ir": [1, 0, 0, 0, 1, 0, 0, 0, 1]})
    pictures = {"rgb": colour, "ir": other}
    (learnt,), (here,) = (list(head.inputs(each)[0]) for each in
                          (pictures, fused.Views(pictures, {"ir": moved})))  # fmt: skip
    assert np.allclose(learnt[0, 3] * 255, other[..., 0], atol=1)
    assert np.allclose(here[0, 3] * 255, 200, atol=1)


def test_what_cannot_be_matched_is_not_aligned() -> None:
    plain = np.full((100, 100, 3), 90, np.uint8)
    assert fused.align([(plain, plain)]) is None


def test_marked_points_give_the_homography_that_they_lie_on() -> None:
    here = np.array([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]])
    found = fused.of_points(here, here * 0.5 + 0.1, (200, 100))
    assert found is not None
    assert found.residual == pytest.approx(0, abs=1e-6)
    wanted = [0.5, 0, 0.1, 0, 0.5, 0.1, 0, 0, 1]
    assert found.homography == pytest.approx(wanted, abs=1e-9)


def test_dropout_takes_a_modality_out_with_its_difference() -> None:
    torch.manual_seed(0)
    batch = torch.zeros(400, 9, 2, 2)
    gone = drop(batch, 2, True, 0.25, 0.5)[:, :, 0, 0]
    assert not gone[:, :3].any()  # the colour image stays
    assert torch.equal(gone[:, 3:6], gone[:, 6:9])
    assert 0.15 < (gone[:, 3] == 0.5).float().mean() < 0.35


@pytest.fixture(scope="module")
def cluttered() -> Manifest:
    """Dark squares everywhere; those that the template has not are defects."""
    return drawn.paired(36, 4, 12, clutter=2)


def trained(frozen: Manifest, work: Path, **params: Any) -> Engine:
    engine = load_engine(card("fusion"), QUICK | params, frozen.classes)
    engine.fit(drawn.ground(frozen, work), drawn.Watch())
    return engine


def without_template(frozen: Manifest) -> Manifest:
    rows = [s.model_copy(update={"images": {"rgb": s.images["rgb"]}}) for s in frozen.samples]
    return frozen.model_copy(update={"samples": rows})


def test_a_template_tells_defects_from_what_belongs_there(
    cluttered: Manifest, tmp_path: Path
) -> None:
    engine = trained(cluttered, tmp_path)
    both = measures.of_split(engine, cluttered, "test", drawn.Watch()).metrics
    alone = measures.of_split(engine, without_template(cluttered), "test", drawn.Watch()).metrics
    assert (both["iou"] or 0) > (alone["iou"] or 0) + 0.1
    some = [sample for sample in cluttered.samples if sample.split == "test"][:3]
    engine.save(tmp_path / "kept")
    again = load_engine(card("fusion"), QUICK, cluttered.classes)
    again.load(tmp_path / "kept")
    seen = pictures(some, engine.modalities)
    one, two = engine.predict(seen), again.predict(seen)
    assert [a.image_score for a in one] == pytest.approx([a.image_score for a in two], abs=1e-5)


def test_mid_fusion_and_alignment_train_and_keep_their_spec(
    cluttered: Manifest, tmp_path: Path
) -> None:
    watch = drawn.Watch()
    params = QUICK | {"fusion": "mid", "align": True, "epochs": 1, "difference": False}
    engine = load_engine(card("fusion"), params, cluttered.classes)
    engine.fit(drawn.ground(cluttered, tmp_path), watch)
    codes = {event.code for event in watch.of("log")}
    assert codes & {"aligned", "not_aligned"}
    engine.save(tmp_path / "kept")
    again = load_engine(card("fusion"), params, cluttered.classes)
    again.load(tmp_path / "kept")
    assert vars(again.head) == vars(engine.head)


def test_a_modality_that_no_part_has_is_refused(cluttered: Manifest, tmp_path: Path) -> None:
    with pytest.raises(Failure) as refused:
        trained(cluttered, tmp_path, modalities="ir")
    assert refused.value.code == "no_modality"
