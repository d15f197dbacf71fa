"""How the SSH library is set up, on both sides, and the proof that it took the settings.

Knows: algorithms, options, the least version. Must never know: principals, policy, sessions.
Called by `gateway.ssh.server` and `gateway.ssh.dialer`; `check_library` and `check_options`
fail closed at start, since every promise about SSH rests on them.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, MutableMapping, Sequence
from pathlib import Path

import asyncssh
from asyncssh import channel as _channel
from asyncssh import connection as _connection

from gateway.config import SshSettings, Target
from gateway.identity import PublicKey
from gateway.refusals import CredentialError, LibraryError

LEAST_VERSION = (2, 24, 1)
"""2.24.0 lets a login that is being checked become another user's."""

SERVER_VERSION = "gatereel"
"""On the wire ``SSH-2.0-gatereel``: no library, no version number."""

KEX = (
    "mlkem768x25519-sha256",
    "mlkem1024nistp384-sha384",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp256",
)
# No chacha20-poly1305: stock clients ask for it first, and it is what a Terrapin attack needs.
CIPHERS = (
    "aes256-gcm@openssh.com",
    "aes128-gcm@openssh.com",
    "aes256-ctr",
    "aes128-ctr",
)
# The last one is for dropbear, which has no other and wants it with a counter mode.
MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256")
SIGNATURES = (
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
"""What a client may sign with, and a target too. No SHA-1, no DSA."""

WINDOW = 2 * 1024 * 1024
PACKET = 32 * 1024
KEEPALIVE = 30
"""Seconds; a peer that misses three is gone."""

HostKeys = list[asyncssh.SSHKeyPair]

_CONNECTION_PARTS = (
    "_get_extra_kex_algs",
    "_packet_handlers",
    "_process_channel_open",
    "_process_direct_tcpip_open",
    "_process_global_request",
    "send_userauth_success",
    "validate_public_key",
    "_update_recv_pktlen",
    "_send_deferred_packets",
)
_CHANNEL_PARTS = (
    "_service_next_request",
    "_report_response",
    "_open",
    "_make_request",
    "_send_request",
    "_start_reading",
    "_flush_send_buf",
    "_pause_resume_writing",
)


def check_library() -> None:
    """Refuses an SSH library that is too old, or has not what ours builds on."""
    version = tuple(int(part) for part in asyncssh.__version__.split(".")[:3] if part.isdigit())
    if version < LEAST_VERSION:
        least = ".".join(map(str, LEAST_VERSION))
        raise LibraryError(
            f"asyncssh {asyncssh.__version__} is not safe here: install {least} or later"
        )
    for owner, names in (
        (_connection.SSHServerConnection, _CONNECTION_PARTS),
        (_channel.SSHServerChannel, _CHANNEL_PARTS),
        (_channel.SSHClientChannel, _CHANNEL_PARTS),
    ):
        for name in names:
            if not hasattr(owner, name):
                raise LibraryError(
                    f"asyncssh {asyncssh.__version__} is not one that this gateway knows"
                    f" ({owner.__name__} has no {name}): install the version of its lock file"
                )


def name_ourselves(environment: MutableMapping[str, str]) -> None:
    """The library asks whom it runs as before it connects anywhere, and gives up where the system
    has no name for the user, as in a container with an id of its own: then this is the name."""
    try:
        getpass.getuser()
    except (KeyError, OSError):
        environment["LOGNAME"] = "gatereel"


def library_version() -> str:
    """Name and version, for the logbook."""
    return f"asyncssh {asyncssh.__version__}"


def load_host_keys(paths: Sequence[Path]) -> HostKeys:
    """The gateway's own host keys. Raises CredentialError with the file and what to do."""
    pairs: HostKeys = []
    for path in paths:
        try:
            pairs += asyncssh.load_keypairs([str(path)])
        except OSError as problem:
            raise CredentialError(
                f"the host key {path} cannot be read ({problem.strerror});"
                " make one with: gatereel init"
            ) from None
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError) as problem:
            raise CredentialError(f"{path} is no usable host key: {problem}") from None
    return pairs


