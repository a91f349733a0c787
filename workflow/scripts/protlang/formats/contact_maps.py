"""Contact maps of SCOPe's domains: an image per domain, all in one tar archive.

P-ELMo's archive has PNG files `.../pdbstyle-<release>/<two letters>/<domain>.png`, of
which the first seven letters name the domain. A pixel of 255 is a contact, 0 is none, 1
is unknown. Domains of several chains, whose ids begin with g, are filed
under d. Source: P-ELMo's repository, train_similarity_and_contact.py.
"""

import io
import re
import tarfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from protlang.errors import ProtlangError
from protlang.files import require_file
from protlang.formats import archives
from protlang.formats.compression import damage_reported

CONTACT, NO_CONTACT, UNLABELLED = 1, 0, -1
"""Values of a map in memory."""

_PIXELS = {CONTACT: 255, NO_CONTACT: 0, UNLABELLED: 1}
_ID_LENGTH = 7
_DAMAGES = (tarfile.TarError, SyntaxError, Image.DecompressionBombError)
"""Errors of broken archives and, the last two, of broken images."""

_ID = re.compile(r"[a-z][0-9a-z]{4}[0-9a-z_.]{2}")


class ContactMap(NamedTuple):
    """Which residues of a domain touch.

    Attributes:
        id: of the domain.
        contacts: `CONTACT`, `NO_CONTACT` or `UNLABELLED`, int8 (length, length).
    """

    id: str
    contacts: np.ndarray


def read(
    path: Path | str, release: str, domains: Collection[str]
) -> Iterator[ContactMap]:
    """Stream the maps of some domains, in the order of the archive.

    Args:
        path: of the archive, plain or compressed.
        release: of SCOPe, such as `2.06`; archives hold several.
        domains: ids of those wanted. The first image under a domain's own name, or
            under that with d for its first letter, counts; those without are left out.

    Raises:
        ProtlangError: if the archive or an image is damaged, or an image is no map.
    """
    wanted = {f"d{domain[1:]}": domain for domain in domains}
    wanted |= {domain: domain for domain in domains}
    found = set()
    with _opened(path) as archive:
        for member in archive:
            place = Path(member.name)
            domain = wanted.get(place.name[:_ID_LENGTH])
            if domain is None or domain in found or not _is_map(member):
                continue
            if f"pdbstyle-{release}" in place.parts:
                found.add(domain)
                image = _content(archive, member)
                yield ContactMap(domain, _contacts(image, f"{path}: {member.name}"))


def members(maps: Mapping[str, Iterable[ContactMap]]) -> dict[str, bytes]:
    """Images by their place in the archive (`archives.pack`).

    Args:
        maps: by release.

    Raises:
        ValueError: if an id is not one of ASTRAL's.
    """
    return {
        _place(release, domain): _png(contacts)
        for release, of_release in maps.items()
        for domain, contacts in of_release
    }


def write(
    path: Path | str, maps: Mapping[str, Iterable[ContactMap]], simulated: bool
) -> None:
    """Write an archive of maps alone; equal maps give equal bytes.

    Args:
        path: of the archive, ends in `.tar.gz`.
        maps: by release.
        simulated: whether to mark the archive as simulated (`archives.is_simulated`).

    Raises:
        ValueError: if an id is not one of ASTRAL's.
    """
    archives.pack(path, members(maps), simulated)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member)
    assert stream is not None  # it is a file
    return stream.read()


def _is_map(member: tarfile.TarInfo) -> bool:
    return member.isfile() and member.name.endswith(".png")


def _place(release: str, domain: str) -> str:
    if not _ID.fullmatch(domain):
        raise ValueError(f"{domain!r} is no id of ASTRAL's")
    name = f"d{domain[1:]}" if domain.startswith("g") else domain
    return f"SCOPe/pdbstyle-{release}/{name[2:4]}/{name}.png"


def _png(contacts: np.ndarray) -> bytes:
    pixels = np.zeros(contacts.shape, dtype=np.uint8)
    for value, pixel in _PIXELS.items():
        pixels[contacts == value] = pixel
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def _contacts(content: bytes, where: str) -> np.ndarray:
    with damage_reported(where, _DAMAGES), Image.open(io.BytesIO(content)) as image:
        pixels = np.asarray(image)
    if pixels.ndim != 2 or pixels.shape[0] != pixels.shape[1]:
        raise ProtlangError(
            f"{where} is an image of the shape {pixels.shape}, where a square of one "
            "channel is expected; is it a contact map?"
        )
    contacts = np.full(pixels.shape, np.iinfo(np.int8).min, dtype=np.int8)
    for value, pixel in _PIXELS.items():
        contacts[pixels == pixel] = value
    if (contacts < UNLABELLED).any():
        unexpected = pixels[contacts < UNLABELLED][0]
        raise ProtlangError(
            f"{where} has a pixel of {unexpected}, where 255 (contact), 0 (none) "
            "or 1 (unknown) is expected; is it a contact map?"
        )
    return contacts


@contextmanager
def _opened(path: Path | str) -> Iterator[tarfile.TarFile]:
    path = require_file(path, "fetch it again")
    with damage_reported(path, _DAMAGES), tarfile.open(path) as archive:
        yield archive
