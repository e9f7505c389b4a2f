"""Several processes that learn one network together (distributed data parallel).

Each computes the gradient of its share of every batch; their sum, weighted by the shares, is the
gradient of the whole batch, and every process takes the same step. torch's own wrapper is not used:
it wants one forward pass a step and shares of one size; losses here are methods of networks.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor, nn


class Through(Exception):
    """Raised in every process but the first when the training is over: its part is done."""


class Group:
    """This process among the others: `rank` of `world`, the first of which looks and keeps."""

    def __init__(self, rank: int, world: int, device: str) -> None:
        self.rank, self.world, self.device = rank, world, torch.device(device)
        self.weight, self.learning = 1.0, False
        self.tables: list[Tensor] = []  # what the norms have exchanged in this step

    @property
    def first(self) -> bool:
        """Whether this is the process that looks at the validation split and keeps."""
        return self.rank == 0

    def mine(self, n: int) -> NDArray[np.int64]:
        """Which of n this process takes; the first one again where there are too few for all."""
        own = np.array_split(np.arange(n), self.world)[self.rank]
        self.weight = len(own) / n
        return own if len(own) else np.zeros(1, np.int64)

    def share(self, batch: tuple[NDArray[Any], ...]) -> tuple[NDArray[Any], ...]:
        """Its part of a batch along the first axis; `weight` is its share of the whole."""
        self.tables.clear()
        own = self.mine(len(batch[0]))
        return tuple(each[own] for each in batch)

    def tied(self, loss: Tensor) -> Tensor:
        """The same loss, whose way back passes every norm: no process waits for one that skips it.

        A share without a finding may leave a part of the network out of its loss.
        """
        tables = [table for table in self.tables if table.requires_grad]
        self.tables.clear()
        return loss + 0.0 * torch.stack([table.sum() for table in tables]).sum() if tables else loss

    def gathered(self, weights: Sequence[Tensor], loss: Tensor) -> float:
        """Gradients become their sums over all processes, and so does the loss.

        A weight that has no gradient anywhere keeps none.
        """
        there = [each.grad is not None for each in weights]
        grads = [torch.zeros_like(each) if each.grad is None else each.grad for each in weights]
        flags = torch.tensor([*map(float, there), float(loss)], device=self.device)
        flat = torch.cat([*(grad.reshape(-1).float() for grad in grads), flags])
        dist.all_reduce(flat)
        told = flat[-len(flags) :].tolist()
        start = 0
        for weight, count in zip(weights, told[:-1], strict=True):
            if count:
                part = flat[start : start + weight.numel()].view_as(weight).to(weight.dtype)
                weight.grad = part.clone()
            start += weight.numel()
        return float(told[-1])

    def summed(self, values: Sequence[float]) -> list[float]:
        """Numbers, summed over all processes."""
        table = torch.tensor(list(values), dtype=torch.float64, device=self.device)
        dist.all_reduce(table)
        return [float(value) for value in table.tolist()]

    def same(self, network: nn.Module) -> None:
        """The first process's weights and buffers in every process."""
        for tensor in network.state_dict().values():
            dist.broadcast(tensor, 0)

    @contextmanager
    def step(self) -> Iterator[None]:
        """While it learns, norms are taken over the whole batch."""
        self.learning = True
        try:
            yield
        finally:
            self.learning = False

    def join(self, network: nn.Module) -> None:
        """Let the batch norms of a network be taken over all shares."""
        for layer in network.modules():
            if type(layer) in SHARED:
                layer.__class__ = SHARED[type(layer)]
                cast(Any, layer).group = self

    def leave(self, network: nn.Module) -> None:
        """The network as it was; ends all processes but the first, by Through."""
        usual = {shared: plain for plain, shared in SHARED.items()}
        for layer in network.modules():
            if type(layer) in usual:
                layer.__class__ = usual[type(layer)]
                del cast(Any, layer).group
        if not self.first:
            raise Through


class _Sum(torch.autograd.Function):
    """The sum over all processes; so is its gradient, to any order."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        out = x.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(out)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        return cast(Tensor, _Sum.apply(grad))


def _over_all(layer: Any, x: Tensor) -> Tensor:
    """Batch norm over the shares of all processes (as torch's SyncBatchNorm, on any device)."""
    group: Group = layer.group
    count = float(x.numel() // x.shape[1]) if group.weight else 0.0
    axes = [axis for axis in range(x.dim()) if axis != 1]
    shape = [1, -1] + [1] * (x.dim() - 2)
    seen = x.float()
    mean = seen.mean(axes)
    spread = (seen - mean.view(shape)).square().sum(axes) * bool(count)
    own = torch.cat([mean, spread, mean.new_tensor([count])])
    rows = [own if rank == group.rank else torch.zeros_like(own) for rank in range(group.world)]
    table = cast(Tensor, _Sum.apply(torch.stack(rows)))
    group.tables.append(table)
    counts, total = table[:, -1:], table[:, -1].sum().detach()
    means, spreads = table[:, : len(mean)], table[:, len(mean) : -1]
    mean = (counts * means).sum(0) / total
    var = (spreads + counts * (means - mean).square()).sum(0) / total
    with torch.no_grad():
        layer.num_batches_tracked += 1
        layer.running_mean.lerp_(mean, layer.momentum)
        layer.running_var.lerp_(var * total / (total - 1).clamp_min(1), layer.momentum)
    out = (seen - mean.view(shape)) * torch.rsqrt(var + layer.eps).view(shape)
    if layer.affine:
        out = out * layer.weight.float().view(shape) + layer.bias.float().view(shape)
    return out.to(x.dtype)


def _together(layer: Any) -> bool:
    usual = layer.training and layer.track_running_stats and layer.momentum is not None
    return bool(usual and layer.group.learning)


class _Shared1d(nn.BatchNorm1d):
    def forward(self, x: Tensor) -> Tensor:
        return _over_all(self, x) if _together(self) else super().forward(x)


class _Shared2d(nn.BatchNorm2d):
    def forward(self, x: Tensor) -> Tensor:
        return _over_all(self, x) if _together(self) else super().forward(x)


SHARED: dict[type[nn.Module], type[nn.Module]] = {
    nn.BatchNorm1d: _Shared1d,
    nn.BatchNorm2d: _Shared2d,
}
