"""Training on tasks: losses by hand, selection of weights, and starting points."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, mse_loss

from protlang.encoders.encoder import PairEncoder
from protlang.encoders.masking import RNN_MASK
from protlang.encoders.stored import StoredEncoder
from protlang.errors import ProtlangError
from protlang.finetuning.network import FineTuned
from protlang.finetuning.proteins import (
    Epochs,
    FineTuningTask,
    TaskData,
    TaskRecipe,
    ValidationSet,
    loop_settings,
    make_optimizer,
    task_run,
)
from protlang.proteins import Protein
from protlang.tasks.plus import (
    SECONDARY_STRUCTURE,
    SOLUBILITY,
    STABILITY,
    TRANSMEMBRANE,
)
from protlang.tasks.task import SupervisedTask
from protlang.training.determinism import make_deterministic
from protlang.training.loop import Result
from protlang.training.run import hashed_fields, run_name
from protlang.training.signals import StopRequest
from support import jobs
from support.finetuning import (
    ALONE,
    encoder,
    helices_of_five,
    model,
    settings,
    soluble_or_not,
    with_values,
)
from support.jobs import validations


def run(
    folder: Path,
    task: SupervisedTask,
    training: list[Protein],
    validation: list[Protein],
    start: PairEncoder | None = None,
    /,
    recipe: dict[str, Any] | None = None,
    **options: Any,
) -> Result[FineTuningTask]:
    """What a run makes in a folder."""
    found = TaskRecipe(task.name, settings(**options), seed=3, **(recipe or {}))
    data = TaskData(training, validation)
    chosen = task_run(found, task, lambda: start or encoder(), lambda: data, {})
    make_deterministic(found.seed, found.threads)
    built = chosen.build(jobs.ALONE)
    torch.manual_seed(found.seed + 1)
    result: Result[FineTuningTask] | None = built.run(folder, jobs.ALONE, StopRequest())
    assert result is not None
    chosen.save(result, folder)
    return result


def task_of(tuned: FineTuned, proteins: list[Protein]) -> FineTuningTask:
    return FineTuningTask(tuned, proteins, ValidationSet(tuned, [], 5), 5, jobs.ALONE)


# Order


def test_the_order_of_the_file_is_an_option() -> None:
    """The released code does not shuffle secondary structure."""
    epochs = Epochs(10, 4, None)
    found = [epochs[number] for number in range(4)]
    assert [epoch for epoch, _ in found] == [0, 0, 0, 1]
    assert np.concatenate([items for _, items in found[:3]]).tolist() == list(range(10))
    assert found[3][1].tolist() == [0, 1, 2, 3]
    for order, expected in (("file", True), ("shuffled", False)):
        tuned = model(STABILITY, encoder(), order=order, batch=9)
        proteins = with_values(9, seed=1)
        task = task_of(tuned, proteins)
        task.next_batch()
        in_order = task.describe_batch() == ", ".join(one.id for one in proteins)
        assert in_order == expected


def test_an_epoch_has_every_protein_once_and_the_next_another_order() -> None:
    epochs = Epochs(10, 4, 1)
    assert epochs.batches == epochs.updates(1) == 3
    assert epochs.updates(2) == 2
    taken = [epochs[number] for number in range(6)]
    assert [epoch for epoch, _ in taken] == [0, 0, 0, 1, 1, 1]
    assert [len(items) for _, items in taken] == [4, 4, 2, 4, 4, 2]
    first, second = (
        np.concatenate([items for epoch, items in taken if epoch == number])
        for number in (0, 1)
    )
    assert sorted(first) == sorted(second) == list(range(10))
    assert first.tolist() != second.tolist()


# Losses


def test_the_objective_weighs_the_task_and_the_masked_residues() -> None:
    proteins = helices_of_five(6)
    tuned = model(SECONDARY_STRUCTURE, masked_lm=0.3, task=0.7, batch=6)
    batch = task_of(tuned, proteins).next_batch()
    values = batch.values
    expected = 0.7 * values["task_loss"] + 0.3 * values["masked_lm_loss"]
    assert batch.objective.item() == pytest.approx(expected.item())
    assert values["loss"] == batch.objective.detach()
    assert batch.tokens == sum(len(protein.sequence) for protein in proteins)


def spied(tuned: Any) -> list[Any]:
    """Examples that a model gets from now on."""
    seen: list[Any] = []
    tuned.register_forward_pre_hook(lambda _, inputs: seen.extend(inputs[0]))
    return seen


def test_the_head_learns_from_masked_proteins() -> None:
    tuned = model(STABILITY, batch=6)
    proteins = with_values(6)
    task = task_of(tuned, proteins)
    seen = spied(tuned)
    batch = task.next_batch()
    assert any((example.tokens == RNN_MASK).any() for example in seen)
    scores = tuned(list(seen)).scores[:, 0]
    by_id = {protein.id: protein.values["stability"] for protein in proteins}
    ids = task.describe_batch().split(", ")
    truth = torch.tensor([by_id[name] for name in ids])
    assert batch.values["task_loss"].item() == pytest.approx(
        mse_loss(scores, truth).item()
    )


def test_masks_follow_from_the_epoch() -> None:
    proteins = with_values(4)

    def masked(turns: int) -> dict[str, list[int]]:
        tuned = model(STABILITY)
        task = task_of(tuned, proteins)
        task.restore({"turns": turns})
        seen = spied(tuned)
        task.next_batch()
        assert task.state() == {"turns": turns + 1}
        places = [one.positions.tolist() for one in seen]
        return dict(zip(task.describe_batch().split(", "), places, strict=True))

    assert masked(0) == masked(0)
    assert masked(0) != masked(1)


def test_without_masked_language_modelling_nothing_is_masked() -> None:
    tuned = model(SECONDARY_STRUCTURE, **ALONE)
    seen = spied(tuned)
    batch = task_of(tuned, helices_of_five(4)).next_batch()
    assert batch.values.keys() == {"loss", "task_loss"}
    assert not any((example.tokens == RNN_MASK).any() for example in seen)


def test_the_validation_loss_is_of_unmasked_proteins_pooled_over_residues() -> None:
    proteins = helices_of_five(7)
    tuned = model(SECONDARY_STRUCTURE, batch=3)
    with torch.no_grad():
        found = ValidationSet(tuned, proteins, 1)()
        scores = tuned([tuned.example(protein) for protein in proteins]).scores
    states = "".join(protein.labels["q8"] for protein in proteins)
    truth = torch.tensor(["GHIBESTC".index(state) for state in states])
    assert found["task_loss"] == pytest.approx(cross_entropy(scores, truth).item())
    weighted = 0.7 * found["task_loss"] + 0.3 * found["masked_lm_loss"]
    assert found["loss"] == pytest.approx(weighted)
    assert found["masked_lm_loss"] == pytest.approx(3, abs=1)  # near ln 21


def test_residues_of_the_datas_mask_are_no_part_of_the_validation_loss() -> None:
    proteins = [
        Protein("a", "ACDEFGH", {"topology": "IIMMOOO", "mask": "0011110"}),
        Protein("b", "ACD", {"topology": "OOM", "mask": "000"}),
    ]
    tuned = model(TRANSMEMBRANE, **ALONE)
    with torch.no_grad():
        found = ValidationSet(tuned, proteins, 1)()["task_loss"]
        scores = tuned([tuned.example(proteins[0])]).scores[2:6]
    expected = cross_entropy(scores, torch.tensor([2, 2, 1, 1])).item()
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("chosen", ["task", "sum"])
def test_weights_are_selected_by_the_requested_loss(
    tmp_path: Path, chosen: str
) -> None:
    trained = run(
        tmp_path,
        STABILITY,
        with_values(12),
        with_values(9, seed=8),
        epochs=8,
        patience=None,
        select_by=chosen,
        masked_lm=500.0,
        learning_rate=0.002,
        head_learning_rate=0.1,
    )
    task = validations(tmp_path, "task_loss")
    masked = validations(tmp_path, "masked_lm_loss")
    total = {step: 0.7 * task[step] + 500 * masked[step] for step in task}
    by_task, by_sum = (min(losses, key=losses.__getitem__) for losses in (task, total))
    assert by_task != by_sum
    assert trained.best_update == (by_task if chosen == "task" else by_sum)
    assert trained.updates == 8 * 3


def test_without_masked_residues_the_sum_is_the_tasks_loss() -> None:
    tuned = model(STABILITY, select_by="sum", **ALONE)
    with torch.no_grad():
        found = ValidationSet(tuned, with_values(3), 1)()
    assert found.keys() == {"loss", "task_loss"}
    assert found["loss"] == found["task_loss"]


# Updates


@pytest.mark.parametrize(
    ("task", "norm", "clipped"),
    [
        (STABILITY, 1.0, [True, True]),
        (SECONDARY_STRUCTURE, 1.0, [True, False]),
        (STABILITY, None, [False, False]),
    ],
)
def test_encoder_and_head_have_rates_and_clipping_of_their_own(
    task: SupervisedTask, norm: float | None, clipped: list[bool]
) -> None:
    tuned = model(task, learning_rate=0.1, head_learning_rate=0.2, gradient_norm=norm)
    groups = make_optimizer(tuned).param_groups
    assert [group["lr"] for group in groups] == [0.1, 0.2]
    assert [group["clip"] for group in groups] == clipped
    assert {id(p) for p in groups[1]["params"]} == {
        id(p) for p in tuned.head.parameters()
    }


def test_a_frozen_encoder_has_no_rate() -> None:
    for start in (encoder("p-elmo"), StoredEncoder.of_vectors(3, {})):
        tuned = model(STABILITY, start, frozen=True, **ALONE)
        (group,) = make_optimizer(tuned).param_groups
        assert len(group["params"]) == len(list(tuned.head.parameters()))


def test_epochs_give_updates_and_validations() -> None:
    recipe = TaskRecipe("stability", settings(epochs=5, patience=2))
    loop = loop_settings(recipe, 7)
    assert (loop.steps, loop.validate_every, loop.patience) == (35, 7, 2)
    assert (loop.gradient_norm, loop.clip) == (1.0, "groups")


@pytest.mark.parametrize("frozen", [True, False])
def test_only_what_is_not_frozen_changes(tmp_path: Path, frozen: bool) -> None:
    start = encoder("p-elmo")
    before = {
        name: weights.clone() for name, weights in start.network.state_dict().items()
    }
    trained = run(
        tmp_path,
        SOLUBILITY,
        soluble_or_not(8),
        soluble_or_not(4),
        start,
        frozen=frozen,
        **ALONE,
    )
    after = trained.task.network.reader.state_dict()
    changed = {
        name.removeprefix("network.")
        for name, weights in after.items()
        if not torch.equal(weights, before[name.removeprefix("network.")])
    }
    assert not any(name.startswith("language_model") for name in changed)
    assert bool(changed) != frozen
    fresh = model(SOLUBILITY, encoder("p-elmo"), **ALONE).head.state_dict()
    trained_head = trained.task.network.head.state_dict()
    assert not torch.equal(
        fresh["head.hidden.weight"], trained_head["head.hidden.weight"]
    )


@pytest.mark.parametrize("architecture", ["plus-rnn", "plus-tfm", "embeddings"])
def test_a_planted_signal_is_learned(tmp_path: Path, architecture: str) -> None:
    training, validation = helices_of_five(40, seed=1), helices_of_five(12, seed=2)
    start: PairEncoder
    if architecture == "embeddings":
        start = StoredEncoder.of_vectors(20, {})
        training, validation = (
            [
                Protein(p.id, p.sequence, p.labels, embedding=one_hot(p.sequence))
                for p in part
            ]
            for part in (training, validation)
        )
    else:
        start = encoder(architecture)
    weights = ALONE if architecture == "embeddings" else {"masked_lm": 0.1, "task": 0.9}
    trained = run(
        tmp_path,
        SECONDARY_STRUCTURE,
        training,
        validation,
        start,
        epochs=12,
        hidden_dim=16,
        learning_rate=0.02,
        head_learning_rate=0.02,
        **weights,
    )
    with torch.no_grad():
        tuned = trained.task.network
        scores = tuned([tuned.example(protein) for protein in validation]).scores
    predicted = "".join("GHIBESTC"[place] for place in scores.argmax(dim=1).tolist())
    truth = "".join(protein.labels["q8"] for protein in validation)
    right = np.mean([one == other for one, other in zip(predicted, truth, strict=True)])
    assert right > 0.97
    losses = validations(tmp_path, "task_loss")
    assert min(losses.values()) < 0.2 < 0.4 < losses[10]


def one_hot(sequence: str) -> np.ndarray:
    letters = np.array(list("ACDEFGHIKLMNPQRSTVWY"))
    found: np.ndarray = (np.array(list(sequence))[:, None] == letters).astype(
        np.float16
    )
    return found


def test_it_stops_when_patience_runs_out(tmp_path: Path) -> None:
    trained = run(
        tmp_path,
        STABILITY,
        with_values(8),
        with_values(6, seed=9),
        epochs=40,
        patience=2,
        learning_rate=0.05,
        head_learning_rate=0.05,
        **ALONE,
    )
    assert trained.updates < 80
    assert trained.updates == trained.best_update + 2 * 2
    losses = validations(tmp_path, "loss")
    assert trained.best_update == min(losses, key=lambda step: losses[step])


# Starting points


def test_random_weights_follow_from_the_seed_alone(tmp_path: Path) -> None:
    data = with_values(4), with_values(3)
    options: dict[str, Any] = {"recipe": {"pretrained": False}, "epochs": 1}
    first = run(tmp_path / "1", STABILITY, *data, encoder(seed=1), **options)
    second = run(tmp_path / "2", STABILITY, *data, encoder(seed=2), **options)
    start = run(tmp_path / "3", STABILITY, *data, encoder(seed=1), epochs=1)
    weights, others, third = (
        trained.task.network.reader.network.lstm.weight_hh_l0
        for trained in (first, second, start)
    )
    assert torch.equal(weights, others)
    assert not torch.equal(weights, third)


def test_stored_embeddings_cannot_do_without_training(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="set `pretrained` to true"):
        run(
            tmp_path,
            STABILITY,
            with_values(2),
            with_values(2),
            StoredEncoder.of_vectors(3, {}),
            recipe={"pretrained": False},
            **ALONE,
        )


def test_proteins_without_a_label_are_left_out(tmp_path: Path) -> None:
    unknown = Protein("x", "ACDE", classes={"solubility": "?"})
    trained = run(
        tmp_path,
        SOLUBILITY,
        [unknown, *soluble_or_not(5)],
        [*soluble_or_not(2), unknown],
    )
    description = json.loads((tmp_path / "config.json").read_text())
    assert description["facts"] == {
        "seed": 3,
        "threads": 1,
        "pretrained": True,
        "updates": 4,
        "best_update": trained.best_update,
        "training_proteins": 5,
        "development_proteins": 2,
    }
    with pytest.raises(ProtlangError, match="none of 1 proteins has the label"):
        run(tmp_path, SOLUBILITY, [unknown], soluble_or_not(2))


def test_a_loss_that_is_no_number_names_the_proteins(tmp_path: Path) -> None:
    wrong = Protein("strange", "ACDEF", values={"stability": float("nan")})
    with pytest.raises(ProtlangError, match=r"batch: strange;"):
        run(tmp_path, STABILITY, [wrong], with_values(2))


def test_settings_determine_the_name_of_a_run() -> None:
    def name(
        checkpoint_every: int = 10, sizes: dict[str, int] | None = None, **options: Any
    ) -> str:
        recipe = TaskRecipe(
            "stability",
            settings(**options),
            checkpoint_every=checkpoint_every,
            sizes=sizes,
        )
        return run_name(hashed_fields(recipe))

    assert name() == name(checkpoint_every=20)
    assert len({name(), name(batch=9), name(pooling="sum")}) == 3
    sizes = [None, {"layers": 1}, {"layers": 2}]
    assert len({name(sizes=one) for one in sizes}) == 3
