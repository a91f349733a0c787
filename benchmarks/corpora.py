"""FASTA and UniRef XML to token stores: beside decompression alone and plain loops.

    python benchmarks/corpora.py [--rounds N]

The files are simulated from a seed: 10^8 residues of FASTA, a quarter of them for the
loop, and a UniRef archive of 60 MB of XML. The loops do all that a token store needs:
tokens, ids, hashes of ids and of sequences, counts of residues and lengths, the split,
hashes of the files; Biopython reads FASTA, ElementTree XML, which Biopython does not
read.
"""

import gzip
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import iterparse

import numpy as np
from measure import REPOSITORY, Result, options, race, record

from protlang.alphabet import RESIDUES
from protlang.corpora.build import HeldOut, build_token_store
from protlang.corpora.token_store import TokenStore
from protlang.formats.lines import fasta_lines
from protlang.formats.uniref import ARCHIVE
from protlang.sources.catalogue import Source, SourceFile

RESIDUES_OF_FASTA = 10**8
ENTRIES_OF_XML = 20_000
SHARE, SEED = 0.01, 1

_TOKEN_OF = {letter: token for token, letter in enumerate(RESIDUES)}
_SHARES = (8.3, 1.4, 5.5, 6.7, 3.9, 7.1, 2.3, 5.9, 5.8, 9.7)
_SHARES += (2.4, 4.1, 4.7, 3.9, 5.5, 6.6, 5.3, 6.9, 1.1, 2.9)
"""Percent of the 20 amino acids in Swiss-Prot, in the order of `RESIDUES`."""

_XML_HEAD = """\
<?xml version="1.0" encoding="ISO-8859-1" ?>
<UniRef50 xmlns="http://uniprot.org/uniref" releaseDate="2018-03-28" version="2018_03">
"""

_NOTE = (
    "ElementTree, which is C, reads 70 MB/s here, and residues are few in XML: 8 times "
    "the loop would be 380 MB/s. Half of our time is one pass of regular expressions "
    "(expat alone, without any callback, reads 220 MB/s). Decompressing the inner file "
    "in another thread gained nothing."
)
"""What keeps XML from its goal."""

_PEAK = """
import resource, sys
sys.path.append(sys.argv[1])
from corpora import store
store(*sys.argv[2:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
"""Prints the memory in KiB that building a store takes."""


def sequences(residues: int) -> Iterator[str]:
    """Random proteins of natural composition and lengths, so many residues or more."""
    rng = np.random.default_rng(SEED)
    places = np.cumsum(_SHARES) / sum(_SHARES) * 4096
    letters = np.frombuffer(RESIDUES.encode(), dtype=np.uint8)
    letter_of = letters[np.searchsorted(places, np.arange(4096) + 0.5)]
    while residues > 0:
        length = int(rng.gamma(2, 140)) + 20
        residues -= length
        yield letter_of[rng.integers(0, 4096, length)].tobytes().decode()


def write_fasta(path: Path, residues: int) -> None:
    """A gzipped FASTA file with headers like UniRef's."""
    with open(path, "wb") as target:
        command = ["gzip", "-c"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=target) as process:  # noqa: S603
            assert process.stdin
            for number, sequence in enumerate(sequences(residues)):
                header = f"UniRef50_A0A{number:07d} Protein {number} n=1 TaxID={number}"
                text = "\n".join([*fasta_lines(header, sequence), ""])
                process.stdin.write(text.encode())


def write_archive(path: Path, entries: int) -> int:
    """A UniRef release as UniProt archives them; bytes of XML in it."""
    rng = np.random.default_rng(SEED)
    parts = [_XML_HEAD]
    for number, sequence in zip(range(entries), sequences(10**9), strict=False):
        members = range(int(rng.geometric(0.25)) - 1)
        parts.append(_entry(number, sequence, "".join(map(_member, members))))
    xml = "".join([*parts, "</UniRef50>\n"]).encode()
    inner = _tar("uniref50.xml.gz", gzip.compress(xml, mtime=0))
    path.write_bytes(gzip.compress(_tar("uniref50.tar", inner), 1, mtime=0))
    return len(xml)


