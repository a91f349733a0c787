"""What tables say of a fine-tuned model: how it came about, and what the paper's had.

Every difference from the paper's protocol that can be read off the model's own records
is told, so that a number is only ever compared with the paper's if nothing differs.

Sources: PLUS, Sections 3.4 and 4.1 to 4.3, Tables 5 and 6; its released code for
settings that are not printed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from protlang.encoders.provenance import Provenance
from protlang.encoders.registry import pair_encoder
from protlang.finetuning.recipes import FineTuning, fine_tuning
from protlang.homology.finetune import RECIPES, HomologyPlan
from protlang.homology.pairs import PAIRS_PER_EPOCH, TAU

_TOLERANCE = 0.01
"""Copies of the paper's sets differ by some proteins."""

_P_ELMO = "p-elmo"
_P_ELMO_SIZES = ("input_dim", "hidden_dim", "layers", "projection")
_MASKED = ("share", "masked", "replaced")


@dataclass(frozen=True)
class PaperData:
    """What the paper fine-tuned on.

    Attributes:
        distributions: in which that set is published.
        proteins: it learned from.
    """

    distributions: frozenset[str]
    proteins: int


def _tape(task: str) -> set[str]:
    return {f"tape-{kind}-{task}" for kind in ("lmdb", "json", "csv")}


PAPER_DATA: Mapping[str, PaperData] = {
    "solubility": PaperData(frozenset({"deepsol-zip", "plus-solubility"}), 62_478),
    "localization": PaperData(frozenset({"deeploc-fasta", "plus-localization"}), 9_977),
    "stability": PaperData(frozenset({*_tape("stability"), "plus-stability"}), 53_614),
    "fluorescence": PaperData(
        frozenset({*_tape("fluorescence"), "plus-fluorescence"}), 21_446
    ),
    "secondary_structure": PaperData(
        frozenset({*_tape("secondary-structure"), "plus-secondary-structure"}), 8_678
    ),
    "transmembrane": PaperData(
        frozenset({"topcons-zip", "p-elmo-transmembrane", "plus-transmembrane"}), 228
    ),
}
"""By task. Source: PLUS, Section 4.2; TAPE; DeepSol."""

LOSS_WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "FT-A": {"masked_lm": 0.0, "levels": 1.0, "contacts": 0.0},
    "FT-B": {"masked_lm": 0.5, "levels": 0.5, "contacts": 0.0},
    "FT-C": {"masked_lm": 0.0, "levels": 0.7, "contacts": 0.3},
    "FT-D": {"masked_lm": 0.0, "levels": 0.5, "contacts": 0.5},
    "FT-E": {"masked_lm": 0.33, "levels": 0.33, "contacts": 0.33},
}
"""Of Table 6's ablations; all other rows have those of their recipe."""


@dataclass(frozen=True)
class Begun:
    """What a model began with.

    Attributes:
        row: of the tables that it fills.
        encoder: what is known of its encoder, pre-trained or not.
    """

    row: str
    encoder: Provenance


def task_facts(
    begun: Begun,
    task: str,
    settings: FineTuning,
    defaults: str,
    trained_on: Mapping[str, Any],
    updates: Sequence[int],
    processes: int,
    deviation: str = "",
) -> Provenance:
    """Of a model that was fine-tuned on single proteins.

    Args:
        begun: what it began with.
        task: its name.
        settings: of the fine-tuning.
        defaults: model whose published settings those are compared with.
        trained_on: provenance of the training split.
        updates: of each training seed.
        processes: that trained together, each with a batch of its own.
        deviation: of the data from the paper's, as declared.
    """
    data = (
        f"{trained_on['proteins']:,} proteins of {trained_on['source']} "
        f"({trained_on['distribution']})"
    )
    own = {**asdict(settings), "batch": settings.batch * processes}
    odd = _differing(own, asdict(fine_tuning(defaults, task)))
    told = _counted(updates)
    return _facts(
        begun,
        f"fine-tuned on {data}, {told} updates",
        [deviation or _of_data(PAPER_DATA[task], trained_on, data), *_settings(odd)],
        bool(trained_on["simulated"]),
    )


