"""The embedded PostgreSQL on this machine: who may connect to what, crashes, where it stands."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import asyncpg
import psutil
import pytest
import sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.home import Home
from deploy.postgres import EmbeddedPostgres
from deploy.postgres_place import PostgresError, _short_folder, external_folder
from deploy.processes import ProcessBook
from deploy.supervisor import CHECKOUT
from tests.integration.deploy.conftest import SERVICES

ROLES = [f"{service}_{kind}" for service in SERVICES for kind in ("owner", "runtime")]
DATABASES = [*SERVICES, "postgres", "template1"]


def fresh(home: Home) -> EmbeddedPostgres:
    return EmbeddedPostgres(home, durable=False, max_connections=20)


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("role", ROLES)
async def test_a_role_reaches_its_own_database_and_no_other(postgres, role, database):
    if role.startswith(database):
        async with postgres.connection(database, role) as connection:
            assert await connection.fetchval("SELECT current_user") == role
        return
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="CONNECT privilege"):
        async with postgres.connection(database, role):
            pass


@pytest.mark.parametrize("service", SERVICES)
async def test_the_runtime_role_cannot_make_or_change_a_table(postgres, service):
    async with postgres.connection(service, f"{service}_owner") as owner:
        await owner.execute("CREATE TABLE books (id int PRIMARY KEY)")
        await owner.execute(f"GRANT USAGE ON SCHEMA public TO {service}_runtime")
    try:
        async with postgres.connection(service, f"{service}_runtime") as runtime:
            for statement in (
                "CREATE TABLE mine (id int)",
                "DROP TABLE books",
                "SELECT * FROM books",
                f"ALTER ROLE {service}_runtime CREATEDB",
                "CREATE DATABASE other",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await runtime.execute(statement)
    finally:
        async with postgres.connection(service, f"{service}_owner") as owner:
            await owner.execute("DROP TABLE books")


async def test_nobody_comes_in_without_the_right_password(postgres, tmp_path):
    for password in (None, "wrong"):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(
                host=str(postgres.place.socket),
                user="card_agent_runtime",
                password=password,
                database="card_agent",
                passfile=str(tmp_path / "no-such-file"),
            )


def test_it_listens_on_no_tcp_port(postgres):
    processes = [psutil.Process(postgres.pid), *psutil.Process(postgres.pid).children()]
    assert [each.net_connections(kind="inet") for each in processes] == [[]] * len(processes)


async def test_it_sorts_by_code_point_whatever_the_machine_speaks(postgres):
    async with postgres.connection("card_agent") as connection:
        row = await connection.fetchrow(
            "SELECT datlocprovider::text AS provider, datlocale AS locale,"
            " pg_encoding_to_char(encoding) AS encoding FROM pg_database"
            " WHERE datname = current_database()"
        )
        version = await connection.fetchval("SHOW server_version_num")
    assert dict(row) == {"provider": "b", "locale": "C.UTF-8", "encoding": "UTF8"}
    assert version.startswith("18")


async def test_services_connect_by_url(postgres):
    for url, role in (
        (postgres.database_url("card_agent"), "card_agent_runtime"),
        (postgres.owner_database_url("card_agent"), "card_agent_owner"),
    ):
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            answer = await connection.scalar(sqlalchemy.text("SELECT current_user"))
        await engine.dispose()
        assert answer == role


async def test_a_clone_has_the_same_rights_as_the_original(postgres):
    await postgres.clone("card_agent", "card_agent_clone")
    try:
        async with postgres.connection("card_agent_clone", "card_agent_runtime") as connection:
            assert await connection.fetchval("SELECT 1") == 1
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with postgres.connection("card_agent_clone", "payment_provider_runtime"):
                pass
    finally:
        await postgres.drop("card_agent_clone")


async def test_a_failed_statement_leaves_no_personal_data_in_the_log(postgres):
    secret = "YAMADA TARO"
    async with postgres.connection("card_agent") as connection:
        await connection.execute("CREATE TEMPORARY TABLE people (name text UNIQUE)")
        await connection.execute("INSERT INTO people VALUES ($1)", secret)
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("INSERT INTO people VALUES ($1)", secret)
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("INSERT INTO people VALUES ('YAMADA TARO')")
    log = postgres._home.log("postgres").read_text()
    assert "duplicate key" in log
    assert secret not in log


def test_passwords_and_logs_are_files_that_only_the_owner_reads(postgres):
    home = postgres._home
    for path in (home.secret("database.json"), home.log("postgres"), home.pid_file("postgres")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (home.path, home.secrets, home.run, home.logs, postgres.place.socket):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    passwords = postgres._passwords._read()
    assert len(set(passwords.values())) == len(passwords) == 5
    assert min(len(password) for password in passwords.values()) >= 32


async def test_setting_up_again_changes_nothing(postgres):
    pid, url = postgres.pid, postgres.database_url("card_agent")
    again = EmbeddedPostgres(postgres._home, durable=False)
    await again.start()
    await again.ensure_service_databases(SERVICES)
    assert (again.pid, again.database_url("card_agent")) == (pid, url)


def test_another_process_does_not_stop_a_server_that_is_not_its_own(postgres):
    script = (
        "import asyncio, sys; from pathlib import Path; from deploy.home import Home\n"
        "from deploy.postgres import EmbeddedPostgres\n"
        "async def main():\n"
        "    server = EmbeddedPostgres(Home(Path(sys.argv[1])))\n"
        "    await server.start(); await server.stop(); print(server.is_running)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(postgres._home.path)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert done.stdout.strip() == "True"
    assert postgres.is_running


async def test_it_stops_starts_crashes_and_recovers(make_home):
    """One server's life: a stop, a kill -9, a lock file whose process id was given away."""
    home = make_home()
    server = fresh(home)
    await server.start()
    await server.ensure_service_databases(["card_agent"])
    await write_row(server, 1)
    await server.stop()
    assert not server.is_running
    assert not home.pid_file("postgres").exists()
    await server.stop()

    await server.start()
    await write_row(server, 2)
    killed = server.pid
    os.kill(killed, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(killed)], timeout=5)
    await server.start()
    assert server.pid != killed
    assert home.pid_file("postgres").read_text() == f"{server.pid}\n"

    await server.stop()
    lock = server.place.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{server.place.data}\n")
    server.place.give(lock)
    await server.start()
    async with server.connection("card_agent") as connection:
        rows = await connection.fetch("SELECT id FROM kept ORDER BY id")
    assert [row["id"] for row in rows] == [1, 2]
    await server.stop()


