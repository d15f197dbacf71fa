"""Every way in which the way in says no: configuration, login, target, channel; each with a code.

Knows: codes and the one line that a person gets. Must never know: sockets, protocols. Raised by
`gateway.config`, `gateway.identity`, `gateway.targets`, `gateway.session`, `gateway.serve` and
`gateway.ssh`. The relay's and the pump's own errors are in `gateway.errors`.
"""

from __future__ import annotations

from recorder.errors import GatereelError


class ConfigError(GatereelError):
    """The configuration says something that cannot be meant."""

    code = "GR-220"
    summary = "the configuration cannot be used"


class LibraryError(GatereelError):
    """The SSH library is too old, or does not have what the gateway's promises rest on."""

    code = "GR-221"
    summary = "the SSH library is not one that is safe to use"


class ListenError(GatereelError):
    """The address to listen on cannot be had."""

    code = "GR-222"
    summary = "the gateway cannot listen where it should"


class KeyNotRegistered(GatereelError):
    """The offered key belongs to no principal."""

    code = "GR-223"
    summary = "a key is registered to nobody"


class WeakHandshake(GatereelError):
    """The peer does not do strict key exchange."""

    code = "GR-224"
    summary = "a peer's SSH is too weak: no strict key exchange"


class TooMany(GatereelError):
    """A bound is reached: connections that have not logged in, channels of one connection."""

    code = "GR-225"
    summary = "too many at once"


class LoginTooSlow(GatereelError):
    """Nobody proved who they are in the time that there is for it."""

    code = "GR-285"
    summary = "a login took too long"


class UnknownTarget(GatereelError):
    """The name asked for is no target that this principal may know of."""

    code = "GR-226"
    summary = "no such target"


class UnknownAccount(GatereelError):
    """The target has no such account, or several and none was named."""

    code = "GR-227"
    summary = "no such account on the target, or none named where there are several"


class ConnectDenied(GatereelError):
    """Policy does not let this principal in there."""

    code = "GR-228"
    summary = "policy does not allow this connection"


class TargetUnreachable(GatereelError):
    """The target does not answer: refused, no route, or not within the time."""

    code = "GR-229"
    summary = "the target cannot be reached"


class HostKeyMismatch(GatereelError):
    """The target shows a host key that is not the one pinned for it."""

    code = "GR-230"
    summary = "the target's host key is not the one that is pinned"


class TargetLoginFailed(GatereelError):
    """The target does not take the gateway's credential."""

    code = "GR-231"
    summary = "the target refuses the gateway's credential"


class TargetRefused(GatereelError):
    """The target's SSH server broke off, or refuses what was asked of it."""

    code = "GR-232"
    summary = "the target refuses the request or breaks off"


class NotOffered(GatereelError):
    """A channel type, request or forwarding that the gateway does not do."""

    code = "GR-233"
    summary = "the gateway does not offer this"


class UnreadableCommand(GatereelError):
    """A command or subsystem name that is not text, so policy cannot be asked about it."""

    code = "GR-234"
    summary = "a command is not valid UTF-8"


class NotRecordable(GatereelError):
    """Recording is not possible now, so nothing goes on."""

    code = "GR-235"
    summary = "the gateway cannot record now, so it lets nobody in"


class AlreadyRunning(GatereelError):
    """Another gateway holds the store."""

    code = "GR-236"
    summary = "another gateway is running on this store"


class CredentialError(GatereelError):
    """A credential that the configuration names cannot be read or used."""

    code = "GR-237"
    summary = "a credential cannot be read"


class GatewayStartError(GatereelError):
    """A part that the gateway cannot do without does not start."""

    code = "GR-239"
    summary = "the gateway cannot start"


class DiskTooFull(GatereelError):
    """Too little room is left for the recording of anybody new."""

    code = "GR-251"
    summary = "the gateway's disk is nearly full, so nobody new is let in"


class DemoError(GatereelError):
    """The demo did not see what it must see."""

    code = "GR-238"
    summary = "the demo failed"


class NoSuchVerb(GatereelError):
    """What was asked of the gateway itself is none of its verbs, or not written as one."""

    code = "GR-209"
    summary = "no verb of the gateway, or not written as it must be"


class NotPermitted(GatereelError):
    """Policy does not let this principal do that with somebody's session."""

    code = "GR-210"
    summary = "policy does not allow this with that session"


class NoSuchSession(GatereelError):
    """There is no such session for this principal: it is over, or not theirs to know of."""

    code = "GR-211"
    summary = "no such session here for whoever asks"


class NotServed(GatereelError):
    """The process that would show or export recordings cannot be started, or broke."""

    code = "GR-212"
    summary = "the gateway cannot show recordings now"


class AgentUnusable(GatereelError):
    """The agent that holds a target's key does not answer, does not hold it, or does not sign."""

    code = "GR-240"
    summary = "the agent that holds a target's key cannot be used"


class NoHostAuthority(GatereelError):
    """`ssh -J` was asked for, and there is no host CA to vouch for the gateway."""

    code = "GR-241"
    summary = "ssh -J needs a host CA, and this gateway has none"


class AddressRefused(GatereelError):
    """A forward would lead to the gateway itself or its link, and no policy names that address."""

    code = "GR-256"
    summary = "a forward leads to where only a rule that names the address lets it"


class AddressUnreachable(GatereelError):
    """The address of a forward does not answer, or its name is not known."""

    code = "GR-257"
    summary = "the address of a forward cannot be reached"


class MaskingKeyUnusable(GatereelError):
    """The key from which masking makes its tokens is not there, or too short."""

    code = "GR-280"
    summary = "the key of masking's tokens cannot be used"
