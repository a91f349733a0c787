"""ProtVec on disk: an encoder's folder of `config.json` and `model.safetensors`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from protlang.encoders.provenance import CONFIG_FILE
from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file, write_text
from protlang.models.protvec import ProtVec

ARCHITECTURE = "protvec"

MODEL_FILE = "model.safetensors"

_VECTORS = "vectors"

_REMEDY = "train or import it again"


@dataclass(frozen=True)
class ProtVecEncoder:
    """Vectors and what is known of their training.

    Attributes:
        model: the vectors.
        training: settings of its training, and the `proteins` and `residues` seen.
        trained_on: its corpus (`encoders.provenance.trained_on`). Both are empty for
            published vectors.
    """

    model: ProtVec
    training: Mapping[str, Any] = field(default_factory=dict)
    trained_on: Mapping[str, Any] = field(default_factory=dict)


def save_protvec(encoder: ProtVecEncoder, folder: Path | str) -> None:
    """Write both files; equal encoders give equal bytes."""
    folder = Path(folder)
    description = {
        "architecture": ARCHITECTURE,
        "dimension": encoder.model.dimension,
        "training": dict(encoder.training),
        "trained_on": dict(encoder.trained_on),
        "words": list(encoder.model.words),
    }
    with atomic_path(folder / MODEL_FILE) as temporary:
        save_file({_VECTORS: encoder.model.vectors}, temporary)
    write_text(folder / CONFIG_FILE, json.dumps(description) + "\n")


def load_protvec(folder: Path | str) -> ProtVecEncoder:
    """Load what `save_protvec` wrote.

    Raises:
        ProtlangError: if a file is missing or damaged, is of another architecture, or
            the two do not belong together.
    """
    folder = Path(folder)
    config, model = folder / CONFIG_FILE, folder / MODEL_FILE
    require_file(config, _REMEDY)
    require_file(model, _REMEDY)
    try:
        description = json.loads(config.read_text(encoding="utf-8"))
        architecture = description["architecture"]
        if architecture != ARCHITECTURE:
            raise ProtlangError(
                f"{config}: architecture is {architecture!r}, not {ARCHITECTURE!r}; "
                "name a folder with ProtVec vectors"
            )
        protvec = ProtVec(tuple(description["words"]), load_file(model)[_VECTORS])
        return ProtVecEncoder(
            protvec, dict(description["training"]), dict(description["trained_on"])
        )
    except SafetensorError as error:
        raise ProtlangError(
            f"{model} is not a whole safetensors file ({error}); {_REMEDY}"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ProtlangError(
            f"{folder} does not hold ProtVec vectors of protlang's ({error!r}); "
            f"{_REMEDY}"
        ) from error
