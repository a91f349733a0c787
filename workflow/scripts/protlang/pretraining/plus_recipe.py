"""One pre-training run on Pfam, from a token store with families to an encoder on disk.

The run's folder is named by a hash of everything that determines its bits, so changed
settings never continue an old run, and equal ones always do.
"""

import logging
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from protlang.corpora.token_store import TokenStore
from protlang.encoders.masking import Masking
from protlang.encoders.pair_models import pair_model
from protlang.encoders.plus import Architecture, architecture
from protlang.encoders.plus_folders import PlusEncoder, save_plus
from protlang.encoders.provenance import trained_on
from protlang.errors import ProtlangError
from protlang.files import write_text
from protlang.models.p_elmo import PElmoLm
from protlang.models.plus_tfm import MARKS, PlusTfmConfig
from protlang.pretraining.pair_test import TokenPairs, evaluate
from protlang.pretraining.pfam_domains import (
    PfamSelection,
    PfamSets,
    domains_for_testing,
    select,
)
from protlang.pretraining.pfam_pairs import (
    PairReader,
    Pairs,
    PairSampler,
    PairSettings,
    ShuffledPasses,
)
from protlang.pretraining.plus import (
    LmTask,
    PairNames,
    PairTask,
    autocast,
    make_optimizer,
)
from protlang.pretraining.plus_training import PlusTraining
from protlang.training.determinism import make_deterministic
from protlang.training.distributed import Process
from protlang.training.loop import LoopSettings, Trainer, Training, Validate
from protlang.training.numbered import Position
from protlang.training.run import hashed_fields
from protlang.training.run_names import run_name
from protlang.training.signals import StopRequest

logger = logging.getLogger(__name__)

_IMITATE = "imitate_released_code"


@dataclass(frozen=True)
class FixedPairSettings:
    """Pairs that are drawn once: to select weights by, and to test all models on.

    Attributes:
        development: how many of the development set.
        test: how many of the test set; PLUS does not tell.
        seed: of their choice, and of the residues that are hidden.
        longest: residues of a test domain at most; None sets no limit.
    """

    development: int = 2_000
    test: int = 10_000
    seed: int = 1
    longest: int | None = None


@dataclass(frozen=True)
class PlusPlan:
    """Everything that determines a run, but for the number of processes.

    Attributes:
        architecture: one of `protlang.encoders.plus.ARCHITECTURES`.
        model: its sizes and options.
        selection: of the domains.
        pairs: to validate with.
        masking: how residues are hidden; None for P-ELMo's language model.
        training: batches, optimizer, losses.
        loop: updates, gradient norm, checkpoints, validations.
        epochs: passes over the anchors or domains, which then give the number of
            updates; None if that is given.
        seed: of weights, dropout, pairs and masks.
        threads: of PyTorch on the CPU.
        imitate_released_code: repeat the errors of PLUS's released code that change
            numbers: the pair head's slopes may become negative, the second domain's
            hidden residues do not count, a logit has to exceed 0.5, X may replace a
            residue, a domain may be its own partner, weights are selected by the test
            pairs.
    """

    architecture: str
    model: Any
    selection: PfamSelection
    pairs: FixedPairSettings
    masking: Masking | None
    training: PlusTraining
    loop: LoopSettings
    epochs: int | None
    seed: int
    threads: int
    imitate_released_code: bool

    @classmethod
    def parse(cls, settings: Mapping[str, Any]) -> "PlusPlan":
        """Read the settings of one entry of `plus.pretraining` in the configuration.

        Every part holds what differs from the architecture's own defaults.

        Raises:
            ProtlangError: if an option is unknown or out of range.
        """
        imitate = settings.get("imitate_released_code", False)
        kind = architecture(settings["architecture"])
        try:
            return cls(
                settings["architecture"],
                _model(kind, settings.get("model", {}), imitate),
                _selection(kind, settings.get("selection", {}), imitate),
                FixedPairSettings(**settings.get("pairs", {})),
                _masking(kind, settings.get("masking", {}), imitate),
                _training(kind, settings.get("training", {})),
                _loop(kind, settings),
                settings.get("epochs"),
                settings["seed"],
                settings["threads"],
                imitate,
            )
        except TypeError as error:
            raise ProtlangError(f"plus.pretraining: {error}; correct it") from error

    def digest(self, corpus: Path, processes: int) -> str:
        """Name of the run: a hash of plan, corpus and number of processes."""
        facts = {**asdict(self), "loop": hashed_fields(self.loop)}
        return run_name(facts, corpus / "meta.json", processes)


