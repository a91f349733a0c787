"""UniRef archives: tar archives in a tar archive, read as streams."""

import gzip
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protlang.alphabet import decode
from protlang.corpora import build as corpus_building
from protlang.corpora.build import HeldOut, build_token_store
from protlang.corpora.fasta_tokens import RecordPolicy, read_batches
from protlang.corpora.token_store import FILES, TokenStore, check_corpora
from protlang.errors import ProtlangError
from protlang.files import file_hash
from protlang.formats.fasta import FastaRecord
from protlang.formats.uniref import ARCHIVE, level_of, parse_entries, read_entries
from protlang.proteins import SIMULATED_MARK
from protlang.sources.catalogue import load_sources
from protlang.validation import REPOSITORY
from support.errors import complaint
from support.memory import peak_of
from support.sources import make_source

HEAD = """\
<?xml version="1.0" encoding="ISO-8859-1" ?>
<UniRef50 xmlns="http://uniprot.org/uniref"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://uniprot.org/uniref http://www.uniprot.org/support/docs/uniref.xsd"
 releaseDate="2018-03-28" version="2018_03">
"""
TAIL = "</UniRef50>\n"
MEMBER = """\
<member>
<dbReference type="UniProtKB ID" id="A0A0M3_9FLAO">
<property type="UniProtKB accession" value="A0A0M3"/>
<property type="protein name" value="Uncharacterized protein"/>
</dbReference>
<sequence length="3" checksum="0">WWW</sequence>
</member>
"""
RECORDS = {
    "UniRef50_Q8WZ42": "MTTQAPTFTQ",
    "UniRef50_lower": "mktv",
    "UniRef50_stop": "MKTV*",
    "UniRef50_J": "MJKJ",
    "UniRef50_gap": "MK-V",
    "UniRef50_mark": "MK>V",
    "UniRef50_empty": "",
    "UniRef50_A0A0B4J2F2": "MVIMSEFSADPAGQGQGQQK" * 30,
}
BOTH_COMPRESSIONS = pytest.mark.parametrize(
    "compress", [gzip.compress, bytes], ids=["gz", "plain"]
)


def entry(name: str, sequence: str, members: int = 2) -> str:
    length = len(sequence)
    return f"""\
<entry id="{name}" updated="2018-03-28">
<name>Cluster: Titin &amp; friends</name>
<property type="member count" value="{members + 1}"/>
<representativeMember>
<dbReference type="UniProtKB ID" id="TITIN_HUMAN">
<property type="UniProtKB accession" value="Q8WZ42"/>
</dbReference>
<sequence length="{length}" checksum="0">{sequence.replace(">", "&gt;")}</sequence>
</representativeMember>
{MEMBER * members}</entry>
"""


def xml(records: Mapping[str, str]) -> bytes:
    return (HEAD + "".join(map(entry, records, records.values())) + TAIL).encode()


def fasta(records: Mapping[str, str]) -> bytes:
    return "".join(f">{name}\n{text}\n" for name, text in records.items()).encode()


def tar(files: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return content.getvalue()


def release(
    name: str = "uniref50.xml.gz", content: bytes | None = None, level: str = "uniref50"
) -> bytes:
    """A release as UniProt documents it; only one level holds the records."""
    content = gzip.compress(xml(RECORDS)) if content is None else content
    notes = {f"{level}.release_note": b"Release: 2018_03", "README": b""}
    other = {"README": b"x", "uniref100.xml.gz": gzip.compress(xml({"x": "CCC"}))}
    return tar(
        {"uniref100.tar": tar(other), f"{level}.tar": tar({**notes, name: content})}
    )


def build(folder: Path, name: str, content: bytes, distribution: str) -> TokenStore:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    source = make_source("uniref50-2018_03", distribution)
    build_token_store(folder / "store", [(source, path)], HeldOut(0.2, 1))
    return TokenStore(folder / "store")


def build_archive(folder: Path, content: bytes) -> TokenStore:
    ending = ".gz" if content.startswith(b"\x1f\x8b") else ""
    return build(folder, f"uniref2018_03.tar{ending}", content, ARCHIVE)


def failure(folder: Path, content: bytes) -> str:
    message = complaint(build_archive, folder, content)
    assert "uniref2018_03.tar" in message
    assert not (folder / "store").exists()
    return message


def comparable(store: TokenStore) -> dict[str, Any]:
    """The description of a store without its sources."""
    meta = json.loads((store.folder / "meta.json").read_text())
    return {name: value for name, value in meta.items() if name != "sources"}


@BOTH_COMPRESSIONS
@pytest.mark.parametrize("block_bytes", [1, 100, 1 << 20])
def test_the_store_is_that_of_the_equivalent_fasta_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    compress: Callable[[bytes], bytes],
    block_bytes: int,
) -> None:
    blocks = partial(read_batches, block_bytes=block_bytes)
    monkeypatch.setattr(corpus_building, "read_batches", blocks)
    archive = build_archive(tmp_path / "xml", compress(release()))
    plain = build(tmp_path / "fasta", "a.fasta", fasta(RECORDS), "uniref-fasta")
    assert comparable(archive) == comparable(plain)
    assert len(archive) == 5
    assert archive.meta["left_out"]["illegal"] == 2
    for name in set(FILES) - {"meta.json"}:
        assert (archive.folder / name).read_bytes() == (
            plain.folder / name
        ).read_bytes()


