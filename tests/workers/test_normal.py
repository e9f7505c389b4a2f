"""Engines that learn from good images alone, and cascaded autoencoders: what is special in them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from tests.workers import ground as drawn
from workers import catalogue
from workers.contract import Cancelled, Failure, Manifest, ManifestAnnotation
from workers.engines.base import load_engine
from workers.engines.multiscale_dae import Fused, Pyramid, fused
from workers.engines.parts.cut_paste import spoilt
from workers.engines.parts.induction import Backbone, Differences, Induction, Redraw

DAE = {
    "tile": 64, "margin": 8, "levels": 2, "width": 4, "bottleneck": 2, "crops": 1, "epochs": 1,
    "lr": 0.005,
}  # fmt: skip
GAN = {"side": 32, "width": 4, "latent": 8, "epochs": 3, "batch": 8, "lr": 0.002}
VIT = {"image_size": 64, "stride": 16, "width": 16, "depth": 1, "epochs": 3, "lr": 0.003}
CASCADE = {
    "tile": 64, "margin": 8, "epochs": 1, "crops": 1, "width": 4, "class_width": 4,
}  # fmt: skip
SMALL = drawn.normal(8, 6, 4, size=64)


def make(name: str, params: dict[str, Any], classes: list[str] = drawn.CLASSES) -> Any:
    return load_engine(catalogue.card(name), params, classes)


def fitted(
    name: str, params: dict[str, Any], work: Path, frozen: Manifest = SMALL, **more: Any
) -> Any:
    engine, watch = make(name, params), more.pop("watch", drawn.Watch())
    engine.fit(drawn.ground(frozen, work, preset="none", **more), watch)
    return engine


def spoilt_in(frozen: Manifest, *splits: str) -> Manifest:
    """Every image of these splits has a defect."""
    note = ManifestAnnotation(class_name="dark", kind="label")
    samples = [
        each.model_copy(update={"annotations": [note]}) if each.split in splits else each
        for each in frozen.samples
    ]
    return frozen.model_copy(update={"samples": samples})


@pytest.mark.parametrize(
    ("name", "params"), [("multiscale_dae", DAE), ("gan_reconstruction", GAN), ("si_vit", VIT)]
)
def test_without_a_good_image_there_is_nothing_to_learn(
    name: str, params: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(Failure) as refused:
        fitted(name, params, tmp_path, spoilt_in(SMALL, "train"))
    assert refused.value.code == "no_good_images"


def test_a_threshold_from_images_that_were_learnt_is_said(tmp_path: Path) -> None:
    watch = drawn.Watch()
    engine = fitted("multiscale_dae", DAE, tmp_path, spoilt_in(SMALL, "val"), watch=watch)
    assert [event.code for event in watch.of("log")] == ["threshold_from_train"]
    assert (engine.chosen.n_good, engine.chosen.n_bad) == (8, 6)


def test_the_threshold_is_chosen_on_good_validation_images_and_kept(tmp_path: Path) -> None:
    """With 6 of them and 2 % no score does it: a tenth above the largest, and none is over it."""
    engine = fitted("multiscale_dae", DAE, tmp_path / "a")
    scores = engine.values(SMALL.samples[8:14], lambda: None, engine.head.value)
    assert engine.head.threshold == pytest.approx(1.1 * max(scores), rel=1e-4)
    assert (engine.chosen.way, engine.chosen.n_good) == ("normal", 6)
    engine.save(tmp_path / "kept")
    again = make("multiscale_dae", DAE)
    again.load(tmp_path / "kept")
    assert (again.head.threshold, again.chosen) == (engine.head.threshold, engine.chosen)
    wider = fitted("multiscale_dae", DAE | {"false_alarms": 0.5}, tmp_path / "b")
    assert wider.head.threshold == pytest.approx(sorted(scores)[3], rel=1e-4)  # ceil(7 * 0.5) = 4th


def test_labelled_images_of_val_choose_between_them(tmp_path: Path) -> None:
    bad = [s.model_copy(update={"split": "val"}) for s in drawn.normal(0, 0, 12, 64).samples]
    frozen = SMALL.model_copy(update={"samples": SMALL.samples[:14] + bad})
    watch = drawn.Watch()
    engine = fitted("multiscale_dae", DAE | {"epochs": 3}, tmp_path, frozen, watch=watch)
    assert (engine.chosen.way, engine.chosen.n_good, engine.chosen.n_bad) == ("f1", 10, 8)
    assert "image_auroc" in watch.of("metric")[0].values


def test_levels_are_fused_as_the_rule_says() -> None:
    levels = [torch.tensor([3.0, 0.0, 1.0]), torch.tensor([2.0, 5.0, 1.0]), torch.tensor([1.0] * 3)]
    assert fused(levels, "mean").tolist() == [2.0, 2.0, 1.0]
    assert fused(levels, "or").tolist() == [3.0, 5.0, 1.0]
    assert fused(levels, "and").tolist() == [1.0, 0.0, 1.0]
    assert fused(levels, "adjacent").tolist() == [2.0, 1.0, 1.0]  # of min(3, 2) and min(2, 1), ..
    assert fused(levels[:1], "adjacent").tolist() == [3.0, 0.0, 1.0]


def test_a_level_is_one_at_its_normal_mean_and_gamma_deviations() -> None:
    torch.manual_seed(0)
    pyramid = Pyramid(1, 4, 2).eval()
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        (residual,) = pyramid.residuals(image)
        pyramid.mean.fill_(0.02)
        pyramid.std.fill_(0.01)
        told = Fused(pyramid, "mean", 3.0, 8)(image)
    assert torch.allclose(told, residual[:, :, 8:56, 8:56] / 0.05, atol=1e-3)


def test_the_pyramid_halves_and_keeps_the_light() -> None:
    views = Pyramid(3, 4, 2).views(torch.full((1, 3, 64, 64), 0.3))
    assert [view.shape[2] for view in views] == [64, 32, 16]
    assert all(torch.allclose(view, torch.tensor(0.3)) for view in views)


def test_a_strip_has_its_map_at_full_resolution(tmp_path: Path) -> None:
    """A dark spot far along a strip of 1500 x 60 is found there, with a tile's margin or not."""
    engine = fitted("multiscale_dae", DAE | {"epochs": 4, "width": 8}, tmp_path)
    strip = np.random.default_rng(5).normal(128, 8, (60, 1500, 1)).repeat(3, 2)
    strip = strip.clip(0, 255).astype(np.uint8)
    strip[20:32, 1201:1215] = 20
    (plane,) = engine.heats([strip])
    assert plane.shape == (60, 1500)
    y, x = np.unravel_index(plane.argmax(), plane.shape)
    assert 16 <= y < 36
    assert 1197 <= x < 1219
    best = max(engine.predict([strip])[0].findings, key=lambda found: found.score)
    assert best.box is not None
    assert best.box[0] * 1500 == pytest.approx(1201, abs=6)
    assert best.box[2] * 1500 == pytest.approx(1215, abs=6)


