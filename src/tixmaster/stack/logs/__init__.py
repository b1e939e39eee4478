"""Logs of services: one reader for files, Docker, PM2 and journald; entries with their place and time; what are errors."""

from __future__ import annotations

from tixmaster.stack.logs.ends import follow, tail
from tixmaster.stack.logs.line import Line
from tixmaster.stack.logs.places import error_log, files
from tixmaster.stack.logs.reading import LogFileError, NoLogFileError
from tixmaster.stack.logs.source import FileSource, Source
from tixmaster.stack.logs.sources import sources
from tixmaster.stack.logs.within import window

__all__ = [
    "FileSource",
    "Line",
    "LogFileError",
    "NoLogFileError",
    "Source",
    "error_log",
    "files",
    "follow",
    "sources",
    "tail",
    "window",
]