@BOTH_COMPRESSIONS
@pytest.mark.parametrize("kind", ["xml", "fasta"])
@pytest.mark.parametrize("folder", ["", "some/Folder/"])
def test_files_of_a_level_are_found_whatever_their_form(
    tmp_path: Path, compress: Callable[[bytes], bytes], kind: str, folder: str
) -> None:
    ending = ".gz" if compress is gzip.compress else ""
    content = compress(xml(RECORDS) if kind == "xml" else fasta(RECORDS))
    archive = release(f"{folder}uniref50.{kind}{ending}", content)
    store = build_archive(tmp_path, gzip.compress(archive))
    assert decode(store[0]) == RECORDS["UniRef50_Q8WZ42"]
    assert store.meta["records"] == len(RECORDS)


def test_the_level_may_lie_in_a_compressed_archive_or_in_none(tmp_path: Path) -> None:
    level = {"uniref50.xml": xml(RECORDS)}
    deep = tar({"uniref50.tar.gz": gzip.compress(tar(level))})
    stores = [
        build_archive(tmp_path / name, content)
        for name, content in {"deep": deep, "flat": tar(level)}.items()
    ]
    assert comparable(stores[0]) == comparable(stores[1])


def test_only_the_level_of_the_source_is_read(tmp_path: Path) -> None:
    path = tmp_path / "uniref2018_03.tar.gz"
    path.write_bytes(gzip.compress(release()))
    digest = hashlib.sha256()
    batches = read_batches(path, RecordPolicy(), level="uniref100", digest=digest)
    assert [batch.ids for batch, _ in batches] == [[b"x"]]
    assert digest.hexdigest() == file_hash(path)


def test_only_the_representative_member_counts() -> None:
    text = xml({"UniRef50_A": "MK\n VL\n", "UniRef50_B": "GG"})
    name = "Cluster: Titin & friends"
    assert list(read_entries(io.BytesIO(text))) == [
        FastaRecord("UniRef50_A", name, "MKVL"),
        FastaRecord("UniRef50_B", name, "GG"),
    ]


def test_an_entry_without_sequence_is_counted_as_empty(tmp_path: Path) -> None:
    text = HEAD + '<entry id="UniRef50_A"/>' + entry("UniRef50_B", "MK") + TAIL
    archive = release("uniref50.xml", text.encode())
    store = build_archive(tmp_path, archive)
    assert store.meta["left_out"]["empty"] == 1
    assert store.meta["examples"] == {"empty": ["UniRef50_A"]}


def test_an_entry_without_id_is_named_after_its_sequence(tmp_path: Path) -> None:
    store = build_archive(tmp_path, release("uniref50.xml", xml({"": "MK"})))
    assert store.meta["changed"]["without_id"] == 1
    assert store.id(0).startswith("unnamed-")


def test_names_in_latin_1_are_read(tmp_path: Path) -> None:
    text = xml(RECORDS).replace(b"Titin", b"Sch\xe4fer")
    assert len(build_archive(tmp_path, release("uniref50.xml", text))) == 5


def test_a_simulated_archive_is_marked(tmp_path: Path) -> None:
    text = xml(RECORDS).replace(b"Titin", SIMULATED_MARK.encode())
    assert build_archive(tmp_path, release("uniref50.xml", text)).meta["simulated"]


