"""Memory banks do not grow with the images; sums give what all features at once would."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.workers import ground as drawn
from workers import catalogue
from workers.catalogue import padim as padim_card
from workers.catalogue import patchcore as patchcore_card
from workers.contract import Cancelled, Failure, Manifest
from workers.engines.base import load_engine
from workers.engines.padim import RIDGE, Sums
from workers.engines.parts import memory
from workers.engines.parts.bank import PROJECTED, Reservoir, coreset
from workers.engines.patchcore import PatchCore

IMAGES, WIDE = 7000, 224  # where users of others ran out of memory


def numbered(n: int, width: int, at_once: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Rows that hold their own number, and come from a source of that number."""
    for start in range(0, n, at_once):
        numbers = torch.arange(start, min(start + at_once, n))
        yield numbers[:, None].expand(-1, width).float(), numbers


def test_a_stream_of_any_length_is_held_within_the_same_bytes() -> None:
    sample = Reservoir(500, 8, seed=0)
    before = sample.nbytes
    assert before == 500 * (8 * 4 + 4 + 8)  # numbers, key, source
    for rows, sources in numbered(200_000, 8, 1000):
        sample.add(rows, sources)
    assert (sample.seen, sample.held, sample.nbytes) == (200_000, 500, before)
    assert torch.equal(sample.rows[:, 0].long(), sample.sources)
    assert len(set(sample.sources.tolist())) == 500
    # Each tenth of the stream has its share: 50, give or take 6 (binomial); 4 deviations are let.
    shares = torch.histc(sample.rows[:, 0], 10, 0, 200_000)
    assert ((shares - 50).abs() < 27).all(), shares


def test_a_short_stream_is_held_whole() -> None:
    sample = Reservoir(500, 3, seed=0)
    for rows, sources in numbered(120, 3, 50):
        sample.add(rows, sources)
    assert sample.sources.tolist() == list(range(120))


