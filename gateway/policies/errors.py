"""Every way in which policies cannot be used, each with a code."""

from __future__ import annotations

from recorder.errors import GatereelError


class PolicyError(GatereelError):
    """A policy does not read, does not fit the schema, or names what there is not."""

    code = "GR-260"
    summary = "the policies cannot be used"


class PolicySetMissing(GatereelError):
    """The policies that a recording names are not kept, or are not what they were."""

    code = "GR-263"
    summary = "the policies of a recording are not to be had"


class NotAsked(GatereelError):
    """What is to be explained or tried out cannot be asked: a name, an action or a fact of it."""

    code = "GR-261"
    summary = "there is no such question to policy"


class TrialFailed(GatereelError):
    """A row of the policies' own tests comes out otherwise."""

    code = "GR-262"
    summary = "a test of the policies fails"
