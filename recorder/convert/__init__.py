"""Foreign recordings in and out."""

from recorder.convert.export import export_cast
from recorder.convert.importing import import_file

__all__ = ["export_cast", "import_file"]
