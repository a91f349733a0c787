"""Predictions of SeqVec's heads that are sure of every class."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from protlang.alphabet import LABEL_STATES, PROTEIN_CLASSES
from protlang.evaluation.predictions import Prediction, write_predictions


def certain_prediction(identifier: str, **predicted: str) -> Prediction:
    """A prediction that is certain of the class, or of each residue's, by label."""
    of_protein = predicted.keys() <= PROTEIN_CLASSES.keys()
    probabilities = {
        label: np.array([name == each for each in PROTEIN_CLASSES[label]], np.float32)
        if of_protein
        else np.array(
            [[letter == state for state in LABEL_STATES[label]] for letter in name],
            np.float32,
        )
        for label, name in predicted.items()
    }
    hidden = np.zeros(32, dtype=np.float32) if of_protein else None
    return Prediction(identifier, probabilities, hidden)


def write_states(path: Path, states: Mapping[str, str], label: str) -> Path:
    """A file of predictions that are certain of the states of each protein."""
    predictions = [
        certain_prediction(key, **{label: text}) for key, text in states.items()
    ]
    write_predictions(path, predictions, [label], {})
    return path