async def write_row(server: EmbeddedPostgres, number: int) -> None:
    async with server.connection("card_agent") as connection:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (id int)")
        await connection.execute("INSERT INTO kept VALUES ($1)", number)


async def test_a_home_below_a_private_folder_leaves_every_folder_as_it_was(make_home):
    home = make_home("private/checkout/.mesh")
    parents = [home.path.parent, home.path.parent.parent]
    home.path.parent.mkdir(parents=True)
    for parent in parents:
        parent.chmod(0o700)
    watched = [*home.path.parents, CHECKOUT, Path(tempfile.gettempdir()), Path("/var/lib")]
    before = [folder.stat().st_mode for folder in watched]
    server = fresh(home)
    await server.start()
    await server.stop()
    assert [folder.stat().st_mode for folder in watched] == before
    removed = home.reset()
    assert server.place.data not in removed
    assert not server.place.data.exists()
    assert not home.path.exists()


async def test_a_home_that_was_deleted_by_hand_can_be_made_anew(make_home):
    home = make_home()
    server = fresh(home)
    await server.start()
    pid = server.pid
    shutil.rmtree(home.path)
    anew = fresh(home)
    await anew.start()
    assert anew.pid != pid
    assert server.pid == anew.pid
    async with anew.connection() as connection:
        assert await connection.fetchval("SELECT 1") == 1
    await anew.stop()


async def test_a_server_that_cannot_start_says_why(make_home):
    home = make_home()
    server = fresh(home)
    await server.start()
    await server.stop()
    (server.place.data / "global" / "pg_control").unlink()
    with pytest.raises(PostgresError, match="pg_control"):
        await server.start()
    assert ProcessBook(home).find("postgres") is None


def test_a_socket_gets_a_short_path_even_where_temporary_files_have_a_long_one(
    monkeypatch, tmp_path
):
    deep = tmp_path / ("long" * 20) / ("path" * 20)
    deep.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    folder = _short_folder()
    try:
        assert len(os.fsencode(folder)) < 80
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        folder.rmdir()


def test_two_homes_never_share_a_folder_outside():
    one, other = Home(Path("/srv/a/.mesh")), Home(Path("/srv/b/.mesh"))
    assert external_folder(one) != external_folder(other)
    assert external_folder(one) == external_folder(Home(Path("/srv/a/.mesh")))
