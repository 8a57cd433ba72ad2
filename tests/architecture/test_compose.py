"""The mesh in containers, parsed: who stands on which network, who holds what, what is published.

No Docker engine is needed. What setup hands out is made for real and read by the settings.
"""

from __future__ import annotations

import fnmatch
import importlib
import json
import os
import re
import ssl
from urllib.parse import urlsplit

import pytest
import yaml
from cryptography import x509

from deploy.container.handouts import (
    ADMIN_PASSWORD_FILE,
    COPIES,
    DATABASE_PORT,
    ContainerInstallation,
    database_host_of,
    hand_out_all,
    hand_out_settings,
    host_of,
    read_settings,
)
from deploy.home import Home
from deploy.service_databases import ADMIN, Passwords, owner_role, runtime_role
from shared.kit.peer_names import Network
from shared.kit.service_settings import PeerSettings
from shared.wire.doors import ARROWS, DOORS, SERVICES, DoorPlace, door_place
from tests.architecture.source_text import ROOT

TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
COMPOSE = yaml.safe_load(TEXT)
CONTAINERS = COMPOSE["services"]
STEPS_BEFORE = {f"{host_of(service)}-migration" for service in SERVICES}
DATABASES = {database_host_of(service) for service in SERVICES}
PUBLIC_DOORS = [place for place in DOORS if not place.mutual]
# The names under which the four themselves call: all other callers are people, banks and systems.
CALLING_NAMES = {
    "payment_provider": "payment-provider",
    "ward_gateway": "ward-131041-terminal-01",
}


def _networks(container: str) -> dict[str, dict[str, list[str]]]:
    found = CONTAINERS[container].get("networks", {})
    return found if isinstance(found, dict) else {name: {} for name in found}


def _doors_called_by(service: str) -> set[DoorPlace]:
    name = CALLING_NAMES.get(service, "")
    called = [a for a in ARROWS if any(fnmatch.fnmatchcase(name, p) for p in a.callers)]
    return {door_place(arrow.callee, arrow.door) for arrow in called}


def _own_doors(service: str) -> set[DoorPlace]:
    return {place for place in DOORS if place.service == service}


def _volumes(container: str) -> dict[str, tuple[str, bool]]:
    """Return each volume with its place, and whether it is mounted read-only."""
    parts = [volume.split(":") for volume in CONTAINERS[container].get("volumes", [])]
    return {part[0]: (part[1], part[2:] == ["ro"]) for part in parts}


def test_every_container_is_known():
    services = {host_of(service) for service in SERVICES}
    assert set(CONTAINERS) == {"setup", "admit"} | services | STEPS_BEFORE | DATABASES


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_stands_on_the_networks_of_its_doors_and_of_the_doors_that_it_calls(service):
    places = _own_doors(service) | _doors_called_by(service)
    wanted = {place.network.value for place in places} | {f"{service}_database"}
    assert set(_networks(host_of(service))) == wanted


def test_the_four_call_as_the_design_says():
    calls = {service: {p.server_name for p in _doors_called_by(service)} for service in SERVICES}
    assert calls == {
        "payment_provider": {"card-agent.leased-line.mesh.test"},
        "card_agent": set(),
        "lgwan_asp": set(),
        "ward_gateway": {
            "payment-provider.leased-line.mesh.test",
            "lgwan-asp.lgwan.mesh.test",
        },
    }


def test_a_door_is_found_by_its_name_on_its_own_network_and_nowhere_else():
    aliases = {
        (network, alias)
        for container in CONTAINERS
        for network, options in _networks(container).items()
        for alias in options.get("aliases", [])
    }
    assert aliases == {(place.network.value, place.server_name) for place in DOORS}


def test_only_the_public_network_has_a_way_out():
    private = {f"{service}_database" for service in SERVICES}
    assert set(COMPOSE["networks"]) == {network.value for network in Network} | private
    open_ones = {n for n, o in COMPOSE["networks"].items() if not (o or {}).get("internal")}
    assert open_ones == {"public"}


def test_only_the_public_doors_are_published_and_on_loopback_only():
    published = {name: c["ports"] for name, c in CONTAINERS.items() if "ports" in c}
    wanted = {host_of(p.service): [f"127.0.0.1:{p.port}:{p.port}"] for p in PUBLIC_DOORS}
    assert published == wanted


@pytest.mark.parametrize("service", SERVICES)
def test_a_database_is_reached_by_its_service_and_its_migration_only(service):
    beside = {name for name in CONTAINERS if f"{service}_database" in _networks(name)}
    host = host_of(service)
    assert beside == {host, f"{host}-migration", database_host_of(service)}
    assert set(_networks(database_host_of(service))) == {f"{service}_database"}


