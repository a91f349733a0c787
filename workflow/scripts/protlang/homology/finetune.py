"""One fine-tuning run on homology, from domains and a pre-trained model to a folder.

The run's folder is named by a hash of everything that determines its bits, so changed
settings never continue an old run, and equal ones always do.

Sources: PLUS, Sections 4.1 and 4.3; its released code (config/run) for settings that
the paper does not print.
"""

import logging
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from protlang.encoders.encoder import PairEncoder
from protlang.encoders.folder import encoder_hash
from protlang.encoders.masking import TFM_MASKING, Masking
from protlang.encoders.registry import load_pair_encoder
from protlang.errors import ProtlangError
from protlang.files import file_hash, write_text
from protlang.formats.embeddings import open_embeddings
from protlang.homology.batches import P_ELMO_RESAMPLED, HomologyReader, ReadingSettings
from protlang.homology.contacts import ContactData
from protlang.homology.domains import Domains, read_domains
from protlang.homology.network import HomologyNetwork, Vectors, new_network
from protlang.homology.objective import (
    HomologyLoss,
    HomologyTask,
    HomologyTraining,
    make_optimizer,
    released_validation,
    validation,
)
from protlang.homology.pairs import (
    PAIRS_PER_EPOCH,
    FixedPairs,
    HomologySampler,
    SamplerSettings,
    read_fixed_pairs,
)
from protlang.training.determinism import make_deterministic
from protlang.training.distributed import Process
from protlang.training.loop import LoopSettings, Trainer, Training, Validate
from protlang.training.numbered import Position
from protlang.training.run import hashed_fields
from protlang.training.run_names import run_name
from protlang.training.signals import StopRequest

logger = logging.getLogger(__name__)

_CLIPPED = {"gradient_norm": 1.0}


@dataclass(frozen=True)
class Recipe:
    """How the paper fine-tunes one architecture.

    Attributes:
        training: batches and losses.
        epochs: of `PAIRS_PER_EPOCH` pairs.
        masking: how residues are hidden; None where they never are.
        resampled: share of residues that are replaced by random letters.
        loop: of the settings of the training loop, those that differ from the defaults.
    """

    training: HomologyTraining
    epochs: int
    masking: Masking | None = None
    resampled: float = 0.0
    loop: Mapping[str, Any] = field(default_factory=lambda: dict(_CLIPPED))


RECIPES: Mapping[str, Recipe] = {
    "plus-rnn": Recipe(HomologyTraining(), 100, Masking()),
    "plus-tfm": Recipe(
        HomologyTraining(learning_rate=0.00005),
        50,
        TFM_MASKING,
        loop={"gradient_norm": math.inf},
    ),
    "p-elmo": Recipe(
        HomologyTraining(learning_rate=0.001, masked_lm=0.0, levels=0.1, contacts=0.9),
        100,
        resampled=P_ELMO_RESAMPLED,
    ),
    # Not in the paper.
    "embeddings": Recipe(
        HomologyTraining(learning_rate=0.001, masked_lm=0.0, levels=1.0), 100
    ),
}
"""By architecture. Source: PLUS's released code, config/run/*_homology.json."""


@dataclass(frozen=True)
class HomologyInputs:
    """Files that a run reads.

    Attributes:
        train: domains to learn from (`protlang.homology.domains`).
        development: fixed pairs that weights are selected by.
        pretrained: folder of the model to begin with; None begins with random weights.
        contacts: contact maps of the domains, if they are learned.
        embeddings: of the domains of both, for the architecture `embeddings`; a file,
            or a folder of shards.
    """

    train: Path
    development: Path
    pretrained: Path | None = None
    contacts: Path | None = None
    embeddings: Path | None = None

    def hashes(self) -> dict[str, Any]:
        """Of the contents, by name."""
        return {
            "train": file_hash(self.train),
            "development": file_hash(self.development),
            "pretrained": self.pretrained and encoder_hash(self.pretrained),
            "contacts": self.contacts and file_hash(self.contacts),
            "embeddings": self.embeddings and _hash_of_all(self.embeddings),
        }


