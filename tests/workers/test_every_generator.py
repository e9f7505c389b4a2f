"""What every generator in the catalogue must do, on drawn plates: a new card is in here."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.workers import ground as drawn
from workers import catalogue
from workers.contract import Cancelled, Failure, Manifest
from workers.engines.base import Ground
from workers.generators.base import Generator, load_generator
from workers.generators.parts import examples, features
from workers.generators.parts.quality import Reals

QUICK: dict[str, dict[str, Any]] = {
    "dcgan": {"epochs": 4, "steps": 25, "width": 8, "latent": 16, "batch": 16, "decay": 0.8,
              "lr": 0.001},
    "wgan_gp": {"epochs": 4, "steps": 40, "width": 8, "latent": 16, "batch": 8, "critic": 2,
                "decay": 0.8, "lr": 0.001},
    "ddpm": {"epochs": 2, "steps": 25, "width": 8, "batch": 8, "noise_steps": 50, "draw_steps": 5,
             "decay": 0.8, "lr": 0.01},
}  # fmt: skip
FALLS = 0.5  # of the untrained network's KID is left at most
NAMES = sorted(set(catalogue.generators()) - {"stable_diffusion"})  # which has tests of its own
Trained = tuple[str, Generator, drawn.Watch]


@pytest.fixture(scope="module")
def frozen() -> Manifest:
    return drawn.manifest(30, 6, 12, size=64)


@pytest.fixture(scope="module", autouse=True)
def asked() -> Iterator[list[str]]:
    """The names that were looked up while the generators worked: there must be none."""
    names: list[str] = []

    def refuse(host: Any, *_: Any, **__: Any) -> Any:
        names.append(str(host))
        raise OSError(f"no address of {host}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", refuse)
        yield names
    assert not names


def make(name: str, **params: Any) -> Generator:
    values: dict[str, Any] = {"side": 32, "class_name": "dark"} | QUICK[name] | params
    return load_generator(catalogue.card(name), values, list(drawn.CLASSES))


def ground(frozen: Manifest, work: Path, **fields: Any) -> Ground:
    return drawn.ground(frozen, work, **fields)


@pytest.fixture(scope="module", params=NAMES)
def trained(request: Any, frozen: Manifest, tmp_path_factory: Any, asked: list[str]) -> Trained:
    """Each generator, trained once on the dark squares."""
    generator, watch = make(request.param), drawn.Watch()
    generator.fit(ground(frozen, tmp_path_factory.mktemp(request.param)), watch)
    return request.param, generator, watch


def kid(generator: Generator, frozen: Manifest) -> float:
    """Against examples that were held out."""
    held = [each for each in frozen.samples if each.split != "train"]
    found = examples.of(held, ["dark"], generator.window())
    reals = Reals([example.pixels for example in found], features.fixed, turning=True)
    patches = generator.draw(32, 1000, "dark")
    value = reals.kid(features.fixed([patch.pixels for patch in patches]))
    assert value is not None
    return value


def test_it_learns_and_tells_how(trained: Trained, frozen: Manifest) -> None:
    name, generator, watch = trained
    untrained = make(name)
    untrained.build()
    assert kid(generator, frozen) < FALLS * kid(untrained, frozen)
    metrics = watch.of("metric")
    assert [metric.step for metric in metrics] == list(range(1, len(metrics) + 1))
    assert all({"kid", "loss"} <= set(metric.values) for metric in metrics)
    shares = [progress.share for progress in watch.of("progress")]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    shown = [(image.step, image.sample) for image in watch.of("image")]
    assert shown[-5:] == [(len(metrics), number) for number in range(5)]
    files = {artefact.sha256 for artefact in watch.of("artefact")}
    assert {image.sha256 for image in watch.of("image")} <= files


def test_what_it_draws_is_dark_inside_of_its_mask(trained: Trained) -> None:
    _, generator, _ = trained
    inside, outside = [], []
    for patch in generator.draw(32, 5, "dark"):
        assert patch.pixels.shape == (32, 32, 3)
        assert patch.mask is not None
        here = patch.mask > 0.5
        inside += patch.pixels[here].ravel().tolist()
        outside += patch.pixels[~here].ravel().tolist()
    assert np.mean(inside) < np.mean(outside) - 20


def test_saved_and_loaded_it_draws_the_same_for_the_same_seed(
    trained: Trained, tmp_path: Path
) -> None:
    name, generator, _ = trained
    generator.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".safetensors", ".json"}
    assert json.loads((tmp_path / "spec.json").read_text())["classes"] == ["dark"]
    again = make(name, class_name="")
    again.load(tmp_path)
    one, two = generator.draw(6, 7, "dark"), again.draw(6, 7, "dark")
    for a, b in zip(one, two, strict=True):
        assert np.abs(a.pixels.astype(int) - b.pixels).max() <= 1
    (fourth,) = again.draw(1, 10, "dark")
    assert np.abs(fourth.pixels.astype(int) - one[3].pixels).max() <= 1
    assert not np.array_equal(one[0].pixels, one[1].pixels)


@pytest.mark.parametrize("name", NAMES)
def test_cancelled_within_a_batch(name: str, frozen: Manifest, tmp_path: Path) -> None:
    stop = drawn.Watch(2, lambda event: event.type == "progress")
    with pytest.raises(Cancelled):
        make(name).fit(ground(frozen, tmp_path), stop)
    assert not stop.of("metric")


@pytest.mark.parametrize("name", NAMES)
def test_resumed_it_equals_one_that_never_stopped(
    name: str, frozen: Manifest, tmp_path: Path
) -> None:
    quick = {"epochs": 3, "steps": 2}
    whole, halves, resumed = (make(name, **quick) for _ in range(3))
    whole.fit(ground(frozen, tmp_path / "a"), drawn.Watch())
    watch = drawn.Watch(1, lambda e: e.type == "artefact" and e.role == "checkpoint")
    with pytest.raises(Cancelled):
        halves.fit(ground(frozen, tmp_path / "b"), watch)
    rest = drawn.Watch()
    resumed.fit(ground(frozen, tmp_path / "c", checkpoint=watch.checkpoint), rest)
    assert [metric.step for metric in rest.of("metric")] == [2, 3]
    for key, value in whole.network.state_dict().items():
        assert np.allclose(value, resumed.network.state_dict()[key], atol=1e-6), key


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_learn_from_is_said(name: str, frozen: Manifest, tmp_path: Path) -> None:
    with pytest.raises(Failure, match="No real training image shows scratch") as failed:
        make(name, class_name="scratch").fit(ground(frozen, tmp_path), drawn.Watch())
    assert failed.value.code == "no_examples"


def test_a_class_is_drawn_as_asked(frozen: Manifest, tmp_path: Path) -> None:
    """Diffusion learns several classes at once; a GAN must be told which."""
    both = make("ddpm", class_name="", epochs=2, steps=30)
    both.fit(ground(frozen, tmp_path), drawn.Watch())
    assert both.classes == drawn.CLASSES
    middles = {
        name: np.mean([patch.pixels[12:20, 12:20] for patch in both.draw(8, 0, name)])
        for name in both.classes
    }
    assert middles["dark"] < middles["bright"] - 60
    with pytest.raises(Failure, match="It draws one class"):
        make("dcgan", class_name="").fit(ground(frozen, tmp_path), drawn.Watch())


def test_whole_images_where_there_are_only_labels(tmp_path: Path) -> None:
    labelled = drawn.labelled(12, 2, 2, size=64)
    whole = make("dcgan", epochs=1, steps=2)
    whole.fit(ground(labelled, tmp_path), drawn.Watch())
    assert (whole.whole, whole.masked, whole.classes) == (True, False, ["dark"])
    assert whole.draw(1, 0, "dark")[0].mask is None