def test_the_papers_threshold_is_where_the_levels_limits_are(tmp_path: Path) -> None:
    engine = fitted("multiscale_dae", DAE | {"threshold": "gamma"}, tmp_path)
    assert (engine.head.threshold, engine.chosen) == (1.0, None)
    engine.save(tmp_path / "kept")
    assert json.loads((tmp_path / "kept" / "spec.json").read_text())["chosen"] is None
    again = make("multiscale_dae", DAE | {"threshold": "gamma"})
    again.load(tmp_path / "kept")
    assert again.chosen is None


@pytest.mark.parametrize("drawing", [0.34, 0.67])  # it is stopped before the turn, and at it
def test_f_anogan_resumed_equals_one_that_never_stopped(drawing: float, tmp_path: Path) -> None:
    params = GAN | {"variant": "fanogan", "drawing": drawing, "critic_steps": 2}
    whole = fitted("gan_reconstruction", params, tmp_path / "a")
    watch = drawn.Watch(1, lambda event: event.type == "artefact")
    with pytest.raises(Cancelled):
        fitted("gan_reconstruction", params, tmp_path / "b", watch=watch)
    rest = fitted("gan_reconstruction", params, tmp_path / "c", checkpoint=watch.checkpoint)
    for key, value in whole.network.state_dict().items():
        assert np.allclose(value, rest.network.state_dict()[key], atol=1e-6), key


