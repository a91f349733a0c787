"""Encoders of a configuration: trained on a corpus, published, or in a folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from protlang.corpora.token_store import has_families
from protlang.encoders.plus_protocol import ABLATED
from protlang.errors import ProtlangError
from protlang.experiments.heads import NotRun
from protlang.sources.catalogue import Source

ELMO, PROTVEC = "elmo", "protvec"

PLUS = ("plus-rnn", "plus-tfm", "p-elmo-lm")
"""Architectures that are pre-trained on Pfam: PLUS's, and P-ELMo's language model."""

CHECKPOINTS = "plus-checkpoint"
P_ELMOS = "p-elmo-checkpoint"
WITH_SOFTMAX = "bilm-tf-checkpoint"

PUBLISHED_AS: Mapping[str, tuple[str, ...]] = {
    ELMO: ("allennlp-elmo", WITH_SOFTMAX),
    PROTVEC: ("protvec-csv",),
    "plus-rnn": (CHECKPOINTS,),
    "plus-tfm": (CHECKPOINTS,),
    "p-elmo": (P_ELMOS,),
    "p-elmo-lm": (P_ELMOS,),
}
"""Distributions of a source of published weights, by architecture."""


@dataclass(frozen=True)
class DeclaredEncoder:
    """An entry of the section `encoders`.

    Attributes:
        name: of the encoder.
        settings: as declared, in full.
    """

    name: str
    settings: Mapping[str, Any]

    @property
    def architecture(self) -> str:
        """Of the network; empty if it is in a folder, whose `config.json` has it."""
        return str(self.settings.get("architecture", ""))

    @property
    def row(self) -> str:
        """Row of PLUS's tables that it fills."""
        return str(self.settings.get("row", self.name))

    @property
    def corpus(self) -> str:
        """Corpus that it is trained on; empty if it is published."""
        return str(self.settings.get("corpus", ""))

    @property
    def measured_on(self) -> str:
        """Corpus that its perplexity is measured on if it is published, or empty."""
        return str(self.settings.get("measured_on", ""))

    @property
    def is_published(self) -> bool:
        """Whether its weights are imported."""
        return "source" in self.settings

    @property
    def is_of_plus(self) -> bool:
        """Whether it is a model of PLUS, or P-ELMo's language model."""
        return self.architecture in PLUS

    @property
    def training_settings(self) -> dict[str, Any]:
        """What determines its training besides its corpus."""
        left_out = {"corpus", "row"} if self.is_of_plus else {"corpus", "architecture"}
        return {key: self.settings[key] for key in self.settings if key not in left_out}


class Encoders:
    """All encoders of a configuration.

    Args:
        config: a validated configuration.
        sources: by name.

    Attributes:
        declared: by name.
        corpus: of domains that PLUS's test pairs are drawn from; empty without any.
        pairs: settings of PLUS's pairs, which models are selected by and tested on.

    Raises:
        ProtlangError: if the configuration combines what cannot go together.
    """

    def __init__(
        self, config: Mapping[str, Any], sources: Mapping[str, Source]
    ) -> None:
        plus = config.get("plus", {})
        self.corpus: str = plus.get("corpus", "")
        self.pairs: Mapping[str, int] = plus.get("pairs", {})
        self.declared = {
            name: DeclaredEncoder(name, settings)
            for name, settings in config.get("encoders", {}).items()
        }
        corpora = config.get("corpora", {})
        if self.corpus:
            _require_families("plus.corpus", self.corpus, corpora, sources)
        for encoder in self.declared.values():
            where = f"encoders.{encoder.name}"
            if encoder.is_published:
                _check_source(where, encoder, sources)
                _check_measured(where, encoder, sources, corpora)
            elif encoder.architecture == ELMO:
                _check_length(where, encoder.settings)
            elif encoder.is_of_plus:
                _require_families(f"{where}.corpus", encoder.corpus, corpora, sources)
                _check_training(where, encoder.settings)
        _check_rows(self.models)

    def trained(self, *architectures: str) -> dict[str, DeclaredEncoder]:
        """Encoders of these architectures that are trained here, by name."""
        return self._select(architectures, published=False)

    def published(self, *architectures: str) -> dict[str, DeclaredEncoder]:
        """Encoders of these architectures that are imported, by name."""
        return self._select(architectures, published=True)

    @property
    def measured(self) -> dict[str, DeclaredEncoder]:
        """Published encoders whose perplexity is measured, by name."""
        imported = self.imported.items()
        return {name: encoder for name, encoder in imported if encoder.measured_on}

    @property
    def models(self) -> dict[str, DeclaredEncoder]:
        """Models of PLUS by name, those to train before the published ones."""
        return {**self.trained(*PLUS), **self.published(*PLUS)}

    @property
    def imported(self) -> dict[str, DeclaredEncoder]:
        """Encoders that are not trained here, by name."""
        return {
            name: encoder
            for name, encoder in self.declared.items()
            if encoder.is_published or "folder" in encoder.settings
        }

    @property
    def tested(self) -> dict[str, DeclaredEncoder]:
        """Models that are tested on Pfam's pairs: all but Table 5's ablations."""
        models = self.models.items() if self.corpus else ()
        return {name: model for name, model in models if model.row not in ABLATED}

    def find(self, row: str) -> DeclaredEncoder | NotRun:
        """The model that fills a row of PLUS's Table 1, or why there is none."""
        for model in self.tested.values():
            if model.row == row:
                return model
        return NotRun(f"the configuration declares no model for {row}")

    def training_settings(self, name: str) -> dict[str, Any]:
        """What determines the pre-training of an encoder besides its corpus."""
        encoder = self.declared[name]
        settings = encoder.training_settings
        if not encoder.is_of_plus:
            return settings
        pairs = dict(self.pairs)
        if not settings.get("imitate_released_code"):
            # Other test pairs must not train anew.
            pairs.pop("test", None)
            pairs.pop("longest", None)
        return {**settings, "pairs": pairs}

    def tested_on(self, encoder: str) -> str:
        """File of domains, in pairs or alone, that an encoder is tested on."""
        alone = self.declared[encoder].architecture == "p-elmo-lm"
        return f"<results>/plus/test_{'domains' if alone else 'pairs'}.parquet"

    def test_pair_settings(self) -> dict[str, int]:
        """What determines the test pairs besides their corpus."""
        keys = ("test", "seed", "longest")
        return {key: self.pairs[key] for key in keys if key in self.pairs}

    def _select(
        self, architectures: tuple[str, ...], published: bool
    ) -> dict[str, DeclaredEncoder]:
        return {
            name: encoder
            for name, encoder in self.declared.items()
            if encoder.architecture in architectures
            and encoder.is_published == published
        }


