"""Is there room and power left on the machine? What on-call or a node_exporter says of it, then DiskWillFill."""

from __future__ import annotations

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import objectives, series
from tixmaster.stack.monitoring.model import Alert, Group, Recording
from tixmaster.stack.monitoring.rules.annotations import Text, annotate
from tixmaster.stack.monitoring.rules.expressions import lines, ratio
from tixmaster.stack.monitoring.timings import Timings, span

REAL = 'fstype!~"tmpfs|ramfs|squashfs|iso9660|overlay"'
"""What node_exporter must have mounted to count as a disk: memory and images do not fill up."""


def group(config: Config, timings: Timings) -> Group:
    """The rules of `host.yml`."""
    return Group(name="host", rules=(*_measured(timings), _disk_will_fill(config, timings)))


def _measured(timings: Timings) -> tuple[Recording, ...]:
    rate = span(timings.rate_window)
    spent = f"rate(host_cpu_seconds_total[{rate}]) or rate(node_cpu_seconds_total[{rate}])"
    busy = (
        f'rate(host_cpu_seconds_total{{state="busy"}}[{rate}]) '
        f'or rate(node_cpu_seconds_total{{mode!~"idle|iowait"}}[{rate}])'
    )
    available = _max("host_memory_available_bytes or node_memory_MemAvailable_bytes")
    memory = _max("host_memory_size_bytes or node_memory_MemTotal_bytes")
    return (
        Recording(name=series.HOST_DISK_FREE, expr=_disk("host_disk_free_bytes", "node_filesystem_avail_bytes")),
        Recording(
            name=series.HOST_DISK_FREE_RATIO,
            expr=ratio(series.HOST_DISK_FREE, _disk("host_disk_size_bytes", "node_filesystem_size_bytes")),
        ),
        Recording(
            name=series.HOST_CPU_BUSY_RATIO,
            expr=ratio(f"sum by (env, service) ({busy})", f"sum by (env, service) ({spent})"),
        ),
        Recording(name=series.HOST_MEMORY_AVAILABLE_RATIO, expr=ratio(available, memory)),
    )


def _max(expr: str) -> str:
    return f"max by (env, service) ({expr})"


def _disk(ours: str, theirs: str) -> str:
    """One series a disk: on-call tells them by mount point; node_exporter's mounts of one device are one disk."""
    mounted = f'label_replace({ours}, "disk", "$1", "mountpoint", "(.*)")'
    device = f'label_replace({theirs}{{{REAL}}} unless node_filesystem_readonly == 1, "disk", "$1", "device", "(.*)")'
    return f"max by (env, service, disk) (\n  {mounted}\n  or {device}\n)"


def _disk_will_fill(config: Config, timings: Timings) -> Alert:
    """Nearly full, or full soon if it goes on like that: by the whole window and by its end, where half of it is known.

    The whole window alone would go on for hours after somebody made room; its end alone would take a copied file for a
    trend. `disk` stays on the alert, because nobody can mend a disk without knowing which.
    """
    free, on = series.HOST_DISK_FREE, "on (env, service, disk)"
    window, recent, ahead = span(timings.disk_window), span(timings.disk_recent_window), timings.disk_ahead
    return Alert(
        name="DiskWillFill",
        expr=lines(
            f"""
            {series.HOST_DISK_FREE_RATIO} < {objectives.DISK_FREE}
            or (
              {series.HOST_DISK_FREE_RATIO} < {objectives.DISK_WATCHED}
              and {on} predict_linear({free}[{window}], {ahead}) < 0
              and {on} predict_linear({free}[{recent}], {ahead}) < 0
              and {on} {free} offset {span(timings.disk_window // 2)}
            )
            """
        ),
        hold=timings.disk_for,
        severity="warning",
        labels={"team": "platform"},
        annotations=annotate(
            config,
            "DiskWillFill",
            summary=Text(
                en="The disk {{ $labels.disk }} is filling up: {{ $value | humanizePercentage }} free",
                zh="磁碟 {{ $labels.disk }} 即將用盡：尚餘 {{ $value | humanizePercentage }}",
            ),
            description=Text(
                en=f"It is nearly full, or will be within {span(ahead)} if it goes on as in the last {window} and "
                f"{recent}. A full disk stops PostgreSQL, and with it all sales.",
                zh=f"磁碟幾已用盡；或依最近 {window} 與 {recent} 的趨勢，將於 {span(ahead)} 內用盡。"
                "磁碟用盡時 PostgreSQL 會停止，售票隨之中斷。",
            ),
        ),
    )
