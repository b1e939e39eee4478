"""What stops a drill."""

from __future__ import annotations

from tixmaster.stack.errors import StackError


class DrillError(StackError):
    """A drill could not begin, or its fault could not be put in."""
