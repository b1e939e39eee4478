"""What can go wrong in the stack; each error says what, where and what to do."""


class StackError(Exception):
    """Root of the stack's errors. The message is meant for the person at the keyboard."""

    exit_code = 1


class ConfigError(StackError):
    """`tixmaster.toml` or the environment holds something that cannot be used."""

    exit_code = 2


class UnreachableError(StackError):
    """A service, socket or manager that was asked did not answer."""

    exit_code = 3


class ManagerError(StackError):
    """A service manager answered and refused, or could not do what it was asked; `code` is its own number for it."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code
