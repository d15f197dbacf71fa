from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.config import load_config
from gateway.enrol import enrol, pinned, user_authority
from gateway.identity import PublicKey
from gateway.init import lay_out
from gateway.refusals import ConfigError, TargetUnreachable
from tests.gateway.ssh.doorway import target_server
from tests.system.peers import free_port

OLD = PublicKey("ssh-ed25519", b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + b"o" * 32)
NEW = PublicKey("ssh-ed25519", b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + b"n" * 32)


@contextmanager
def some_target() -> Iterator[tuple[int, PublicKey]]:
    """An SSH server in a thread of its own: the verb runs a loop itself."""
    ready = threading.Event()
    found: list[tuple[int, PublicKey]] = []
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def run() -> None:
        stop = asyncio.Event()
        async with target_server() as listening:
            found.append(listening)
            loops.append((asyncio.get_running_loop(), stop))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(20)
    try:
        yield found[0]
    finally:
        loop, stop = loops[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    lay_out(tmp_path, lambda _: None)
    return tmp_path / "gatereel.toml"


def test_keys_are_shown_and_pinned_after_a_yes(config: Path) -> None:
    said: list[str] = []
    with some_target() as (port, key):
        assert enrol(config, "web1", f"127.0.0.1:{port}", True, said.append) == 0
        assert any(key.fingerprint in line for line in said)
        text = config.read_text() + '[targets.web1.accounts.root]\nkey = { file = "x" }\n'
        config.write_text(text)
        (target,) = load_config(config).targets
        assert (target.name, target.port, target.host_keys) == ("web1", port, (key,))
        assert enrol(config, "web1", f"127.0.0.1:{port}", True, said.append) == 0
        assert load_config(config).targets == (target,)


def test_nothing_is_pinned_without_a_yes(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = config.read_text()
    monkeypatch.setattr("builtins.input", lambda _: "n")
    with some_target() as (port, _):
        assert enrol(config, "web1", f"127.0.0.1:{port}", False, lambda _: None) == 1
        assert enrol(config, "web1", f"127.0.0.1:{port}", None, lambda _: None) == 1
    assert config.read_text() == before


def test_a_name_that_is_none_is_not_written(config: Path) -> None:
    before = config.read_text()
    with some_target() as (port, _), pytest.raises(ConfigError):
        enrol(config, "we b", f"127.0.0.1:{port}", True, lambda _: None)
    assert config.read_text() == before


def test_addresses_and_files_that_are_none(config: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no address"):
        enrol(config, "web1", "a b", True, lambda _: None)
    with pytest.raises(ConfigError, match="gatereel init"):
        enrol(tmp_path / "none", "web1", "127.0.0.1", True, lambda _: None)
    with pytest.raises(TargetUnreachable):
        enrol(config, "web1", f"127.0.0.1:{free_port()}", True, lambda _: None)


def test_only_the_pins_of_that_target_change() -> None:
    text = (
        "[targets.web10]\naddress = 'a:1'\nhost_keys = ['x']\n"
        f"[targets.web1]\naddress = 'b:1'  # here\nhost_keys = [\n  '{OLD}',\n]  # pinned\n"
        "legacy = true\n[targets.web1.accounts.root]\nkey = { file = 'k' }\n"
    )
    changed = pinned(text, "web1", "b:1", [NEW])
    assert str(NEW) in changed
    assert str(OLD) not in changed
    assert changed.startswith("[targets.web10]\naddress = 'a:1'\nhost_keys = ['x']\n")
    assert changed.endswith("legacy = true\n[targets.web1.accounts.root]\nkey = { file = 'k' }\n")


def test_a_target_without_pins_gets_them() -> None:
    text = "[targets.web1]\naddress = 'b:1'\n[ssh]\nlisten = 'c:1'\n"
    changed = pinned(text, "web1", "b:1", [NEW])
    assert changed.index(str(NEW)) < changed.index("[ssh]")


def test_the_line_for_a_target_is_the_public_half_alone(tmp_path: Path) -> None:
    lay_out(tmp_path, lambda _: None)
    path = tmp_path / "gatereel.toml"
    said: list[str] = []
    assert user_authority(load_config(path), said.append) == 0
    (line,) = said
    assert str(PublicKey.parse(line)) == str(
        PublicKey.parse((tmp_path / "keys" / "user_ca.pub").read_text())
    )
    path.write_text(path.read_text().replace("user_ca =", "# user_ca ="))
    with pytest.raises(ConfigError, match="there is no user CA"):
        user_authority(load_config(path), said.append)
