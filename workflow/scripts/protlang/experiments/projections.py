"""What SeqVec's Figures 2 and 3 show, as the configuration requests it."""

from collections.abc import Mapping
from typing import Any

from protlang.errors import ProtlangError
from protlang.experiments.per_protein import PerProteinExperiments
from protlang.sources.catalogue import Source

PERPLEXITIES: Mapping[str, float] = {
    "raw": 20,
    "hidden": 15,
    "amino_acids": 5,
    "domains": 30,
}
"""Of the projections: DeepLoc's proteins by the encoder's vectors and by those that the
network makes of them, amino acids, and SCOPe's domains.

Source: SeqVec, Results, "Visualizing results"; Methods, "Visualization of embedding
space".
"""


class Visualisation:
    """The figures' network, its encoder, and the files about SCOPe.

    Args:
        settings: the section `visualisation` of a validated configuration.
        networks: the per-protein networks of the configuration.
        sources: by name.

    Attributes:
        network: name of the per-protein predictor whose hidden vectors are shown.
        encoder: whose vectors it sees.

    Raises:
        ProtlangError: if a network or a source is not declared, or does not fit.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        networks: PerProteinExperiments,
        sources: Mapping[str, Source],
    ) -> None:
        self.network: str = settings["network"]
        self.encoder = _encoder_of(self.network, networks)
        self._scope: Mapping[str, str] = settings["scope"]
        self._sources = sources
        for role, name in self._scope.items():
            if name not in sources:
                raise ProtlangError(
                    f"visualisation.scope.{role} is {name!r}, which the file of "
                    "sources does not declare; add it there or correct the name"
                )

    def scope_files(self) -> dict[str, tuple[str, str]]:
        """Source and role in it of SCOPe's domains and of facts on them, by role."""
        sifts = self._sources[self._scope["sifts"]]
        roles = {
            "domains": (self._scope["source"], "data"),
            "speclist": (self._scope["speclist"], "data"),
            **{role: (sifts.name, role) for role in sifts.files},
        }
        if "ecpred" in self._scope:
            roles["ecpred"] = (self._scope["ecpred"], "data")
        return roles

    @property
    def scope_source(self) -> str:
        """The source of SCOPe's domains."""
        return self._scope["source"]


def _encoder_of(network: str, networks: PerProteinExperiments) -> str:
    predictor = networks.predictors.get(network)
    if predictor is None or predictor.encoder is None:
        with_encoder = [p.name for p in networks.predictors.values() if p.encoder]
        raise ProtlangError(
            f"visualisation.network is {network!r}, which is no predictor of "
            "per_protein with an encoder; choose one of "
            f"{', '.join(with_encoder) or 'those you declare there'}"
        )
    return predictor.encoder
