"""PostgreSQL: does it answer, what is it busy with, and how long will connections and disk last?"""

from __future__ import annotations

from tixmaster.stack.monitoring import objectives, series
from tixmaster.stack.monitoring.dashboards.model import Dashboard, Panel, Query, Tile

CONNECTIONS = Panel(
    id=20,
    uid="postgres-connections",
    title="Connections, share of those permitted",
    title_zh="連線數（占上限比例）",
    answers="At the top nobody can log in any more, not even to look; the line leaves time to find who keeps them.",
    answers_zh="達到上限後無人能連線；虛線處仍有時間找出占用者。",
    unit="ratio",
    queries=(Query(expr=series.POSTGRES_CONNECTION_RATIO, legend="in use", legend_zh="使用中"),),
    threshold=objectives.CONNECTIONS_HIGH,
)
TRANSACTIONS = Panel(
    id=21,
    uid="postgres-transactions",
    title="Transactions committed and rolled back",
    title_zh="交易提交與回復",
    answers="How much it does. No commits while requests come in: it is blocked; many rollbacks: the application fails.",
    answers_zh="資料庫的工作量。有請求卻無提交代表受阻；回復多代表應用程式錯誤。",
    unit="transactions/s",
    queries=(
        Query(
            expr=series.POSTGRES_COMMIT_RATE,
            legend="committed",
            legend_zh="提交",
        ),
        Query(
            expr=series.POSTGRES_ROLLBACK_RATE,
            legend="rolled back",
            legend_zh="回復",
        ),
    ),
    tones={"rolled back": "trouble"},
)
LONGEST = Panel(
    id=22,
    uid="postgres-longest-transaction",
    title="Longest transaction under way",
    title_zh="進行中最長的交易",
    answers="A transaction that stays open keeps its locks and hinders cleaning up.",
    answers_zh="未結束的交易會持有鎖並妨礙清理。",
    unit="seconds",
    queries=(Query(expr=series.POSTGRES_LONGEST_TRANSACTION, legend="longest", legend_zh="最長"),),
    threshold=objectives.LONG_TRANSACTION_SECONDS,
)
LOCKS = Panel(
    id=23,
    uid="postgres-locks",
    title="Waiting for locks, deadlocks",
    title_zh="鎖等待與死結",
    answers="Sessions that wait for others. A few for a moment are usual at an on-sale; many that stay are a blockade.",
    answers_zh="等待其他連線釋放鎖的數量。開賣時短暫少量屬正常，持續偏高即為阻塞。",
    unit="count",
    queries=(
        Query(expr=series.POSTGRES_LOCKS_WAITING, legend="sessions that wait", legend_zh="等待中的連線"),
        Query(
            expr=series.POSTGRES_DEADLOCKS,
            legend="deadlocks lately",
            legend_zh="近期死結",
        ),
    ),
    tones={"deadlocks lately": "trouble"},
)
DISK = Panel(
    id=24,
    uid="disk-free",
    title="Disk space that is free",
    title_zh="磁碟可用空間",
    answers="A full disk stops the database at once. A line that falls steadily says when.",
    answers_zh="磁碟寫滿資料庫立即停止；由下降斜率可推估時間。",
    unit="ratio",
    queries=(Query(expr=series.HOST_DISK_FREE_RATIO, legend="{{disk}}"),),
    threshold=objectives.DISK_FREE,
    threshold_is_floor=True,
)
CACHE = Panel(
    id=25,
    uid="postgres-cache",
    title="Reads answered from memory",
    title_zh="快取命中率",
    answers="Below 99 % for long, the tables that are in use no longer fit into memory.",
    answers_zh="長期低於 99% 代表常用資料已放不進記憶體。",
    unit="ratio",
    queries=(Query(expr=series.POSTGRES_CACHE_HIT_RATIO, legend="from memory", legend_zh="命中"),),
)
ANSWERS = Panel(
    id=26,
    uid="postgres-up",
    title="PostgreSQL answers",
    title_zh="PostgreSQL 是否回應",
    answers="1 while it takes connections and answers; 0 is an outage of everything that sells.",
    answers_zh="1 為可連線並回應；0 代表所有售票功能中斷。",
    unit="instances",
    queries=(Query(expr=series.POSTGRES_UP, legend="answers", legend_zh="回應"),),
    threshold=1,
    threshold_is_floor=True,
)
ROLLBACKS = Panel(
    id=27,
    uid="postgres-rollbacks",
    title="Share of transactions rolled back",
    title_zh="交易回復比例",
    answers="What the application began and had to give up: errors, conflicts, time limits.",
    answers_zh="應用程式開始後又放棄的交易：錯誤、衝突或逾時。",
    unit="ratio",
    queries=(Query(expr=series.POSTGRES_ROLLBACK_RATIO, legend="rolled back", legend_zh="回復"),),
    threshold=objectives.ROLLBACKS,
)
SIZE = Panel(
    id=28,
    uid="postgres-size",
    title="Size of the database",
    title_zh="資料庫大小",
    answers="How fast it grows; a jump is an import, or cleaning up that does not keep pace.",
    answers_zh="成長速度；突增代表匯入資料或清理不及。",
    unit="bytes",
    queries=(Query(expr=series.POSTGRES_SIZE, legend="{{database}}"),),
)
PROCESSOR = Panel(
    id=29,
    uid="host-cpu",
    title="Processor that is busy",
    title_zh="處理器使用率",
    answers="Everything on this machine shares it: at the top all answers become slow.",
    answers_zh="本機所有服務共用；滿載時一切回應變慢。",
    unit="ratio",
    queries=(Query(expr=series.HOST_CPU_BUSY_RATIO, legend="busy", legend_zh="使用率"),),
)
MEMORY = Panel(
    id=30,
    uid="host-memory",
    title="Memory that is available",
    title_zh="可用記憶體",
    answers="When it ends, the system kills the largest process, which is often the database.",
    answers_zh="用盡時系統會終止最大的行程，往往就是資料庫。",
    unit="ratio",
    queries=(Query(expr=series.HOST_MEMORY_AVAILABLE_RATIO, legend="available", legend_zh="可用"),),
)