def test_the_rows_that_are_chosen_cover_all() -> None:
    """Ten far apart groups: any ten rows chosen farthest first are one of each."""
    rng = torch.Generator().manual_seed(1)
    centres = torch.eye(10).repeat(1, 30) * 100  # wider than the projection
    rows = centres.repeat_interleave(40, 0) + torch.randn(400, 300, generator=rng)
    assert rows.shape[1] > PROJECTED
    chosen = coreset(rows, 10, seed=0, tell=lambda share: None)
    assert sorted((chosen // 40).tolist()) == list(range(10))
    assert torch.equal(chosen, coreset(rows, 10, seed=0, tell=lambda share: None))


def test_equal_rows_are_remembered_once() -> None:
    rows = torch.tensor([[0.0, 0], [0, 0], [3, 4], [3, 4], [0, 0]])
    assert len(coreset(rows, 4, seed=0, tell=lambda share: None)) == 2
    assert coreset(rows, 9, seed=0, tell=lambda share: None).tolist() == [0, 1, 2, 3, 4]


def test_choosing_can_be_cancelled() -> None:
    def stop(share: float) -> None:
        assert 0 < share < 1
        raise Cancelled

    with pytest.raises(Cancelled):
        coreset(torch.randn(1000, 4), 500, seed=0, tell=stop)


def test_what_patchcore_holds_is_bounded_and_counted() -> None:
    params = patchcore_card.Params(backbone="wide_resnet50_2")
    # 28 x 28 places of 512 + 1024 numbers of 4 bytes
    assert patchcore_card.unbounded(params, IMAGES, WIDE, WIDE) == IMAGES * 784 * 1536 * 4
    held = patchcore_card.estimate(params, IMAGES, WIDE, WIDE)
    assert held == patchcore_card.estimate(params, 100 * IMAGES, WIDE, WIDE)
    assert held == 50_000 * (1536 + 128 + 6) * 4 + 5000 * 1536 * 4
    sample = Reservoir(params.candidates, 1536, 0)
    assert sample.nbytes <= held < patchcore_card.unbounded(params, 100, WIDE, WIDE)
    few = patchcore_card.estimate(params, 10, WIDE, WIDE)
    assert few < held / 5


def test_tiles_are_counted_too() -> None:
    params = patchcore_card.Params(tiled=True, side=128, margin=16)
    # 1000 x 400 px in tiles that tell of 96 px: 11 across, 5 down, 16 x 16 places each
    assert patchcore_card.rows(params, 3, 1000, 400) == 3 * 11 * 5 * 256
    smaller = params.model_copy(update={"image_size": 500})
    assert patchcore_card.rows(smaller, 3, 1000, 400) == 3 * 6 * 3 * 256


def test_what_padim_holds_does_not_depend_on_the_images() -> None:
    params = padim_card.Params(side=224, features=100)
    held = padim_card.estimate(params, 10, WIDE, WIDE)
    assert held == padim_card.estimate(params, IMAGES, WIDE, WIDE)
    assert held < padim_card.unbounded(params, IMAGES) / 10


@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_sums_give_the_gaussians_of_all_at_once(offset: float) -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(offset, 1, (60, 5, 70)).astype(np.float32)  # images, features, places
    sums, sizes = Sums(), set()
    for start in (0, 7, 30):
        stop = {0: 7, 7: 30, 30: 60}[start]
        sums.add(torch.from_numpy(vectors[start:stop]))
        sizes.add(sums.nbytes)
    assert sizes == {70 * 5 * (5 + 2) * 4}
    mean, inverse = sums.inverted()
    assert np.allclose(mean, vectors.mean(0), rtol=1e-5, atol=1e-5)
    for place in (0, 69):
        covariance = np.cov(vectors[:, :, place].astype(np.float64), rowvar=False)
        assert np.allclose(np.linalg.inv(covariance + RIDGE * np.eye(5)), inverse[place], rtol=2e-3)


def ask(needed: int, there: int) -> list[Any]:
    watch = drawn.Watch()
    memory.ask(needed, 10 * needed, 3, there, watch)
    return watch.of("log")


def test_it_is_said_what_is_held_and_refused_where_it_does_not_fit() -> None:
    (log,) = ask(512 * 1024**2, 1024**3)
    assert log.code == "memory_estimate"
    assert log.params == {"images": 3, "held": 512, "all": 5120, "free": 1024}
    with pytest.raises(Failure) as failed:
        ask(1000 * 1024**2, 1024**3)  # nine tenths of what is free are 922
    assert failed.value.code == "memory_too_small"
    assert 0 < memory.free() < 2**50


@pytest.fixture(scope="module")
def frozen() -> Manifest:
    return drawn.normal(train=10, val=5, test=0, size=64)


def remembering(frozen: Manifest, work: Path, **params: Any) -> tuple[PatchCore, drawn.Watch]:
    values = {"side": 64, "bank": 50, **params}
    engine = load_engine(catalogue.card("patchcore"), values, frozen.classes)
    watch = drawn.Watch()
    engine.fit(drawn.ground(frozen, work), watch)
    assert isinstance(engine, PatchCore)
    return engine, watch


def test_the_bank_is_bounded_and_every_feature_has_its_image(
    frozen: Manifest, tmp_path: Path
) -> None:
    engine, watch = remembering(frozen, tmp_path / "a", candidates=200, coreset=0.5)
    assert engine.network.inner.memory_bank.shape == (50, 384)
    assert set(engine.sources) <= {sample.id for sample in frozen.samples[:10]}
    assert len(engine.sources) == 50
    (log,) = [log for log in watch.of("log") if log.code == "memory_estimate"]
    assert log.params["images"] == 10
    again, _ = remembering(frozen, tmp_path / "b", candidates=200, coreset=0.5)
    one, two = engine.network.state_dict(), again.network.state_dict()
    assert all(torch.equal(value, two[name]) for name, value in one.items())


def test_tiles_of_an_image_tell_what_the_whole_would(frozen: Manifest, tmp_path: Path) -> None:
    engine, _ = remembering(frozen, tmp_path, tiled=True, margin=16)
    wide = np.concatenate([drawn.plate(3 * n + 2, 96)[0] for n in range(3)], axis=1)
    bad = wide.copy()
    bad[30:60, 200:230] = 250
    fine, told = engine.predict([wide, bad])
    assert (told.image_score or 0) > max(0.5, fine.image_score or 0)
    box = told.findings[0].box
    assert box is not None
    assert box[0] < 215 / 288 < box[2]
    assert box[1] < 45 / 96 < box[3]