def homology_facts(
    begun: Begun,
    plan: HomologyPlan,
    pairs: Provenance,
    domains: int,
    updates: int,
    processes: int,
) -> Provenance:
    """Of a model that was fine-tuned on homology.

    Args:
        begun: what it began with.
        plan: of its fine-tuning.
        pairs: what is known of those it is scored on.
        domains: it learned from.
        updates: of its training.
        processes: that trained together, each with a batch of its own.
    """
    batch = plan.training.batch * plan.loop.accumulate * processes
    odd = [
        *_of_sizes(plan),
        *_of_recipe(plan, LOSS_WEIGHTS.get(begun.row, {}), batch),
        *_of_length(plan, updates * batch),
    ]
    if plan.imitate_released_code:
        odd.append("the released code's errors")
    return _facts(
        begun,
        f"fine-tuned on pairs of {domains:,} domains, {updates:,} updates",
        [pairs.deviation, *_settings(odd)],
        pairs.simulated,
    )


def _facts(
    begun: Begun, how: str, deviations: Sequence[str], simulated: bool
) -> Provenance:
    encoder = begun.encoder
    told = [encoder.deviation, *deviations]
    return Provenance(
        f"{encoder.description}; {how}",
        simulated or encoder.simulated,
        "; ".join(part for part in told if part),
    )


def _of_sizes(plan: HomologyPlan) -> list[str]:
    """Of P-ELMo's encoder, which is not pre-trained; of others, the encoder tells."""
    if plan.architecture != _P_ELMO:
        return []
    published = vars(pair_encoder(_P_ELMO).config())
    return _differing(
        {**published, **plan.model}, {name: published[name] for name in _P_ELMO_SIZES}
    )


def _of_recipe(
    plan: HomologyPlan, weights: Mapping[str, float], batch: int
) -> list[str]:
    """Batches, rates, losses, pairs and hidden residues.

    How many residues are hidden at most depends on how long pairs can be, so it is not
    compared.
    """
    recipe = RECIPES[plan.architecture]
    own = {**asdict(plan.training), "batch": batch, "tau": plan.sampler.tau}
    paper = {**asdict(recipe.training), **weights, "tau": TAU}
    own["resampled"], paper["resampled"] = plan.resampled, recipe.resampled
    own["gradient_norm"] = plan.loop.gradient_norm
    paper["gradient_norm"] = recipe.loop["gradient_norm"]
    if plan.masking and recipe.masking:
        own |= {name: getattr(plan.masking, name) for name in _MASKED}
        paper |= {name: getattr(recipe.masking, name) for name in _MASKED}
    return _differing(own, paper)


def _of_length(plan: HomologyPlan, pairs: int) -> list[str]:
    paper = RECIPES[plan.architecture].epochs * PAIRS_PER_EPOCH
    same = math.isclose(pairs, paper, rel_tol=_TOLERANCE)
    return [] if same else [f"{pairs:,} pairs instead of {paper:,}"]


def _of_data(paper: PaperData, trained_on: Mapping[str, Any], data: str) -> str:
    """How training proteins differ from the paper's; empty if they do not."""
    if "split" in trained_on:
        return f"learned from {data}, which were split anew"
    if trained_on["distribution"] not in paper.distributions:
        return f"learned from {data}, another set than the paper's"
    proteins = int(trained_on["proteins"])
    if abs(proteins / paper.proteins - 1) > _TOLERANCE:
        return f"learned from {data}, the paper's from {paper.proteins:,}"
    return ""


def _settings(odd: Sequence[str]) -> list[str]:
    return [f"fine-tuned with {', '.join(odd)}"] if odd else []


def _differing(own: Mapping[str, Any], paper: Mapping[str, Any]) -> list[str]:
    return [
        f"{key} {own[key]} instead of {value}"
        for key, value in paper.items()
        if own[key] != value
    ]


def _counted(updates: Sequence[int]) -> str:
    low, high = min(updates), max(updates)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