def _tar(name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def _entry(number: int, sequence: str, members: str) -> str:
    lines = "\n".join(fasta_lines("", sequence)[1:])
    return (
        f'<entry id="UniRef50_A0A{number:07d}" updated="2018-03-28">\n'
        f"<name>Cluster: 5&apos;-nucleotidase {number}</name>\n"
        f'<property type="common taxon ID" value="{number}"/>\n'
        f"<representativeMember>\n{_reference(number)}"
        f'<sequence length="{len(sequence)}" checksum="0123456789ABCDEF">{lines}\n'
        f"</sequence>\n</representativeMember>\n{members}</entry>\n"
    )


def _member(number: int) -> str:
    return f"<member>\n{_reference(number)}</member>\n"


def _reference(number: int) -> str:
    """A reference to a protein, with the properties that UniProt's have."""
    properties = {
        "UniProtKB accession": f"A0A{number:07d}",
        "UniParc ID": f"UPI{number:010X}",
        "UniRef100 ID": f"UniRef100_A0A{number:07d}",
        "UniRef90 ID": f"UniRef90_A0A{number:07d}",
        "protein name": "Uncharacterized protein &amp; relatives",
        "source organism": f"Candidatus Exemplum sp. (strain {number})",
        "NCBI taxonomy": str(number),
        "length": "300",
    }
    lines = [f'<property type="{t}" value="{v}"/>\n' for t, v in properties.items()]
    start = f'<dbReference type="UniProtKB ID" id="A0A{number:07d}_9BACT">\n'
    return "".join([start, *lines, "</dbReference>\n"])


def store(path: str, folder: str, distribution: str = "fasta") -> None:
    """Ours: a whole token store."""
    file = SourceFile(Path(path).name)
    source = Source(
        "uniref50", "", "", distribution, {"data": file}, "", "", verified=False
    )
    build_token_store(folder, [(source, Path(path))], HeldOut(SHARE, SEED))


def by_biopython(path: str) -> Iterator[tuple[str, str]]:
    """Id and sequence of each record of a gzipped FASTA file."""
    from Bio import SeqIO

    with gzip.open(path, "rt") as stream:
        for found in SeqIO.parse(stream, "fasta"):
            yield found.id, str(found.seq)


def by_elementtree(path: str) -> Iterator[tuple[str, str]]:
    """Id and representative's sequence of each entry in an archive."""
    with tarfile.open(path, "r|gz") as release:
        level = release.extractfile(release.next() or "")
        with tarfile.open(fileobj=level, mode="r|") as files:
            xml = files.extractfile(files.next() or "")
            for _, element in iterparse(gzip.open(xml or "")):  # noqa: S314, SIM115
                if element.tag.endswith("}entry"):
                    text = element.findtext("{*}representativeMember/{*}sequence") or ""
                    yield element.get("id", ""), "".join(text.split())
                    element.clear()


def loop(path: str, folder: str, records: Iterable[tuple[str, str]]) -> None:
    """The baseline: the content of a token store by a loop over records."""
    offsets, id_hashes, hashes = array("q", [0]), array("Q"), array("Q")
    composition, lengths = Counter[str](), Counter[int]()
    Path(folder).mkdir(exist_ok=True)
    names = [Path(folder, name) for name in ("tokens.bin", "ids.txt")]
    with open(names[0], "wb") as tokens_file, open(names[1], "w") as ids:
        for name, letters in records:
            sequence = letters.upper().rstrip("*")
            tokens = bytes([_TOKEN_OF[letter] for letter in sequence])
            tokens_file.write(tokens)
            ids.write(f"{name}\n")
            offsets.append(offsets[-1] + len(tokens))
            id_hashes.append(_hash(f"{SEED}:{name}".encode()))
            hashes.append(_hash(tokens))
            composition.update(sequence)
            lengths[len(sequence)] += 1
    chosen = {h for h, of in zip(hashes, id_hashes, strict=True) if of < SHARE * 2**64}
    held_out = np.array([of in chosen for of in hashes])
    arrays = {"offsets": offsets, "sequence_hashes": hashes, "held_out": held_out}
    for array_name, values in arrays.items():
        np.save(Path(folder, f"{array_name}.npy"), values)
    for file in (Path(path), *names):
        hashlib.sha256(file.read_bytes()).hexdigest()


def _hash(text: bytes) -> int:
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "little")