def test_a_missing_level_is_reported_with_what_there_is(tmp_path: Path) -> None:
    message = failure(tmp_path, gzip.compress(release("uniref50.txt")))
    assert "holds no uniref50.xml.gz" in message
    assert "README, uniref100.xml.gz, uniref50.release_note" in message
    assert "uniref50.txt; choose another release" in message


@pytest.mark.parametrize(
    ("archive", "expected"),
    [
        (tar({}), "but no files; choose"),
        (
            release("uniref50.xml", (HEAD + TAIL).encode()),
            "uniref50.xml holds no UniRef entries",
        ),
    ],
    ids=["no files", "no entries"],
)
def test_an_empty_archive_is_reported(
    tmp_path: Path, archive: bytes, expected: str
) -> None:
    assert expected in failure(tmp_path, archive)


@BOTH_COMPRESSIONS
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.8, 0.97])
def test_an_archive_cut_anywhere_before_the_end_of_its_xml_is_reported(
    tmp_path: Path, compress: Callable[[bytes], bytes], share: float
) -> None:
    whole = release("uniref50.xml", xml(RECORDS))
    end = whole.index(TAIL.encode())
    content = compress(whole[:end])
    message = failure(tmp_path, content[: int(share * len(content))])
    assert re.search(
        "is cut short or damaged, .*; delete it and fetch it again", message
    )


@pytest.mark.parametrize(
    "content",
    [
        b"no archive at all" * 100,
        release("uniref50.xml.gz", gzip.compress(xml(RECORDS))[:-200]),
        release("uniref50.xml", xml(RECORDS)[:-20]),
        release("uniref50.xml", xml(RECORDS).replace(b"</sequence>", b"", 1)),
    ],
    ids=["no archive", "cut gzip in it", "cut XML in it", "damaged XML in it"],
)
def test_damage_inside_is_reported(tmp_path: Path, content: bytes) -> None:
    assert "is cut short or damaged" in failure(tmp_path, content)


