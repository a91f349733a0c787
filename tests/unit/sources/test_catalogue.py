import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from jsonschema import Draft202012Validator

from protlang.errors import ProtlangError
from protlang.sources.catalogue import Source, SourceFile, load_sources
from protlang.validation import REPOSITORY, SCHEMAS, read_yaml
from support.errors import complaint

PUBLISHED = REPOSITORY / "config" / "sources.yaml"

ENTRY = """
sources:
  peptides:
    title: Some peptides
    release: "1"
    distribution: text
    files:
      data: {urls: ["https://example.org/pub/peptides.txt.gz?download=1"]}
    licence: CC0-1.0
    citation: nobody
    verified: false
"""


def load(folder: Path, text: str) -> dict[str, Source]:
    path = folder / "sources.yaml"
    path.write_text(text)
    return load_sources(path)


def with_file(file: str, top: str = "") -> str:
    return top + re.sub(r"data: {.*}", f"data: {{{file}}}", ENTRY)


def test_an_entry_becomes_a_source(tmp_path: Path) -> None:
    extra = "    invariants: {proteins: 3}\n    note: Small.\n"
    assert load(tmp_path, ENTRY + extra)["peptides"] == Source(
        name="peptides",
        title="Some peptides",
        release="1",
        distribution="text",
        files={
            "data": SourceFile(
                "peptides.txt.gz",
                ("https://example.org/pub/peptides.txt.gz?download=1",),
            )
        },
        licence="CC0-1.0",
        citation="nobody",
        verified=False,
        invariants={"proteins": 3},
        note="Small.",
    )


def test_sizes_and_checksums_are_recorded(tmp_path: Path) -> None:
    digests = f"sha256: '{'a' * 64}', md5: '{'b' * 32}'"
    text = with_file(f"urls: ['https://x.org/a'], name: b, size: 5, {digests}")
    assert load(tmp_path, text)["peptides"].file("data") == SourceFile(
        "b", ("https://x.org/a",), None, 5, "a" * 64, "b" * 32
    )


def test_an_unknown_role_is_reported_with_the_known_ones(tmp_path: Path) -> None:
    source = load(tmp_path, ENTRY)["peptides"]
    with pytest.raises(ProtlangError, match=r"peptides .* 'labels'; it has: data"):
        source.file("labels")


def test_a_local_path_starts_at_the_root(tmp_path: Path) -> None:
    text = with_file("path: folder/a.txt.gz", "root: data\n")
    file = load(tmp_path, text)["peptides"].file("data")
    assert file == SourceFile("a.txt.gz", path=Path("data/folder/a.txt.gz"))


