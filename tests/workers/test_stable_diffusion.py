"""Stable Diffusion on a tiny pipeline with random weights, from every form that it is kept in."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.workers import ground as drawn
from workers import catalogue
from workers.contract import Cancelled, Failure, Manifest
from workers.generators.base import Context, Generator, load_generator
from workers.generators.parts import pipelines

PARAMS: dict[str, Any] = {
    "side": 32, "class_name": "", "epochs": 2, "steps": 3, "batch": 2, "rank": 2, "draw_steps": 2,
    "lr": 0.01,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As diffusers lays a pipeline out."""
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(0)
    made = tmp_path_factory.mktemp("tiny")
    UNet2DConditionModel(
        sample_size=8, in_channels=9, out_channels=4, block_out_channels=(8, 16),
        layers_per_block=1, norm_num_groups=4, cross_attention_dim=16, attention_head_dim=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    ).save_pretrained(made / "unet")  # fmt: skip
    AutoencoderKL(
        block_out_channels=(8, 8), norm_num_groups=4, latent_channels=4, sample_size=32,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
    ).save_pretrained(made / "vae")  # fmt: skip
    CLIPTextModel(
        CLIPTextConfig(
            vocab_size=50, hidden_size=16, intermediate_size=16, num_hidden_layers=1,
            num_attention_heads=2, max_position_embeddings=8, projection_dim=16,
        )
    ).save_pretrained(made / "text_encoder")  # fmt: skip
    DDIMScheduler(num_train_timesteps=50).save_pretrained(made / "scheduler")
    return made


@pytest.fixture(scope="module")
def frozen() -> Manifest:
    return drawn.manifest(12, 2, 2, size=64)


def make(**params: Any) -> Generator:
    card = catalogue.card("stable_diffusion")
    return load_generator(card, PARAMS | params, list(drawn.CLASSES))


@pytest.fixture(scope="module")
def trained(folder: Path, frozen: Manifest, tmp_path_factory: Any) -> Generator:
    made = make()
    work = tmp_path_factory.mktemp("work")
    made.fit(drawn.ground(frozen, work, base=folder), drawn.Watch())
    return made


def places(n: int) -> list[Context]:
    """A mask in the middle of noise."""
    mask = np.zeros((32, 32), np.float32)
    mask[8:24, 8:24] = 1
    chance = np.random.default_rng(0)
    return [Context(chance.integers(0, 255, (32, 32, 3)).astype(np.uint8), mask) for _ in range(n)]


def test_only_what_is_learnt_is_kept_and_it_draws_the_same(
    trained: Generator, folder: Path, tmp_path: Path
) -> None:
    trained.save(tmp_path)
    kept = load_file(tmp_path / "weights.safetensors")
    assert {name.partition(".")[0] for name in kept} == {"lora", "words"}
    assert any(value.abs().max() > 0 for name, value in kept.items() if "lora_B" in name)
    assert kept["words"].abs().max() > 0
    again = make()
    again.base = folder
    again.load(tmp_path)
    one, two = trained.draw(3, 5, "dark", places(3)), again.draw(3, 5, "dark", places(3))
    for a, b, place in zip(one, two, places(3), strict=True):
        assert np.abs(a.pixels.astype(int) - b.pixels).max() <= 1
        outside = place.mask < 0.5
        assert np.abs(a.pixels.astype(int) - place.pixels)[outside].max() <= 1
        assert not np.array_equal(a.pixels, place.pixels)
    (third,) = again.draw(1, 7, "dark", places(3)[2:])
    assert np.abs(third.pixels.astype(int) - one[2].pixels).max() <= 1
    (bright,) = again.draw(1, 5, "bright", places(1))
    assert not np.array_equal(bright.pixels, one[0].pixels)


def test_a_folder_a_zip_and_one_file_are_the_same(folder: Path, tmp_path: Path) -> None:
    shutil.make_archive(str(tmp_path / "tiny"), "zip", folder.parent, folder.name)
    pipelines.pack(folder, tmp_path / "tiny.safetensors")
    first, *others = (
        pipelines.read(path)
        for path in (folder, tmp_path / "tiny.zip", tmp_path / "tiny.safetensors")
    )
    for other in others:
        assert torch.equal(first.prompt, other.prompt)
        assert first.schedule == other.schedule
        for name in ("unet", "vae"):
            theirs = getattr(other, name).state_dict()
            for key, value in getattr(first, name).state_dict().items():
                assert torch.equal(value, theirs[key]), key


def test_the_empty_prompt_is_that_of_the_text_encoder(folder: Path) -> None:
    """Its beginning and its ends are the last of the vocabulary."""
    from transformers import CLIPTextModel

    text = CLIPTextModel.from_pretrained(folder / "text_encoder").eval()
    with torch.no_grad():
        wanted = text(input_ids=torch.tensor([[48] + [49] * 7])).last_hidden_state
    assert torch.allclose(pipelines.read(folder).prompt, wanted, atol=1e-6)


def test_without_base_weights_it_is_refused(frozen: Manifest, tmp_path: Path) -> None:
    with pytest.raises(Failure, match="needs base weights") as failed:
        make().fit(drawn.ground(frozen, tmp_path), drawn.Watch())
    assert failed.value.code == "base_weights_needed"


def test_other_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    (tmp_path / "text.bin").write_text("no weights")
    plain = tmp_path / "plain"
    shutil.copytree(folder, plain)
    config = json.loads((plain / "unet" / "config.json").read_text()) | {"in_channels": 4}
    (plain / "unet" / "config.json").write_text(json.dumps(config))
    for path in (tmp_path / "other.safetensors", tmp_path / "text.bin", plain, tmp_path / "none"):
        with pytest.raises(Failure, match="no weights of Stable Diffusion") as failed:
            pipelines.read(path)
        assert failed.value.code == "base_weights_unfit"


def test_cancelled_and_resumed(folder: Path, frozen: Manifest, tmp_path: Path) -> None:
    whole, halves, resumed = make(epochs=2), make(epochs=2), make(epochs=2)
    whole.fit(drawn.ground(frozen, tmp_path / "a", base=folder), drawn.Watch())
    watch = drawn.Watch(1, lambda e: e.type == "artefact" and e.role == "checkpoint")
    with pytest.raises(Cancelled):
        halves.fit(drawn.ground(frozen, tmp_path / "b", base=folder), watch)
    ground = drawn.ground(frozen, tmp_path / "c", base=folder, checkpoint=watch.checkpoint)
    resumed.fit(ground, drawn.Watch())
    for key, value in whole.network.state_dict().items():
        assert torch.allclose(value, resumed.network.state_dict()[key], atol=1e-6), key
