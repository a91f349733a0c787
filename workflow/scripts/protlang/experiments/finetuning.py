"""Which models of PLUS a configuration fine-tunes, on which tasks and data."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from protlang.errors import ProtlangError
from protlang.experiments.data_checks import (
    require_held_out,
    require_readable,
    source_of,
)
from protlang.experiments.encoders import Encoders
from protlang.experiments.finetuning_checks import (
    check_head,
    check_homology,
    check_network,
)
from protlang.experiments.homology import HOMOLOGY, SECTION, homology_section
from protlang.finetuning.provenance import TRAINING
from protlang.finetuning.recipes import (
    LARGE,
    PLUS_RNN,
    fine_tuning,
    published_model,
)
from protlang.formats.registry import DISTRIBUTIONS, Distribution
from protlang.protocol import Deviation, Deviations
from protlang.sources.catalogue import Source
from protlang.tasks.plus import TASKS

TITLES: Mapping[str, str] = {
    HOMOLOGY: "Homology",
    **{name: task.title for name, task in TASKS.items()},
}
"""Of the tasks in the paper's tables."""

SEED = 2020
"""Of PLUS's runs."""

_HOMOLOGY_ARCHITECTURES = {
    "plus-rnn": "plus-rnn",
    "plus-tfm": "plus-tfm",
    "p-elmo-lm": "p-elmo",
}
_DEFAULTS = {
    "plus-rnn": PLUS_RNN,
    "plus-tfm": "plus-tfm",
    "p-elmo-lm": "p-elmo",
    "tape-lstm": "tape",
    "tape-transformer": "tape",
    "tape-resnet": "tape",
    "conv-lstm": "conv-lstm",
}
"""Whose published settings an architecture has."""

READ_PROFILES = ("conv-lstm",)
"""Architectures that read profiles in place of sequences."""

_STORED = "embeddings"


@dataclass(frozen=True)
class FineTunedEntry:
    """A model that is fine-tuned, on each task by itself.

    Attributes:
        name: in the configuration.
        row: of the tables that it fills.
        encoder: that it starts from; empty of a network that nothing pre-trains.
        architecture: of either, as pre-trained; empty if its vectors are stored.
        settings: as declared.
        tasks: in order, homology first.
    """

    name: str
    row: str
    encoder: str
    architecture: str
    settings: Mapping[str, Any]
    tasks: tuple[str, ...]

    @property
    def reads_stored_vectors(self) -> bool:
        """Whether its encoder has done its work before."""
        return not self.architecture

    @property
    def reads_profiles(self) -> bool:
        """Whether it reads its proteins' profiles."""
        return self.architecture in READ_PROFILES

    @property
    def seeds(self) -> list[int]:
        """Of its trainings."""
        return list(self.settings.get("seeds", [SEED]))

    @property
    def scored(self) -> str:
        """The model whose network it scores a second time; empty if it has its own."""
        return str(self.settings.get("scores", {}).get("model", ""))

    @property
    def threads(self) -> int:
        """Of PyTorch on the CPU."""
        return int(self.settings.get("threads", 1))