def server_options(
    settings: SshSettings,
    host_keys: Sequence[asyncssh.SSHKeyPair],
    factory: Callable[[], asyncssh.SSHServer],
    *,
    announce: bool = False,
) -> asyncssh.SSHServerConnectionOptions:
    """The listener's options; with ``announce`` clients are told of all host keys, so that those
    that take up new ones know the next before it is used: the first of a kind is. Blocks (it reads
    nothing, but the library looks names up)."""
    options = asyncssh.SSHServerConnectionOptions(
        config=None,
        server_factory=factory,
        server_version=SERVER_VERSION,
        server_host_keys=list(host_keys),
        send_server_host_keys=announce,
        kex_algs=KEX,
        encryption_algs=CIPHERS,
        mac_algs=MACS,
        compression_algs=("none",),
        signature_algs=SIGNATURES,
        public_key_auth=True,
        password_auth=False,
        kbdint_auth=False,
        host_based_auth=False,
        gss_host=None,
        gss_kex=False,
        gss_auth=False,
        x509_trusted_certs=None,
        authorized_client_keys=None,
        login_timeout=settings.login_timeout,
        keepalive_interval=KEEPALIVE,
        keepalive_count_max=3,
        line_editor=False,
        encoding=None,
        agent_forwarding=False,
        x11_forwarding=False,
        rdns_lookup=False,
        allow_scp=False,
        window=WINDOW,
        max_pktsize=PACKET,
    )
    check_options(options)
    return options


def client_options(
    target: Target,
    user: str,
    factory: Callable[[], asyncssh.SSHClient],
    host_key_algorithms: Sequence[str],
    *,
    keys: Sequence[asyncssh.SSHKeyPair] = (),
    password: str | None = None,
) -> asyncssh.SSHClientConnectionOptions:
    """The dialer's options: nothing is taken from this machine's own SSH files or agent.

    No host key is known to the library, so that it asks ``factory``'s client about each; an
    empty list would make it read the user's own file.
    """
    algorithms: dict[str, Sequence[str]] = {}
    if not target.legacy:
        algorithms = {"kex_algs": KEX, "encryption_algs": CIPHERS, "mac_algs": MACS}
    methods = ("publickey",) if keys else ("password", "keyboard-interactive")
    return asyncssh.SSHClientConnectionOptions(
        config=None,
        client_factory=factory,
        client_version=SERVER_VERSION,
        host=target.host,
        port=target.port,
        username=user,
        host_key_alias=target.host_key_name or None,
        known_hosts=([], [], []),
        server_host_key_algs=list(host_key_algorithms),
        **algorithms,
        compression_algs=("none",),
        signature_algs=SIGNATURES,
        client_keys=list(keys) or None,
        password=password,
        preferred_auth=methods,
        disable_trivial_auth=True,
        gss_host=None,
        gss_kex=False,
        gss_auth=False,
        agent_path=None,
        agent_forwarding=False,
        pkcs11_provider=None,
        x509_trusted_certs=None,
        x11_forwarding=False,
        connect_timeout=target.connect_timeout,
        login_timeout=target.connect_timeout,
        keepalive_interval=target.keepalive,
        keepalive_count_max=3,
        encoding=None,
        window=WINDOW,
        max_pktsize=PACKET,
    )


_EXPECTED: dict[str, object] = {
    "line_editor": False,
    "encoding": None,
    "agent_forwarding": False,
    "x11_forwarding": False,
    "rdns_lookup": False,
    "allow_scp": False,
    "password_auth": False,
    "kbdint_auth": False,
    "host_based_auth": False,
    "gss_auth": False,
    "process_factory": None,
    "session_factory": None,
    "sftp_factory": None,
    "version": SERVER_VERSION.encode(),
    "kex_algs": [name.encode() for name in KEX],
    "encryption_algs": [name.encode() for name in CIPHERS],
    "mac_algs": [name.encode() for name in MACS],
    "compression_algs": [b"none"],
}


def check_options(options: asyncssh.SSHServerConnectionOptions) -> None:
    """Compares what the library made of the options with what was meant."""
    for name, expected in _EXPECTED.items():
        actual = getattr(options, name, LibraryError)
        if isinstance(actual, tuple):
            actual = list(actual)
        if actual != expected:
            raise LibraryError(
                f"asyncssh {asyncssh.__version__} did not take the setting {name}:"
                " install the version of the lock file",
                operator=f"{name}: {actual!r} instead of {expected!r}",
            )
    if not 0 < float(options.login_timeout) <= 30:
        raise LibraryError("the login timeout must be at most 30 seconds")


def public_key(key: asyncssh.SSHKey) -> PublicKey:
    """The library's key as ours."""
    return PublicKey(key.get_algorithm(), key.public_data)


def host_public_keys(pairs: HostKeys) -> list[PublicKey]:
    """The public halves of the gateway's own host keys."""
    return [
        PublicKey(pair.algorithm.decode(), pair.public_data) for pair in pairs if not pair.has_cert
    ]
