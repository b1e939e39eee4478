"""The words of the list of incidents."""

WORDS: dict[str, tuple[str, str]] = {
    "open-heading": ("Open", "處理中"),
    "closed-heading": ("Closed", "已結案"),
    "calm": ("All quiet", "一切正常"),
    "calm-text": (
        "No incident is open. In a healthy system Prometheus reaches every service, orders come in while people "
        "browse, and the Watchdog comes through all the time: it proves that an alert would reach this page.",
        "目前沒有處理中的事件。系統健康時，Prometheus 能連到每個服務、有人瀏覽就有訂單進來，"
        "而且 Watchdog 會持續送達，證明告警確實能到達本頁。",
    ),
    "watchdog": ("Watchdog last seen {at}", "最近一次 Watchdog：{at}"),
    "watchdog-never": (
        "The Watchdog has not come through yet. It should within a minute of the start; if not, run `tix check monitoring`.",
        "尚未收到 Watchdog。啟動後一分鐘內應會送達；若無，請執行 `tix check monitoring`。",
    ),
    "calm-try": ("To see an incident, break something on purpose:", "想看看事件如何處理，可執行演練："),
    "none-closed": ("None yet.", "尚無。"),
    "column-incident": ("Incident", "事件"),
    "column-since": ("Since", "起始"),
    "column-cause": ("Cause", "原因"),
    "lasted": ("lasted {span}", "歷時 {span}"),
    "more-closed": ("Only the newest {count} are listed; `tix incidents` knows them all.", "僅列出最近 {count} 筆。"),
}
