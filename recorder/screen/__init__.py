"""Terminal emulation: a recording's output bytes become the screens that a person saw.

Imports the standard library only. What is said here is all that the rest of the project uses.
"""

from recorder.screen.annotations import Annotation, Hidden
from recorder.screen.errors import ScreenStateError
from recorder.screen.frame import Cell, Cursor, Frame, FrameRow, Run
from recorder.screen.pens import Attributes, Color
from recorder.screen.screen import EMULATOR_VERSION, Screen
from recorder.screen.still import frame_of, still_of
from recorder.screen.width import WIDTH_TABLE_VERSION

__all__ = [
    "EMULATOR_VERSION",
    "WIDTH_TABLE_VERSION",
    "Annotation",
    "Attributes",
    "Cell",
    "Color",
    "Cursor",
    "Frame",
    "FrameRow",
    "Hidden",
    "Run",
    "Screen",
    "ScreenStateError",
    "frame_of",
    "still_of",
]
