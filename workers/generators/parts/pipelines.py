"""Stable Diffusion inpainting as its parts, from what a plant has: no network is asked.

Three forms: a folder as diffusers lays it out (unet, vae, text_encoder, scheduler), a zip of one,
or a single safetensors file. A single file is either one that `pack` made of a folder (its configs
in its metadata), or a checkpoint of Stable Diffusion 1.x inpainting in its publisher's names.

There is no tokenizer in a checkpoint, and none is needed: the prompt is empty, and its two tokens
are the last of the vocabulary. No pickle is read.
"""

import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers.loaders import single_file_utils
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from workers.contract import Failure

library: Any = diffusers  # says it is typed, and is not
single: Any = single_file_utils
PARTS = ("unet", "vae", "text_encoder")
CHANNELS = 9  # of an inpainting U-Net: noisy latents, the mask, latents of what is around it
LDM = "model.diffusion_model."
HINT = "Upload weights of Stable Diffusion inpainting: a packed pipeline, or its checkpoint."
# What a checkpoint of Stable Diffusion 1.x does not say of itself.
UNET_1X: dict[str, Any] = {
    "sample_size": 64, "in_channels": CHANNELS, "out_channels": 4, "layers_per_block": 2,
    "block_out_channels": [320, 640, 1280, 1280], "cross_attention_dim": 768,
    "attention_head_dim": 8,
    "down_block_types": ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
    "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3,
}  # fmt: skip
VAE_1X: dict[str, Any] = {
    "in_channels": 3, "out_channels": 3, "latent_channels": 4, "layers_per_block": 2,
    "block_out_channels": [128, 256, 512, 512], "sample_size": 512, "scaling_factor": 0.18215,
    "down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4,
}  # fmt: skip
TEXT_1X: dict[str, Any] = {
    "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
    "num_attention_heads": 12, "vocab_size": 49408, "max_position_embeddings": 77,
    "hidden_act": "quick_gelu", "projection_dim": 768,
}  # fmt: skip
SCHEDULE_1X: dict[str, Any] = {
    "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
    "clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1,
}  # fmt: skip


@dataclass
class Pipeline:
    """The frozen parts. `schedule` is a scheduler's config, `prompt` 1 x tokens x width."""

    unet: nn.Module
    vae: nn.Module
    schedule: dict[str, Any]
    prompt: Tensor

    def to(self, device: str) -> None:
        """All of it."""
        self.unet.to(device)
        self.vae.to(device)
        self.prompt = self.prompt.to(device)


def read(base: Path) -> Pipeline:
    """The pipeline in a folder, a zip or a file. Failure base_weights_unfit when it is none."""
    try:
        with _laid_out(base) as folder:
            configs, weights = _folder(folder) if folder else _single(base)
        return _assembled(configs, weights)
    except (OSError, KeyError, ValueError, RuntimeError, SafetensorError) as error:
        words = f"These are no weights of Stable Diffusion inpainting: {error}"
        raise Failure("base_weights_unfit", words[:500], HINT) from error


@contextmanager
def _laid_out(base: Path) -> Iterator[Path | None]:
    """The folder itself, a zip unpacked (tensors and configs alone), or None for a single file."""
    if base.is_dir():
        yield base
    elif zipfile.is_zipfile(base):
        with tempfile.TemporaryDirectory() as aside, zipfile.ZipFile(base) as archive:
            wanted = [n for n in archive.namelist() if n.endswith((".json", ".safetensors"))]
            archive.extractall(aside, wanted)
            yield next((path.parent.parent for path in Path(aside).rglob("unet/config.json")), None)
    else:
        yield None


def _folder(folder: Path) -> tuple[dict[str, Any], dict[str, dict[str, Tensor]]]:
    configs = {name: json.loads((folder / name / "config.json").read_text()) for name in PARTS}
    scheduler = folder / "scheduler" / "scheduler_config.json"
    configs["scheduler"] = json.loads(scheduler.read_text())
    weights: dict[str, dict[str, Tensor]] = {name: {} for name in PARTS}
    for name in PARTS:
        for path in sorted((folder / name).glob("*.safetensors")):
            if ".fp16." not in path.name:
                weights[name] |= load_file(path)
    return configs, weights


def _single(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Tensor]]]:
    with safe_open(path, "pt") as file:
        told = file.metadata() or {}
    tensors = load_file(path)
    if "pipeline" in told:
        return json.loads(told["pipeline"]), {
            name: {
                key.removeprefix(f"{name}."): value
                for key, value in tensors.items()
                if key.startswith(f"{name}.")
            }
            for name in PARTS
        }
    if not any(key.startswith(LDM) for key in tensors):
        raise ValueError("there is no U-Net in the file")
    configs = {
        "unet": UNET_1X, "vae": VAE_1X, "text_encoder": TEXT_1X, "scheduler": SCHEDULE_1X,
    }  # fmt: skip
    return configs, {
        "unet": single.convert_ldm_unet_checkpoint(dict(tensors), UNET_1X),
        "vae": single.convert_ldm_vae_checkpoint(dict(tensors), VAE_1X),
        "text_encoder": single.convert_ldm_clip_checkpoint(dict(tensors)),
    }


def pack(folder: Path, path: Path) -> None:
    """A pipeline's folder as one safetensors file, which the store of base weights takes."""
    configs, weights = _folder(folder)
    flat = {
        f"{name}.{key}": value.contiguous()
        for name in PARTS
        for key, value in weights[name].items()
    }
    save_file(flat, path, {"pipeline": json.dumps(configs)})


def _assembled(configs: dict[str, Any], weights: dict[str, dict[str, Tensor]]) -> Pipeline:
    if configs["unet"].get("in_channels") != CHANNELS:
        raise ValueError(f"its U-Net takes {configs['unet'].get('in_channels')} channels, not 9")
    unet: nn.Module = library.UNet2DConditionModel.from_config(configs["unet"])
    vae: nn.Module = library.AutoencoderKL.from_config(configs["vae"])
    text = CLIPTextModel(CLIPTextConfig(**_plain(configs["text_encoder"])))
    for module, name in ((unet, "unet"), (vae, "vae"), (text, "text_encoder")):
        given = {key: value.float() for key, value in weights[name].items()}
        wanted = module.state_dict()
        named = {_own(key, wanted): value for key, value in given.items()}
        lacking = [key for key in wanted if key not in named and "position_ids" not in key]
        if lacking:
            raise ValueError(f"{name} has no {lacking[0]}")
        module.load_state_dict({key: named[key] for key in wanted if key in named}, strict=False)
        module.eval().requires_grad_(False)
    schedule = dict(library.DDIMScheduler.from_config(configs["scheduler"]).config)
    return Pipeline(unet, vae, schedule, _prompt(text))


def _own(key: str, wanted: dict[str, Any]) -> str:
    """The module's own name of a tensor: transformers has had `text_model.` before it or not."""
    if key in wanted:
        return key
    other = key.removeprefix("text_model.")
    return other if other in wanted else f"text_model.{key}"


def _plain(config: dict[str, Any]) -> dict[str, Any]:
    """Without what names classes and files."""
    return {key: value for key, value in config.items() if key not in ("architectures", "dtype")}


def _prompt(text: CLIPTextModel) -> Tensor:
    """The hidden states of the empty prompt: its beginning, then its end up to the full length."""
    config = text.config
    last = int(config.vocab_size) - 1
    ids = torch.full((1, int(config.max_position_embeddings)), last)
    ids[0, 0] = last - 1
    with torch.no_grad():
        states: Tensor = text(input_ids=ids).last_hidden_state
    return states
