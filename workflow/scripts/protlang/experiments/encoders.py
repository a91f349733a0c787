"""Which models a configuration pre-trains on Pfam, or takes as published."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from protlang.corpora.token_store import has_families
from protlang.encoders.provenance import ABLATED
from protlang.errors import ProtlangError
from protlang.experiments.heads import NotRun
from protlang.sources.catalogue import Source

SECTION = "plus"
"""Of the configuration."""

OPTIONS: Mapping[str, frozenset[str]] = {
    "plus-rnn": frozenset({"hidden_dim", "layers", "projection"}),
    "plus-tfm": frozenset(
        {"hidden_dim", "layers", "heads", "feed_forward_dim", "dropout", "max_tokens"}
    ),
    "p-elmo-lm": frozenset({"hidden_dim", "layers"}),
}
"""Of the models, by architecture."""

CHECKPOINTS = "plus-checkpoint"
"""Distribution of published models."""


@dataclass(frozen=True)
class PlusModel:
    """A model of PLUS or P-ELMo's language model.

    Attributes:
        name: of its encoder.
        row: of the tables that it fills.
        settings: how it is trained, or where it is published.
    """

    name: str
    row: str
    settings: Mapping[str, Any]


class PlusExperiments:
    """The models of PLUS in a configuration; none if it lacks that section.

    Args:
        config: a validated configuration.
        sources: by name.

    Attributes:
        corpus: of domains; empty if there are no models.
        pairs: settings of the pairs that models are selected by and tested on.
        pretrained: models to pre-train, by name.
        published: models to import, by name.

    Raises:
        ProtlangError: if the configuration combines things that cannot go together.
    """

    def __init__(
        self, config: Mapping[str, Any], sources: Mapping[str, Source]
    ) -> None:
        section = config.get(SECTION, {})
        self.corpus: str = section.get("corpus", "")
        self.pairs: Mapping[str, int] = section.get("pairs", {})
        self.pretrained = _models(section.get("pretraining", {}))
        self.published = _models(section.get("published", {}))
        if section:
            self._check_corpus(config.get("corpora", {}), sources)
        for model in self.pretrained.values():
            _check_training(model)
        for model in self.published.values():
            _check_published(model, sources)
        _check_names(config, self.models)
        _check_rows(self.models)

    @property
    def models(self) -> dict[str, PlusModel]:
        """All models by name, those to train before the published ones."""
        return {**self.pretrained, **self.published}

    @property
    def tested(self) -> dict[str, PlusModel]:
        """Models that are tested on Pfam's pairs: all but Table 5's ablations."""
        models = self.models.items()
        return {name: model for name, model in models if model.row not in ABLATED}

    def find(self, row: str) -> PlusModel | NotRun:
        """The model that fills a row of Table 1, or why there is none."""
        for model in self.tested.values():
            if model.row == row:
                return model
        return NotRun(f"the configuration declares no model for {row}")

    def training_settings(self, name: str) -> dict[str, Any]:
        """What determines the pre-training of a model besides its corpus."""
        settings = dict(self.pretrained[name].settings)
        settings.pop("row", None)
        pairs = dict(self.pairs)
        if not settings.get("imitate_released_code"):
            # Other test pairs must not train anew.
            pairs.pop("test", None)
            pairs.pop("longest", None)
        return {**settings, "pairs": pairs}

    def test_pair_settings(self) -> dict[str, int]:
        """What determines the test pairs besides their corpus."""
        keys = ("test", "seed", "longest")
        return {key: self.pairs[key] for key in keys if key in self.pairs}

    def _check_corpus(
        self, corpora: Mapping[str, Any], sources: Mapping[str, Source]
    ) -> None:
        if self.corpus not in corpora:
            raise ProtlangError(
                f"{SECTION}.corpus is {self.corpus!r}, which `corpora` does not "
                "declare; add it there or correct the name"
            )
        names = corpora[self.corpus]["sources"]
        if not has_families([sources[name] for name in names]):
            raise ProtlangError(
                f"{SECTION}.corpus is {self.corpus!r}, whose sources do not tell "
                "families; choose a corpus of a source that is published as pfam-fasta"
            )


def _models(section: Mapping[str, Mapping[str, Any]]) -> dict[str, PlusModel]:
    return {
        name: PlusModel(name, settings.get("row", name), settings)
        for name, settings in section.items()
    }


def _check_training(model: PlusModel) -> None:
    """Tell at once what would only come to light when the training begins."""
    where = f"{SECTION}.pretraining.{model.name}"
    settings = model.settings
    kind = settings["architecture"]
    odd = min(settings.get("model", {}).keys() - OPTIONS[kind], default=None)
    if odd is not None:
        raise ProtlangError(
            f"{where}.model has the option {odd!r}, which {kind} lacks; it has "
            f"{', '.join(sorted(OPTIONS[kind]))}"
        )
    if kind == "plus-rnn" and "hidden_dim" not in settings.get("model", {}):
        raise ProtlangError(
            f"{where}.model has no hidden_dim; give 512 for BASE, 1024 for LARGE"
        )
    if ("steps" in settings.get("loop", {})) == ("epochs" in settings):
        raise ProtlangError(f"{where} needs either epochs or loop.steps; give one")
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


def _check_published(model: PlusModel, sources: Mapping[str, Source]) -> None:
    where = f"{SECTION}.published.{model.name}"
    source = sources.get(model.settings["source"])
    if source is None or source.distribution != CHECKPOINTS:
        raise ProtlangError(
            f"{where} names the source {model.settings['source']!r}, which is not "
            f"declared as published as {CHECKPOINTS}; correct the name"
        )
    if model.settings["file"] not in source.files:
        raise ProtlangError(
            f"{where} names the file {model.settings['file']!r}; {source.name} has "
            f"{', '.join(source.files)}"
        )


def _check_names(config: Mapping[str, Any], models: Mapping[str, PlusModel]) -> None:
    """Encoders of all kinds share a folder, so their names have to differ."""
    kinds = ("pretraining", "published_encoders", "protvec", "published_protvec")
    others = {name for kind in kinds for name in config.get(kind, {})}
    twice = min(others & models.keys(), default=None)
    if twice is not None:
        raise ProtlangError(
            f"{twice!r} is the name of two encoders, one of them in `{SECTION}`; "
            "rename one"
        )
    section = config.get(SECTION, {})
    own = min(
        section.get("pretraining", {}).keys() & section.get("published", {}).keys(),
        default=None,
    )
    if own is not None:
        raise ProtlangError(
            f"{SECTION}.pretraining and {SECTION}.published both have {own!r}; rename "
            "one"
        )


def _check_rows(models: Mapping[str, PlusModel]) -> None:
    """A row has room for the numbers of one model."""
    owners: dict[str, str] = {}
    for model in models.values():
        owner = owners.setdefault(model.row, model.name)
        if owner != model.name:
            raise ProtlangError(
                f"{SECTION}: {owner} and {model.name} both have the row {model.row!r}; "
                "give one of them another"
            )
