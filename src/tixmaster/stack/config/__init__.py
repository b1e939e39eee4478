"""`tixmaster.toml`: which services there are, where each lives, and how on-call may act.

Every key has a default, so an empty file describes the whole system on one machine. The file is read once;
an unknown key or a wrong type stops the command and names the place.
"""

from tixmaster.stack.config.calendar import Planned
from tixmaster.stack.config.load import CONFIG_NAME, CONFIG_VARIABLE, find, load
from tixmaster.stack.config.mail import Mail, Smtp
from tixmaster.stack.config.oncall import Monitoring, Oncall
from tixmaster.stack.config.record import Manager, Policy, Timing
from tixmaster.stack.config.remedy import Budget, Remedy
from tixmaster.stack.config.report import Channel, EscalationStep, Language, Summary, Tracker
from tixmaster.stack.config.services import SERVICE_NAMES, Metrics, Service, Services
from tixmaster.stack.config.whole import BoxOffice, Config

__all__ = [
    "CONFIG_NAME",
    "CONFIG_VARIABLE",
    "SERVICE_NAMES",
    "BoxOffice",
    "Budget",
    "Channel",
    "Config",
    "EscalationStep",
    "Language",
    "Mail",
    "Manager",
    "Metrics",
    "Monitoring",
    "Oncall",
    "Planned",
    "Policy",
    "Remedy",
    "Service",
    "Services",
    "Smtp",
    "Summary",
    "Timing",
    "Tracker",
    "find",
    "load",
]