DASHBOARD = Dashboard(
    uid="tixmaster-postgres",
    title="PostgreSQL",
    title_zh="PostgreSQL",
    answers="Does it answer, what is it busy with, and how long will connections and disk last?",
    answers_zh="是否回應、忙於什麼、連線與磁碟還能撐多久？",
    tiles=(
        Tile(
            id=121,
            title="Connections in use",
            title_zh="使用中的連線",
            unit="count",
            query=Query(expr=f"sum({series.POSTGRES_CONNECTIONS})", legend=""),
            usual=Query(
                expr=f"max({series.POSTGRES_CONNECTIONS_MAX})",
                legend="of",
                legend_zh="上限",
            ),
            panel=CONNECTIONS,
        ),
        Tile(
            id=122,
            title="Longest transaction",
            title_zh="最長的交易",
            unit="seconds",
            query=Query(expr=f"max({series.POSTGRES_LONGEST_TRANSACTION})", legend=""),
            panel=LONGEST,
            threshold=objectives.LONG_TRANSACTION_SECONDS,
        ),
        Tile(
            id=123,
            title="Transactions",
            title_zh="交易",
            unit="transactions/s",
            query=Query(expr=f"sum({series.POSTGRES_COMMIT_RATE})", legend=""),
            panel=TRANSACTIONS,
        ),
        Tile(
            id=124,
            title="Reads from memory",
            title_zh="快取命中率",
            unit="ratio",
            query=Query(expr=f"min({series.POSTGRES_CACHE_HIT_RATIO})", legend=""),
            panel=CACHE,
        ),
        Tile(
            id=125,
            title="Size",
            title_zh="大小",
            unit="bytes",
            query=Query(expr=f"sum({series.POSTGRES_SIZE})", legend=""),
            panel=SIZE,
        ),
        Tile(
            id=126,
            title="Disk free",
            title_zh="磁碟可用",
            unit="ratio",
            query=Query(expr=f"min({series.HOST_DISK_FREE_RATIO})", legend=""),
            panel=DISK,
            threshold=objectives.DISK_FREE,
            threshold_is_floor=True,
        ),
    ),
    panels=(CONNECTIONS, TRANSACTIONS, LONGEST, LOCKS, DISK, CACHE),
    details=(ANSWERS, ROLLBACKS, SIZE, PROCESSOR, MEMORY),
)