class FineTuningExperiments:
    """The fine-tuned models of a configuration; none if it lacks them.

    Args:
        config: a validated configuration.
        sources: by name.
        encoders: those of the configuration.

    Attributes:
        homology: domains and pairs, if there are any.
        models: by name.
        is_together: whether one job per model learns what the same tables show.

    Raises:
        ProtlangError: if the configuration combines things that cannot go together.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        sources: Mapping[str, Source],
        encoders: Encoders,
    ) -> None:
        section = config.get(SECTION, {})
        self._data: Mapping[str, Any] = section.get("tasks", {})
        self._datasets: Mapping[str, Any] = config["datasets"]
        self.is_together: bool = section.get("tasks_together", False)
        self.homology = homology_section(section, sources)
        self.models = {
            name: _entry(name, settings, encoders)
            for name, settings in section.get("finetuning", {}).items()
        }
        for task in self._data:
            self._check_data(task, sources)
        for model in self.models.values():
            self._check_model(model)
            self._check_scored(model)
        _check_rows(self.models)

    @property
    def tasks(self) -> list[str]:
        """Tasks of single proteins that have data."""
        return list(self._data)

    def runs(self) -> list[tuple[FineTunedEntry, str]]:
        """All models with each of their tasks."""
        return [(model, task) for model in self.models.values() for task in model.tasks]

    def models_on(self, task: str) -> list[FineTunedEntry]:
        """Models that are fine-tuned on a task."""
        return [model for model in self.models.values() if task in model.tasks]

    def find(self, row: str, task: str) -> FineTunedEntry | None:
        """The model that fills a row, if it is fine-tuned on the task."""
        for model in self.models_on(task):
            if model.row == row:
                return model
        return None

    def dataset(self, task: str) -> str:
        """Data set that a task is learned from."""
        return str(self._data[task]["dataset"])

    def test_sets(self, task: str) -> dict[str, str]:
        """Data sets that a task is tested on, by what the tables call them."""
        own = {TITLES[task]: self.dataset(task)}
        return dict(self._data[task].get("tests", own))

    @property
    def embedded_test_sets(self) -> list[str]:
        """Data sets that models with stored vectors are tested on, each once."""
        found = [
            name
            for model, task in self.runs()
            if model.reads_stored_vectors and task != HOMOLOGY
            for name in self.test_sets(task).values()
        ]
        return list(dict.fromkeys(found))

    def deviations(self, task: str) -> dict[str, Deviations]:
        """How a task's data differ from the paper's, as declared with them.

        Returns:
            Of each test set, and under `TRAINING` of the training set.
        """
        tests = self.test_sets(task)
        named = {name: ("test set", dataset) for name, dataset in tests.items()}
        named[TRAINING] = "training set", self.dataset(task)
        return {name: self._declared(*one) for name, one in named.items()}

    def _declared(self, part: str, dataset: str) -> Deviations:
        declared = self._datasets[dataset].get("deviation")
        return (Deviation(f"{part} {dataset}", str(declared)),) if declared else ()

    def task_settings(self, name: str, task: str) -> dict[str, Any]:
        """What determines the fine-tuning of a model on a task of single proteins."""
        model = self.models[name]
        return {
            "task": task,
            "defaults": _defaults(model),
            "options": _options(model, task),
            "seeds": model.seeds,
            "threads": model.threads,
            "checkpoint_every": model.settings.get("checkpoint_every", 1000),
            **_common(model),
        }

    def homology_settings(self, name: str) -> dict[str, Any]:
        """What determines the fine-tuning of a model on homology."""
        model = self.models[name]
        return {
            "architecture": _homology_architecture(model),
            **model.settings[HOMOLOGY],
            **_scored_tokens(model),
            "seeds": model.seeds,
            "threads": model.threads,
            **_common(model),
        }

    def learns_contacts(self, name: str) -> bool:
        """Whether a model learns contact maps beside homology."""
        entry = self.models[name]
        training = entry.settings.get(HOMOLOGY, {}).get("training", {})
        published = 0.9 if entry.architecture == "p-elmo-lm" else 0.0
        return float(training.get("contacts", published)) > 0

    def _check_data(self, task: str, sources: Mapping[str, Source]) -> None:
        where, datasets = f"{SECTION}.tasks.{task}", self._datasets
        for dataset in (self.dataset(task), *self.test_sets(task).values()):
            source = source_of(dataset, datasets, sources, where)
            require_readable(source)
            kind = DISTRIBUTIONS[source.distribution]
            self._check_profiles(task, dataset, kind)
            if TASKS[task].label not in kind.labels | kind.classes | kind.values:
                raise ProtlangError(
                    f"{where} names the data set {dataset!r}, whose distribution "
                    f"{source.distribution} has no {TASKS[task].label}; choose another"
                )
        learned = self.dataset(task)
        source = source_of(learned, datasets, sources, where)
        kind = DISTRIBUTIONS[source.distribution]
        if not _has_training_part(source, kind):  # then another part is divided
            kind = replace(kind, has_splits=False)
        require_held_out(learned, datasets[learned], kind)

    def _check_profiles(self, task: str, dataset: str, kind: Distribution) -> None:
        for model in self.models_on(task):
            if model.reads_profiles and not kind.has_profiles:
                raise ProtlangError(
                    f"{SECTION}.finetuning.{model.name} reads profiles, which the data "
                    f"set {dataset!r} of {task} does not have; remove the task from it"
                )

    def _check_model(self, model: FineTunedEntry) -> None:
        where = f"{SECTION}.finetuning.{model.name}"
        if not model.encoder:
            check_network(model.settings, where)
        for task in model.tasks:
            if task == HOMOLOGY and self.homology is None:
                raise ProtlangError(
                    f"{where} is fine-tuned on homology, but {SECTION}.{HOMOLOGY} is "
                    "missing; declare the domains there"
                )
            if task == HOMOLOGY:
                kind, settings = _homology_architecture(model), model.settings[task]
                check_homology(kind, settings, f"{where}.{HOMOLOGY}")
                continue
            if task not in self._data:
                raise ProtlangError(
                    f"{where} is fine-tuned on {task}, but {SECTION}.tasks does not "
                    "name its data set; add it there"
                )
            # Options are the same of all sizes.
            published = published_model(_defaults(model), {"hidden_dim": LARGE})
            found = fine_tuning(published, task, _options(model, task))
            if not model.encoder:
                check_head(found, TASKS[task].level, f"{where} on {task}")
        if model.architecture == "p-elmo-lm" and HOMOLOGY not in model.tasks:
            raise ProtlangError(
                f"{where} starts from P-ELMo's language model, whose encoder is made "
                "by fine-tuning on homology; add `homology` to it"
            )
        if HOMOLOGY in model.tasks and self.learns_contacts(model.name):
            assert self.homology is not None
            if not self.homology.has_contacts:
                raise ProtlangError(
                    f"{where} learns contact maps; name their source in "
                    f"{SECTION}.{HOMOLOGY}.contacts, or set the weight of contacts to 0"
                )

    def _check_scored(self, model: FineTunedEntry) -> None:
        """What scores another model's network must not differ in its training."""
        if not model.scored:
            return
        other = self.models.get(model.scored)
        keys = (HOMOLOGY, "encoder", "pretrained", "seeds", "threads")
        own = {key: model.settings.get(key) for key in keys}
        same = (
            other is not None
            and not other.scored
            and own == {key: other.settings.get(key) for key in keys}
        )
        if not same or model.architecture != "plus-tfm" or model.tasks != (HOMOLOGY,):
            raise ProtlangError(
                f"{SECTION}.finetuning.{model.name} scores the network of "
                f"{model.scored!r} on longer pairs; let it be `like` that PLUS-TFM, "
                "with `tasks: []`, and change nothing of its training"
            )


