"""The machine: room on the disks that matter, processors, memory. Node_exporter tells more where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tixmaster.oncall.collectors.shared import Shared
from tixmaster.stack.config import Config
from tixmaster.stack.postgres import data_folder


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    """A file system in bytes. `free` is what our processes may still write; `size` includes what root keeps back."""

    free: int
    size: int


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """The machine at one moment; processor time in seconds since it started, all processors together."""

    disks: dict[str, Disk]
    busy: float
    idle: float
    available: int
    memory: int


class HostCollector(Collector):
    """The metrics `host_…`."""

    def __init__(self, config: Config) -> None:
        self._folders = (config.var, data_folder(config), config.var / "backend" / "logs")
        self._shared = Shared(self._measure)

    def collect(self) -> Iterator[Metric]:
        """The newest look, in Prometheus's families; a file system that does not answer makes the scrape do without."""
        look = self._shared.newest()
        if look is None:
            return
        free = GaugeMetricFamily("host_disk_free_bytes", "Room left on the disk.", labels=["mountpoint"])
        size = GaugeMetricFamily("host_disk_size_bytes", "Size of the disk.", labels=["mountpoint"])
        for mountpoint, disk in look.disks.items():
            free.add_metric([mountpoint], disk.free)
            size.add_metric([mountpoint], disk.size)
        seconds = CounterMetricFamily("host_cpu_seconds", "Processor time, by what it went into.", labels=["state"])
        seconds.add_metric(["busy"], look.busy)
        seconds.add_metric(["idle"], look.idle)
        yield from (free, size, seconds)
        yield GaugeMetricFamily(
            "host_memory_available_bytes", "Memory that programs can have without swapping.", look.available
        )
        yield GaugeMetricFamily("host_memory_size_bytes", "Memory of the machine.", look.memory)

    def _measure(self) -> Look:
        times, memory = psutil.cpu_times(), psutil.virtual_memory()
        idle = times.idle + getattr(times, "iowait", 0.0)
        # Linux counts the time of virtual machines in `user` and `nice` as well.
        total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        return Look(
            disks={place: _look(place) for place in dict.fromkeys(map(_mountpoint, self._folders))},
            busy=total - idle,
            idle=idle,
            available=memory.available,
            memory=memory.total,
        )


def _mountpoint(folder: Path) -> str:
    """Where the file system of a folder is mounted; one that is not there yet will be where its parent is."""
    return str(next(place for place in (folder, *folder.parents) if place.is_mount()))


def _look(mountpoint: str) -> Disk:
    usage = psutil.disk_usage(mountpoint)
    return Disk(free=usage.free, size=usage.total)
