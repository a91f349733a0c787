"""Contact maps for training: a file with those of chosen domains, read one by one.

The maps are data sets of an HDF5 file, named by the domains' ids, int8 (length, length)
with 1 for a contact, 0 for none and -1 where unknown. Equal maps give equal bytes.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import h5py
import numpy as np

from protlang.errors import ProtlangError
from protlang.files import atomic_path, hdf5_key, require_file
from protlang.formats.contact_maps import UNLABELLED, ContactMap

NEAREST = 2
"""Residues closer than that in sequence are not predicted.

PLUS's released code leaves out the diagonal and the one beside it; P-ELMo's leaves out
neither.
"""

_REMEDY = "delete it and build it again"


class ContactData(Mapping[str, np.ndarray]):
    """Contact maps by domain, each read on access.

    Attributes:
        provenance: where they are from.

    Args:
        path: of a file that `write_contacts` wrote.

    Raises:
        ProtlangError: if it is missing or is no such file.
    """

    def __init__(self, path: Path | str) -> None:
        path = require_file(path, "run the workflow's target that builds it")
        try:
            self._file = h5py.File(path, "r")
        except OSError as error:
            raise ProtlangError(
                f"{path} holds no contact maps ({error}); {_REMEDY}"
            ) from error
        self._path = path
        self.provenance = {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in self._file.attrs.items()
        }

    def __getitem__(self, domain: str) -> np.ndarray:
        key = hdf5_key(domain)
        if key not in self._file:
            raise KeyError(domain)
        contacts: np.ndarray = self._file[key][()]
        return contacts

    def __contains__(self, domain: object) -> bool:
        return isinstance(domain, str) and hdf5_key(domain) in self._file

    def __iter__(self) -> Iterator[str]:
        return map(unquote, self._file)

    def __len__(self) -> int:
        return len(self._file)

    def labels(self, domain: str, length: int) -> np.ndarray:
        """Contacts to predict of a domain, int8 (length, length).

        Not predicted (`UNLABELLED`) are the lower triangle, the diagonal and those
        beside it (`NEAREST`), unknown contacts, and all contacts without a map.

        Args:
            domain: its id.
            length: its residues.

        Raises:
            ProtlangError: if its map is of another length.
        """
        if domain not in self:
            return np.full((length, length), UNLABELLED, dtype=np.int8)
        contacts = self[domain]
        if len(contacts) != length:
            raise ProtlangError(
                f"{self._path}: the contact map of domain {domain} is of "
                f"{len(contacts)} residues, but the domain has {length}; {_REMEDY}"
            )
        contacts[np.tril_indices(length, NEAREST - 1)] = UNLABELLED
        return contacts


def write_contacts(
    path: Path | str,
    maps: Iterable[ContactMap],
    lengths: Mapping[str, int],
    provenance: Mapping[str, Any],
) -> None:
    """Write maps, atomically.

    A map whose length is not its domain's is left out. The provenance counts these, as
    `other_length`, and those written, as `maps`.

    Args:
        path: of the file.
        maps: of different domains, in any order.
        lengths: residues of each domain.
        provenance: texts and numbers.

    Raises:
        ProtlangError: if no map is left.
    """
    written = other_length = 0
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        for domain, contacts in maps:
            if len(contacts) != lengths[domain]:
                other_length += 1
                continue
            file.create_dataset(hdf5_key(domain), data=contacts, compression="gzip")
            written += 1
        counts = {"maps": written, "other_length": other_length}
        file.attrs.update(sorted({**provenance, **counts}.items()))
        if not written:
            raise ProtlangError(
                f"there is no contact map to write to {path} ({other_length} are of "
                "another length than their domain); is the archive of that release?"
            )
