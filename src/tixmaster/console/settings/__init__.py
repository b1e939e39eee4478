"""Settings: one's own account; for administrators people and the audit; and, read only, what is in force."""

from tixmaster.console.settings import account, audit, in_force, people

HANDLERS = (*account.HANDLERS, *people.HANDLERS, *audit.HANDLERS, *in_force.HANDLERS)

__all__ = ["HANDLERS"]
