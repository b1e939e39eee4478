"""Accounts of the console: who may look, who may act, who may change the accounts."""

from tixmaster.console.accounts.account import ACTING, ROLES, Account, Role, acting, find, find_signed_in, verify
from tixmaster.console.accounts.errors import AccountError, UnknownAccountError
from tixmaster.console.accounts.manage import FIRST_NAME, add, ensure_administrator

__all__ = [
    "ACTING",
    "FIRST_NAME",
    "ROLES",
    "Account",
    "AccountError",
    "Role",
    "UnknownAccountError",
    "acting",
    "add",
    "ensure_administrator",
    "find",
    "find_signed_in",
    "verify",
]
