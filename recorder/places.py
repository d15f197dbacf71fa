"""Where a verb looks: the store, the configuration and the user's own key.

Knows: the order of docs/cli.md, environment variables, the platform's folders. Must never know:
what is in a store. Called by every package's command line.
"""

from __future__ import annotations

import argparse
import os
import tomllib
from pathlib import Path

import platformdirs

from recorder.errors import StoreError

CONFIG_VARIABLE = "GATEREEL_CONFIG"
STORE_VARIABLE = "GATEREEL_STORE"
CONFIG_NAME = "gatereel.toml"


def add_place_arguments(parser: argparse.ArgumentParser) -> None:
    """``-c`` and ``--store``, as every verb that reads a store has them."""
    add_config_argument(parser)
    parser.add_argument(
        "--store",
        type=Path,
        metavar="PATH",
        help="folder of recordings (else the configuration's, else $GATEREEL_STORE, else yours)",
    )


def add_config_argument(parser: argparse.ArgumentParser) -> None:
    """``-c`` alone."""
    parser.add_argument(
        "-c",
        "--config",
        type=Path,
        metavar="FILE",
        help="configuration (else $GATEREEL_CONFIG, else ./gatereel.toml)",
    )


def config_path(options: argparse.Namespace) -> Path | None:
    """The configuration to go by, or None where there is none."""
    if options.config is not None:
        return Path(options.config)
    if os.environ.get(CONFIG_VARIABLE):
        return Path(os.environ[CONFIG_VARIABLE])
    return Path(CONFIG_NAME) if Path(CONFIG_NAME).exists() else None


def store_path(options: argparse.Namespace) -> Path:
    """The store to go by; it need not be there yet. Raises `StoreError`."""
    if options.store is not None:
        return Path(options.store)
    config = config_path(options)
    if config is not None:
        return _store_in(config)
    if os.environ.get(STORE_VARIABLE):
        return Path(os.environ[STORE_VARIABLE])
    return data_folder() / "recordings"


def _store_in(config: Path) -> Path:
    """Only the store's place: what else is in the file is the gateway's to judge."""
    try:
        table = tomllib.loads(config.read_text("utf-8")).get("gateway", {})
        store = table["store"]
        if not isinstance(store, str):
            raise TypeError(store)
    except OSError as error:
        raise StoreError(f"cannot read {config}: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StoreError(f"{config} is not TOML: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            f'{config} names no store: it needs store = "PATH" under [gateway]'
        ) from error
    return config.parent / store


def data_folder() -> Path:
    """The platform's folder for this user's data of ours."""
    return Path(platformdirs.user_data_dir("gatereel", appauthor=False))


def cache_folder() -> Path:
    """The platform's folder for what can be made again."""
    return Path(platformdirs.user_cache_dir("gatereel", appauthor=False))
