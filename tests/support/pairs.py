"""Tiny domains, networks and pairs for the tests of homology."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from protlang.alphabet import PLUS_RESIDUES
from protlang.formats.contact_maps import ContactMap
from protlang.formats.embeddings import write_embeddings
from protlang.homology.contacts import write_contacts
from protlang.homology.domains import Domains
from protlang.homology.network import HomologyNetwork, new_network
from protlang.homology.pairs import (
    FixedPairs,
    ListedPair,
    NumberedPairs,
    write_fixed_pairs,
)
from protlang.parquet import write_table

SIZES = {
    "plus-rnn": {"hidden_dim": 3, "layers": 1, "projection": 4},
    "plus-tfm": {
        "hidden_dim": 8,
        "layers": 1,
        "heads": 2,
        "feed_forward_dim": 8,
        "dropout": 0.0,
        "max_tokens": 64,
    },
    "p-elmo": {
        "language_model": {"hidden_dim": 3, "layers": 2},
        "input_dim": 5,
        "hidden_dim": 3,
        "layers": 1,
        "projection": 4,
    },
    "embeddings": {"input_dim": 6, "projection": 4},
}
"""By architecture."""

OWN_SIZES: Mapping[str, dict[str, Any]] = {
    "p-elmo": {"input_dim": 5, "hidden_dim": 3, "layers": 1, "projection": 4},
    "embeddings": {"projection": 4},
}
"""Sizes that do not follow from the pre-trained encoder."""

SCCS = ["a.1.1.1", "a.1.1.1", "a.1.1.2", "a.1.2.1", "a.2.1.1", "b.1.1.1", "b.1.1.1"]


def tiny_domains(lengths: tuple[int, ...] = (12, 30, 17, 9, 41, 25, 20)) -> Domains:
    rng = np.random.default_rng(3)
    sequences = ["".join(rng.choice(list(PLUS_RESIDUES[:20]), n)) for n in lengths]
    ids = [f"d{place}abca_" for place in range(len(lengths))]
    return Domains(ids, SCCS[: len(lengths)], sequences, {"source": "chance"})


def all_pairs(domains: Domains) -> FixedPairs:
    """Every two different domains."""
    numbered = NumberedPairs(domains.sccs, ordered=False)
    levels = np.repeat(np.arange(5), numbered.counts)
    numbers = np.concatenate([np.arange(count) for count in numbered.counts])
    first, second, levels = numbered[levels, numbers]
    places = list(zip(first, second, strict=True))
    return FixedPairs(
        [(domains.ids[a], domains.ids[b]) for a, b in places],
        [(domains.sequences[a], domains.sequences[b]) for a, b in places],
        levels,
        {"source": "all"},
    )


def write_domains(path: Path, domains: Domains) -> None:
    """Write domains to train on."""
    columns = {"id": domains.ids, "sccs": domains.sccs, "sequence": domains.sequences}
    write_table(path, columns, domains.provenance)


def write_pairs(path: Path, pairs: FixedPairs, **provenance: Any) -> None:
    rows = zip(pairs.ids, pairs.sequences, pairs.levels, strict=True)
    listed = [ListedPair(ids, both, int(level)) for ids, both, level in rows]
    write_fixed_pairs(path, listed, provenance)


def write_maps(path: Path, domains: Domains, without: str = "") -> Path:
    """Write a random contact map of every domain but one."""
    rng = np.random.default_rng(2)
    lengths = dict(zip(domains.ids, map(len, domains.sequences), strict=True))
    maps = [
        ContactMap(name, rng.choice([-1, 0, 0, 1], (n, n)).astype(np.int8))
        for name, n in lengths.items()
        if name != without
    ]
    write_contacts(path, maps, lengths, {})
    return path


def write_vectors(path: Path, domains: Domains) -> Path:
    """Write the stored vectors of all domains."""
    vectors = sorted(tiny_vectors(domains).items())
    write_embeddings(path, vectors, {"encoder": "chance"})
    return path


def tiny_network(
    architecture: str, contacts: bool = False, seed: int = 0
) -> HomologyNetwork:
    """Random weights, on which answers depend more than on PyTorch's first ones."""
    torch.manual_seed(seed)
    network = new_network(architecture, SIZES[architecture], None, contacts)
    with torch.no_grad():
        for weights in network.parameters():
            weights += 0.3 * torch.randn_like(weights)
        if network.contacts is not None:
            network.contacts.symmetrise()
        head = network.encoder.head
        if architecture != "plus-tfm":
            head.bias.copy_(torch.tensor([4.0, 3.0, 2.0, 1.0]))
    return network.eval()


def tiny_vectors(domains: Domains) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    return {
        name: rng.normal(size=(len(sequence), 6)).astype(np.float32)
        for name, sequence in zip(domains.ids, domains.sequences, strict=True)
    }


def settings_of(architecture: str, **options: Any) -> dict[str, Any]:
    """Settings of a run of seconds."""
    return {
        "architecture": architecture,
        "model": SIZES[architecture],
        "seed": 1,
        "threads": 1,
        "training": {"batch": 4, "contact_pairs": 2},
        "loop": {"steps": 6, "checkpoint_every": 2, "validate_every": 3},
        **options,
    }
