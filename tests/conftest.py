"""What all tests share: how hypothesis behaves here and in CI."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A busy machine makes an honest example slow: time is no verdict here.
settings.register_profile(
    "gatereel", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("thorough", settings.get_profile("gatereel"), max_examples=2000)
settings.load_profile(os.environ.get("GATEREEL_HYPOTHESIS", "gatereel"))
