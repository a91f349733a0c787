"""Architectures by name, and encoders from their folders."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from protlang.encoders.elmo import ElmoEncoder, load_bilm
from protlang.encoders.encoder import Encoder, PairEncoder
from protlang.encoders.folder import (
    CONFIG_FILE,
    MODEL_FILE,
    OWN_FILES,
    encoder_files,
    encoder_hash,
    read_config,
)
from protlang.encoders.plus import (
    PElmoEncoder,
    PElmoLmEncoder,
    PlusRnnEncoder,
    PlusTfmEncoder,
)
from protlang.encoders.protvec import ProtVecEncoder
from protlang.encoders.settings import EncoderSettings
from protlang.encoders.stored import StoredEncoder
from protlang.encoders.tape import (
    ConvLstmEncoder,
    TapeLstmEncoder,
    TapeResNetEncoder,
    TapeTransformerEncoder,
)
from protlang.encoders.weights import read_tensors
from protlang.errors import ProtlangError
from protlang.files import copy_file
from protlang.formats.bilm import OPTIONS_FILE

PAIR_ENCODERS: Mapping[str, type[PairEncoder]] = {
    kind.architecture: kind
    for kind in (
        PlusRnnEncoder,
        PlusTfmEncoder,
        PElmoLmEncoder,
        PElmoEncoder,
        StoredEncoder,
        TapeLstmEncoder,
        TapeTransformerEncoder,
        TapeResNetEncoder,
        ConvLstmEncoder,
    )
}
"""Those that PLUS trains or fine-tunes, and those it quotes without pre-training."""

ENCODERS: Mapping[str, type[Encoder]] = {
    ElmoEncoder.architecture: ElmoEncoder,
    ProtVecEncoder.architecture: ProtVecEncoder,
    **PAIR_ENCODERS,
}
"""All of them."""


def pair_encoder(architecture: str) -> type[PairEncoder]:
    """One of `PAIR_ENCODERS`.

    Raises:
        ProtlangError: if there is no such architecture.
    """
    if architecture not in PAIR_ENCODERS:
        raise ProtlangError(_unknown(architecture, PAIR_ENCODERS))
    return PAIR_ENCODERS[architecture]


def load_encoder(folder: Path | str) -> Encoder:
    """The encoder of a folder, in evaluation mode, on the CPU.

    Args:
        folder: with `config.json` and `model.safetensors`, of a model that was
            fine-tuned on homology, too; or with bilm-tf's pair of files.

    Raises:
        ProtlangError: if the folder holds neither form, or both, or a damaged one.
    """
    folder = Path(folder)
    if (folder / OPTIONS_FILE).is_file():
        if (folder / CONFIG_FILE).is_file():
            raise ProtlangError(
                f"{folder} holds both {CONFIG_FILE} and {OPTIONS_FILE}; move the one "
                "that is not meant, with its weights, to another folder"
            )
        return load_bilm(folder)
    if not (folder / CONFIG_FILE).is_file():
        encoder_files(folder)
    encoder = read_config(folder, "encoder", described)
    encoder.load(read_tensors(folder), folder / MODEL_FILE)
    return encoder


def load_elmo(folder: Path | str) -> ElmoEncoder:
    """As `load_encoder`, an ELMo.

    Raises:
        ProtlangError: also if it is of another architecture.
    """
    encoder = load_encoder(folder)
    if not isinstance(encoder, ElmoEncoder):
        raise ProtlangError(
            f"{folder} holds an encoder of the architecture {encoder.architecture}; "
            "give an ELMo"
        )
    return encoder


def load_pair_encoder(folder: Path | str) -> PairEncoder:
    """As `load_encoder`, one of those that PLUS trains or fine-tunes.

    Raises:
        ProtlangError: also if it is of another architecture.
    """
    encoder = load_encoder(folder)
    if not isinstance(encoder, PairEncoder):
        raise ProtlangError(
            f"{folder} holds an encoder of the architecture {encoder.architecture}; "
            f"give one of {', '.join(PAIR_ENCODERS)}"
        )
    return encoder


def copy_encoder(folder: Path | str, target: Path | str) -> None:
    """Copy an encoder; bilm-tf's pair of files becomes the form of our own.

    Raises:
        ProtlangError: as `load_encoder`.
    """
    encoder = load_encoder(folder)
    if not (Path(folder) / CONFIG_FILE).is_file():
        encoder.save(target)
        return
    for name in OWN_FILES:
        copy_file(Path(folder) / name, Path(target) / name)


def prepared_encoder(
    folder: Path | str, settings: EncoderSettings, name: str | None = None
) -> Encoder:
    """The encoder of a folder, ready to embed.

    Args:
        folder: of the encoder.
        settings: how it computes.
        name: of the encoder; that of the folder by default.

    Raises:
        ProtlangError: if the folder holds no encoder, or a damaged one, or it cannot
            compute so.
    """
    encoder = load_encoder(folder)
    encoder.facts = {
        "encoder": name or Path(folder).resolve().name,
        "encoder_sha256": encoder_hash(folder),
        **encoder.prepare(settings),
    }
    return encoder


def described(description: Mapping[str, Any]) -> Encoder:
    """The encoder of a `config.json`, before its weights are loaded.

    Raises:
        ProtlangError: if its architecture is unknown.
    """
    architecture = description["architecture"]
    if architecture not in ENCODERS:
        raise ProtlangError(_unknown(architecture, ENCODERS))
    return ENCODERS[architecture].described(description)


def _unknown(architecture: str, known: Mapping[str, Any]) -> str:
    return (
        f"there is no architecture {architecture!r}; choose one of {', '.join(known)}"
    )
