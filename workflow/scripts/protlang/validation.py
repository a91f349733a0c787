"""YAML checked against a schema; one sentence per mistake."""

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
        reason = " ".join(str(error).split())
        raise ProtlangError(f"{path} is not valid YAML: {reason}") from error


def validate_against(
    document: Any, schema_path: Path, what: str, section: str = ""
) -> None:
    """Validate a document against a JSON schema (draft 2020-12) in a YAML file.

    Args:
        document: parsed YAML or JSON.
        schema_path: the schema.
        what: name of the document in messages, e.g. `config/sources.yaml`.
        section: place of the document in the whole one, e.g. `plus.ablations`, whose
            last part names its definition in the schema's `$defs`; empty for the whole.

    Raises:
        ProtlangError: one sentence with the key at fault and the remedy.
    """
    _require_text_keys(document, what)
    schema = read_yaml(schema_path)
    if section:
        schema["$ref"] = f"#/$defs/{section.split('.')[-1]}"
        schema = {key: schema[key] for key in ("$defs", "$ref")}
    validator = jsonschema.Draft202012Validator(schema)
    errors = list(validator.iter_errors(document))
    if errors:
        first = min(errors, key=lambda error: len(error.absolute_path))
        error = jsonschema.exceptions.best_match([first]) or first
        raise ProtlangError(f"{what}: {_explain(error, section)}")


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


def _explain(error: jsonschema.ValidationError, section: str) -> str:
    """One sentence for a validation error: where, what, and what to write instead."""
    schema = cast("dict[str, Any]", error.schema)
    instance = cast("dict[str, Any]", error.instance)
    parts = [*([section] if section else []), *map(str, error.absolute_path)]
    where = ".".join(parts) or "the top level"
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
