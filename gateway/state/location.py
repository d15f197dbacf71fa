"""Where the state is, as the configuration writes it. Pure.

Knows: the two kinds of URL. Must never know: databases, drivers. Called by `gateway.config`, and by
`gateway.state.database`, which is imported only where a gateway runs.
"""

from __future__ import annotations

from pathlib import Path

SQLITE = "sqlite:///"
STATE = "sqlite:///gatereel.db"
"""Where the configuration says nothing."""
POSTGRESQL = ("postgresql://", "postgres://")


def checked(url: str) -> str:
    """The URL, if it is one of a state. Raises ValueError with a line for a person, without the
    URL: there may be a password in it."""
    if url.startswith(SQLITE) and len(url) > len(SQLITE) and "?" not in url:
        return url
    if url.startswith(POSTGRESQL):
        return url
    raise ValueError(
        f'is no URL of a state; write "{SQLITE}gatereel.db" or "{POSTGRESQL[0]}USER@HOST/DATABASE"'
    )


def file_of(url: str, folder: Path) -> Path | None:
    """The file of an SQLite state; None where it is none. Relative to ``folder``."""
    return folder / url.removeprefix(SQLITE) if url.startswith(SQLITE) else None
