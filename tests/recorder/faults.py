"""The process killed, or the disk full, at any one of the operations on files that code under test
makes: which one is a number, so that all can be tried in turn."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

PARTS = (
    "open",
    "write",
    "pwrite",
    "fsync",
    "fdatasync",
    "ftruncate",
    "unlink",
    "rename",
    "replace",
)


class Killed(BaseException):
    """The process is no more: no handler of ours may see it."""


@contextlib.contextmanager
def fault(
    at: int, act: Callable[[Callable[..., Any], tuple[Any, ...]], Any]
) -> Iterator[list[int]]:
    """Calls ``act`` in the place of the ``at``-th operation on files; counts them all."""
    count = [0]
    real = {name: getattr(os, name) for name in PARTS}

    def guard(name: str) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            count[0] += 1
            if count[0] == at:
                return act(lambda *a: real[name](*a, **named), args)
            return real[name](*args, **named)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in PARTS:
            patch.setattr(os, name, guard(name))
        yield count


def before(_do: Callable[..., Any], _args: tuple[Any, ...]) -> Any:
    raise Killed


def after(do: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    with contextlib.suppress(OSError):
        do(*args)
    raise Killed


def half(do: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Half of what was to be written, where something was; else before."""
    if len(args) == 3 and isinstance(args[1], memoryview):
        do(args[0], args[1][: len(args[1]) // 2], args[2])
    raise Killed


def full(_do: Callable[..., Any], _args: tuple[Any, ...]) -> Any:
    raise OSError(28, "No space left on device")
