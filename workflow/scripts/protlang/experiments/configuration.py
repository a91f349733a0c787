"""Configurations of a run: written briefly, expanded, then checked against the schema.

What a user leaves out is filled in before the check, so that all other code reads one
explicit form: `defaults` (seed and threads), `like` (another entry of the same section,
merged key by key), and `plus.ablations` (models that differ from a base model in the
weights of their losses alone).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from protlang.errors import ProtlangError
from protlang.validation import SCHEMAS, read_yaml, validate_against

SCHEMA = SCHEMAS / "config.schema.yaml"
_WHAT = "the configuration"

_MOVED: Mapping[str, str] = {
    "pretraining": "`architecture: elmo`",
    "published_encoders": "`architecture: elmo`",
    "protvec": "`architecture: protvec`",
    "published_protvec": "`architecture: protvec`",
    "plus.pretraining": "its `corpus`",
    "plus.published": "its `source`",
}
"""Former sections of encoders, and what their entries need in `encoders`."""

_SEEDED = (
    "datasets.*.validation",
    "datasets.*.split",
    "corpora.*.held_out",
    "encoders.*",
    "visualisation.tsne",
)
_THREADED = (
    "encoders.*",
    "embedding",
    "per_residue.training",
    "per_protein.training",
    "leakage",
    "visualisation.tsne",
    "plus.homology",
    "plus.finetuning.*",
)
_WITHOUT_SEED, _WITHOUT_THREADS = {"part", "source", "folder"}, {"source", "folder"}


def validated_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Expand a configuration and check it.

    Args:
        config: as written, with values from the command line.

    Returns:
        It in full: without `defaults`, `like` and `ablations`, and with top-level
        numbers as text where the schema says so (`--config run=5` is a number).

    Raises:
        ProtlangError: with the first wrong key and how to correct it.
    """
    properties = read_yaml(SCHEMA)["properties"]
    coerced = {
        key: _coerce(value, properties.get(key, {})) for key, value in config.items()
    }
    _reject_moved_keys(coerced)
    expanded = expand(coerced)
    validate_against(expanded, SCHEMA, _WHAT)
    _require_declared(expanded)
    return expanded


