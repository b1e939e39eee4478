"""What can go wrong in the stack; each error says what, where and what to do."""

from tixmaster.stack.said import Said, verbatim


class StackError(Exception):
    """Root of the stack's errors. The message is meant for the person at the keyboard; what an incident may have to tell of
    is `Said`."""

    exit_code = 1

    @property
    def words(self) -> Said:
        """The message, in both languages where it was given in both."""
        message = self.args[0] if self.args else ""
        return message if isinstance(message, Said) else verbatim(str(self))


class ConfigError(StackError):
    """`tixmaster.toml` or the environment holds something that cannot be used."""

    exit_code = 2


class UnreachableError(StackError):
    """A service, socket or manager that was asked did not answer."""

    exit_code = 3

    def __init__(self, message: Said) -> None:
        super().__init__(message)


class ManagerError(StackError):
    """A service manager answered and refused, or could not do what it was asked; `code` is its own number for it."""

    def __init__(self, message: Said, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code
