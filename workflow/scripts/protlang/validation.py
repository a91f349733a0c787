"""Reading configurations, and saying in one sentence what is wrong with one."""

import difflib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import jsonschema
import yaml

from protlang.errors import ProtlangError

REPOSITORY = Path(__file__).resolve().parents[3]
"""The folder that holds the Snakefile, `config/`, `resources/` and `workflow/`."""

SCHEMAS = REPOSITORY / "workflow" / "schemas"


ENCODER_SECTIONS = ("pretraining", "published_encoders", "protvec", "published_protvec")
"""Sections of a configuration whose entries each become an encoder of that name."""

TRAINED_ON_CORPORA = ("pretraining", "protvec")
"""Those of them whose entries name a corpus."""


def read_yaml(path: Path | str) -> Any:
    """Parse a YAML file.

    Raises:
        ProtlangError: if it is missing or not YAML, with the line at fault.
    """
    try:
        return yaml.load(Path(path).read_text(encoding="utf-8"), yaml.CSafeLoader)
    except FileNotFoundError:
        raise ProtlangError(f"{path} does not exist; correct the path") from None
    except OSError as error:
        raise ProtlangError(f"{path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        told = " ".join(str(error).split())
        raise ProtlangError(f"{path} is not valid YAML: {told}") from error


def validated_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Check a run's configuration and return it with top-level numbers made texts.

    `--config run=5` hands over a number where the schema wants a text.

    Raises:
        ProtlangError: naming the first wrong key and how to mend it.
    """
    schema = read_yaml(SCHEMAS / "config.schema.yaml")
    coerced = {
        key: _coerce(value, schema["properties"].get(key, {}))
        for key, value in config.items()
    }
    validate_against(coerced, SCHEMAS / "config.schema.yaml", "the configuration")
    _require_declared_corpora(coerced)
    _require_declared_embeddings(coerced)
    _require_distinct_encoders(coerced)
    return coerced


def declared_encoders(config: Mapping[str, Any]) -> list[str]:
    """Names of all encoders that a configuration declares, in its order."""
    return [name for section in ENCODER_SECTIONS for name in config.get(section, {})]


def validate_against(document: Any, schema_path: Path, what: str) -> None:
    """Validate a document against a JSON schema (draft 2020-12) in a YAML file.

    Args:
        document: parsed YAML or JSON.
        schema_path: the schema.
        what: how the message names the document, e.g. `config/sources.yaml`.

    Raises:
        ProtlangError: one sentence with the key at fault and the remedy.
    """
    _require_text_keys(document, what)
    validator = jsonschema.Draft202012Validator(read_yaml(schema_path))
    error = jsonschema.exceptions.best_match(validator.iter_errors(document))
    if error is not None:
        raise ProtlangError(f"{what}: {_explain(error)}")


def _require_text_keys(document: Any, what: str) -> None:
    """YAML reads a bare `2020:` as a number, which no schema can match."""
    values = document.values() if isinstance(document, Mapping) else document
    if isinstance(document, Mapping):
        for key in document:
            if not isinstance(key, str):
                raise ProtlangError(f"{what}: the key {key!r} is no text; quote it")
    if isinstance(document, Mapping | list):
        for value in values:
            _require_text_keys(value, what)


def _require_declared_corpora(config: Mapping[str, Any]) -> None:
    declared = config.get("corpora", {})
    for section in TRAINED_ON_CORPORA:
        for name, settings in config.get(section, {}).items():
            if settings["corpus"] not in declared:
                raise ProtlangError(
                    f"the configuration: {section}.{name}.corpus is "
                    f"{settings['corpus']!r}, which `corpora` does not declare; "
                    f"declared are {', '.join(declared) or 'none'}"
                )


def _require_declared_embeddings(config: Mapping[str, Any]) -> None:
    """What is to be embedded or timed, and the encoders for it."""
    encoders = declared_encoders(config)
    wanted = [
        (f"corpus_embeddings[{place}].{key}", entry[key], declared, section)
        for place, entry in enumerate(config.get("corpus_embeddings", []))
        for key, declared, section in (
            ("encoder", encoders, "any section of encoders"),
            ("corpus", config.get("corpora", {}), "`corpora`"),
        )
    ]
    wanted += [
        (f"leakage.corpora[{place}]", corpus, config.get("corpora", {}), "`corpora`")
        for place, corpus in enumerate(config.get("leakage", {}).get("corpora", []))
    ]
    if "timings" in config:
        timings = config["timings"]
        encoder = ("timings.encoder", timings["encoder"], encoders)
        wanted.append((*encoder, "any section of encoders"))
        wanted += [
            (f"timings.sets.{name}", dataset, config["datasets"], "`datasets`")
            for name, dataset in timings["sets"].items()
        ]
    for where, name, declared, section in wanted:
        if name not in declared:
            raise ProtlangError(
                f"the configuration: {where} is {name!r}, which {section} does not "
                f"declare; declared are {', '.join(declared) or 'none'}"
            )


def _require_distinct_encoders(config: Mapping[str, Any]) -> None:
    """All encoders of a run lie in one folder, each under its name."""
    sections: dict[str, str] = {}
    for section in ENCODER_SECTIONS:
        for name in config.get(section, {}):
            first = sections.setdefault(name, section)
            if first != section:
                raise ProtlangError(
                    f"the configuration: {first} and {section} both declare the "
                    f"encoder {name!r}; rename one of them"
                )


def _coerce(value: Any, schema: Mapping[str, Any]) -> Any:
    """Bring one top-level value from the command line to the type its schema names."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and schema.get("type") == "string":
        return str(value)
    if isinstance(value, str) and schema.get("type") == "integer" and value.isdecimal():
        return int(value)
    return value


def _explain(error: jsonschema.ValidationError) -> str:
    """One sentence for a validation error: where, what, and what to write instead."""
    schema = cast("dict[str, Any]", error.schema)
    instance = cast("dict[str, Any]", error.instance)
    where = ".".join(str(part) for part in error.absolute_path) or "the top level"
    if error.validator == "additionalProperties":
        return _explain_unknown_key(
            schema, cast("dict[str, Any]", error.instance), where
        )
    if error.validator == "required":
        missing = next(key for key in schema["required"] if key not in instance)
        hint = _description(schema.get("properties", {}).get(missing, {}))
        return f"{where} lacks the key {missing!r}; add it{hint}"
    if error.validator == "dependentRequired":
        return f"{where}: {error.message}; add that key"
    if error.validator == "type":
        return (
            f"{where} is {instance!r} but must be of type "
            f"{schema['type']}{_description(schema)}"
        )
    if error.validator == "pattern":
        allowed = _allowed_names(schema["pattern"])
        return f"{where} is {instance!r}; {allowed}{_description(schema)}"
    if error.validator == "enum":
        allowed = ", ".join(map(str, schema["enum"]))
        return f"{where} is {instance!r}; choose one of {allowed}"
    return f"{where}: {error.message}{_description(schema)}"


def _explain_unknown_key(
    schema: Mapping[str, Any], instance: Mapping[str, Any], where: str
) -> str:
    known = list(schema.get("properties", {}))
    patterns = list(schema.get("patternProperties", {}))
    unknown = next(
        key
        for key in instance
        if key not in known and not any(re.search(p, key) for p in patterns)
    )
    if patterns:
        return f"{where} has the name {unknown!r}; {_allowed_names(patterns[0])}"
    close = difflib.get_close_matches(unknown, known, n=1)
    remedy = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
    return f"{where} has the unknown key {unknown!r}; {remedy}"


def _allowed_names(pattern: str) -> str:
    if "[A-Za-z0-9._-]" in pattern:
        return "names hold only letters, digits, '.', '_' and '-'"
    return f"names there match {pattern}"


def _description(schema: Any) -> str:
    text = schema.get("description") if isinstance(schema, Mapping) else None
    return f" ({text.strip().rstrip('.')})" if text else ""


@contextmanager
def options_of(where: str) -> Iterator[None]:
    """Turn the `TypeError` of a dataclass about an option into one sentence.

    Args:
        where: the options stand, in the words of the configuration.

    Raises:
        ProtlangError: if an option is unknown or missing.
    """
    try:
        yield
    except TypeError as error:
        raise ProtlangError(f"{where}: {error}; correct the option") from error
