"""One pre-training run on Pfam: from a token store with families to an encoder."""

import logging
import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from protlang.corpora.token_store import TokenStore
from protlang.encoders.encoder import PairEncoder
from protlang.encoders.provenance import corpus_facts, trained_on
from protlang.encoders.registry import pair_encoder
from protlang.pretraining.pair_test import TokenPairs, evaluate
from protlang.pretraining.pfam_domains import PfamSets, domains_for_testing, select
from protlang.pretraining.pfam_pairs import (
    PairReader,
    Pairs,
    PairSampler,
    PairSettings,
    PfamPairSettings,
    ShuffledPasses,
)
from protlang.pretraining.plus import LmTask, PairNames, PairTask, make_optimizer
from protlang.pretraining.plus_recipe import PlusRecipe
from protlang.training.determinism import autocast, product_dtype
from protlang.training.distributed import Process
from protlang.training.loop import LoopSettings, Result, Training, Validate
from protlang.training.run import Run

logger = logging.getLogger(__name__)

PfamTask = PairTask | LmTask


def plus_run(settings: Mapping[str, Any], store: TokenStore) -> Run[Any]:
    """The training of a model on a corpus with families."""
    recipe = PlusRecipe.parse(settings)
    return Run(
        recipe,
        {"corpus": corpus_facts(store)},
        partial(_build, recipe, store),
        partial(_save, recipe, store),
    )


def draw_test_pairs(store: TokenStore, settings: PfamPairSettings) -> Pairs:
    """Pairs that no model has learned from, the same for all models.

    Args:
        store: the corpus, with families.
        settings: how many, and their seed.
    """
    domains = domains_for_testing(store, settings.longest)
    sampler = PairSampler(store, domains, PairSettings(settings.seed))
    return sampler.pairs(0, settings.test)


def _build(
    recipe: PlusRecipe, store: TokenStore, process: Process
) -> Training[PfamTask]:
    encoder = pair_encoder(recipe.architecture).of_config(recipe.model)
    network = encoder.network.to(process.device)
    sets = select(store, recipe.selection)
    task = _task(recipe, encoder, store, sets, process)
    loop = _with_updates(recipe, task, process.size)
    optimizer = make_optimizer(
        network, recipe.training, loop.steps, recipe.imitate_released_code
    )
    return Training(task, optimizer, loop, _validate(recipe, encoder, store, sets))


def _save(
    recipe: PlusRecipe, store: TokenStore, result: Result[PfamTask], folder: Path
) -> None:
    logger.info("best weights: update %d of %d", result.best_update, result.updates)
    encoder = result.task.encoder
    encoder.training = _record(recipe, store, result)
    encoder.trained_on = trained_on(store.folder.name, store.meta)
    encoder.save(folder)


def _record(
    recipe: PlusRecipe, store: TokenStore, result: Result[PfamTask]
) -> dict[str, Any]:
    """Facts of a training, which `config.json` records."""
    sets = select(store, recipe.selection)
    entries = _entries_per_update(recipe, result.processes)
    device = next(result.task.network.parameters()).device
    dtype = product_dtype(device, recipe.training.precision)
    by_test_pairs = _selects_by_test_pairs(recipe)
    return {
        **asdict(recipe.training),
        "precision": str(dtype).removeprefix("torch."),
        "gradient_norm": recipe.loop.gradient_norm,
        "clip": recipe.loop.clip,
        "masking": asdict(recipe.masking) if recipe.masking else None,
        "selection": asdict(recipe.selection),
        "selected_by": f"{'test' if by_test_pairs else 'development'} pairs",
        "processes": result.processes,
        "updates": result.updates,
        "passes": round(result.updates * entries / result.task.entries, 3),
        "entries_per_update": entries,
        "entries_read": result.updates * entries,
        "best_update": result.best_update,
        "domains": len(sets.training),
        "residues": int(store.lengths[sets.training].sum()),
        "counts": [count._asdict() for count in sets.counts],
        "imitate_released_code": recipe.imitate_released_code,
    }


def _selects_by_test_pairs(recipe: PlusRecipe) -> bool:
    """Whether weights are selected by the test pairs, as in the released code."""
    return recipe.imitate_released_code


def _task(
    recipe: PlusRecipe,
    encoder: PairEncoder,
    store: TokenStore,
    sets: PfamSets,
    process: Process,
) -> PfamTask:
    if encoder.masking is None:
        order = ShuffledPasses(sets.training, recipe.seed)
        return LmTask(encoder, store, order, process, recipe.training)
    longest = encoder.max_pair_residues
    settings = PairSettings(recipe.seed, longest, recipe.imitate_released_code)
    reader = PairReader(
        store,
        PairSampler(store, sets.training, settings),
        recipe.masking if recipe.training.masked_lm else None,
        encoder.joint,
        recipe.seed,
    )
    names = PairNames(store, reader)
    return PairTask(
        encoder, reader, names, process, recipe.training, recipe.imitate_released_code
    )


def _validate(
    recipe: PlusRecipe, encoder: PairEncoder, store: TokenStore, sets: PfamSets
) -> Validate:
    """Measures a network on pairs of the validation set, as it is trained."""
    pairs = TokenPairs.of_store(store, _validation_pairs(recipe, store, sets))
    masked = recipe.masking is None or recipe.training.masked_lm > 0
    family = recipe.masking is not None and recipe.training.same_family > 0

    def validate() -> Mapping[str, float]:
        with autocast(encoder.network, recipe.training.precision):
            results = evaluate(
                encoder,
                pairs,
                recipe.masking,
                recipe.pairs.seed,
                recipe.training.batch,
                masked,
                family,
            )
        values = results.values()
        return {"loss": _validation_loss(recipe, values, encoder.joint), **values}

    return validate


def _validation_pairs(recipe: PlusRecipe, store: TokenStore, sets: PfamSets) -> Pairs:
    """Pairs of the validation set; imitating the released code, those of the test."""
    if _selects_by_test_pairs(recipe):
        return draw_test_pairs(store, recipe.pairs)
    sampler = PairSampler(store, sets.development, PairSettings(recipe.pairs.seed))
    return sampler.pairs(0, recipe.pairs.development)


def _validation_loss(
    recipe: PlusRecipe, values: Mapping[str, float], joint: bool
) -> float:
    """The training's objective on the validation pairs, as in the released code.

    Imitating that code, the weight of masked residues is that of its training, which
    counts the first domain's alone; the mean over both stands for theirs here.
    """
    same_family = values.get("same_family_loss", 0.0)
    masked_lm = values.get("masked_lm_loss", 0.0)
    if recipe.masking is None:
        return masked_lm
    training = recipe.training
    # Domains that are read one by one have a mean loss each.
    second = training.masked_lm if recipe.imitate_released_code else 1.0
    means = 1.0 if joint else 1.0 + second
    return training.masked_lm * means * masked_lm + training.same_family * same_family


def _with_updates(recipe: PlusRecipe, task: PfamTask, processes: int) -> LoopSettings:
    """The loop's settings with a number of updates, whatever it was given by."""
    if recipe.epochs is None:
        return recipe.loop
    updates = math.ceil(task.entries / _entries_per_update(recipe, processes))
    return replace(recipe.loop, steps=recipe.epochs * updates)


def _entries_per_update(recipe: PlusRecipe, processes: int) -> int:
    """Pairs, or domains, that all processes read for an update."""
    return recipe.training.batch * recipe.loop.accumulate * processes