def agreement(ours: Path, other: Path) -> str:
    """Whether two stores hold the same bytes."""
    TokenStore(ours)
    files = ("tokens.bin", "ids.txt", "offsets.npy", "sequence_hashes.npy")
    for name in (*files, "held_out.npy"):
        if (ours / name).read_bytes() != (other / name).read_bytes():
            return f"{name} differs"
    return "equal tokens, ids, hashes and split"


def peak(path: Path, folder: Path) -> float:
    """MB that a process takes to build a store."""
    command = [sys.executable, "-c", _PEAK, str(REPOSITORY / "benchmarks")]
    words = [*command, str(path), str(folder / "store")]
    found = subprocess.run(words, capture_output=True, check=True, text=True)  # noqa: S603
    return int(found.stdout) * 1024 / 1e6


def beside_gzip(folder: Path, rounds: int) -> Result:
    """A large FASTA file, beside its decompression alone."""
    path, small = folder / "large.fasta.gz", folder / "small.fasta.gz"
    write_fasta(path, RESIDUES_OF_FASTA)
    write_fasta(small, RESIDUES_OF_FASTA // 100)
    peaks = [peak(file, folder) for file in (small, path)]

    def decompress() -> None:
        command = ["gzip", "-dc", str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as unpacked:  # noqa: S603
            count = ["wc", "-c"]
            subprocess.run(count, stdin=unpacked.stdout, capture_output=True)  # noqa: S603

    def ours() -> None:
        store(str(path), str(folder / "store"))

    return Result(
        name="corpora_gzip",
        what="token store of FASTA.gz, 10^8 residues",
        baseline="gzip -dc | wc -c",
        unit="residues",
        work=RESIDUES_OF_FASTA,
        race=race(ours, decompress, rounds),
        agreement=f"peak memory {peaks[0]:.0f} MB of 10^6 residues, "
        f"{peaks[1]:.0f} MB of 10^8",
        goal=1.0,
    )


def beside_loop(
    folder: Path,
    path: Path,
    read: Callable[[str], Iterator[tuple[str, str]]],
    rounds: int,
    **facts: Any,
) -> Result:
    """A file, beside a loop over its records."""
    ours, other = folder / "store", folder / "loop"
    distribution = ARCHIVE if path.suffix == ".tar" else "fasta"
    seconds = race(
        lambda: store(str(path), str(ours), distribution),
        lambda: loop(str(path), str(other), read(str(path))),
        rounds,
    )
    return Result(race=seconds, agreement=agreement(ours, other), goal=8.0, **facts)


def main() -> None:
    """Simulate the files, and record three races."""
    rounds = options(__doc__).rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        record(beside_gzip(folder, rounds))
        path = folder / "some.fasta.gz"
        write_fasta(path, RESIDUES_OF_FASTA // 4)
        facts = {
            "what": "token store of FASTA.gz, 2.5 10^7 residues",
            "unit": "residues",
        }
        facts |= {"name": "corpora_fasta", "baseline": "Biopython and a loop"}
        facts |= {"unit": "residues"}
        work = RESIDUES_OF_FASTA // 4
        record(beside_loop(folder, path, by_biopython, rounds, work=work, **facts))
        path = folder / "uniref2018_03.tar"
        megabytes = write_archive(path, ENTRIES_OF_XML) / 1e6
        facts = {"what": "token store of a UniRef archive of XML", "unit": "MB of XML"}
        facts |= {"name": "corpora_xml", "baseline": "ElementTree and a loop"}
        facts["note"] = _NOTE
        record(
            beside_loop(folder, path, by_elementtree, rounds, work=megabytes, **facts)
        )


if __name__ == "__main__":
    main()
