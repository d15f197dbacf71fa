"""The state's tables, and how an older state becomes one of now.

Knows: tables and columns, in words that SQLite and PostgreSQL share. Must never know: what is
done with a row. Called by `gateway.state.database`.

Migrations are a list: each step makes version *n + 1* out of version *n*, inside the transaction
in which the gateway opens its state. A step that was published is never changed; what comes later
is a further step, for which the first one must still make what it made.

Times are µs since 1970; ``facts``, ``terms``, ``uncovered`` and ``how`` are of `holds.written`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

metadata = MetaData()

version = Table("gatereel_version", metadata, Column("number", Integer, nullable=False))

holds = Table(
    "holds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("principal", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("terms", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("session", Text, nullable=False),
    Column("uncovered", Text, nullable=False),
    Column("gateway", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),
)
Index("holds_by_state", holds.c.state)

answers = Table(
    "answers",
    metadata,
    Column("hold", Text, ForeignKey("holds.id"), primary_key=True),
    Column("principal", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("for_group", Text, nullable=False),
    Column("approves", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("how", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
"""Nobody answers the same request twice: the key says so too."""

grants = Table(
    "grants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hold", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ticket", Text, nullable=False),
    Column("begins", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("facts", Text, nullable=False),
)
"""Time windows that were approved: of the hold by which they were."""
Index("grants_by_principal", grants.c.principal)

gateways = Table(
    "gateways",
    metadata,
    Column("run", Text, primary_key=True),
    Column("place", Text, nullable=False),
    Column("began", BigInteger, nullable=False),
)
"""Runs of gateways: one at a time at each place, which is a machine's name and a store."""

live_sessions = Table(
    "live_sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("gateway", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("began", BigInteger, nullable=False),
)

seen_tokens = Table(
    "seen_tokens",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("token", LargeBinary, primary_key=True),
    Column("expires", BigInteger, nullable=False),
)
"""Of each token that may be used once, its digest, until it would have expired anyhow."""


def _first(connection: Connection) -> None:
    tables = (holds, answers, grants, gateways, live_sessions, seen_tokens)
    metadata.create_all(connection, tables=tables, checkfirst=False)


MIGRATIONS: Sequence[Callable[[Connection], None]] = (_first,)
