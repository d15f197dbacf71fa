"""``gatereel init``: a commented configuration, keys and folders to start from.

Knows: what a gateway needs on disk. Must never know: sockets. Called by the command line. Nothing
is overwritten: what is there already stays, and is said to stay.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gateway.refusals import ConfigError
from gateway.ssh.keys import make_key
from recorder.attest import Signer
from recorder.store import Store

TEMPLATE = """\
# gatereel: who may go where, through this door. `gatereel check` reads it and says what is wrong.
# Paths are relative to this file. Secrets are never written here: they are in files
# ({ file = "keys/web1_root" }) or in environment variables ({ env = "WEB1_PASSWORD" }).

[gateway]
store = "recordings"                     # where sessions are recorded
policies = "policies/"                   # who may do what: every *.cedar file in it
# time_zone = "Europe/Berlin"            # in which policies tell weekdays and hours; else UTC
signing_key = "keys/gateway_signing"     # signs checkpoints; only the sealer reads it

[ssh]
listen = "127.0.0.1:2222"
host_keys = ["keys/ssh_host_ed25519"]
user_ca = "keys/user_ca"                 # signs logins on targets: certificate = true, below
host_ca = "keys/host_ca"                 # vouches for the gateway under its targets' names: ssh -J
# environment = ["LANG", "LC_*"]         # variables that go on to targets
# login_timeout = 20                     # seconds, at most 30
# max_channels = 32                      # at a time on one connection

# [limits]                               # docs/configuration.md has all of them
# per_principal = 200                    # connections at a time
# idle = 14400                           # seconds in which nothing is done, then a session ends
# total = 86400                          # seconds that a session may last

# Who. A principal is whom the key proves, never the user name that a client sends.
# [principals.alice]
# keys = ["ssh-ed25519 AAAA... alice"]   # as in ~/.ssh/id_ed25519.pub
# groups = ["sre"]
# [principals.deploy]
# kind = "workload"                      # a service account or a job; else "person"
# keys = ["ssh-ed25519 AAAA... deploy"]

# Where. `gatereel target enrol web1 ADDRESS` shows a target's host keys and writes this part.
# [targets.web1]
# address = "192.0.2.10:22"
# host_keys = ["ssh-ed25519 AAAA..."]    # or known_hosts = "known_hosts", or host_ca = ["ssh-..."]
# aliases = ["web1.example.org"]         # other names that it goes by
# # jump = "bastion"                     # another target that it is reached through
# keep_input = "echoed"                  # of what is typed keep "echoed" lines, "all" or "none"
# [targets.web1.accounts.root]
# key = { file = "keys/web1_root" }      # or password = { env = "WEB1_PASSWORD" }
# # or certificate = true: one for each session, by user_ca. The target's TrustedUserCAKeys needs
# # the line that this prints: gatereel target user-ca
# # or agent = { socket = { env = "SSH_AUTH_SOCK" }, key = "ssh-ed25519 AAAA..." }

# Then, with OpenSSH's own client:  ssh -p 2222 root@web1@127.0.0.1
# or, with what `ssh GATEWAY known-hosts` prints in known_hosts:  ssh -J 127.0.0.1:2222 root@web1
"""


POLICIES = """\
// Who may do what. Nothing is allowed that no policy permits, and one that forbids wins.
// `gatereel check` reads this folder, `gatereel explain alice shell root@web1` says why, and
// docs/policy.md tells what there is to write.

// @id("sre-on-web")
// permit (
//   principal in Group::"sre",
//   action in [Action::"connect", Action::"shell", Action::"exec", Action::"sftp"],
//   resource in Target::"web1"
// );

// @id("reboots-need-two") @hold("sre") @reason("a reboot is seen by customers")
// permit (principal in Group::"sre", action == Action::"exec", resource in Target::"web1")
// when { context has command && context.command.program == "reboot" };
// @id("sre-approves")
// permit (principal in Group::"sre", action == Action::"approve", resource in Target::"web1");
"""


def lay_out(folder: Path, say: Callable[[str], None]) -> None:
    """Makes what is missing in ``folder``. Raises ConfigError where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        keys = folder / "keys"
        keys.mkdir(mode=0o700, exist_ok=True)
        _make(folder / "gatereel.toml", lambda path: _write(path, TEMPLATE), say)
        _make(keys / "ssh_host_ed25519", lambda path: make_key(path, "gatereel"), say)
        _make(keys / "user_ca", lambda path: make_key(path, "gatereel user CA"), say)
        _make(keys / "host_ca", lambda path: make_key(path, "gatereel host CA"), say)
        _make(keys / "gateway_signing", lambda path: Signer.create(path, "gatereel"), say)
        policies = folder / "policies"
        policies.mkdir(exist_ok=True)
        _make(policies / "access.cedar", lambda path: _write(path, POLICIES), say)
        recordings = folder / "recordings"
        _make(recordings, lambda path: Store.open(path, create=True), say)
        Store.open(recordings).trust(Signer.load(keys / "gateway_signing").verifier)
    except OSError as problem:
        raise ConfigError(
            f"cannot write in {folder}: {problem.strerror}; name another folder: gatereel init DIR"
        ) from None


def _make(path: Path, make: Callable[[Path], object], say: Callable[[str], None]) -> None:
    if path.exists():
        say(f"kept     {path}")
    else:
        make(path)
        say(f"created  {path}")


def _write(path: Path, text: str) -> None:
    with path.open("x") as file:
        file.write(text)
