"""What can go wrong in a bench; each error says what and what to do."""

from tixmaster.stack.errors import StackError


class BenchError(StackError):
    """Nothing could be measured. The message is meant for the person at the keyboard."""
