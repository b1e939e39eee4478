"""The checks that steps of the manual can name. A new one is a file here (or a plug-in) and a line below."""

from tixmaster.oncall.checks import (
    calendar,
    changes,
    checkout,
    container,
    disk,
    dns,
    health,
    http,
    logs,
    monitoring,
    onset,
    postgres,
    process,
    query,
    tcp,
)
from tixmaster.oncall.checks.plugins import registered
from tixmaster.oncall.checks.registry import Check, Finding, Params, Scene, Value, about, check
from tixmaster.stack.said import Said, said

__all__ = ["Check", "Finding", "Params", "Said", "Scene", "Value", "about", "check", "registered", "said"]

BUILT_IN = (
    calendar,
    changes,
    checkout,
    container,
    disk,
    dns,
    health,
    http,
    logs,
    monitoring,
    onset,
    postgres,
    process,
    query,
    tcp,
)