class Trained(NamedTuple):
    """What a run made.

    Attributes:
        network: with its best weights.
        updates: how many there were.
        passes: over all anchors or domains.
        entries: pairs, or domains, per update.
        best_update: after which the weights were best.
    """

    network: nn.Module
    updates: int
    passes: float
    entries: int
    best_update: int


def pretrain(
    plan: PlusPlan,
    store: TokenStore,
    folder: Path,
    process: Process,
    stop: StopRequest,
) -> Trained | None:
    """Train, resuming if there is a checkpoint.

    Args:
        plan: what to train.
        store: the corpus, with families.
        folder: of the run.
        process: this one.
        stop: asks to save and stop.

    Returns:
        The trained network, or None if it was asked to stop.

    Raises:
        ProtlangError: if the corpus is too small or a loss is not finite.
    """
    make_deterministic(plan.seed, plan.threads)
    network = architecture(plan.architecture).build(plan.model).to(process.device)
    # Weights start equal everywhere; dropout differs between processes.
    torch.manual_seed(plan.seed + 1 + process.rank)
    sets = select(store, plan.selection)
    task = _task(plan, network, store, sets, process)
    loop = _with_updates(plan, task, process)
    optimizer = make_optimizer(
        network, plan.training, loop.steps, plan.imitate_released_code
    )
    validate = _validate(plan, network, store, sets)
    training: Training[Any] = Training(task, optimizer, loop, validate)
    trainer = Trainer(training, folder, process)
    if not trainer.run(stop):
        return None
    entries = _entries_per_update(plan, process)
    passes = trainer.step * entries / task.entries
    return Trained(network, trainer.step, passes, entries, trainer.selection.step)


def finish(
    trained: Trained, plan: PlusPlan, store: TokenStore, run: Path, encoder: Path
) -> None:
    """Write a trained network with the record of its training.

    Args:
        trained: what `pretrain` returned.
        plan: how.
        store: the corpus.
        run: folder of the run, which holds `metrics.jsonl`.
        encoder: receives `config.json`, `model.safetensors` and `metrics.jsonl`.
    """
    logger.info("best weights: update %d of %d", trained.best_update, trained.updates)
    sets = select(store, plan.selection)
    training = {
        **asdict(plan.training),
        "masking": asdict(plan.masking) if plan.masking else None,
        "updates": trained.updates,
        "passes": round(trained.passes, 3),
        "entries_per_update": trained.entries,
        "best_update": trained.best_update,
        "domains": len(sets.training),
        "residues": int(store.lengths[sets.training].sum()),
        "counts": [count._asdict() for count in sets.counts],
        "imitate_released_code": plan.imitate_released_code,
    }
    corpus = trained_on(store.folder.name, store.meta)
    model = PlusEncoder(plan.architecture, trained.network, training, corpus)
    save_plus(model, encoder)
    write_text(encoder / "metrics.jsonl", (run / "metrics.jsonl").read_text("utf-8"))


def draw_test_pairs(store: TokenStore, settings: FixedPairSettings) -> Pairs:
    """Pairs that no model has learned from, the same for all models.

    Args:
        store: the corpus, with families.
        settings: how many, and their seed.
    """
    domains = domains_for_testing(store, settings.longest)
    sampler = PairSampler(store, domains, PairSettings(settings.seed))
    return sampler.pairs(0, settings.test)


def _task(
    plan: PlusPlan,
    network: nn.Module,
    store: TokenStore,
    sets: PfamSets,
    process: Process,
) -> PairTask | LmTask:
    position = Position(process.rank, process.size, plan.training.batch)
    if isinstance(network, PElmoLm):
        order = ShuffledPasses(sets.training, plan.seed)
        return LmTask(network, store, order, position, plan.training)
    longest = (
        plan.model.max_tokens - MARKS if isinstance(plan.model, PlusTfmConfig) else None
    )
    settings = PairSettings(plan.seed, longest, plan.imitate_released_code)
    reader = PairReader(
        store,
        PairSampler(store, sets.training, settings),
        plan.masking if plan.training.masked_lm else None,
        pair_model(network).joint_masks,
        plan.seed,
    )
    names = PairNames(store, reader)
    return PairTask(
        network, reader, names, position, plan.training, plan.imitate_released_code
    )


