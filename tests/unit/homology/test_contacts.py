"""Contact maps for training: which cells count, and errors."""

import json
from pathlib import Path

import numpy as np
import pytest

from protlang.errors import ProtlangError
from protlang.formats.contact_maps import ContactMap
from protlang.homology.contacts import ContactData, write_contacts

RNG = np.random.default_rng(0)


def random_map(domain: str, length: int) -> ContactMap:
    return ContactMap(domain, RNG.integers(-1, 2, (length, length)).astype(np.int8))


def test_maps_come_back_as_they_were(tmp_path: Path) -> None:
    maps = [random_map("d1abca_", 5), random_map("d2abc.1", 9)]
    lengths = {"d1abca_": 5, "d2abc.1": 9}
    write_contacts(tmp_path / "c.h5", maps, lengths, {"source": "scope"})
    data = ContactData(tmp_path / "c.h5")
    assert sorted(data) == ["d1abca_", "d2abc.1"]
    assert len(data) == 2
    for domain, contacts in maps:
        np.testing.assert_array_equal(data[domain], contacts)
    provenance = {"maps": 2, "other_length": 0, "source": "scope"}
    assert json.dumps(data.provenance, sort_keys=True) == json.dumps(provenance)
    with pytest.raises(KeyError):
        data["d9abca_"]


def test_equal_maps_give_equal_bytes(tmp_path: Path) -> None:
    maps = [random_map(f"d{n}abca_", 5 + n) for n in range(4)]
    lengths = {domain: len(contacts) for domain, contacts in maps}
    for name, order in (("a.h5", maps), ("b.h5", maps)):
        write_contacts(tmp_path / name, order, lengths, {"source": "scope"})
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_only_labelled_cells_above_the_first_off_diagonal_are_predicted(
    tmp_path: Path,
) -> None:
    contacts = np.array(
        [[1, 1, 1, 0], [1, 1, 1, -1], [1, 1, 1, 1], [0, -1, 1, 1]], dtype=np.int8
    )
    write_contacts(tmp_path / "c.h5", [ContactMap("d", contacts)], {"d": 4}, {})
    labels = ContactData(tmp_path / "c.h5").labels("d", 4)
    assert labels.tolist() == [
        [-1, -1, 1, 0],
        [-1, -1, -1, -1],
        [-1, -1, -1, -1],
        [-1, -1, -1, -1],
    ]


def test_a_domain_without_a_map_has_nothing_to_predict(tmp_path: Path) -> None:
    write_contacts(tmp_path / "c.h5", [random_map("d", 4)], {"d": 4}, {})
    labels = ContactData(tmp_path / "c.h5").labels("other", 3)
    assert labels.tolist() == [[-1] * 3] * 3


def test_maps_of_another_length_than_their_domain_are_left_out_and_counted(
    tmp_path: Path,
) -> None:
    maps = [random_map("d1", 5), random_map("d2", 9)]
    write_contacts(tmp_path / "c.h5", maps, {"d1": 5, "d2": 8}, {})
    data = ContactData(tmp_path / "c.h5")
    assert list(data) == ["d1"]
    assert data.provenance["other_length"] == 1
    with pytest.raises(ProtlangError, match=r"no contact map .* \(1 are of another"):
        write_contacts(tmp_path / "none.h5", maps[1:], {"d2": 8}, {})
    assert not (tmp_path / "none.h5").exists()


def test_a_map_that_does_not_fit_the_domain_is_an_error(tmp_path: Path) -> None:
    write_contacts(tmp_path / "c.h5", [random_map("d", 4)], {"d": 4}, {})
    with pytest.raises(ProtlangError, match=r"domain d is of 4 residues, .* has 6"):
        ContactData(tmp_path / "c.h5").labels("d", 6)


def test_a_file_of_something_else_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "c.h5").write_text("no")
    with pytest.raises(ProtlangError, match="holds no contact maps"):
        ContactData(tmp_path / "c.h5")
    with pytest.raises(ProtlangError, match="does not exist"):
        ContactData(tmp_path / "d.h5")
