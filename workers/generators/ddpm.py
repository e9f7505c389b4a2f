"""DDPM (Ho, Jain, Abbeel, NeurIPS 2020), drawn by DDIM (Song, Meng, Ermon, ICLR 2021).

A U-Net learns to take noise out of images of a class, and draws by taking it out of noise alone.
What it tells is the velocity (Salimans, Ho, ICLR 2022), which holds up at every noise level and in
few steps; they begin at the last level (Lin et al., WACV 2024).
"""

import copy
from collections.abc import Sequence
from math import log2
from typing import Any

import diffusers
import torch
from torch import Tensor, nn

from workers.catalogue.ddpm import Params
from workers.engines.base import Ground, Report
from workers.engines.parts.loop import Batch, begin
from workers.generators.base import AT_ONCE, Context, Generator, Patch, patches_of
from workers.generators.parts.examples import Example
from workers.generators.parts.training import Training, average, noise

library: Any = diffusers  # says it is typed, and is not
SCHEDULE = {
    "beta_schedule": "squaredcos_cap_v2", "clip_sample": True, "prediction_type": "v_prediction",
}  # fmt: skip


class Denoiser(nn.Module):
    """The U-Net that learns, and its average over the steps, which draws."""

    def __init__(self, unet: nn.Module) -> None:
        super().__init__()
        self.unet = unet
        self.drawn = copy.deepcopy(unet).requires_grad_(False)


class Ddpm(Generator):
    """The generator of the card `ddpm`."""

    params: Params
    network: Denoiser

    def build(self) -> None:
        """The U-Net, untrained."""
        p = self.params
        torch.manual_seed(p.seed)
        deep = max(int(log2(p.side)) - 3, 3)  # levels, the last of 8 pixels a side
        wide = [p.width, *([p.width * 2] * (deep - 1))]
        unet: nn.Module = library.UNet2DModel(
            sample_size=p.side, in_channels=self.channels, out_channels=self.channels,
            block_out_channels=wide, layers_per_block=p.layers, norm_num_groups=8,
            down_block_types=["DownBlock2D"] * (deep - 1) + ["AttnDownBlock2D"],
            up_block_types=["AttnUpBlock2D"] + ["UpBlock2D"] * (deep - 1),
            attention_head_dim=8, num_class_embeds=max(len(self.classes), 1),
        )  # fmt: skip
        self.network = Denoiser(unet)

    def fit(self, ground: Ground, report: Report) -> None:
        """Train; the weights of the epoch that is most like the real examples remain."""
        found = self.learn_from(ground)
        begin(self, ground)
        Run(self, found, ground, report).run()

    def draw(
        self, n: int, seed: int, class_name: str, contexts: Sequence[Context] = ()
    ) -> list[Patch]:
        """From noise, in `draw_steps` steps; no chance but the first noise."""
        drawn: list[Patch] = []
        for start in range(0, n, AT_ONCE):
            drawn += self._drawn(min(AT_ONCE, n - start), seed + start, class_name)
        return drawn

    def _drawn(self, n: int, seed: int, class_name: str) -> list[Patch]:
        p = self.params
        unet = self.network.drawn.eval()
        levels = {"num_train_timesteps": p.noise_steps, "timestep_spacing": "trailing"}
        scheduler = library.DDIMScheduler(**levels, **SCHEDULE)
        scheduler.set_timesteps(min(p.draw_steps, p.noise_steps))
        planes = noise(n, seed, (self.channels, p.side, p.side), self.device)
        labels = torch.full((n,), self.classes.index(class_name), device=self.device)
        with torch.no_grad():
            for step in scheduler.timesteps:
                told = unet(planes, step.to(self.device), class_labels=labels).sample
                planes = scheduler.step(told, step, planes).prev_sample
        return patches_of(planes.float().cpu().numpy(), self.masked)


class Run(Training):
    """Noise of random strength is added, and the way back is to be told."""

    def __init__(
        self, generator: Ddpm, found: list[Example], ground: Ground, report: Report
    ) -> None:
        self.network = generator.network
        steps = generator.params.noise_steps
        self.scheduler = library.DDPMScheduler(num_train_timesteps=steps, **SCHEDULE)
        super().__init__(generator, found, ground, report)

    def optimizer_of(self) -> torch.optim.Optimizer:
        """Of the U-Net."""
        return torch.optim.AdamW(self.network.unet.parameters(), lr=self.p.lr)

    def loss_of(self, batch: Batch) -> Tensor:
        """Of the velocity that was told against that between the image and the noise."""
        planes, labels = (torch.from_numpy(each).to(self.generator.device) for each in batch)
        added = torch.randn(planes.shape).to(planes.device)
        steps = torch.randint(0, self.p.noise_steps, (len(planes),)).to(planes.device)
        noisy: Any = self.scheduler.add_noise(planes, added, steps)
        wanted: Any = self.scheduler.get_velocity(planes, added, steps)
        return self.loss(self.network.unet(noisy, steps, class_labels=labels).sample, wanted)

    def learn(self, batch: Batch) -> float:
        """One step, and the average after it."""
        told = super().learn(batch)
        average(self.network.drawn, self.network.unet, self.p.decay)
        return told