def test_setup_makes_the_keys_without_any_network():
    assert CONTAINERS["setup"]["network_mode"] == "none"
    assert "networks" not in CONTAINERS["setup"]
    assert set(_networks("admit")) == {"operator"}


def test_there_is_one_image_of_ours_and_the_official_database():
    images = {name: container["image"] for name, container in CONTAINERS.items()}
    assert {images[name] for name in DATABASES} == {"postgres:18"}
    assert len({image for name, image in images.items() if name not in DATABASES}) == 1
    assert [name for name, container in CONTAINERS.items() if "build" in container] == ["setup"]


def test_nobody_sees_the_authorities_but_setup():
    assert [name for name in CONTAINERS if "authority" in _volumes(name)] == ["setup"]


def test_every_holder_sees_its_own_handouts_only_and_cannot_change_them():
    for service in SERVICES:
        host, database = host_of(service), database_host_of(service)
        assert _volumes(host)[host] == ("/mesh", True)
        assert _volumes(f"{host}-migration") == {database: ("/mesh", True)}
        rows = f"{host}-rows"
        # Since 18 the official image keeps its data in a folder of its version below this one.
        wanted = {database: ("/mesh", True), rows: ("/var/lib/postgresql", False)}
        assert _volumes(database) == wanted
        assert set(_volumes(host)) - {host} == (
            {"ward-copies"} if service == "ward_gateway" else set()
        )
    assert _volumes("admit") == {"operator": ("/mesh", True)}
    assert _volumes("ward-gateway")["ward-copies"] == (str(COPIES), False)


def test_every_volume_is_declared_and_used():
    used = {volume for name in CONTAINERS for volume in _volumes(name)}
    assert used == set(COMPOSE["volumes"])


