"""What every door to a host does, whichever it is: on this machine, over SSH, in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

from holdfast.errors import HostError
from holdfast.hosts.base import Result, Transport
from holdfast.hosts.connect import connect
from holdfast.hosts.local import Local
from holdfast.hosts.memory import Answer, MemoryHost
from holdfast.hosts.ssh import SshHost
from holdfast.lab.place import Lab
from holdfast.spec.model import Ssh

BIG = "0123456789abcdef" * 65536
LOOPBACK = "loopback"
LAB = pytest.param("lab", marks=pytest.mark.lab)
ODD = 'it\'s "$HOME" `id` \\ *\n\tü'

ANSWERS: dict[tuple[str, ...], Answer] = {
    ("sh", "-c", "echo out; echo err >&2; exit 3"): Result(3, "out\n", "err\n"),
    ("cat",): lambda given: Result(0, given, ""),
    ("true",): Result(0, "", ""),
    ("printf", "%s", ODD): Result(0, ODD, ""),
}


@dataclass(frozen=True)
class Case:
    """A door, and a folder on the host that it may write to."""

    door: Transport
    folder: str


async def _serve(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """Run the command that an SSH client asks for, much as sshd would."""
    done = await _shell(process.command or "", await process.stdin.read())
    process.stdout.write(done.out.encode())
    process.stderr.write(done.err.encode())
    process.exit(done.code)


async def _shell(command: str, given: bytes) -> Result:
    return await Local().run("sh", "-c", command, stdin=given.decode())


@asynccontextmanager
async def server(folder: Path) -> AsyncIterator[Ssh]:
    """An SSH server on a loopback port; yields what a client must know to be let in."""
    for name in ("host", "user"):
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(folder / name)
    public = {
        name: asyncssh.read_private_key(folder / name).export_public_key("openssh").decode()
        for name in ("host", "user")
    }
    (folder / "authorized").write_text(public["user"])
    listening = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[str(folder / "host")],
        authorized_client_keys=str(folder / "authorized"),
        process_factory=_serve,
        encoding=None,
    )
    port = listening.get_port()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {public['host']}")
    try:
        yield Ssh(
            user="root",
            port=port,
            key=str(folder / "user"),
            known_hosts=str(folder / "known_hosts"),
        )
    finally:
        listening.close()
        await listening.wait_closed()


@asynccontextmanager
async def closing(door: Transport) -> AsyncIterator[Transport]:
    yield door
    await door.close()


@pytest.fixture(params=["local", "memory", "ssh", LAB])
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    if request.param == "local":
        yield Case(Local(), str(tmp_path))
    elif request.param == "memory":
        yield Case(MemoryHost("paper", ANSWERS), "/tmp")
    elif request.param == "ssh":
        async with server(tmp_path) as ssh, closing(SshHost(LOOPBACK, "127.0.0.1", ssh)) as door:
            yield Case(door, str(tmp_path))
    else:
        lab: Lab = request.getfixturevalue("lab")
        async with closing(connect(lab.host("n1"))) as door:
            yield Case(door, "/root")


async def test_a_command_leaves_its_code_and_both_outputs(case: Case) -> None:
    left = await case.door.run("sh", "-c", "echo out; echo err >&2; exit 3")
    assert left == Result(3, "out\n", "err\n")
    assert not left.ok


async def test_input_reaches_the_command(case: Case) -> None:
    assert (await case.door.run("cat", stdin="ein Würfel\n")).out == "ein Würfel\n"


async def test_no_input_is_an_empty_one(case: Case) -> None:
    assert await case.door.run("cat") == Result(0, "", "")


async def test_a_lot_of_input_and_output(case: Case) -> None:
    assert (await case.door.run("cat", stdin=BIG)).out == BIG


async def test_a_command_need_not_read_its_input(case: Case) -> None:
    assert (await case.door.run("true", stdin=BIG)).ok


async def test_arguments_arrive_as_they_are(case: Case) -> None:
    assert (await case.door.run("printf", "%s", ODD)).out == ODD


async def test_a_missing_command_is_a_result(case: Case) -> None:
    assert (await case.door.run("no-such-command-anywhere", "x")).code == 127


async def test_many_commands_at_once(case: Case) -> None:
    results = await asyncio.gather(*(case.door.run("cat", stdin=str(n)) for n in range(30)))
    assert [result.out for result in results] == [str(n) for n in range(30)]


async def test_a_file_comes_back_as_it_was_put(case: Case) -> None:
    path = f"{case.folder}/odd name"
    await case.door.put(path, ODD, mode=0o600)
    assert await case.door.get(path) == ODD


async def test_a_put_replaces_the_file(case: Case) -> None:
    path = f"{case.folder}/replaced"
    await case.door.put(path, BIG)
    await case.door.put(path, "short")
    assert await case.door.get(path) == "short"


async def test_a_missing_file_is_an_error_that_names_host_and_step(case: Case) -> None:
    with pytest.raises(HostError) as caught:
        await case.door.get(f"{case.folder}/no-such-file")
    assert caught.value.host == case.door.host
    assert "no-such-file" in caught.value.step


async def test_a_door_may_be_closed_twice(case: Case) -> None:
    await case.door.run("true")
    await case.door.close()
    await case.door.close()


async def test_the_mode_is_the_one_asked_for(case: Case) -> None:
    path = f"{case.folder}/secret"
    await case.door.put(path, "x", mode=0o640)
    if isinstance(case.door, MemoryHost):
        assert case.door.modes[path] == 0o640
    else:
        assert (await case.door.run("stat", "-c", "%a", path)).out == "640\n"


async def test_a_put_that_cannot_be_done_is_an_error(case: Case) -> None:
    if isinstance(case.door, MemoryHost):
        case.door.reachable = False
    with pytest.raises(HostError):
        await case.door.put(f"{case.folder}/no/such/folder/file", "x")


@pytest.mark.parametrize("case", ["local", LAB], indirect=True)
async def test_a_cancelled_command_is_killed(case: Case) -> None:
    """Nothing runs in memory, and the SSH server of these tests kills nothing."""
    pid_file = f"{case.folder}/pid"
    write = f"echo $$ >'{pid_file}.new'; mv '{pid_file}.new' '{pid_file}'; exec sleep 1000"
    running = asyncio.ensure_future(case.door.run("sh", "-c", write))
    pid = await _content(case.door, pid_file)
    running.cancel()
    async with asyncio.timeout(60):
        while (await case.door.run("kill", "-0", pid)).ok:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def _content(door: Transport, path: str) -> str:
    """Wait for a file to be there."""
    while not (found := await door.run("cat", path)).ok:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    return found.out.strip()


class TestSsh:
    """What only SSH has: a network, and two keys that must be right."""

    async def test_a_wrong_host_key_is_refused_with_a_hint(self, tmp_path: Path) -> None:
        async with server(tmp_path) as ssh:
            other = (
                asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode()
            )
            (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{ssh.port} {other}")
            with pytest.raises(HostError, match="host key not trusted") as caught:
                await SshHost("n1", "127.0.0.1", ssh).run("true")
            assert str(tmp_path / "known_hosts") in caught.value.hint

    async def test_a_wrong_key_is_refused_with_a_hint(self, tmp_path: Path) -> None:
        async with server(tmp_path) as ssh:
            asyncssh.generate_private_key("ssh-ed25519").write_private_key(tmp_path / "user")
            with pytest.raises(HostError, match="may not log in") as caught:
                await SshHost("n1", "127.0.0.1", ssh).run("true")
            assert "ssh-copy-id" in caught.value.hint

    async def test_a_host_where_nobody_listens(self, tmp_path: Path) -> None:
        async with server(tmp_path) as ssh:
            pass
        with pytest.raises(HostError, match=f"no SSH to 127.0.0.1 port {ssh.port}"):
            await SshHost("n1", "127.0.0.1", ssh).run("true")

    async def test_a_key_file_that_is_missing(self, tmp_path: Path) -> None:
        async with server(tmp_path) as ssh:
            (tmp_path / "user").unlink()
            with pytest.raises(HostError, match="there is no file"):
                await SshHost("n1", "127.0.0.1", ssh).run("true")

    async def test_a_broken_connection_fails_its_commands_and_is_made_anew(
        self, tmp_path: Path
    ) -> None:
        async with server(tmp_path) as ssh:
            door = SshHost("n1", "127.0.0.1", ssh)
            running = asyncio.ensure_future(door.run("sleep", "1000"))
            while not door.connected:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            await door.close()
            with pytest.raises(HostError, match="connection"):
                await running
            assert (await door.run("true")).ok
            await door.close()
