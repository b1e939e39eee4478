"""Breaks things on purpose, and plays the shoppers."""

from tixmaster.drills import alert_path, backend, controls, database, disk, orders
from tixmaster.drills.drill import Drill

DRILLS: tuple[Drill, ...] = (
    backend.INSTANCE_DOWN,
    database.HIGH_ERROR_RATE,
    orders.LOW_ORDER_VOLUME,
    backend.BACKEND_HANGS,
    backend.CODE_ERROR,
    backend.BAD_DEPLOY,
    backend.MEMORY_LEAK,
    orders.PAYMENT_PROVIDER,
    orders.DEPENDENCY,
    orders.NAMES,
    database.LOCK_QUEUE,
    database.CONNECTIONS_EXHAUSTED,
    database.LOGIN_REFUSED,
    database.DATABASE_HANGS,
    backend.SERIES_WITHOUT_END,
    disk.DISK_FULL,
    alert_path.DELIVERIES_FAILING,
    alert_path.ALERTMANAGER_DOWN,
    alert_path.PROMETHEUS_DOWN,
    controls.FLASH_CROWD,
    controls.PLANNED_RESTART,
    controls.OFF_PEAK,
)
"""All drills, in the order of `tix drill run all`: those of SOP-MON-001 first, the controls last."""

__all__ = ["DRILLS", "Drill"]
