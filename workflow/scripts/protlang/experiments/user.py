"""What a user requests on the command line, checked."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from protlang.embedding.user_sequences import user_name
from protlang.encoders.folder import encoder_files
from protlang.errors import ProtlangError
from protlang.experiments import paths
from protlang.files import require_file

_EXAMPLE = "--config fasta=my.fasta encoder=seqvec-published"


class UserRequest:
    """Proteins of a user, the encoder for them, and the options of the embedding.

    Args:
        config: a validated configuration with the user's options at its top level.
        declared: names of the encoders in it.

    Attributes:
        shards: jobs that share the proteins.
        into_one_file: whether the shards end up in one file, or beside an index.
    """

    def __init__(self, config: Mapping[str, Any], declared: Sequence[str]) -> None:
        self._config = config
        self._declared = declared
        self.shards: int = config.get("shards", 1)
        self.into_one_file = config.get("gather", "file") == "file"

    @property
    def gathered(self) -> str:
        """Name of the file that all vectors are found by."""
        return "embeddings.h5" if self.into_one_file else "embeddings/index.csv"

    def shard_files(self, folder: str, ending: str) -> list[str]:
        """A file of each shard of a user's proteins, whose name is a wildcard."""
        return [
            f"{paths.RESULTS}/user/{{user}}/{folder}/shard-{shard}-of-{self.shards}.{ending}"
            for shard in range(1, self.shards + 1)
        ]

    def options(self, **defaults: str) -> dict[str, Any]:
        """Options of the command line; defaults where they are left out."""
        return {key: self._config.get(key, value) for key, value in defaults.items()}

    def fasta(self) -> str:
        """The user's FASTA file.

        Raises:
            ProtlangError: if none is named, or it is missing or empty.
        """
        return requested_fasta(self._config)

    def results(self) -> list[str]:
        """What is made of the FASTA file.

        Raises:
            ProtlangError: if there is no such file, or it cannot name a folder.
        """
        folder = f"{paths.RESULTS}/user/{user_name(self.fasta())}"
        return [f"{folder}/{name}" for name in (self.gathered, "manifest.csv")]

    def encoder_files(self) -> list[str]:
        """Files of the encoder that the user requests.

        Raises:
            ProtlangError: if it is neither declared nor a whole folder.
        """
        encoder = requested_encoder(self._config, self._declared)
        if encoder in self._declared:
            return paths.encoder(encoder)
        return [str(path) for path in encoder_files(encoder)]


def requested_fasta(config: Mapping[str, Any]) -> str:
    """The file of the user's own proteins, FASTA or another format.

    Raises:
        ProtlangError: if none is named, or it is missing or empty.
    """
    fasta = config.get("fasta")
    if fasta is None:
        raise ProtlangError(
            f"no proteins are named; add fasta=<file>, for example {_EXAMPLE}"
        )
    require_file(fasta, "correct the path after fasta=")
    return str(fasta)


def requested_encoder(config: Mapping[str, Any], declared: Sequence[str]) -> str:
    """The encoder to embed with: the name of a declared one, or a folder.

    Args:
        config: the configuration.
        declared: names of the encoders in it.

    Raises:
        ProtlangError: if none is named, or it is neither.
    """
    encoder = config.get("encoder")
    names = f"this configuration declares {', '.join(declared) or 'none'}"
    if encoder is None:
        raise ProtlangError(
            "no encoder is named; add encoder=<name or folder>, for example "
            f"{_EXAMPLE} ({names})"
        )
    if encoder in declared or Path(encoder).is_dir():
        return str(encoder)
    close = difflib.get_close_matches(encoder, declared, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise ProtlangError(
        f"the encoder {encoder!r} is neither declared nor a folder; {hint}{names}"
    )