@dataclass(frozen=True)
class HomologyPlan:
    """Everything that determines a run, but for its inputs and number of processes.

    Attributes:
        architecture: one of `RECIPES`.
        model: sizes that differ from the defaults or the pre-trained model's.
        sampler: how pairs are drawn.
        masking: how residues are hidden; None hides none.
        resampled: share of residues that are replaced by random letters.
        training: batches, learning rate, weights of the losses.
        loop: updates, gradient norm, patience, checkpoints. Its `validate_every` is in
            updates, 0 for each epoch.
        epochs: of `PAIRS_PER_EPOCH` pairs, which then give the number of updates; None
            if that is given.
        seed: of weights, dropout, pairs and masks.
        threads: of PyTorch on the CPU.
        imitate_released_code: repeat the errors of PLUS's released code that change
            numbers: levels and pairs are drawn as there, the ordinal head's slopes may
            become negative, the second domain's hidden residues and contacts do not
            count, X may replace a residue; weights are selected by all weighted losses
            together.
    """

    architecture: str
    model: Mapping[str, Any]
    sampler: SamplerSettings
    masking: Masking | None
    resampled: float
    training: HomologyTraining
    loop: LoopSettings
    epochs: int | None
    seed: int
    threads: int
    imitate_released_code: bool

    @classmethod
    def parse(cls, settings: Mapping[str, Any]) -> "HomologyPlan":
        """Read the settings of one model that is fine-tuned on homology.

        Every part holds what differs from the architecture's recipe.

        Raises:
            ProtlangError: if an option is unknown or out of range.
        """
        name = settings["architecture"]
        if name not in RECIPES:
            raise ProtlangError(
                f"there is no architecture {name!r} for homology; choose one of "
                f"{', '.join(RECIPES)}"
            )
        recipe = RECIPES[name]
        imitate = settings.get("imitate_released_code", False)
        seed = settings["seed"]
        try:
            training = replace(recipe.training, **settings.get("training", {}))
            return cls(
                name,
                settings.get("model", {}),
                SamplerSettings(
                    seed,
                    **settings.get("sampler", {}),
                    imitate_released_code=imitate,
                ),
                _masking(recipe, training, settings.get("masking", {}), imitate),
                settings.get("resampled", recipe.resampled),
                training,
                _loop(recipe, settings),
                _epochs(recipe, settings),
                seed,
                settings["threads"],
                imitate,
            )
        except TypeError as error:
            raise ProtlangError(f"homology: {error}; correct it") from error

    def digest(self, inputs: HomologyInputs, processes: int) -> str:
        """Name of the run: a hash of plan, inputs and number of processes."""
        facts = {
            **asdict(self),
            "loop": hashed_fields(self.loop),
            "inputs": inputs.hashes(),
        }
        return run_name(facts, inputs.train, processes)


class FineTuned(NamedTuple):
    """What a run made.

    Attributes:
        network: with its best weights.
        updates: how many there were.
        best_update: after which the weights were best.
        best_loss: of the development pairs, then.
    """

    network: HomologyNetwork
    updates: int
    best_update: int
    best_loss: float


def fine_tune(
    plan: HomologyPlan,
    inputs: HomologyInputs,
    folder: Path,
    process: Process,
    stop: StopRequest,
) -> FineTuned | None:
    """Train, resuming if there is a checkpoint.

    Args:
        plan: what to train.
        inputs: files to read.
        folder: of the run.
        process: this one.
        stop: asks to save and stop.

    Returns:
        The trained network, or None if it was asked to stop.

    Raises:
        ProtlangError: if an input lacks or does not fit the plan, or a loss is not
            finite.
    """
    make_deterministic(plan.seed, plan.threads)
    network = build_network(plan, inputs).to(process.device)
    # Weights start equal everywhere; dropout differs between processes.
    torch.manual_seed(plan.seed + 1 + process.rank)
    network.with_vectors(_vectors(inputs))
    contacts = ContactData(inputs.contacts) if inputs.contacts else None
    position = Position(process.rank, process.size, plan.training.batch)
    task = _task(plan, network, contacts, read_domains(inputs.train), position)
    validate = _validate(plan, network, contacts, read_fixed_pairs(inputs.development))
    loop = _in_updates(plan, process)
    optimizer = make_optimizer(network, plan.training)
    trainer = Trainer(Training(task, optimizer, loop, validate), folder, process)
    if not trainer.run(stop):
        return None
    best = trainer.selection
    return FineTuned(network, trainer.step, best.step, best.loss)


def finish(
    trained: FineTuned,
    plan: HomologyPlan,
    inputs: HomologyInputs,
    run: Path,
    folder: Path,
) -> None:
    """Write a fine-tuned network with the record of its training.

    Args:
        trained: what `fine_tune` returned.
        plan: how.
        inputs: from what.
        run: folder of the run, which holds `metrics.jsonl`.
        folder: receives `config.json`, `model.safetensors` and `metrics.jsonl`.
    """
    logger.info("best weights: update %d of %d", trained.best_update, trained.updates)
    domains = read_domains(inputs.train)
    training = {
        **asdict(plan.training),
        "masking": asdict(plan.masking) if plan.masking else None,
        "resampled": plan.resampled,
        "sampler": asdict(plan.sampler),
        "updates": trained.updates,
        "best_update": trained.best_update,
        "best_loss": trained.best_loss,
        "imitate_released_code": plan.imitate_released_code,
    }
    trained_on = {
        "domains": len(domains.ids),
        "residues": sum(map(len, domains.sequences)),
        "train": domains.provenance,
        "pretrained": _origin(inputs),
    }
    start = trained.network.start
    start.training, start.trained_on = training, trained_on
    trained.network.save(folder)
    write_text(folder / "metrics.jsonl", (run / "metrics.jsonl").read_text("utf-8"))