def expand(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with everything written out that it declares briefly.

    Anything of a wrong type is left for the schema to report.

    Raises:
        ProtlangError: if a base model is not declared.
    """
    expanded: dict[str, Any] = _copy(config)
    plus = expanded.get("plus")
    sections = {"encoders": expanded, "finetuning": plus}
    for name, parent in sections.items():
        if isinstance(parent, dict) and isinstance(parent.get(name), dict):
            where = "plus.finetuning" if name == "finetuning" else name
            parent[name] = _without_like(parent[name], where)
    if isinstance(plus, dict) and isinstance(plus.get("ablations"), dict):
        validate_against(plus["ablations"], SCHEMA, _WHAT, "plus.ablations")
        _expand_ablations(expanded, plus.pop("ablations"))
    defaults = expanded.pop("defaults", {})
    validate_against(defaults, SCHEMA, _WHAT, "defaults")
    _fill_in(expanded, defaults)
    return expanded


def _copy(value: Any) -> Any:
    """A deep copy of mappings and lists."""
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The base with changed values; mappings are merged key by key."""
    merged = _copy(base)
    for key, value in changes.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merged(merged[key], value) if both else _copy(value)
    return dict(merged)


def _derived(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """An entry like another one; a row of the tables belongs to one entry only."""
    return _merged({key: base[key] for key in base if key != "row"}, changes)


def _without_like(section: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A section whose entries are independent of each other."""
    entries: dict[str, Any] = {}
    for name, entry in section.items():
        base = entry.get("like") if isinstance(entry, Mapping) else None
        if base is None:
            entries[name] = entry
            continue
        if not isinstance(base, str) or not isinstance(entries.get(base), Mapping):
            raise ProtlangError(
                f"the configuration: {where}.{name}.like is {base!r}, which is not "
                f"declared above it; declared are {', '.join(entries) or 'none'}"
            )
        own = {key: value for key, value in entry.items() if key != "like"}
        entries[name] = _derived(entries[base], own)
    return entries


def _expand_ablations(config: dict[str, Any], ablations: Mapping[str, Any]) -> None:
    """Add a model for each row of `plus.ablations` (PLUS, Tables 5 and 6)."""
    encoders = config.setdefault("encoders", {})
    tuned = config["plus"].setdefault("finetuning", {})
    if not isinstance(encoders, dict) or not isinstance(tuned, dict):
        return
    on_pairs: dict[str, Any] = {"tasks": []}
    pretraining = ablations.get("pretraining", {"training": {}})
    base = _base(encoders, pretraining, "encoders", "pretraining")
    architecture = base.get("architecture")
    for row, weights in pretraining["training"].items():
        name = f"{architecture}-{row.lower()}"
        changes = _merged(pretraining.get("changes", {}), {"training": weights})
        encoders[name] = _derived(base, {"row": row, **changes})
        alike = tuned.get(pretraining["base"])
        if alike is not None:
            tuned[name] = _derived(alike, {"row": row, "encoder": name, **on_pairs})
    finetuning = ablations.get("finetuning", {"training": {}})
    base = _base(tuned, finetuning, "plus.finetuning", "finetuning")
    encoder = encoders.get(str(base.get("encoder")))
    architecture = encoder.get("architecture") if isinstance(encoder, dict) else None
    for row, weights in finetuning["training"].items():
        on_homology = _merged(finetuning.get("changes", {}), {"training": weights})
        changes = {"row": row, **on_pairs, "homology": on_homology}
        tuned[f"{architecture}-{row.lower()}"] = _derived(base, changes)


def _base(
    section: Mapping[str, Any], ablation: Mapping[str, Any], where: str, kind: str
) -> Mapping[str, Any]:
    """The model that ablations differ from; none without ablations."""
    if "base" not in ablation:
        return {}
    name = ablation["base"]
    if not isinstance(section.get(name), Mapping):
        raise ProtlangError(
            f"the configuration: plus.ablations.{kind}.base is {name!r}, which {where} "
            f"does not declare; declared are {', '.join(section) or 'none'}"
        )
    base: Mapping[str, Any] = section[name]
    return base


def _fill_in(config: dict[str, Any], defaults: Mapping[str, int]) -> None:
    """Write `defaults` into all sections that do not have the key themselves."""
    if "threads" in defaults:
        config.setdefault("embedding", {})
    for path in _SEEDED if "seed" in defaults else ():
        for section in _sections(config, path.split(".")):
            if not _WITHOUT_SEED & section.keys():
                section.setdefault("seed", defaults["seed"])
    for path in _THREADED if "threads" in defaults else ():
        for section in _sections(config, path.split(".")):
            fixed = section.get("architecture") == "protvec"  # one thread at all times
            if not fixed and not _WITHOUT_THREADS & section.keys():
                section.setdefault("threads", defaults["threads"])


def _sections(place: Any, path: list[str]) -> Iterator[dict[str, Any]]:
    """Yield all mappings at a path, in which `*` stands for every key."""
    if not isinstance(place, dict):
        return
    if not path:
        yield place
        return
    keys = list(place) if path[0] == "*" else [path[0]]
    for key in keys:
        yield from _sections(place.get(key), path[1:])


def _reject_moved_keys(config: Mapping[str, Any]) -> None:
    """Explain where encoders and tasks are declared now."""
    for dotted, need in _MOVED.items():
        *above, key = dotted.split(".")
        place: Any = config.get(above[0]) if above else config
        if isinstance(place, Mapping) and key in place:
            raise ProtlangError(
                f"the configuration: {dotted} has moved; declare its models under "
                f"`encoders`, each with {need}"
            )
    plus = config.get("plus")
    tuned = plus.get("finetuning") if isinstance(plus, Mapping) else None
    for name, entry in (tuned if isinstance(tuned, Mapping) else {}).items():
        if isinstance(entry, Mapping) and isinstance(entry.get("tasks"), Mapping):
            raise ProtlangError(
                f"the configuration: plus.finetuning.{name}.tasks is a mapping; list "
                "the tasks, and write what differs on one of them under `overrides`"
            )


def _require_declared(config: Mapping[str, Any]) -> None:
    """Make sure that corpora, encoders and data sets that are named are declared."""
    for where, name, *sections in _references(config):
        declared = [own for section in sections for own in config.get(section, {})]
        if name not in declared:
            wanted = " or ".join(f"`{section}`" for section in sections)
            raise ProtlangError(
                f"the configuration: {where} is {name!r}, which {wanted} does not "
                f"declare; declared are {', '.join(declared) or 'none'}"
            )


def _references(config: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield key, name and possible sections of what must be declared elsewhere."""
    for name, entry in config.get("encoders", {}).items():
        if "corpus" in entry:
            yield f"encoders.{name}.corpus", entry["corpus"], "corpora"
    for place, entry in enumerate(config.get("corpus_embeddings", [])):
        yield f"corpus_embeddings[{place}].encoder", entry["encoder"], "encoders"
        yield f"corpus_embeddings[{place}].corpus", entry["corpus"], "corpora"
    leakage = config.get("leakage", {})
    for place, corpus in enumerate(leakage.get("corpora", [])):
        yield f"leakage.corpora[{place}]", corpus, "corpora"
    for place, name in enumerate(leakage.get("without_search", [])):
        yield f"leakage.without_search[{place}]", name, "corpora", "datasets"
    timings = config.get("timings")
    if timings:
        yield "timings.encoder", timings["encoder"], "encoders"
        for name, dataset in timings["sets"].items():
            yield f"timings.sets.{name}", dataset, "datasets"


def _coerce(value: Any, schema: Mapping[str, Any]) -> Any:
    """A top-level value from the command line in the type that its schema names."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and schema.get("type") == "string":
        return str(value)
    if isinstance(value, str) and schema.get("type") == "integer" and value.isdecimal():
        return int(value)
    return value
