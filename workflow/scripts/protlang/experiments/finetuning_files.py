"""Files and settings of PLUS's models on tasks, and of the homology task."""

from collections.abc import Mapping
from typing import Any

from protlang.encoders.folder import OWN_FILES
from protlang.experiments import paths
from protlang.experiments.encoders import Encoders
from protlang.experiments.finetuning import HOMOLOGY, FineTuningExperiments
from protlang.sources.catalogue import Source


class FineTuningFiles:
    """What the rules of fine-tuning and homology read.

    Args:
        experiments: fine-tuned models.
        encoders: that they start from.
        sources: by name.
    """

    def __init__(
        self,
        experiments: FineTuningExperiments,
        encoders: Encoders,
        sources: Mapping[str, Source],
    ) -> None:
        self._experiments = experiments
        self._encoders = encoders
        self._sources = sources

    @property
    def pair_sets(self) -> list[str]:
        """Sets of pairs of the homology task, if it is declared."""
        section = self._experiments.homology
        return section.sets if section else []

    # Domains and pairs

    def homology_files(self) -> dict[str, str]:
        """Downloaded files of domains, a newer release and contact maps, by role."""
        sources = self._homology_sources()
        return {role: paths.download(source) for role, source in sources.items()}

    def homology_entries(self) -> dict[str, dict[str, Any]]:
        """What of these sources determines domains and pairs, by role."""
        sources = self._homology_sources()
        return {role: source.entry() for role, source in sources.items()}

    def _homology_sources(self) -> dict[str, Source]:
        section = self._experiments.homology
        assert section is not None
        names = {
            "domains": section.domains,
            "newer": section.newer,
            "contacts": section.contacts,
        }
        return {role: self._sources[name] for role, name in names.items() if name}

    # Inputs of a model

    def encoder(self, model: str) -> list[str]:
        """Description and weights of the encoder that a model starts from."""
        return paths.encoder(self._experiments.models[model].encoder)

    def encoder_facts(self, model: str) -> dict[str, str]:
        """Name of that encoder, and its row in PLUS's tables if it has one."""
        name = self._experiments.models[model].encoder
        known = self._encoders.models.get(name)
        return {"name": name, "row": known.row if known else ""}

    def contacts(self, model: str) -> list[str]:
        """Contact maps, if a model learns them."""
        learns = self._experiments.learns_contacts(model)
        return [paths.homology("contacts.h5")] if learns else []

    def homology_vectors(self, model: str) -> list[str]:
        """Stored vectors of all domains, if a model reads those."""
        entry = self._experiments.models[model]
        if not entry.reads_stored_vectors:
            return []
        return [paths.homology(f"embeddings/{entry.encoder}.h5")]

    def homology_model(self, model: str) -> list[str]:
        """P-ELMo as fine-tuned on homology, which other tasks take as it is."""
        if self._experiments.models[model].architecture != "p-elmo-lm":
            return []
        names = (*OWN_FILES, "facts.json")
        return [paths.finetuned(model, HOMOLOGY, name) for name in names]

    def split(self, task: str, name: str) -> str:
        """A split of the data set that a task is learned from."""
        return paths.split(self._experiments.dataset(task), name)

    def tests(self, task: str) -> list[str]:
        """Test splits of a task."""
        return paths.tests(self._experiments.test_sets(task).values())

    def vectors(self, model: str, task: str) -> list[str]:
        """Stored vectors of a task's proteins, if a model reads those: train first."""
        entry = self._experiments.models[model]
        if not entry.reads_stored_vectors:
            return []
        dataset = self._experiments.dataset(task)
        splits = [(dataset, "train"), (dataset, "validation")]
        splits += [
            (name, "test") for name in self._experiments.test_sets(task).values()
        ]
        return [
            paths.embeddings(entry.encoder, name, split, "residue")
            for name, split in splits
        ]