def _has_training_part(source: Source, kind: Distribution) -> bool:
    """Whether a source has proteins to learn from; not if their file is missing."""
    in_files = kind.optional_roles
    return not in_files or any(role.startswith("train") for role in source.files)


def _entry(
    name: str,
    settings: Mapping[str, Any],
    encoders: Encoders,
) -> FineTunedEntry:
    encoder, where = settings.get("encoder", ""), f"{SECTION}.finetuning.{name}"
    if "encoder" in settings and "network" in settings:
        raise ProtlangError(f"{where} needs either encoder or network; give one")
    if "network" in settings and "pretrained" in settings:
        raise ProtlangError(
            f"{where}: nothing pre-trains a network without an encoder; remove "
            "`pretrained`"
        )
    if encoder and encoder not in encoders.declared:
        raise ProtlangError(
            f"{where}.encoder is {encoder!r}, which `encoders` does not declare; "
            "correct the name"
        )
    model = encoders.models.get(encoder)
    architecture = model.architecture if model else ""
    if not encoder:
        architecture = settings["network"]["architecture"]
    if not architecture and not settings.get("pretrained", True):
        raise ProtlangError(
            f"{where}: the vectors of {encoder} are stored, so it cannot start "
            "from random weights; remove `pretrained`"
        )
    tasks = [HOMOLOGY] if HOMOLOGY in settings else []
    requested = settings.get("tasks", [])
    tasks += [task for task in TASKS if task in requested]
    if not tasks:
        raise ProtlangError(
            f"{where} has no task; give it `homology` or some of `tasks`"
        )
    row = settings.get("row", name)
    return FineTunedEntry(name, row, encoder, architecture, settings, tuple(tasks))


def _scored_tokens(model: FineTunedEntry) -> dict[str, int]:
    """The limit on a pair when it is scored, if that is not the one of training."""
    return {"scored_tokens": model.settings["scores"]["tokens"]} if model.scored else {}


def _common(model: FineTunedEntry) -> dict[str, Any]:
    if not model.encoder:
        return {"pretrained": False, "network": model.settings["network"]}
    return {"pretrained": model.settings.get("pretrained", True)}


def _homology_architecture(model: FineTunedEntry) -> str:
    return _HOMOLOGY_ARCHITECTURES.get(model.architecture, _STORED)


def _defaults(model: FineTunedEntry) -> str:
    default = _DEFAULTS.get(model.architecture, _STORED)
    return str(model.settings.get("defaults", default))


def _options(model: FineTunedEntry, task: str) -> dict[str, Any]:
    own = model.settings.get("overrides", {}).get(task, {})
    return {**model.settings.get("options", {}), **own}


def _check_rows(models: Mapping[str, FineTunedEntry]) -> None:
    """A row has room for one model's numbers on a task."""
    owners: dict[tuple[str, str], str] = {}
    for model in models.values():
        for task in model.tasks:
            owner = owners.setdefault((model.row, task), model.name)
            if owner != model.name:
                raise ProtlangError(
                    f"{SECTION}.finetuning: {owner} and {model.name} both have the row "
                    f"{model.row!r} and the task {task}; give one of them another row"
                )
