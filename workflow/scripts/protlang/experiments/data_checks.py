"""Whether data sets fit their use: training, testing, and what their sources hold."""

from collections.abc import Mapping
from typing import Any

from protlang.errors import ProtlangError
from protlang.formats.registry import DISTRIBUTIONS, Distribution
from protlang.sources.catalogue import Source


def source_of(
    dataset: str,
    datasets: Mapping[str, Any],
    sources: Mapping[str, Source],
    section: str,
) -> Source:
    """The source of a data set.

    Args:
        dataset: its name.
        datasets: as the configuration declares them.
        sources: by name.
        section: of the configuration, which names the data set.

    Raises:
        ProtlangError: if the data set or its source is not declared.
    """
    if dataset not in datasets:
        raise ProtlangError(
            f"{section} names the data set {dataset!r}, which `datasets` does "
            f"not declare; declared are {', '.join(datasets)}"
        )
    name = datasets[dataset]["source"]
    if name not in sources:
        raise ProtlangError(
            f"datasets.{dataset}.source is {name!r}, which the file of sources "
            "does not declare; add it there or correct the name"
        )
    return sources[name]


def require_readable(source: Source) -> None:
    """Make sure that a source is a labelled set of which all files are declared.

    Raises:
        ProtlangError: if it is not.
    """
    if source.distribution not in DISTRIBUTIONS:
        raise ProtlangError(
            f"source {source.name} has the distribution {source.distribution!r}, "
            f"which is no labelled set; choose one of {', '.join(DISTRIBUTIONS)}"
        )
    distribution = DISTRIBUTIONS[source.distribution]
    missing = set(distribution.roles) - set(source.files)
    if missing:
        raise ProtlangError(
            f"source {source.name} lacks the file {min(missing)!r}, which the "
            f"distribution {source.distribution} consists of; add it under `files`"
        )
    known = {*distribution.roles, *distribution.optional_roles}
    unknown = set(source.files) - known
    if distribution.optional_roles and (unknown or not source.files):
        raise ProtlangError(
            f"source {source.name} has the files {', '.join(source.files) or 'none'}; "
            f"the distribution {source.distribution} has {', '.join(sorted(known))}: "
            "correct their names under `files`"
        )


def require_held_out(
    dataset: str, settings: Mapping[str, Any], distribution: Distribution
) -> None:
    """Make sure that exactly one key determines what of a training set is held out.

    Args:
        dataset: its name.
        settings: as the configuration declares it.
        distribution: of its source.

    Raises:
        ProtlangError: if nothing does, or several do, or a part is unknown.
    """
    declared = [key for key in ("validation", "split") if key in settings]
    remedy = ""
    if distribution.has_splits and declared:
        remedy = f"its source brings its own held-out proteins; remove `{declared[0]}`"
    elif len(declared) > 1:
        remedy = "`validation` and `split` both hold proteins out; remove one of them"
    elif not distribution.has_splits and not declared:
        remedy = "add `validation`, how many proteins to hold out to stop early"
    if remedy:
        raise ProtlangError(f"datasets.{dataset} is trained on: {remedy}")
    require_part(f"{dataset}.validation", settings.get("validation", {}), distribution)


def require_part(
    dataset: str, settings: Mapping[str, Any], distribution: Distribution
) -> None:
    """Make sure that the `part` of a source that settings name is one of its parts.

    Args:
        dataset: where the settings stand under `datasets`.
        settings: with or without the key `part`.
        distribution: of the source.

    Raises:
        ProtlangError: if the distribution has no such part.
    """
    part = settings.get("part")
    if part is not None and part not in distribution.parts:
        known = ", ".join(distribution.parts) or "none"
        raise ProtlangError(
            f"datasets.{dataset}.part is {part!r}, but the parts of its source are "
            f"{known}: correct or remove it"
        )
