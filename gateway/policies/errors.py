"""Every way in which policies cannot be used, each with a code."""

from __future__ import annotations

from recorder.errors import GatereelError


class PolicyError(GatereelError):
    """A policy does not read, does not fit the schema, or names what there is not."""

    code = "GR-260"
    summary = "the policies cannot be used"


class PolicyTestFailed(GatereelError):
    """A row of the policies' own tests came out otherwise than it says."""

    code = "GR-261"
    summary = "a test of the policies does not hold"


class DecisionDiffers(GatereelError):
    """A recorded decision does not follow from the recorded policies."""

    code = "GR-262"
    summary = "a recorded decision comes out otherwise"


class PolicySetMissing(GatereelError):
    """The policies that a recording names are not kept, or are not what they were."""

    code = "GR-263"
    summary = "the policies of a recording are not to be had"


class QuestionError(GatereelError):
    """A question to explain names what there is not."""

    code = "GR-264"
    summary = "the question names what there is not"
    wrong_use = True
