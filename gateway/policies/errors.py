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
