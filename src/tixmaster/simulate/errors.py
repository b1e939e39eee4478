"""What can go wrong in a simulation; each error says what and what to do."""

from tixmaster.stack.errors import StackError


class SimulationError(StackError):
    """Nothing could be replayed. The message is meant for the person at the keyboard."""