def test_the_environment_overrides_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = with_file("path: a.txt", "root: data\nroot_env: SOME_ROOT\n")
    monkeypatch.setenv("SOME_ROOT", "/elsewhere")
    assert load(tmp_path, text)["peptides"].file("data").path == Path(
        "/elsewhere/a.txt"
    )
    monkeypatch.delenv("SOME_ROOT")
    assert load(tmp_path, text)["peptides"].file("data").path == Path("data/a.txt")


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            "path: a.txt",
            "sources.peptides.files.data.path is relative to the top-level",
        ),
        ("size: 3", "sources.peptides.files.data has to have either 'urls'"),
        ("urls: ['https://x.org/a'], path: a", "give one of the two"),
        ("urls: ['https://x.org/']", "would be stored as ''; add a 'name'"),
        ("urls: ['https://x.org/a%20b']", "would be stored as 'a b'"),
        ("urls: ['https://x.org/a+b']", "would be stored as 'a+b'"),
        ("urls: []", "would be stored as ''"),
        ("urls: ['https://x.org/..']", "would be stored as '..'"),
        ("urls: ['ftp://x.org/a']", "sources.peptides.files.data.urls.0"),
        ("urls: ['https://x.org/a'], name: ../a", "files.data.name"),
        ("urls: ['https://x.org/a'], name: '..'", "files.data.name"),
        ("urls: ['https://x.org/a'], sha256: abc", "files.data.sha256"),
        ("urls: ['https://x.org/a'], md5: 3", "files.data.md5"),
        ("urls: ['https://x.org/a'], size: 0", "files.data.size"),
        ("url: 'https://x.org/a'", "did you mean 'urls'?"),
    ],
)
def test_a_wrong_file_entry_is_explained(
    tmp_path: Path, file: str, expected: str
) -> None:
    message = complaint(load, tmp_path, with_file(file))
    assert expected in message
    assert str(tmp_path / "sources.yaml") in message


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("licence", "license", "did you mean 'licence'?"),
        ("  peptides:", "  ../peptides:", "hold only letters"),
        ("  peptides:", "  pep/tides:", "hold only letters"),
        ('release: "1"', "release: 1", "sources.peptides.release is 1"),
        ("verified: false", "verified: perhaps", "sources.peptides.verified"),
        ("    citation: nobody\n", "", "sources.peptides lacks the key 'citation'"),
        ("sources:", "source:", "did you mean 'sources'?"),
    ],
)
def test_a_wrong_source_is_explained(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert expected in complaint(load, tmp_path, ENTRY.replace(old, new))


def test_files_of_a_source_cannot_share_a_name(tmp_path: Path) -> None:
    text = ENTRY.replace(
        "    licence",
        "      more: {urls: ['https://b.org/peptides.txt.gz']}\n    licence",
    )
    message = complaint(load, tmp_path, text)
    assert "'data' and 'more' are both stored as 'peptides.txt.gz'" in message


def test_the_schema_is_a_schema() -> None:
    schema = read_yaml(SCHEMAS / "sources.schema.yaml")
    Draft202012Validator.check_schema(schema)


def test_an_empty_or_missing_sources_file_is_explained(tmp_path: Path) -> None:
    assert "must be of type object" in complaint(load, tmp_path, "")
    with pytest.raises(ProtlangError, match="does not exist"):
        load_sources(tmp_path / "none.yaml")


# config/sources.yaml


class StrictLoader(yaml.SafeLoader):
    """Refuses repeated keys, of which YAML readers silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        keys = Counter(self.construct_object(key, deep) for key, _ in node.value)
        repeated = [key for key, count in keys.items() if count > 1]
        assert not repeated, f"{node.start_mark}: repeated keys {repeated}"
        return super().construct_mapping(node, deep)


def published_files() -> list[SourceFile]:
    sources = load_sources(PUBLISHED).values()
    return [file for source in sources for file in source.files.values()]


def test_published_sources_load_and_no_name_is_given_twice() -> None:
    document = yaml.load(PUBLISHED.read_text("utf-8"), StrictLoader)  # noqa: S506
    assert list(load_sources(PUBLISHED)) == list(document["sources"])


def test_the_strict_loader_sees_repeated_keys() -> None:
    with pytest.raises(AssertionError, match="repeated keys"):
        yaml.load("{a: 1, a: 2}", StrictLoader)  # noqa: S506


def test_published_sources_have_the_sets_that_the_papers_need() -> None:
    sources = load_sources(PUBLISHED)
    proteins = {
        name: source.invariants["proteins"]
        for name, source in sources.items()
        if source.distribution == "netsurfp-npz"
    }
    assert proteins == {
        "netsurfp2-train": 10848,
        "netsurfp2-cb513": 513,
        "netsurfp2-ts115": 115,
        "netsurfp2-casp12": 21,
    }
    flip = sources["flip-secondary-structure"]
    assert set(flip.files) == {"sequences", "labels", "mask"}
    assert set(sources["seqvec-weights"].files) == {"options", "weights"}
    assert sources["pdb-seqres"].release == "rolling"


def test_published_names_and_roles_are_safe_and_plain() -> None:
    for name, source in load_sources(PUBLISHED).items():
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name)
        for role, file in source.files.items():
            assert re.fullmatch(r"[a-z][a-z0-9_]*", role), name
            assert re.fullmatch(r"\w[\w.-]*\.[a-z0-9]+", file.name, re.ASCII), name


def test_published_addresses_prefer_https() -> None:
    for file in published_files():
        schemes = [urlsplit(url).scheme for url in file.urls]
        assert schemes == sorted(schemes, reverse=True), file.name
        assert len(set(file.urls)) == len(file.urls), file.name


def test_published_addresses_end_in_the_file_name_or_a_name_is_declared() -> None:
    document = yaml.safe_load(PUBLISHED.read_text("utf-8"))
    for name, source in document["sources"].items():
        for file in source["files"].values():
            ends = {urlsplit(url).path.rpartition("/")[2] for url in file["urls"]}
            assert "name" in file or len(ends) == 1 or name == "scope-2.07-40"


def test_published_sources_without_address_have_a_note() -> None:
    for source in load_sources(PUBLISHED).values():
        by_hand_only = any(not file.urls for file in source.files.values())
        assert source.note or not by_hand_only, source.name


def test_published_checksums_are_hexadecimal_and_differ() -> None:
    sha256 = [file.sha256 for file in published_files() if file.sha256]
    md5 = [file.md5 for file in published_files() if file.md5]
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in sha256)
    assert all(re.fullmatch("[0-9a-f]{32}", digest) for digest in md5)
    assert "cede355187778de3ac302a83c761f5f9" in md5
    assert len(set(sha256 + md5)) == len(sha256 + md5)


def test_an_entry_holds_what_determines_data_and_no_address() -> None:
    for source in load_sources(PUBLISHED).values():
        entry = source.entry()
        assert "http" not in str(entry["files"])
        restored = Source.from_entry(entry)
        assert restored.entry() == entry
        assert restored.name == source.name
        assert restored.invariants == source.invariants
        assert set(restored.files) == set(source.files)