def _require_families(
    where: str, corpus: str, corpora: Mapping[str, Any], sources: Mapping[str, Source]
) -> None:
    if corpus not in corpora:
        raise ProtlangError(
            f"{where} is {corpus!r}, which `corpora` does not declare; add it there or "
            "correct the name"
        )
    if not has_families([sources[name] for name in corpora[corpus]["sources"]]):
        raise ProtlangError(
            f"{where} is {corpus!r}, whose sources have no families; choose a corpus "
            "of a source that is published as pfam-fasta"
        )


def _check_length(where: str, settings: Mapping[str, Any]) -> None:
    """Report at once what would otherwise stop the training when it starts."""
    loop = settings.get("loop", {})
    if ("steps" in loop) == ("epochs" in settings):
        raise ProtlangError(f"{where} needs either epochs or loop.steps; give one")
    if "accumulate" in loop and "rows_per_update" in settings.get("training", {}):
        raise ProtlangError(
            f"{where} has both training.rows_per_update and loop.accumulate; give one"
        )


def _check_training(where: str, settings: Mapping[str, Any]) -> None:
    """Report at once what would otherwise stop the training when it starts."""
    _check_length(where, settings)
    selection = settings.get("selection", {})
    longest = selection.get("longest")
    if longest is not None and longest < selection.get("shortest", 1):
        raise ProtlangError(
            f"{where}.selection leaves nothing between shortest and longest; correct "
            "one of them"
        )
    masking = settings.get("masking", {})
    if masking.get("masked", 0.8) + masking.get("replaced", 0.1) > 1:
        raise ProtlangError(
            f"{where}.masking: masked and replaced are more than 1 together; lower one"
        )


def _check_source(
    where: str, encoder: DeclaredEncoder, sources: Mapping[str, Source]
) -> None:
    name = encoder.settings["source"]
    source = sources.get(name)
    distributions = PUBLISHED_AS[encoder.architecture]
    if source is None:
        raise ProtlangError(
            f"{where}.source is {name!r}, which the file of sources does not declare; "
            "add it there or correct the name"
        )
    if source.distribution not in distributions:
        raise ProtlangError(
            f"{where}.source is {name!r}, which is published as "
            f"{source.distribution!r}; choose a source published as "
            f"{' or '.join(map(repr, distributions))}"
        )
    file = encoder.settings.get("file")
    if file is not None and file not in source.files:
        raise ProtlangError(
            f"{where} names the file {file!r}; {source.name} has "
            f"{', '.join(source.files)}"
        )
    if encoder.architecture == PROTVEC:
        source.file("data")


def _check_measured(
    where: str,
    encoder: DeclaredEncoder,
    sources: Mapping[str, Source],
    corpora: Mapping[str, Any],
) -> None:
    if not encoder.measured_on:
        return
    if encoder.measured_on not in corpora:
        raise ProtlangError(
            f"{where}.measured_on is {encoder.measured_on!r}, which `corpora` does not "
            "declare; add it there or correct the name"
        )
    if has_families([sources[one] for one in corpora[encoder.measured_on]["sources"]]):
        raise ProtlangError(
            f"{where}.measured_on is {encoder.measured_on!r}, a corpus of domains; "
            "choose one of whole proteins"
        )
    source = sources[encoder.settings["source"]]
    if source.distribution != WITH_SOFTMAX:
        raise ProtlangError(
            f"{where}.measured_on needs weights with their softmax, which "
            f"{source.distribution!r} has none of; choose a source published as "
            f"{WITH_SOFTMAX!r}"
        )


def _check_rows(models: Mapping[str, DeclaredEncoder]) -> None:
    """A row has room for the numbers of one model."""
    owners: dict[str, str] = {}
    for model in models.values():
        owner = owners.setdefault(model.row, model.name)
        if owner != model.name:
            raise ProtlangError(
                f"encoders: {owner} and {model.name} both have the row {model.row!r}; "
                "give one of them another"
            )
