"""What a home holds, who may read it, and that a reset removes all of it and nothing else."""

from __future__ import annotations

import json
import shutil
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID
from joserfc import jwe
from joserfc.jwk import ECKey

from deploy.home import Home, NotOursError, write_private
from deploy.installation import Installation
from deploy.pki import SERVERS, Purpose, holders, issue, make_pki, make_sealing_key
from shared.kit.clock import machine_now
from shared.kit.peer_names import Network, caller_from_der


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path / "home")


def read(path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def everything(home: Home) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in home.path.rglob("*") if path.is_file()}


def test_every_certificate_has_one_name_one_purpose_and_its_networks_authority(home):
    make_pki(home, ["131041", "131059"], ["0001", "0005"])
    usage = {
        Purpose.SERVER: [ExtendedKeyUsageOID.SERVER_AUTH],
        Purpose.CALLER: [ExtendedKeyUsageOID.CLIENT_AUTH],
    }
    everybody = list(holders(["131041", "131059"], ["0001", "0005"]))
    for holder in everybody:
        certificate = read(home.certificate(holder.network, holder.file_name).certificate)
        caller = caller_from_der(certificate.public_bytes(serialization.Encoding.DER))
        assert (caller.name, caller.network) == (holder.name, holder.network)
        extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        assert list(extended.value) == usage[holder.purpose]
        certificate.verify_directly_issued_by(read(home.authority(holder.network)))
    assert len(everybody) == len({(h.network, h.file_name) for h in everybody}) == 26


def test_keys_are_files_of_mode_600_in_folders_of_mode_700(home):
    make_pki(home)
    make_sealing_key(home, "131041")
    keys = [*home.path.rglob("*.key"), *home.path.rglob("*.jwk")]
    assert len(keys) > 20
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    folders = [home.path, *(path for path in home.path.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


def test_making_it_again_keeps_everything(home):
    make_pki(home)
    make_sealing_key(home, "131041")
    before = everything(home)
    make_pki(home)
    make_sealing_key(home, "131041")
    assert everything(home) == before


def test_a_certificate_that_ends_soon_is_renewed_and_no_other(home):
    make_pki(home)
    before = everything(home)
    issue(
        home,
        Network.LGWAN,
        "lgwan-asp",
        purpose=Purpose.SERVER,
        not_after=machine_now() + timedelta(days=29),
    )
    make_pki(home)
    after = everything(home)
    changed = {path.rsplit("/", 2)[-1] for path in before if before[path] != after[path]}
    assert changed == {"lgwan-asp.pem", "lgwan-asp.key"}
    renewed = read(home.certificate(Network.LGWAN, "lgwan-asp").certificate)
    assert renewed.not_valid_after_utc > machine_now() + timedelta(days=300)


def test_a_broken_or_mixed_up_pair_is_made_anew(home):
    make_pki(home)
    bank = home.certificate(Network.MPN, "bank-0001")
    staff = home.certificate(Network.INTRANET, "staff-01")
    bank.certificate.write_text("not a certificate")
    write_private(staff.key, home.certificate(Network.INTRANET, "treasury-01").key.read_bytes())
    make_pki(home)
    assert read(bank.certificate).subject
    issued = read(staff.certificate).public_key()
    assert issued == _public_key_of(staff.key)


def _public_key_of(path):
    return serialization.load_pem_private_key(path.read_bytes(), None).public_key()


def test_a_new_authority_takes_its_whole_network_with_it(home):
    make_pki(home)
    (home.pki(Network.MPN) / "ca.key").unlink()
    lgwan = home.certificate(Network.LGWAN, "lgwan-asp").certificate.read_bytes()
    make_pki(home)
    authority = read(home.authority(Network.MPN))
    for name in ("bank-0001", "lgwan-asp"):
        read(home.certificate(Network.MPN, name).certificate).verify_directly_issued_by(authority)
    assert home.certificate(Network.LGWAN, "lgwan-asp").certificate.read_bytes() == lgwan


def test_every_service_has_an_operator_door(home):
    assert all(Network.OPERATOR in networks for networks in SERVERS.values())


def test_what_is_sealed_to_the_wards_key_only_its_private_half_opens(home):
    files = make_sealing_key(home, "131041")
    public = ECKey.import_key(json.loads(files.public.read_text()))
    private = ECKey.import_key(json.loads(files.private.read_text()))
    assert "d" not in json.loads(files.public.read_text())
    header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}
    sealed = jwe.encrypt_compact(header, b"report", public)
    assert jwe.decrypt_compact(sealed, private).plaintext == b"report"
    assert public.kid == private.kid


def test_the_home_is_the_option_else_the_variable_else_in_the_checkout(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    env = {"MESH_HOME": str(tmp_path / "b")}
    assert Home.from_options(tmp_path / "a", env).path == tmp_path / "a"
    assert Home.from_options(None, env).path == tmp_path / "b"
    assert Home.from_options(None, {}).path == Path(__file__).resolve().parents[3] / ".mesh"
    assert Home.from_options("relative", {}).path == tmp_path / "relative"


def test_a_reset_removes_the_demos_home_too_and_leaves_what_is_not_ours(home):
    make_pki(home.prepare())
    make_pki(Home(home.path / "demo").prepare())
    ours_not = home.path / "notes.txt"
    ours_not.write_text("mine")
    home.reset()
    assert [path.name for path in home.path.iterdir()] == ["notes.txt"]
    assert home.reset() == []
    home.prepare()
    ours_not.unlink()
    home.reset()
    assert not home.path.exists()


@pytest.mark.parametrize("name", ["secrets", "database", "pki", "logs", "run", "outside.sqlite"])
def test_what_another_program_made_is_neither_used_nor_removed(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "theirs").write_text("theirs")
    foreign = Home(tmp_path)
    for use in (foreign.prepare, foreign.reset):
        with pytest.raises(NotOursError, match=name):
            use()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "theirs").read_text() == "theirs"


def test_a_reset_that_was_cut_off_is_finished_by_the_next(home):
    home.prepare()
    shutil.rmtree(home.secrets)
    assert home.reset()
    assert not home.path.exists()


@pytest.mark.parametrize("folder", ["/", "/etc", "/var/lib/mesh", "/var/lib/mesh/../x", "/home"])
def test_a_reset_refuses_a_recorded_folder_that_cannot_be_ours(home, folder):
    home.prepare()
    write_private(home.database_record, json.dumps({"external": [folder]}).encode())
    with pytest.raises(NotOursError):
        home.reset()
    assert home.secrets.is_dir()
    home.database_record.unlink()


def test_a_home_from_before_gets_the_users_that_are_new_and_keeps_every_password(home):
    installation = Installation(home).prepare()
    before = installation.users
    older = [user for user in before if user["user_id"] != "supervisor-01"]
    write_private(home.secret("users.json"), json.dumps(older).encode())
    after = Installation(home).prepare().users
    assert after[:-1] == older
    assert (after[-1]["user_id"], after[-1]["roles"]) == ("supervisor-01", ["supervisor"])
