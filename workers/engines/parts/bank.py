"""A bounded memory of feature rows: a uniform sample of a stream, and the rows that cover it."""

from collections.abc import Callable

import torch
from torch import Tensor

PROJECTED = 128  # numbers a row in which distances are compared while rows are chosen
EVERY = 100  # rows chosen between two words of progress


class Reservoir:
    """At most `most` rows of a stream, each row of it equally likely to be among them.

    Every row draws a key; those of the smallest keys stay (Vitter 1985). `sources` has the number
    that each kept row came with. Memory is taken once: most x width.
    """

    def __init__(self, most: int, width: int, seed: int) -> None:
        self._chance = torch.Generator().manual_seed(seed)
        self._rows, self._keys = torch.empty(most, width), torch.empty(most)
        self._sources = torch.empty(most, dtype=torch.int64)
        self.most, self.held, self.seen = most, 0, 0

    @property
    def rows(self) -> Tensor:
        """held x width."""
        return self._rows[: self.held]

    @property
    def sources(self) -> Tensor:
        """held."""
        return self._sources[: self.held]

    @property
    def nbytes(self) -> int:
        """What it takes, whatever has been seen."""
        return sum(each.nbytes for each in (self._rows, self._keys, self._sources))

    def add(self, rows: Tensor, sources: Tensor) -> None:
        """n x width, n."""
        keys = torch.rand(len(rows), generator=self._chance)
        self.seen += len(rows)
        fit = min(self.most - self.held, len(rows))
        place = slice(self.held, self.held + fit)
        self._put(place, rows[:fit], keys[:fit], sources[:fit])
        self.held += fit
        self._replace(rows[fit:], keys[fit:], sources[fit:])

    def _replace(self, rows: Tensor, keys: Tensor, sources: Tensor) -> None:
        if not len(rows):
            return
        wanted = keys < self._keys.max()
        rows, keys, sources = rows[wanted], keys[wanted], sources[wanted]
        stays = torch.zeros(self.most + len(rows), dtype=torch.bool)
        together = torch.cat([self._keys, keys])
        stays[together.topk(self.most, largest=False).indices] = True
        gone, come = (~stays[: self.most]).nonzero()[:, 0], stays[self.most :].nonzero()[:, 0]
        self._put(gone, rows[come], keys[come], sources[come])

    def _put(self, place: slice | Tensor, rows: Tensor, keys: Tensor, sources: Tensor) -> None:
        self._rows[place], self._keys[place], self._sources[place] = rows, keys, sources


def coreset(rows: Tensor, most: int, seed: int, tell: Callable[[float], None]) -> Tensor:
    """Numbers of `most` rows that cover all: greedily, each the farthest from those before it.

    k-centre greedy (Sener and Savarese 2018) in a random projection, as PatchCore has it. Equal
    rows are taken once. `tell` hears the share that is done.
    """
    chance = torch.Generator().manual_seed(seed)
    if most >= len(rows):
        return torch.arange(len(rows))
    seen = projected(rows, chance)
    lengths = seen.square().sum(1)
    nearest = torch.full((len(rows),), torch.inf, device=rows.device)
    chosen = [int(torch.randint(len(rows), (1,), generator=chance))]
    while len(chosen) < most:
        last = chosen[-1]
        apart = lengths + lengths[last] - 2 * (seen @ seen[last])
        nearest = torch.minimum(nearest, apart)
        nearest[last] = 0
        farthest = int(nearest.argmax())
        if nearest[farthest] <= 0:
            break
        chosen.append(farthest)
        if len(chosen) % EVERY == 0:
            tell(len(chosen) / most)
    return torch.tensor(chosen)


def projected(rows: Tensor, chance: torch.Generator, at_once: int = 10_000) -> Tensor:
    """n x PROJECTED, distances about kept (Johnson and Lindenstrauss); narrow rows as they are."""
    width = rows.shape[1]
    if width <= PROJECTED:
        return rows
    axes = torch.randn(width, PROJECTED, generator=chance) / PROJECTED**0.5
    axes = axes.to(rows.device)
    starts = range(0, len(rows), at_once)
    return torch.cat([rows[start : start + at_once] @ axes for start in starts])