def test_programs_run_without_rights():
    for name in set(CONTAINERS) - DATABASES:
        container = CONTAINERS[name]
        assert container["read_only"] is True
        assert container["cap_drop"] == ["ALL"]
        assert container["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in container


def test_a_service_starts_after_its_schema_and_the_users_come_last():
    for service in SERVICES:
        host = host_of(service)
        chain = [database_host_of(service), f"{host}-migration", host]
        before = [CONTAINERS[name]["depends_on"] for name in chain]
        assert before == [
            {"setup": {"condition": "service_completed_successfully"}},
            {chain[0]: {"condition": "service_healthy"}},
            {chain[1]: {"condition": "service_completed_successfully"}},
        ]
        assert CONTAINERS[chain[1]]["command"] == ["migrate", service]
        assert CONTAINERS[host]["command"] == ["run", service]
    assert set(CONTAINERS["admit"]["depends_on"]) == {host_of(service) for service in SERVICES}


def test_no_secret_stands_in_the_compose_file():
    variables = {k: v for c in CONTAINERS.values() for k, v in c.get("environment", {}).items()}
    assert variables == {
        "POSTGRES_USER": ADMIN,
        "POSTGRES_DB": "postgres",
        "POSTGRES_PASSWORD_FILE": f"/mesh/secrets/{ADMIN_PASSWORD_FILE}",
        "POSTGRES_INITDB_ARGS": "--auth=scram-sha-256",
    }
    assert "://" not in TEXT
    assert not re.search(r"env_file|secret_key|trust\b", TEXT)


def test_nothing_goes_into_the_image_but_programs():
    lines = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    admitted = {rule[1:] for rule in rules if rule.startswith("!")}
    assert admitted == {"requirements.txt", "shared", "services", "simulation", "deploy"}
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    copied = set(re.findall(r"^COPY (\S+) ", dockerfile, re.MULTILINE))
    assert copied == admitted
    assert "--require-hashes" in dockerfile
    assert not re.search(r"^(ARG|ENV) .*(PASSWORD|SECRET|TOKEN|KEY)", dockerfile, re.MULTILINE)
    assert re.search(r"^USER (?!root)", dockerfile, re.MULTILINE)


def test_a_folder_of_the_image_awaits_every_handout():
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    made = set(re.findall(r"(?<= )/[a-z/-]+", dockerfile))
    handed = {v: place for v, (place, _) in _volumes("setup").items() if v != "authority"}
    assert handed == {volume: f"/handouts/{volume}" for volume in handed}
    assert {*handed.values(), "/authority", "/mesh", str(COPIES)} - made == set()


@pytest.fixture(scope="module")
def handouts(tmp_path_factory):
    """What setup hands out, made twice: the second time everything is there already."""
    folder = tmp_path_factory.mktemp("handouts")
    installation = ContainerInstallation(Home(tmp_path_factory.mktemp("authority")))
    hand_out_all(installation, folder)
    first = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    hand_out_all(installation, folder)
    assert first == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return installation, folder


def _settings(handouts, service, tmp_path, monkeypatch):
    """Hand a service its settings as if its container saw a folder of the test; read them."""
    installation, _ = handouts
    hand_out_settings(
        installation, service, "postgresql+asyncpg://u:p@h/d", tmp_path, seen_at=tmp_path
    )
    for name in [n for n in os.environ if n.startswith(f"{service.upper()}_")]:
        monkeypatch.delenv(name)
    for name, value in read_settings(tmp_path).items():
        monkeypatch.setenv(name, value)
    return importlib.import_module(f"services.{service}.settings").Settings()


def _peers(settings) -> list[PeerSettings]:
    blocks = [getattr(settings, name) for name in type(settings).model_fields]
    terminals = [getattr(block, "peer", None) for block in blocks]
    return [block for block in [*blocks, *terminals] if isinstance(block, PeerSettings)]


def _names_in(certificate) -> list[str]:
    read = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return names.get_values_for_type(x509.DNSName)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_finds_its_doors_in_what_it_was_handed(service, handouts, tmp_path, monkeypatch):
    settings = _settings(handouts, service, tmp_path, monkeypatch)
    for place in _own_doors(service):
        door = settings.doors[place.name]
        assert (door.host, door.port) == ("0.0.0.0", place.port)  # noqa: S104 - in a container
        assert _names_in(door.certificate) == [place.server_name]
        ssl.create_default_context().load_cert_chain(door.certificate, door.key)
        assert (door.client_authority is not None) == place.mutual
    assert len(settings.token_key()) >= 32


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_dials_only_doors_that_stand_on_a_network_of_its_own(
    service, handouts, tmp_path, monkeypatch
):
    peers = _peers(_settings(handouts, service, tmp_path, monkeypatch))
    dialled = {p.url: p.server_name for p in peers}
    called = _doors_called_by(service)
    assert dialled == {f"https://{p.server_name}:{p.port}": p.server_name for p in called}
    for url in dialled:
        host = urlsplit(url).hostname
        assert any(
            host in _networks(host_of(place.service))[place.network.value]["aliases"]
            and place.network.value in _networks(host_of(service))
            for place in called
        )


def test_no_holder_is_handed_the_key_of_another(handouts):
    _, folder = handouts
    holders: dict[bytes, set[str]] = {}
    for path in folder.rglob("*"):
        if path.suffix in {".key", ".jwk"} or path.name.startswith("token-"):
            holder = path.relative_to(folder).parts[0]
            holders.setdefault(path.read_bytes(), set()).add(holder)
    assert holders
    assert {key[:0]: who for key, who in holders.items() if len(who) > 1} == {}
    assert not list(folder.rglob("ca.key"))


def test_everything_that_is_handed_out_is_for_its_holder_alone(handouts):
    _, folder = handouts
    modes = {path: path.stat().st_mode & 0o777 for path in folder.rglob("*")}
    assert modes
    assert {p: oct(m) for p, m in modes.items() if m != (0o700 if p.is_dir() else 0o600)} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_told_the_runtime_role_and_never_the_owner(service, handouts):
    _, folder = handouts
    host = host_of(service)
    settings = read_settings(folder / host)
    url = urlsplit(settings[f"{service.upper()}_DATABASE_URL"])
    database = database_host_of(service)
    passwords = Passwords(Home(folder / database))
    assert (url.hostname, url.port, url.path) == (database, DATABASE_PORT, f"/{service}")
    assert (url.username, url.password) == (
        runtime_role(service),
        passwords.of(runtime_role(service)),
    )
    told = "".join(p.read_text("utf-8") for p in (folder / host).rglob("*") if p.is_file())
    for role in (ADMIN, owner_role(service)):
        assert passwords.of(role) not in told


def test_the_server_is_set_up_with_the_password_that_the_migration_uses(handouts):
    _, folder = handouts
    for service in SERVICES:
        home = Home(folder / database_host_of(service))
        text = home.secret(ADMIN_PASSWORD_FILE).read_text("utf-8")
        assert text == Passwords(home).of(ADMIN)


def test_the_operator_is_handed_what_lets_users_in_and_no_more(handouts):
    _, folder = handouts
    found = {str(p.relative_to(folder / "operator")) for p in (folder / "operator").rglob("*.*")}
    assert found == {
        "pki/operator/ca.pem",
        "pki/operator/operator.pem",
        "pki/operator/operator.key",
        "secrets/users.json",
    }
    users = json.loads((folder / "operator" / "secrets" / "users.json").read_text("utf-8"))
    assert {user["service"] for user in users} == {"payment_provider", "lgwan_asp", "ward_gateway"}