def _validate(
    plan: PlusPlan, network: nn.Module, store: TokenStore, sets: PfamSets
) -> Validate:
    """Measures a network on pairs of the development set, as it is trained."""
    model = pair_model(network)
    pairs = TokenPairs.of_store(store, _validation_pairs(plan, store, sets))
    guess = plan.masking is None or plan.training.masked_lm > 0
    compare = plan.masking is not None and plan.training.same_family > 0

    def validate() -> Mapping[str, float]:
        with autocast(network, plan.training.precision):
            results = evaluate(
                model,
                pairs,
                plan.masking,
                plan.pairs.seed,
                plan.training.batch,
                guess,
                compare,
            )
        values = results.values()
        return {"loss": _validation_loss(plan, values, model.joint_masks), **values}

    return validate


def _validation_pairs(plan: PlusPlan, store: TokenStore, sets: PfamSets) -> Pairs:
    """Pairs of the development set; imitating the released code, those of the test."""
    if plan.imitate_released_code:
        return draw_test_pairs(store, plan.pairs)
    sampler = PairSampler(store, sets.development, PairSettings(plan.pairs.seed))
    return sampler.pairs(0, plan.pairs.development)


def _validation_loss(
    plan: PlusPlan, values: Mapping[str, float], joint_masks: bool
) -> float:
    """What the training minimises, of pairs that it does not see.

    The released code goes by the loss that it happens to compute last, that of same
    family prediction.
    """
    same_family = values.get("same_family_loss", 0.0)
    masked_lm = values.get("masked_lm_loss", 0.0)
    if plan.masking is None:
        return masked_lm
    if plan.imitate_released_code and plan.training.same_family:
        return same_family
    # Of domains that are read one by one, each has a mean loss of its own.
    means = 1 if joint_masks else 2
    training = plan.training
    return training.masked_lm * means * masked_lm + training.same_family * same_family


def _model(kind: Architecture, options: Mapping[str, Any], imitate: bool) -> Any:
    if hasattr(kind.config, _IMITATE):
        return kind.config(**options, **{_IMITATE: imitate})
    return kind.config(**options)


def _selection(
    kind: Architecture, options: Mapping[str, Any], imitate: bool
) -> PfamSelection:
    selection = replace(kind.selection, **options)
    # There, weights are selected by the test pairs, and all else is learned from.
    return replace(selection, development=0.0) if imitate else selection


def _masking(
    kind: Architecture, options: Mapping[str, Any], imitate: bool
) -> Masking | None:
    if kind.masking is None:
        if options:
            raise ProtlangError(
                "plus.pretraining: masking is given to a model that guesses residues "
                "without hiding them; remove it"
            )
        return None
    return replace(kind.masking, **options, imitate_released_code=imitate)


def _training(kind: Architecture, options: Mapping[str, Any]) -> PlusTraining:
    training = replace(kind.training, **options)
    if training.masked_lm <= 0 and training.same_family <= 0:
        raise ProtlangError(
            "plus.pretraining: masked_lm and same_family are both 0, so there is "
            "nothing to learn; give one of them a weight"
        )
    return training


def _loop(kind: Architecture, settings: Mapping[str, Any]) -> LoopSettings:
    options = {**kind.loop, **settings.get("loop", {})}
    if ("steps" in options) == ("epochs" in settings):
        raise ProtlangError(
            "plus.pretraining: a model needs either epochs or loop.steps; give one of "
            "them"
        )
    return LoopSettings(**{"steps": 0, **options})


def _with_updates(
    plan: PlusPlan, task: PairTask | LmTask, process: Process
) -> LoopSettings:
    """The loop's settings with a number of updates, whatever it was given by."""
    if plan.epochs is None:
        return plan.loop
    updates = math.ceil(task.entries / _entries_per_update(plan, process))
    return replace(plan.loop, steps=plan.epochs * updates)


def _entries_per_update(plan: PlusPlan, process: Process) -> int:
    """Pairs, or domains, that all processes read for an update."""
    return plan.training.batch * plan.loop.accumulate * process.size
