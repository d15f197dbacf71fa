"""The demo's folder: keys, configuration, store, and what OpenSSH needs to find its way.

Knows: files. Must never know: processes. Called by `gateway.demo.run`. The folder is its
owner's alone; what is there from an earlier demo is used again, so that its recordings stay.
"""

from __future__ import annotations

import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from gateway.demo.target import NAME
from gateway.refusals import DemoError
from gateway.ssh.keys import make_key
from recorder.attest import Signer, load_verifiers
from recorder.store import VERIFIERS, Store

SAMPLES = Path(__file__).resolve().parents[2] / "sample_sessions"
TARGET = "box"
PREFERRED_PORT = 2222

_CONFIG = """\
# Written by `gatereel demo`, and again by the next one.
[gateway]
store = "recordings"
signing_key = "keys/gateway_signing"

[ssh]
listen = "127.0.0.1:{port}"
host_keys = ["keys/ssh_host_ed25519"]

[principals.visitor]
keys = ["{visitor}"]
groups = ["guests"]

[targets.{target}]
address = "127.0.0.1:{target_port}"
host_keys = ["{target_host}"]
[targets.{target}.accounts.{account}]
key = {{ file = "keys/target_login" }}
"""

_POLICY = """\
// Written by `gatereel demo`, and again by the next one.
@id("guests")
permit (
  principal in Group::"guests",
  action in [Action::"connect", Action::"shell", Action::"exec"],
  resource == Account::"{account}@{target}"
);
"""

_SSH_CONFIG = """\
Host demo
    HostName 127.0.0.1
    Port {port}
    User {account}@{target}
    IdentityFile "{key}"
    IdentitiesOnly yes
    UserKnownHostsFile "{known_hosts}"
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    ControlPath none
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything of one demo is."""

    folder: Path
    port: int
    """Of the gateway."""

    @property
    def config(self) -> Path:
        return self.folder / "gatereel.toml"

    @property
    def ssh_config(self) -> Path:
        return self.folder / "ssh_config"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    @property
    def store(self) -> Path:
        return self.folder / "recordings"

    @property
    def user(self) -> str:
        return f"{NAME}@{TARGET}"

    def key(self, name: str) -> Path:
        return self.folder / "keys" / name


def prepare(folder: Path) -> Place:
    """Folder, keys and store, where they are not there already. Raises DemoError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        place = Place(folder.resolve(), _free_port())
        (folder / "keys").mkdir(mode=0o700, exist_ok=True)
        for name in ("visitor", "ssh_host_ed25519", "target_host", "target_login"):
            if not place.key(name).exists():
                make_key(place.key(name), f"gatereel demo {name}")
        signing = place.key("gateway_signing")
        if not signing.exists():
            Signer.create(signing, "gatereel-demo")
        store = Store.open(place.store, create=True)
        store.trust(Signer.load(signing).verifier)
        _add_samples(store)
    except OSError as problem:
        raise DemoError(
            f"the demo cannot use {folder}: {problem.strerror}; name another with --folder"
        ) from None
    return place


def write_config(place: Place, target_port: int) -> None:
    """The gateway's configuration, and OpenSSH's."""
    place.config.write_text(
        _CONFIG.format(
            port=place.port,
            visitor=_public(place, "visitor"),
            target=TARGET,
            target_port=target_port,
            target_host=_public(place, "target_host"),
            account=NAME,
        )
    )
    policies = place.folder / "policies"
    policies.mkdir(exist_ok=True)
    (policies / "demo.cedar").write_text(_POLICY.format(account=NAME, target=TARGET))
    host_key = _public(place, "ssh_host_ed25519")
    place.known_hosts.write_text(f"[127.0.0.1]:{place.port} {host_key}\n")
    place.ssh_config.write_text(
        _SSH_CONFIG.format(
            port=place.port,
            account=NAME,
            target=TARGET,
            key=place.key("visitor"),
            known_hosts=place.known_hosts,
        )
    )


def _public(place: Place, name: str) -> str:
    return " ".join(place.key(f"{name}.pub").read_text().split()[:2])


def _add_samples(store: Store) -> None:
    """The sample sessions, with the keys that verify them; none where they are not shipped."""
    if not SAMPLES.is_dir():
        return
    for reel in SAMPLES.glob("*.reel"):
        if not (store.path / reel.name).exists():
            shutil.copyfile(reel, store.path / reel.name)
    if (SAMPLES / VERIFIERS).exists():
        for verifier in load_verifiers(SAMPLES / VERIFIERS):
            store.trust(verifier)


def _free_port() -> int:
    for wanted in (PREFERRED_PORT, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            port: int = probe.getsockname()[1]
            return port
    raise DemoError("no port is free on 127.0.0.1")
