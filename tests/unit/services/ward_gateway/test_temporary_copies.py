"""A terminal's copies: mode 600, replaced whole, gone when erased, never outside their folder."""

from __future__ import annotations

import os

import pytest

from services.ward_gateway.clients.temporary_copies import TemporaryCopies


def test_a_copy_is_written_for_its_owner_alone_and_read_back(tmp_path) -> None:
    copies = TemporaryCopies(tmp_path / "copies")
    name = copies.write("1", b"first and long")
    assert copies.write("1", b"second") == name
    path = tmp_path / "copies" / name
    assert (path.stat().st_mode & 0o777, copies.read(name)) == (0o600, b"second")
    assert (tmp_path / "copies").stat().st_mode & 0o777 == 0o700


def test_a_copy_that_was_readable_by_others_is_so_no_more(tmp_path) -> None:
    copies = TemporaryCopies(tmp_path)
    (tmp_path / "1.copy").write_bytes(b"x")
    (tmp_path / "1.copy").chmod(0o644)
    copies.write("1", b"y")
    assert (tmp_path / "1.copy").stat().st_mode & 0o777 == 0o600


def test_erasing_overwrites_before_it_unlinks(tmp_path) -> None:
    copies = TemporaryCopies(tmp_path)
    name = copies.write("1", b"secret" * 1000)
    os.link(tmp_path / name, tmp_path / "another-name")
    copies.erase(name)
    assert (tmp_path / "another-name").read_bytes() == bytes(6000)
    assert copies.read(name) is None


def test_erasing_twice_is_erasing_once(tmp_path) -> None:
    copies = TemporaryCopies(tmp_path)
    name = copies.write("1", b"x")
    copies.erase(name)
    copies.erase(name)
    assert copies.names() == []


def test_a_name_never_leads_out_of_the_folder(tmp_path) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        TemporaryCopies(tmp_path / "copies").erase("../victim")
