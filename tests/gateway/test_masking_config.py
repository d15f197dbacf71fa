"""[masking] and a target's classes: read strictly, told with the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import parse_config
from gateway.masking.methods import Method
from gateway.refusals import ConfigError, MaskingKeyUnusable
from tests.gateway.test_config import GOOD

FILE = Path("/etc/gatereel/gatereel.toml")


def parse(extra: str, mask: str = "[]") -> object:
    text = GOOD.replace("labels = {", f"mask = {mask}\nlabels = {{", 1)
    return parse_config(FILE, (text + extra).encode())


def test_everything() -> None:
    config = parse_config(
        FILE,
        (
            GOOD.replace("labels = {", 'mask = ["card", "badge"]\nlabels = {', 1)
            + '[masking]\nhold = 8\nhold_bulk = 90\nkey = { env = "K" }\n'
            + '[masking.methods]\nbadge = "token"\n[masking.patterns]\nbadge = "B[0-9]{4}"\n'
        ).encode(),
    )
    assert config.targets[0].mask == ("card", "badge")
    assert config.masking.methods == {"badge": Method.TOKEN}
    assert (config.masking.hold, config.masking.hold_bulk) == (8, 90)


def test_the_key_is_read_when_a_plan_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = parse_config(FILE, (GOOD + '[masking]\nkey = { env = "MASK_KEY" }\n').encode())
    for value in (None, "short"):
        monkeypatch.delenv("MASK_KEY", raising=False)
        if value:
            monkeypatch.setenv("MASK_KEY", value)
        with pytest.raises(MaskingKeyUnusable):
            config.masking.plan(b"")
    monkeypatch.setenv("MASK_KEY", "k" * 32)
    plan = config.masking.plan(b"p")
    assert (plan.key, plan.policy, plan.hold) == (b"k" * 32, b"p", 5000)


@pytest.mark.parametrize(
    ("extra", "mask", "why"),
    [
        ("", '["cards"]', "targets.web1.mask"),
        ("[masking]\nhold = 0\n", "[]", "masking.hold"),
        ('[masking.methods]\ncard = "half"\n', "[]", "masking.methods.card"),
        ('[masking.methods]\nsecret = "last4"\n', "[]", "masking.methods.secret"),
        ('[masking.methods]\nnothing = "full"\n', "[]", "masking.methods.nothing"),
        ('[masking.methods]\ncard = "token"\n', "[]", "tokens need one"),
        ('[masking.patterns]\ncard = "x"\n', "[]", "masking.patterns.card"),
        ('[masking.patterns]\nbadge = "x+"\n', "[]", "may match for ever"),
        ('[masking]\nkey = "clear"\n', "[]", "masking.key"),
    ],
)
def test_refused(extra: str, mask: str, why: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(extra, mask)
    assert why in str(refused.value)
