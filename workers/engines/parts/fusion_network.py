"""Encoder-decoders of several modalities: stacked at the input, or an encoder each."""

from collections.abc import Sequence

import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn


class Early(nn.Module):
    """All channels into one encoder: n x c x side x side of 0..1 -> logits per pixel."""

    def __init__(self, encoder: str, groups: int, outputs: int) -> None:
        super().__init__()
        self.inner = smp.Unet(
            encoder, encoder_weights=None, in_channels=3 * groups, classes=outputs
        )

    def forward(self, x: Tensor) -> Tensor:
        """Logits, background last."""
        logits: Tensor = self.inner((x - 0.5) / 0.25)
        return logits


class Middle(nn.Module):
    """An encoder for each three channels; their features are joined at every depth."""

    def __init__(self, encoder: str, groups: int, outputs: int) -> None:
        super().__init__()
        whole = smp.Unet(encoder, encoder_weights=None, in_channels=3, classes=outputs)
        made = [whole.encoder]
        made += [smp.Unet(encoder, encoder_weights=None).encoder for _ in range(groups - 1)]
        self.encoders = nn.ModuleList(made)
        widths: Sequence[int] = whole.encoder.out_channels
        self.joints = nn.ModuleList(
            nn.Conv2d(groups * width, width, 1) if width else nn.Identity() for width in widths
        )
        self.decoder, self.last = whole.decoder, whole.segmentation_head

    def forward(self, x: Tensor) -> Tensor:
        """Logits, background last."""
        some = torch.split((x - 0.5) / 0.25, 3, dim=1)
        seen = [encoder(each) for encoder, each in zip(self.encoders, some, strict=True)]
        joined = [
            joint(torch.cat(depth, dim=1))
            for joint, depth in zip(self.joints, zip(*seen, strict=True), strict=True)
        ]
        logits: Tensor = self.last(self.decoder(joined))
        return logits


def drop(batch: Tensor, modalities: int, difference: bool, share: float, absent: float) -> Tensor:
    """Modality dropout: each but the first is taken out of this share of the parts, and told so
    as a part without it is: `absent` all over, its difference too."""
    n = len(batch)
    gone = torch.rand(n, modalities - 1, device=batch.device) < share
    both = torch.cat([gone, gone], dim=1) if difference else gone
    mask = torch.cat([torch.zeros_like(gone[:, :1]), both], dim=1).repeat_interleave(3, dim=1)
    return torch.where(mask[:, :, None, None], torch.full_like(batch, absent), batch)
