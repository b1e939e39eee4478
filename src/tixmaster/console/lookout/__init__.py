"""The lookout: what pages say of the present, asked in the background, so that a page answers at once whatever hangs."""

from tixmaster.console.lookout.alarms import Alarms
from tixmaster.console.lookout.figures import Figures, OnSale
from tixmaster.console.lookout.lookout import FIRST_WORD_SECONDS, Lookout
from tixmaster.console.lookout.planned import Plans
from tixmaster.console.lookout.practice import Practice
from tixmaster.console.lookout.watch import Seen, Watch

__all__ = ["FIRST_WORD_SECONDS", "Alarms", "Figures", "Lookout", "OnSale", "Plans", "Practice", "Seen", "Watch"]
