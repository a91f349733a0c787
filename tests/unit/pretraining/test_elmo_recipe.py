"""How many updates an ELMo is trained for, and of how many rows."""

from typing import Any

import numpy as np
import pytest

from protlang.pretraining.elmo_recipe import ElmoPlan, ElmoRecipe, plan

SEQVEC_RESIDUES = 9_577_889_953


def recipe(**settings: Any) -> ElmoRecipe:
    return ElmoRecipe.parse({"seed": 1, "threads": 1, **settings})


@pytest.mark.parametrize(("processes", "accumulate"), [(5, 1), (1, 5)])
def test_seqvecs_updates_follow_from_its_epochs_on_any_number_of_gpus(
    processes: int, accumulate: int
) -> None:
    settings = recipe(epochs=10, training={"rows_per_update": 240})
    planned = plan(settings, SEQVEC_RESIDUES, processes)
    # As planned in the published code: 24,000 residues per update.
    assert planned == ElmoPlan(processes, 48, 100, accumulate, 3_990_780)
    assert planned.rows_per_update == 240
    assert planned.tokens / SEQVEC_RESIDUES == pytest.approx(10, abs=1e-4)


def test_an_update_has_at_least_as_many_rows_as_requested() -> None:
    planned = plan(recipe(epochs=1, training={"rows_per_update": 240}), 10**9, 2)
    assert (planned.accumulate, planned.rows_per_update) == (3, 288)


def test_updates_may_be_given_instead() -> None:
    settings = recipe(loop={"steps": 7, "accumulate": 2}, training={"rows": 4})
    planned = plan(settings, 10**6, 3)
    assert (planned.updates, planned.rows_per_update) == (7, 24)
    assert planned.tokens == 7 * 24 * 100


def test_the_smallest_corpus_is_read_once_per_epoch() -> None:
    assert plan(recipe(epochs=3), int(np.int64(5)), 1).updates == 3
