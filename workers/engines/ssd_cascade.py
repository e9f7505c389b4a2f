"""A cascade from coarse to fine (Chen et al., IEEE TIM 2018): structure, part in it, its state."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from workers.catalogue.ssd_cascade import Params
from workers.contract import Answer, Log, ManifestSample
from workers.engines.base import Engine, Ground, Report
from workers.engines.parts import based, roles
from workers.engines.parts.cascade_network import Cascade, Plan
from workers.engines.parts.cascade_stages import OVERLAP, recalls
from workers.engines.parts.cascade_training import losses
from workers.engines.parts.detection import Detection
from workers.engines.parts.heads import Boxes
from workers.engines.parts.loop import Batch, begin
from workers.engines.parts.roles import Roles
from workers.engines.parts.ssd_network import of_boxes


class SsdCascade(Engine):
    """The engine of the card `ssd_cascade`. All stages are one network and one graph."""

    params: Params
    network: Cascade
    head: Boxes
    roles: Roles | None = None
    based = False

    def build(self) -> None:
        """The network of the roles that were found; without any, the first class holds the others.

        Failure role_unknown, or no_structures where there are fewer than two classes.
        """
        p, known = self.params, self.roles or self._assumed()
        torch.manual_seed(p.seed)
        place = self.classes.index
        plan = Plan(
            len(self.classes),
            [place(name) for name in known.structures],
            [place(name) for name in known.parts],
            [place(name) for name in known.states],
            p.image_size, p.structure_size, p.part_size, p.state_size,
            p.most_structures, p.most_parts, p.structure_score,
        )  # fmt: skip
        self.network = Cascade(
            plan, (p.structure_network, p.part_network), p.smallest, p.width, not self.based
        )
        self.head = Boxes(self.classes, p.image_size, overlap=OVERLAP)

    def _assumed(self) -> Roles:
        told = self._told()
        structures = told.structures or tuple(self.classes[:1])
        taken = structures + told.parts
        states = told.states or tuple(name for name in self.classes if name not in taken)
        return roles.settled(Roles(structures, told.parts, states))

    def _told(self) -> Roles:
        p = self.params
        return roles.by_name(self.classes, p.structures, p.parts, p.states)

    def fit(self, ground: Ground, report: Report) -> None:
        """Find the roles, then train all stages side by side."""
        self.based = based.on_base(ground)
        if ground.parent:
            self._restore(based.read(ground.parent))
        else:
            self.roles = roles.found(ground.samples("train"), self.classes, self._told())
        found = cast(Roles, self.roles)
        lists = [", ".join(each) or "–" for each in (found.structures, found.parts, found.states)]
        words = f"Structures: {lists[0]}; parts: {lists[1]}; states: {lists[2]}."
        told = {"structures": lists[0], "parts": lists[1], "states": lists[2]}
        report(Log(message=words, code="roles_found", params={**told}))
        begin(self, ground)
        for stage in (self.network.structure, self.network.part):
            if not ground.checkpoint and stage.trunk.fits_base:
                based.take(stage.trunk.seen, ground, report)
        Run(self, ground, report).run()

    def extra_figures(self, samples: Sequence[ManifestSample]) -> dict[str, float]:
        """The recall of each stage by itself, and their product."""
        return recalls(self.network, samples, self.classes, self.device)

    def spec(self) -> dict[str, Any]:
        """The roles, by which the network is rebuilt."""
        known = self.roles or self._assumed()
        told = {name: list(getattr(known, name)) for name in ("structures", "parts", "states")}
        return {"based": self.based, "roles": told}

    def load(self, folder: Path, device: str = "cpu") -> None:
        """As the spec says that it was built."""
        self._restore(based.read(folder))
        super().load(folder, device)

    def _restore(self, spec: dict[str, Any]) -> None:
        self.based = bool(spec.get("based"))
        told = spec.get("roles")
        self.roles = Roles(**{name: tuple(names) for name, names in told.items()}) if told else None


class Run(Detection):
    """Each stage learns from the truth of the stage before."""

    def loss_of(self, batch: Batch) -> Tensor:
        """The sum of all stages' losses."""
        images, rows = (torch.from_numpy(each).to(self.engine.device) for each in batch)
        network = cast(Cascade, self.engine.network)
        found = losses(network, images, of_boxes(rows))
        return self.loss(torch.stack(list(found.values())), rows)

    def figures(self, answers: Sequence[Answer]) -> tuple[dict[str, float | None], float]:
        """Those of all detectors, and the recall of each stage."""
        found, fitness = super().figures(answers)
        return found | cast(SsdCascade, self.engine).extra_figures(self.val), fitness
