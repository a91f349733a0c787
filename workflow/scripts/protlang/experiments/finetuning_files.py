"""Files and settings of PLUS's models on tasks, and of the homology task."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from protlang.encoders.folder import OWN_FILES
from protlang.experiments import paths
from protlang.experiments.encoders import Encoders
from protlang.experiments.finetuning import FineTunedEntry, FineTuningExperiments
from protlang.experiments.homology import HOMOLOGY
from protlang.experiments.required_models import (
    ALIGNING,
    ALIGNMENT,
    NEEDS,
    shows,
)
from protlang.homology.pair_sets import DEVELOPMENT
from protlang.sources.catalogue import Source


class FineTuningFiles:
    """What the rules of fine-tuning and homology, and PLUS's tables and figures read.

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
        """Downloaded files of lists, or domains and a newer release, and of maps."""
        sources = self._homology_sources()
        return {role: paths.download(source) for role, source in sources.items()}

    def homology_entries(self) -> dict[str, dict[str, Any]]:
        """What of these sources determines domains and pairs, by role."""
        sources = self._homology_sources()
        return {role: source.entry() for role, source in sources.items()}

    def _homology_sources(self) -> dict[str, Source]:
        section = self._experiments.homology
        assert section is not None
        return {role: self._sources[name] for role, name in section.sources.items()}

    # Inputs of a model

    def encoder(self, model: str) -> list[str]:
        """Description and weights of the encoder that a model starts from, if any."""
        encoder = self._experiments.models[model].encoder
        return paths.encoder(encoder) if encoder else []

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

    def trained_before(self, model: str) -> list[str]:
        """The model whose network a model scores a second time."""
        other = self._experiments.models[model].scored
        return [paths.finetuned(other, HOMOLOGY, "facts.json")] if other else []

    def splits(self, tasks: Sequence[str], name: str) -> list[str]:
        """A split of the data set that each task is learned from."""
        return [paths.split(self._experiments.dataset(task), name) for task in tasks]

    def tests(self, tasks: Sequence[str]) -> list[str]:
        """Test splits of tasks, one task after the other."""
        found = [self._experiments.test_sets(task).values() for task in tasks]
        return [path for names in found for path in paths.tests(names)]

    def vectors(self, model: str, tasks: Sequence[str]) -> list[str]:
        """Stored vectors of the tasks' proteins, if a model reads those.

        Of each task those to train on, to validate on and to test on.
        """
        entry = self._experiments.models[model]
        if not entry.reads_stored_vectors:
            return []
        return [
            paths.embeddings(entry.encoder, name, split, "residue")
            for name, split in self._splits(tasks)
        ]

    def profiles(self, model: str, tasks: Sequence[str]) -> list[str]:
        """Profiles of the tasks' proteins, in the order of `vectors`, likewise."""
        if not self._experiments.models[model].reads_profiles:
            return []
        return [paths.profiles(name, split) for name, split in self._splits(tasks)]

    def _splits(self, tasks: Sequence[str]) -> list[tuple[str, str]]:
        """Data set and split: of each task to train on, to validate on, to test on."""
        found: list[tuple[str, str]] = []
        for task in tasks:
            dataset = self._experiments.dataset(task)
            tests = self._experiments.test_sets(task).values()
            found += [(dataset, "train"), (dataset, "validation")]
            found += [(name, "test") for name in tests]
        return found

    # Jobs

    @property
    def tasks_together(self) -> list[str]:
        """Tasks of which every model learns all in one job, if that is requested.

        The same tables show them, so that none trains models for another one.
        """
        if not self._experiments.is_together:
            return []
        groups: dict[frozenset[str], list[str]] = {}
        for task in self._experiments.tasks:
            tables = frozenset(
                name for name, need in NEEDS.items() if task in need.tasks
            )
            groups.setdefault(tables, []).append(task)
        largest = max(groups.values(), key=len, default=[])
        learned = [{*model.tasks} & {*largest} for model in self._learning()]
        return largest if all(own in (set(), {*largest}) for own in learned) else []

    def _learning(self) -> list[FineTunedEntry]:
        """Models on tasks of single proteins."""
        return [
            model
            for model in self._experiments.models.values()
            if {*model.tasks} - {HOMOLOGY}
        ]

    def homology_job(
        self, model: str, inputs: Any, facts: str, run: str
    ) -> dict[str, Any]:
        """Fields of the job that fine-tunes a model on homology.

        Args:
            model: its name.
            inputs: input files of the rule.
            facts: path of the output `facts.json`.
            run: folder of the results.
        """
        return {
            **self._job(model, inputs, facts, run),
            "settings": self._experiments.homology_settings(model),
            "train": inputs.train,
            "pairs": dict(zip(self.pair_sets, inputs.pairs, strict=True)),
            "contacts": next(iter(inputs.contacts), None),
            "vectors": next(iter(inputs.vectors), None),
        }

    def task_jobs(
        self, model: str, tasks: Sequence[str], inputs: Any, facts: Any, run: str
    ) -> list[dict[str, Any]]:
        """Fields of the jobs that fine-tune a model on tasks of single proteins.

        Args:
            model: its name.
            tasks: their names.
            inputs: input files of the rule, task by task.
            facts: paths of the outputs `facts.json`, one per task.
            run: folder of the results.
        """
        tests = iter(inputs.tests)
        vectors, profiles = iter(inputs.vectors), iter(inputs.profiles)

        def stored(proteins: str) -> dict[str, str | None]:
            return {
                "proteins": proteins,
                "vectors": next(vectors, None),
                "profiles": next(profiles, None),
            }

        return [
            {
                **self._job(model, inputs, file, run),
                "settings": self._experiments.task_settings(model, task),
                "declared": {
                    name: list(map(asdict, deviations))
                    for name, deviations in self._experiments.deviations(task).items()
                },
                "train": stored(train),
                "validation": stored(validation),
                "tests": {
                    name: stored(next(tests))
                    for name in self._experiments.test_sets(task)
                },
                "homology_model": next(iter(inputs.homology_model), None),
            }
            for task, train, validation, file in zip(
                tasks, inputs.train, inputs.validation, facts, strict=True
            )
        ]

    def _job(self, model: str, inputs: Any, facts: str, run: str) -> dict[str, Any]:
        """Fields that both kinds of jobs have."""
        entry = self._experiments.models[model]
        known = self._encoders.models.get(entry.encoder)
        return {
            "runs": f"{run}/finetuning/{entry.scored or entry.name}",
            "name": entry.encoder,
            "encoder": next(iter(inputs.encoder), None),
            "encoder_row": known.row if known else "",
            "row": entry.row,
            "folder": str(Path(facts).parent),
        }

    # Tables and figures

    def shown(self, element: str) -> dict[str, list[str]]:
        """Scores and provenance of the models that a table or figure shows.

        Returns:
            Paths by name of the input: `scores` and `facts`.
        """
        runs = self._shown_runs(element)
        files = {"scores": "scores.csv", "facts": "facts.json"}
        return {
            name: [paths.finetuned(model.name, task, file) for model, task in runs]
            for name, file in files.items()
        }

    def rows(self, element: str) -> dict[str, str]:
        """Rows of the tables by model, of those that a table or figure shows."""
        return {model.name: model.row for model, _ in self._shown_runs(element)}

    def _shown_runs(self, element: str) -> list[tuple[FineTunedEntry, str]]:
        return [
            (model, task)
            for model, task in self._experiments.runs()
            if shows(element, model.row, task)
        ]

    def compared_pairs(self) -> dict[str, list[str]]:
        """Scores of single pairs, by models and alignments, that Table 3 compares.

        Returns:
            Paths by name of the input; none without the homology task.
        """
        section = self._experiments.homology
        if section is None:
            return {}
        sets = [name for name in section.sets if name != DEVELOPMENT]
        methods = section.alignments
        return {
            "predictions": [
                paths.finetuned(model, HOMOLOGY, f"predictions/{name}.parquet")
                for name in sets
                for model in self.rows("plus_table3")
            ],
            "aligned_pairs": [
                paths.alignment(method, f"{name}.parquet")
                for name in sets
                for method in methods
            ],
            "aligned": [paths.alignment(method, "scores.csv") for method in methods],
            "alignment_facts": [
                paths.alignment(method, "facts.json") for method in methods
            ],
        }

    def compared_ablations(self, element: str) -> dict[str, list[str]]:
        """Scores of development pairs by the models of Table 5 or 6."""
        if self._experiments.homology is None:
            return {}
        name = f"predictions/{DEVELOPMENT}.parquet"
        return {
            "predictions": [
                paths.finetuned(model, HOMOLOGY, name) for model in self.rows(element)
            ]
        }

    @property
    def aligning_model(self) -> FineTunedEntry | None:
        """The model that Figures 3 and 4 compare with `ALIGNMENT`, if both are run."""
        section = self._experiments.homology
        if section is None or ALIGNMENT not in section.alignments:
            return None
        found = (self._experiments.find(row, HOMOLOGY) for row in ALIGNING)
        return next((model for model in found if model), None)