def build_network(plan: HomologyPlan, inputs: HomologyInputs) -> HomologyNetwork:
    """The network before its first update; what is not pre-trained follows chance.

    Raises:
        ProtlangError: if the pre-trained model does not fit the plan.
    """
    return new_network(
        plan.architecture,
        plan.model,
        _pretrained(inputs),
        plan.training.contacts > 0,
        plan.imitate_released_code,
    )


def _pretrained(inputs: HomologyInputs) -> PairEncoder | None:
    return load_pair_encoder(inputs.pretrained) if inputs.pretrained else None


def _origin(inputs: HomologyInputs) -> dict[str, Any] | None:
    """What the model that a run began with was trained on."""
    if inputs.embeddings:
        with open_embeddings(inputs.embeddings) as embeddings:
            return {name: str(value) for name, value in embeddings.facts.items()}
    pretrained = _pretrained(inputs)
    if pretrained is None:
        return None
    return {
        "architecture": pretrained.architecture,
        "training": dict(pretrained.training),
        "trained_on": dict(pretrained.trained_on),
    }


def _vectors(inputs: HomologyInputs) -> Vectors | None:
    return open_embeddings(inputs.embeddings) if inputs.embeddings else None


def _task(
    plan: HomologyPlan,
    network: HomologyNetwork,
    contacts: ContactData | None,
    domains: Domains,
    position: Position,
) -> HomologyTask:
    start = network.start
    settings = ReadingSettings(
        plan.seed, plan.masking, start.joint, start.max_pair_residues, plan.resampled
    )
    reader = HomologyReader(
        domains, HomologySampler(domains.sccs, plan.sampler), settings
    )
    loss = HomologyLoss(network, plan.training, contacts, plan.imitate_released_code)
    return HomologyTask(network, loss, domains, reader, position, plan.training)


def _validate(
    plan: HomologyPlan,
    network: HomologyNetwork,
    contacts: ContactData | None,
    pairs: FixedPairs,
) -> Validate:
    if plan.imitate_released_code:
        return released_validation(
            network, pairs, plan.training, plan.masking, contacts, plan.seed
        )
    return validation(network, pairs, plan.training)


def _masking(
    recipe: Recipe,
    training: HomologyTraining,
    options: Mapping[str, Any],
    imitate: bool,
) -> Masking | None:
    """How residues are hidden: not at all if none are to be guessed."""
    if recipe.masking is None and (options or training.masked_lm):
        raise ProtlangError(
            "homology: residues are to be hidden from a model that was not pre-trained "
            "so; remove masking and masked_lm"
        )
    if recipe.masking is None or training.masked_lm == 0:
        return None
    return replace(recipe.masking, **options, imitate_released_code=imitate)


def _loop(recipe: Recipe, settings: Mapping[str, Any]) -> LoopSettings:
    options = {"validate_every": 0, **recipe.loop, **settings.get("loop", {})}
    return LoopSettings(**{"steps": 0, **options})


def _epochs(recipe: Recipe, settings: Mapping[str, Any]) -> int | None:
    if "steps" not in settings.get("loop", {}):
        epochs: int = settings.get("epochs", recipe.epochs)
        return epochs
    if "epochs" in settings:
        raise ProtlangError(
            "homology: a model has both epochs and loop.steps; give one of them"
        )
    return None


def _in_updates(plan: HomologyPlan, process: Process) -> LoopSettings:
    """The loop's settings with everything in updates, whatever it was given in."""
    loop = plan.loop
    batch = plan.training.batch * loop.accumulate * process.size
    every = loop.validate_every or math.ceil(PAIRS_PER_EPOCH / batch)
    steps = loop.steps
    if plan.epochs is not None:
        steps = math.ceil(plan.epochs * PAIRS_PER_EPOCH / batch)
    return replace(loop, steps=steps, validate_every=every)


def _hash_of_all(path: Path) -> list[str]:
    """Of a file, or of all files of a folder by name."""
    paths = sorted(path.iterdir()) if path.is_dir() else [path]
    return [f"{part.name} {file_hash(part)}" for part in paths]