def test_f_anogan_learns_to_encode_what_it_learnt_to_draw(tmp_path: Path) -> None:
    """In the second phase the generator stays, and what is redrawn comes nearer."""
    params = GAN | {"variant": "fanogan", "epochs": 12, "drawing": 0.5, "critic_steps": 2}
    engine, losses, drawing = make("gan_reconstruction", params), list[float](), list[Any]()

    def report(event: Any) -> None:
        if event.type == "metric":
            losses.append(event.values["loss"])
            drawing.append({k: v.clone() for k, v in engine.network.draw.state_dict().items()})

    engine.fit(drawn.ground(SMALL, tmp_path, preset="none"), report)
    assert losses[-1] < losses[6]
    assert all(torch.equal(value, drawing[5][key]) for key, value in drawing[-1].items())
    assert not all(torch.equal(value, drawing[0][key]) for key, value in drawing[5].items())


def test_units_make_both_scores_of_a_gan_one_at_their_thresholds(tmp_path: Path) -> None:
    """Told values of good validation images are at a half at most: in the map, and of the image."""
    for score in ("both", "method", "map"):
        engine = fitted("gan_reconstruction", GAN | {"score": score}, tmp_path / score)
        assert engine.head.threshold == 1.0
        answers = engine.predict([drawn.plate(s.id, 64)[0] for s in SMALL.samples[8:14]])
        scores = [answer.image_score for answer in answers]
        assert 0.4 < max(scores) <= 0.5, score
        assert not any(answer.findings for answer in answers)


def test_hidden_tokens_are_redrawn_without_being_seen() -> None:
    """What is told of a hidden token does not depend on it; each is hidden once."""
    torch.manual_seed(0)
    redraw = Redraw(channels=5, tokens=9, width=16, depth=2, heads=2, induction=3).eval()
    features, hide = torch.randn(1, 9, 5), torch.zeros(1, 9, 1)
    hide[0, 4] = 1
    changed = features.clone()
    changed[0, 4] += 10
    with torch.no_grad():
        assert torch.allclose(redraw(features, hide), redraw(changed, hide))
        changed[0, 3] += 10
        assert not torch.allclose(redraw(features, hide), redraw(changed, hide))
    network = Induction(Backbone("resnet18", 16), Redraw(448, 16, 16, 1, 2, 2))
    hides = Differences(network, 3, 64).hides
    assert torch.equal(hides.sum(0), torch.ones(1, 16, 1))


def test_pasted_pieces_come_from_the_image_itself() -> None:
    rng = np.random.default_rng(0)
    batch = rng.random((9, 3, 40, 40), np.float32)
    made, kinds = spoilt(batch, rng)
    assert sorted(kinds.tolist()) == [0] * 3 + [1] * 3 + [2] * 3
    shares = [(made[n] != batch[n]).any(axis=0).mean() for n in range(9)]
    assert [share == 0 for share in shares] == [kind == 0 for kind in kinds]
    pieces = [share for share, kind in zip(shares, kinds, strict=True) if kind == 1]
    strips = [share for share, kind in zip(shares, kinds, strict=True) if kind == 2]
    assert max(strips) < 0.03
    assert 0.005 < min(pieces) < max(pieces) < 0.2
    assert np.array_equal(batch, np.random.default_rng(0).random((9, 3, 40, 40), np.float32))


def test_base_weights_are_the_backbone_from_the_start_and_stay(tmp_path: Path) -> None:
    torch.manual_seed(7)
    body = Backbone("resnet18", 16).body
    save_file({k: v.contiguous() for k, v in body.state_dict().items()}, tmp_path / "b.safetensors")
    engine = fitted("si_vit", VIT, tmp_path, base=tmp_path / "b.safetensors")
    own = engine.network.backbone.body.state_dict()
    for key, value in body.state_dict().items():
        assert torch.equal(own[key], value), key
    learnt = fitted("si_vit", VIT, tmp_path / "own")
    untaught = make("si_vit", VIT)
    untaught.build()
    key = "layer1.0.conv1.weight"
    before = untaught.network.backbone.body.state_dict()[key]
    assert not torch.equal(learnt.network.backbone.body.state_dict()[key], before)


def test_a_cascades_threshold_is_chosen_on_val_and_kept(tmp_path: Path) -> None:
    frozen = drawn.manifest(12, 6, 3, size=64)
    engine = make("cascaded_ae", CASCADE)
    engine.build()
    assert engine.head.threshold == 0.5
    engine.fit(drawn.ground(frozen, tmp_path, preset="none"), drawn.Watch())
    assert 0 < engine.head.threshold < 1
    assert engine.head.threshold != 0.5
    engine.save(tmp_path / "kept")
    again = make("cascaded_ae", CASCADE)
    again.load(tmp_path / "kept")
    assert again.head.threshold == engine.head.threshold
