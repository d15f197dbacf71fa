"""Foreign recordings in and out: asciicast v2 and v3."""

from recorder.convert.export import export_cast
from recorder.convert.importing import import_cast

__all__ = ["export_cast", "import_cast"]
