"""Untrusted text made visible: nothing in it acts, and nothing of it is lost.

Knows: characters. Must never know: where the text goes. Called by the command line and by
`recorder.transcript`.
"""

from __future__ import annotations


def visible(text: str) -> str:
    """Text with every control, format and bidi character spelled out."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def visible_bytes(data: bytes, limit: int = 4096) -> str:
    """Bytes as text, what is no UTF-8 spelled out too; cut, and said so, beyond the limit."""
    text = visible(data[:limit].decode("utf-8", "backslashreplace"))
    return text if len(data) <= limit else f"{text}… ({len(data):,} bytes)"
