"""What a user asks for on the command line, checked."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from protlang.errors import ProtlangError
from protlang.files import require_file

_EXAMPLE = "--config fasta=my.fasta encoder=seqvec-published"


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
