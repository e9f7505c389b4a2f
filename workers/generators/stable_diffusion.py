"""Stable Diffusion inpainting (Rombach et al., CVPR 2022) with LoRA (Hu et al., ICLR 2022).

What it knows of images stays as it is; a few small matrices and a word a class are learnt. It
paints a defect into the surroundings that it is given, within a real defect's mask.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from peft import LoraConfig
from torch import Tensor, nn
from torch.nn import functional

from workers.catalogue.stable_diffusion import Params
from workers.contract import Failure
from workers.engines.base import Ground, Report
from workers.engines.parts.loop import Batch, begin
from workers.generators.base import Context, Generator, Patch, patches_of
from workers.generators.parts import pipelines
from workers.generators.parts.examples import Example
from workers.generators.parts.pipelines import Pipeline
from workers.generators.parts.training import Training, noise

library: Any = diffusers  # says it is typed, and is not
AT_ONCE = 4  # images drawn together: they are large
ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]  # of the U-Net, where LoRA goes


class Learnt(nn.Module):
    """What is learnt: LoRA's matrices, which are the U-Net's own too, and a word a class."""

    def __init__(self, unet: nn.Module, classes: int, width: int) -> None:
        super().__init__()
        found = {name: each for name, each in unet.named_parameters() if each.requires_grad}
        self.lora = nn.ParameterDict({name.replace(".", "/"): p for name, p in found.items()})
        self.words = nn.Parameter(torch.zeros(classes, 1, width))


class StableDiffusion(Generator):
    """The generator of the card `stable_diffusion`. `base` is set before it is built."""

    params: Params
    network: Learnt
    pipeline: Pipeline
    paints = True

    def build(self) -> None:
        """The pipeline from the base weights, and what is to be learnt."""
        if self.base is None:
            words = "Stable Diffusion cannot be trained from scratch: it needs base weights."
            hint = "Upload weights of Stable Diffusion inpainting, and choose them."
            raise Failure("base_weights_needed", words, hint)
        torch.manual_seed(self.params.seed)
        self.pipeline = pipelines.read(self.base)
        p = self.params
        unet: Any = self.pipeline.unet
        unet.add_adapter(LoraConfig(r=p.rank, lora_alpha=p.rank, target_modules=ATTENTION))
        self.network = Learnt(unet, max(len(self.classes), 1), self.pipeline.prompt.shape[-1])

    def fit(self, ground: Ground, report: Report) -> None:
        """Train; the weights of the epoch that is most like the real examples remain."""
        self.base = ground.base
        found = self.learn_from(ground)
        begin(self, ground)
        self.pipeline.to(self.device)
        Run(self, found, ground, report).run()

    def load(self, folder: Path, device: str = "cpu") -> None:
        """What was learnt, into the base weights."""
        super().load(folder, device)
        self.pipeline.to(device)

    def draw(
        self, n: int, seed: int, class_name: str, contexts: Sequence[Context] = ()
    ) -> list[Patch]:
        """Into each context, within its mask."""
        drawn: list[Patch] = []
        for start in range(0, n, AT_ONCE):
            some = contexts[start : start + AT_ONCE]
            planes = self._painted(some, seed + start, self.classes.index(class_name))
            masks = [context.mask if self.masked else None for context in some]
            told = patches_of(planes, masked=False)
            drawn += [Patch(each.pixels, mask) for each, mask in zip(told, masks, strict=True)]
        return drawn

    def _painted(self, contexts: Sequence[Context], seed: int, index: int) -> np.ndarray[Any, Any]:
        p, line = self.params, self.pipeline
        pixels = np.stack([context.pixels for context in contexts]).transpose(0, 3, 1, 2)
        around = torch.from_numpy((pixels / 127.5 - 1).astype(np.float32)).to(self.device)
        masks = torch.from_numpy(np.stack([context.mask for context in contexts]))[:, None]
        masks = (masks.to(self.device) > 0.5).float()
        scheduler = library.DDIMScheduler.from_config(line.schedule)
        scheduler.set_timesteps(p.draw_steps)
        kind = self.device.partition(":")[0]
        with torch.no_grad(), torch.autocast(kind, torch.bfloat16, enabled=kind != "cpu"):
            known = self.known(around, masks)
            latents = noise(len(contexts), seed, tuple(known.shape[1:]), self.device)[:, 1:]
            states = self.words(torch.full((len(contexts),), index, device=self.device))
            for step in scheduler.timesteps:
                told = self.noise_in(latents, known, step.to(self.device), states)
                latents = scheduler.step(told, step, latents).prev_sample
            scaling = float(getattr(line.vae, "config").scaling_factor)  # noqa: B009 - torch's modules type no attribute
            vae: Any = line.vae
            planes = vae.decode(latents / scaling).sample.float()
        return np.asarray((planes * masks + around * (1 - masks)).cpu().numpy(), np.float32)

    def latents(self, planes: Tensor) -> Tensor:
        """What the autoencoder makes of images of -1..1; the middle of its answer."""
        vae: Any = self.pipeline.vae
        told: Tensor = vae.encode(planes).latent_dist.mode()
        return told * float(vae.config.scaling_factor)

    def known(self, planes: Tensor, masks: Tensor) -> Tensor:
        """The mask, and the latents of what lies around it: n x 5 x h x w."""
        around = self.latents(planes * (1 - masks))
        return torch.cat([functional.interpolate(masks, around.shape[-2:]), around], dim=1)

    def noise_in(self, noisy: Tensor, known: Tensor, steps: Tensor, states: Tensor) -> Tensor:
        """The noise that the U-Net finds."""
        unet: Any = self.pipeline.unet
        taken = torch.cat([noisy, known], dim=1)
        told: Tensor = unet(taken, steps, encoder_hidden_states=states).sample
        return told

    def words(self, labels: Tensor) -> Tensor:
        """The empty prompt with the word of each class: n x tokens x width."""
        return self.pipeline.prompt + self.network.words[labels]


class Run(Training):
    """Noise of random strength is added to what lies within masks and around, and is to be told."""

    generator: StableDiffusion

    def __init__(
        self, generator: StableDiffusion, found: list[Example], ground: Ground, report: Report
    ) -> None:
        self.scheduler = library.DDPMScheduler.from_config(generator.pipeline.schedule)
        ones = np.ones((generator.side, generator.side), np.float32)
        self.places = [
            Context(each.pixels, ones if each.mask is None else each.mask) for each in found
        ]
        super().__init__(generator, found, ground, report)

    def contexts(self, n: int, class_name: str) -> Sequence[Context]:
        """The real examples' own surroundings."""
        index = self.generator.classes.index(class_name)
        own = [self.places[at] for at in np.flatnonzero(self.labels == index)]
        return [own[number % len(own)] for number in range(n)]

    def optimizer_of(self) -> torch.optim.Optimizer:
        """Of what is learnt."""
        return torch.optim.AdamW(self.generator.network.parameters(), lr=self.p.lr)

    def loss_of(self, batch: Batch) -> Tensor:
        """Of the noise that was told against the noise that was added."""
        planes, labels = (torch.from_numpy(each).to(self.generator.device) for each in batch)
        pixels = planes[:, :3]
        masks = (planes[:, 3:] > 0).float() if self.generator.masked else torch.ones_like(pixels)
        with torch.no_grad():
            latents = self.generator.latents(pixels)
            known = self.generator.known(pixels, masks[:, :1])
        added = torch.randn(latents.shape).to(latents.device)
        most = int(self.scheduler.config.num_train_timesteps)
        steps = torch.randint(0, most, (len(latents),)).to(latents.device)
        noisy = self.scheduler.add_noise(latents, added, steps)
        told = self.generator.noise_in(noisy, known, steps, self.generator.words(labels))
        velocity = self.scheduler.config.prediction_type == "v_prediction"
        wanted = self.scheduler.get_velocity(latents, added, steps) if velocity else added
        return self.loss(told, wanted)
