"""A small configuration with policies, on disk: for the verbs about policy."""

from __future__ import annotations

from pathlib import Path

from tests.gateway.test_serve import KEY

CONFIG = f"""
[gateway]
store = "recordings"
signing_key = "keys/gateway_signing"
[ssh]
listen = "127.0.0.1:0"
host_keys = ["keys/ssh_host_ed25519"]
[principals.alice]
keys = ["{KEY}"]
groups = ["sre"]
[targets.web1]
address = "127.0.0.1:22"
host_keys = ["{KEY}"]
labels = {{ env = "prod" }}
[targets.web1.accounts.root]
password = {{ env = "WEB1" }}
[targets.web1.accounts.app]
password = {{ env = "WEB1" }}
"""

ACCESS = """
@id("sre") permit (principal in Group::"sre",
  action in [Action::"connect", Action::"exec"], resource in Target::"web1");

@id("day") @reason("by day")
forbid (principal, action == Action::"exec", resource)
unless { context.hour >= 8 && context.hour < 18 };

// A comment; with a semicolon.
@id("two") @hold("leads:2") @signed @expires("5m")
permit (principal in Group::"sre", action == Action::"exec", resource)
when { context has command && context.command.program == "reboot" };
@id("leads") permit (principal in Group::"leads", action == Action::"shell",
  resource in Label::"env=prod");
@id("all") permit (principal, action, resource) when { principal.name == "alice" };
@id("office") permit (principal, action == Action::"forward", resource)
when { context.host == "db" && context.port == 5432 && context has source &&
  context.source.isInRange(ip("192.0.2.0/24")) };
"""


def lay_out(folder: Path, access: str = ACCESS, config: str = CONFIG) -> Path:
    """The path of the configuration."""
    (folder / "policies").mkdir(parents=True, exist_ok=True)
    (folder / "policies" / "access.cedar").write_text(access)
    path = folder / "gatereel.toml"
    path.write_text(config)
    return path
