"""Breaks things on purpose, and plays the shoppers."""

from tixmaster.drills import high_error_rate, instance_down, low_order_volume
from tixmaster.drills.drill import Drill

DRILLS: tuple[Drill, ...] = (instance_down.DRILL, high_error_rate.DRILL, low_order_volume.DRILL)
"""All drills, in the order of `tix drill run all`."""

__all__ = ["DRILLS", "Drill"]
