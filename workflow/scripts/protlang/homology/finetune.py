"""One run of fine-tuning on homology: from domains and an encoder to a model."""

import logging
import math
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from protlang.encoders.encoder import PairEncoder
from protlang.encoders.folder import CONFIG_FILE, MODEL_FILE
from protlang.encoders.registry import load_pair_encoder
from protlang.formats.embeddings import open_embeddings
from protlang.homology.batches import HomologyReader, ReadingSettings
from protlang.homology.contacts import ContactData
from protlang.homology.domains import Domains, read_domains
from protlang.homology.network import HomologyNetwork, Vectors, new_network
from protlang.homology.objective import (
    HomologyLoss,
    HomologyTask,
    ValidationReading,
    levels_validation,
    make_optimizer,
    summed_validation,
)
from protlang.homology.pairs import (
    PAIRS_PER_EPOCH,
    FixedPairs,
    HomologySampler,
    read_fixed_pairs,
)
from protlang.homology.recipe import HomologyRecipe
from protlang.training.distributed import Process
from protlang.training.loop import LoopSettings, Result, Training, Validate
from protlang.training.run import Run

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class HomologyFiles:
    """Files that a run reads.

    Attributes:
        train: domains to learn from (`protlang.homology.domains`).
        validation: fixed pairs that weights are selected by.
        pretrained: folder of the model to start from; None starts from random weights.
        contacts: contact maps of the domains, if they are learned.
        embeddings: of the domains of both, for the architecture `embeddings`; a file,
            or a folder of shards.
    """

    train: Path
    validation: Path
    pretrained: Path | None = None
    contacts: Path | None = None
    embeddings: Path | None = None

    @property
    def by_role(self) -> dict[str, Path]:
        """All that determine the bits."""
        files = {
            "train": self.train,
            "validation": self.validation,
            "contacts": self.contacts,
            "embeddings": self.embeddings,
        }
        if self.pretrained:
            files["encoder"] = self.pretrained / CONFIG_FILE
            files["weights"] = self.pretrained / MODEL_FILE
        return {role: path for role, path in files.items() if path}


def homology_run(recipe: HomologyRecipe, files: HomologyFiles) -> Run[Any]:
    """The fine-tuning of a model on homology."""
    return Run(
        recipe,
        files.by_role,
        partial(_build, recipe, files),
        partial(_save, recipe, files),
    )


def build_network(recipe: HomologyRecipe, files: HomologyFiles) -> HomologyNetwork:
    """The network before its first update; what is not pre-trained is random.

    Raises:
        ProtlangError: if the pre-trained model does not fit the recipe.
    """
    return new_network(
        recipe.architecture,
        recipe.model,
        _pretrained(files),
        recipe.training.contacts > 0,
        recipe.imitate_released_code,
    )


def _build(
    recipe: HomologyRecipe, files: HomologyFiles, process: Process
) -> Training[HomologyTask]:
    network = build_network(recipe, files).to(process.device)
    network.with_vectors(_vectors(files))
    contacts = ContactData(files.contacts) if files.contacts else None
    task = _task(recipe, network, contacts, read_domains(files.train), process)
    validate = _validate(recipe, network, contacts, read_fixed_pairs(files.validation))
    optimizer = make_optimizer(network, recipe.training)
    return Training(task, optimizer, _in_updates(recipe, process.size), validate)


def _save(
    recipe: HomologyRecipe,
    files: HomologyFiles,
    result: Result[HomologyTask],
    folder: Path,
) -> None:
    logger.info("best weights: update %d of %d", result.best_update, result.updates)
    domains = read_domains(files.train)
    network = result.task.network
    network.start.training = {
        **asdict(recipe.training),
        "masking": asdict(recipe.masking) if recipe.masking else None,
        "resampled": recipe.resampled,
        "sampler": asdict(recipe.sampler),
        "updates": result.updates,
        "best_update": result.best_update,
        "best_loss": result.best_loss,
        "imitate_released_code": recipe.imitate_released_code,
    }
    network.start.trained_on = {
        "domains": len(domains.ids),
        "residues": sum(map(len, domains.sequences)),
        "train": domains.provenance,
        "pretrained": _origin(files),
    }
    network.save(folder)


def _pretrained(files: HomologyFiles) -> PairEncoder | None:
    return load_pair_encoder(files.pretrained) if files.pretrained else None


def _origin(files: HomologyFiles) -> dict[str, Any] | None:
    """What the model that a run started from was trained on."""
    if files.embeddings:
        with open_embeddings(files.embeddings) as embeddings:
            return {name: str(value) for name, value in embeddings.facts.items()}
    pretrained = _pretrained(files)
    if pretrained is None:
        return None
    return {
        "architecture": pretrained.architecture,
        "training": dict(pretrained.training),
        "trained_on": dict(pretrained.trained_on),
    }


def _vectors(files: HomologyFiles) -> Vectors | None:
    return open_embeddings(files.embeddings) if files.embeddings else None


def _task(
    recipe: HomologyRecipe,
    network: HomologyNetwork,
    contacts: ContactData | None,
    domains: Domains,
    process: Process,
) -> HomologyTask:
    start = network.start
    settings = ReadingSettings(
        recipe.seed,
        recipe.masking,
        start.joint,
        start.max_pair_residues,
        recipe.resampled,
    )
    reader = HomologyReader(
        domains, HomologySampler(domains.sccs, recipe.sampler), settings
    )
    loss = HomologyLoss(
        network, recipe.training, contacts, recipe.imitate_released_code
    )
    return HomologyTask(network, loss, domains, reader, process, recipe.training)


def _validate(
    recipe: HomologyRecipe,
    network: HomologyNetwork,
    contacts: ContactData | None,
    pairs: FixedPairs,
) -> Validate:
    if recipe.training.select_by == "task":
        return levels_validation(network, pairs, recipe.training)
    reading = ValidationReading(
        recipe.seed, recipe.masking, contacts, recipe.imitate_released_code
    )
    return summed_validation(network, pairs, recipe.training, reading)


def _in_updates(recipe: HomologyRecipe, processes: int) -> LoopSettings:
    """The loop's settings with everything in updates, whatever it was given in."""
    loop = recipe.loop
    batch = recipe.training.batch * loop.accumulate * processes
    every = loop.validate_every or math.ceil(PAIRS_PER_EPOCH / batch)
    steps = loop.steps
    if recipe.epochs is not None:
        steps = math.ceil(recipe.epochs * PAIRS_PER_EPOCH / batch)
    return replace(loop, steps=steps, validate_every=every)
