"""`tixmaster.toml`: which services there are, where each lives, and how on-call may act.

Every key has a default, so an empty file describes the whole system on one machine. The file is read once;
whatever is wrong stops the command with a message that names file, line and key.
"""

from tixmaster.stack.config.calendar import Planned
from tixmaster.stack.config.files import unreadable
from tixmaster.stack.config.load import CONFIG_NAME, CONFIG_VARIABLE, Check, find, load
from tixmaster.stack.config.mail import Mail, Smtp
from tixmaster.stack.config.oncall import Monitoring, Oncall
from tixmaster.stack.config.problems import Problem
from tixmaster.stack.config.record import Manager, Policy, Timing
from tixmaster.stack.config.remedy import Budget, Hours, PolicyRule, Remedy
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
    "Check",
    "Config",
    "EscalationStep",
    "Hours",
    "Language",
    "Mail",
    "Manager",
    "Metrics",
    "Monitoring",
    "Oncall",
    "Planned",
    "Policy",
    "PolicyRule",
    "Problem",
    "Remedy",
    "Service",
    "Services",
    "Smtp",
    "Summary",
    "Timing",
    "Tracker",
    "find",
    "load",
    "unreadable",
]
