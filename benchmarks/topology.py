"""How fast topologies of membrane proteins are found: all at once, and one by one.

    python benchmarks/topology.py [--peer PATH] [--rounds N]

Inputs are outputs of an imagined network for proteins of 100 to 600 residues. The
baseline is the Viterbi algorithm as it is usually written: residue by residue, from
each of the 45 states to each other. `--peer` is a checkout of PLUS, whose decoder is
the baseline then; it makes forbidden topologies possible at odds of 2.2e-16.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from measure import Result, options, race, record

from protlang.tasks.topology_grammar import Grammar, transmembrane_grammar
from protlang.tasks.topology_search import topologies

PROTEINS = 100


def outputs() -> list[np.ndarray]:
    """Probabilities of I, O and M, (length, 3) per protein."""
    rng = np.random.default_rng(1)
    lengths = rng.integers(100, 601, PROTEINS)
    return [rng.dirichlet([0.6, 0.6, 0.9], length) for length in lengths]


def plain(probabilities: np.ndarray, grammar: Grammar) -> str:
    """The Viterbi algorithm over all pairs of states."""
    possible = grammar.emission.any(axis=1)
    emitted = np.where(possible, 0.0, -np.inf) + np.log(
        np.where(possible, probabilities @ grammar.emission.T, 1)
    )
    score, origins = grammar.start + emitted[0], []
    for row in emitted[1:]:
        candidates = score + grammar.into
        origins.append(candidates.argmax(axis=1))
        score = candidates.max(axis=1) + row
    states = [int((score + grammar.end).argmax())]
    for origin in reversed(origins):
        states.append(int(origin[states[-1]]))
    return "".join(grammar.letters[state] for state in reversed(states))


def decoder(peer: Path | None) -> Callable[[np.ndarray], str]:
    """The baseline, from probabilities to a topology."""
    if peer is None:
        grammar = transmembrane_grammar()
        return lambda table: plain(table, grammar)
    sys.path.append(str(peer))
    from plus.data.transmembrane import Grammar as Peer  # type: ignore[import-not-found]

    theirs = Peer()
    return lambda table: "".join("IOMS"[s] for s in theirs.decode(np.log(table))[0])


def main() -> None:
    """Race both over all proteins."""
    chosen = options(__doc__)
    tables, decode = outputs(), decoder(chosen.peer)
    seconds = race(
        lambda: topologies(tables),
        lambda: [decode(table) for table in tables],
        chosen.rounds,
    )
    pairs = zip(topologies(tables), map(decode, tables), strict=True)
    equal = sum(one == other for one, other in pairs)
    record(
        Result(
            name="topology",
            what=f"Viterbi of topologies, {PROTEINS} proteins of 100 to 600 residues",
            baseline="PLUS's decoder" if chosen.peer else "all pairs of states in turn",
            unit="residues",
            work=sum(map(len, tables)),
            race=seconds,
            agreement=f"{equal} of {PROTEINS} topologies equal",
            goal=20,
        )
    )


if __name__ == "__main__":
    main()
