"""The checks that steps of the manual can name. A new one is a file here (or a plug-in) and a line below."""

from tixmaster.oncall.checks import checkout, http, logs, monitoring, postgres, process, prometheus, tcp
from tixmaster.oncall.checks.registry import Check, Finding, Params, Scene, check, registered

__all__ = ["Check", "Finding", "Params", "Scene", "check", "registered"]

BUILT_IN = (checkout, http, logs, monitoring, postgres, process, prometheus, tcp)