def test_entities_do_not_expand_without_bound(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{i + 1} "{f"&e{i};" * 10}">' for i in range(9))
    doctype = f'<!DOCTYPE UniRef50 [<!ENTITY e0 "MKVLMKVLMK">{entities}]><UniRef50'
    text = xml({"UniRef50_A": "&e9;"}).decode().replace("<UniRef50", doctype, 1)
    archive = release("uniref50.xml", text.encode())
    assert "amplification" in failure(tmp_path, archive)


PIECES = st.sampled_from(
    [
        *("<entry>", "</entry>", "</UniRef50>", "<member>", "</member>", MEMBER),
        *("<!-- <entry -->", "<![CDATA[MK]]>", "]]>", "<?x y?>", "&#65;", "&amp;"),
        *(
            "&lt;entry",
            "&none;",
            "&",
            "<",
            ">",
            '"',
            "\0",
            "\x1f",
            "\xa0",
            "é",
            "\ufffe",
        ),
        *("\r\n", "\t", "  ", "<x/>", "<name>B</name>", "'", "\x85", "\x7f"),
        '<property type="a" value="b"/>',
        '<property value="b" type="a"/>',
        "<property type='a' value='b'/>",
        '<property type="a" type="b"/>',
        '<sequence length="1" checksum="0">W</sequence>',
        '<x:entry id="z"/>',
        '<!DOCTYPE UniRef50 [<!ENTITY none "A">]>',
    ]
)


def outcome(read: Callable[[Any], Iterator[FastaRecord]], stream: Any) -> list[Any]:
    """The records that are read, and the error at the end, if any."""
    found: list[Any] = []
    try:
        found.extend(read(stream))
    except (ParseError, LookupError, ValueError) as error:
        found.append(type(error))
    return found


@given(
    st.lists(st.tuples(st.integers(0, 3000), PIECES), max_size=3),
    st.sampled_from(["ISO-8859-1", "UTF-8", "utf-8", "US-ASCII", "UTF-16"]),
    st.integers(1, 700),
)
def test_any_text_is_read_as_by_a_parser(
    changes: list[tuple[int, str]], encoding: str, size: int
) -> None:
    text = xml({**RECORDS, "UniRef50_last": "MK\nVL"}).decode()
    text = text.replace("ISO-8859-1", encoding, 1)
    for place, piece in changes:
        text = text[:place] + piece + text[place:]
    content = text.encode(encoding if encoding != "ISO-8859-1" else "latin-1", "ignore")
    parts = [content[at : at + size] for at in range(0, len(content), size)]
    expected = outcome(parse_entries, io.BytesIO(content))
    assert outcome(read_entries, Parts(parts)) == expected


@given(st.integers(0, 3000), st.integers(1, 700))
def test_a_file_cut_anywhere_ends_in_the_error_of_a_parser(
    place: int, size: int
) -> None:
    content = xml(RECORDS)
    cut = content[: len(content) - place % len(content)].rstrip()
    parts = [cut[at : at + size] for at in range(0, len(cut), size)]
    expected = outcome(parse_entries, io.BytesIO(cut))
    assert outcome(read_entries, Parts(parts)) == expected


@pytest.mark.parametrize("read", [parse_entries, read_entries])
@pytest.mark.parametrize("before", ["</UniRef50>", "</entry>", "<name>"])
def test_members_in_odd_places_are_skipped(
    read: Callable[[Any], Iterator[FastaRecord]], before: str
) -> None:
    odd = f"<x>{MEMBER}</x>" if before == "</entry>" else MEMBER
    text = xml({"UniRef50_A": "MK"}).decode().replace(before, odd + before)
    assert [entry.sequence for entry in read(io.BytesIO(text.encode()))] == ["MK"]


def test_the_usual_layout_needs_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("protlang.formats.uniref.parse_entries", None)
    text = xml({"UniRef50_A": "MK\n VL\n", "UniRef50_B": "GG"})
    assert [entry.sequence for entry in read_entries(io.BytesIO(text))] == [
        "MKVL",
        "GG",
    ]


def test_errors_are_at_their_lines_in_the_file() -> None:
    text = xml(RECORDS).replace(b"</sequence>", b"</sequenc>")
    text = xml(RECORDS)[: -len(TAIL)] + text[len(HEAD) :]
    with pytest.raises(ParseError) as expected:
        list(parse_entries(io.BytesIO(text)))
    with pytest.raises(ParseError, match=str(expected.value)):
        list(read_entries(io.BytesIO(text)))


class Parts:
    """A stream in parts of their own sizes."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self._parts = iter(parts)

    def read(self, _size: int, /) -> bytes:
        return next(self._parts, b"")


class Endless:
    """Parts of a text that exist only while they are read."""

    def __init__(self, parts: Iterator[str]) -> None:
        self._parts = parts

    def read(self, _size: int, /) -> bytes:
        return next(self._parts, "").encode()


def repeated(head: str, part: str, times: int, tail: str) -> Iterator[str]:
    yield head
    yield from (part for _ in range(times))
    yield tail


@pytest.mark.parametrize(
    ("parts", "entries"),
    [
        (repeated(HEAD, entry("UniRef50_A", "MKVL" * 100), 5000, TAIL), 5000),
        (
            repeated(
                HEAD + entry("UniRef50_A", "MK").removesuffix("</entry>\n"),
                *(MEMBER, 20_000, "</entry>" + TAIL),
            ),
            1,
        ),
    ],
    ids=["many entries", "many members"],
)
def test_neither_entries_nor_members_that_were_read_stay_in_memory(
    parts: Iterator[str], entries: int
) -> None:
    counts: list[int] = []
    found = read_entries(Endless(parts))
    assert peak_of(lambda: counts.append(sum(1 for _ in found))) < 500_000
    assert counts == [entries]


def corpora(*sources: str) -> Mapping[str, Mapping[str, Sequence[str]]]:
    return {"old": {"sources": sources}}


def test_a_corpus_can_be_made_of_the_declared_archives() -> None:
    sources = load_sources(REPOSITORY / "config" / "sources.yaml")
    archives = [name for name in sources if sources[name].distribution == ARCHIVE]
    assert len(archives) == 2
    check_corpora(corpora(*archives), sources)


@pytest.mark.parametrize("name", ["old", "uniref5000", "my-uniref50"])
def test_an_archive_whose_level_is_missing_is_reported(name: str) -> None:
    with pytest.raises(ProtlangError, match=f"source {name} is an archive .*; let"):
        check_corpora(corpora(name), {name: make_source(name, ARCHIVE)})


@pytest.mark.parametrize("level", ["uniref50", "uniref90", "uniref100"])
def test_the_level_is_in_the_name_of_the_source(level: str) -> None:
    assert level_of(level) == level_of(f"{level}-2018_03") == level
