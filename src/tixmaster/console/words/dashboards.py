"""The words of the dashboards."""

WORDS: dict[str, tuple[str, str]] = {
    "dashboards": ("Dashboards", "儀表板"),
    "boards-noscript": (
        "Graphs are drawn by the browser: allow scripts for this page.",
        "圖表由瀏覽器繪製，請允許本頁執行指令碼。",
    ),
    "boards-silent": (
        "Prometheus does not answer at {url}, so nothing can be drawn. Run `tix restart monitoring`; "
        "`tix check monitoring` says what is broken. This page tries again by itself.",
        "Prometheus（{url}）沒有回應，無法繪圖。請執行 `tix restart monitoring`；"
        "`tix check monitoring` 會指出故障處。本頁會自動重試。",
    ),
    "boards-refused": ("Prometheus refused this query: {reason}", "Prometheus 拒絕此查詢：{reason}"),
    "boards-gone": (
        "On-call does not answer; what you see is as of {at}. Is it running? `tix status`",
        "值勤系統沒有回應，畫面停留在 {at}。請以 `tix status` 確認是否執行中。",
    ),
    "boards-empty": (
        "Nothing was measured in this time. Choose a longer range; if it should be there, `tix check monitoring`.",
        "此時段沒有資料。請選擇較長的時間範圍；若應有資料，請執行 `tix check monitoring`。",
    ),
    "boards-more": ("and {count} more, not drawn", "另有 {count} 條未繪出"),
    "boards-range": ("Time range", "時間範圍"),
    "boards-refresh": ("Refresh", "更新頻率"),
    "boards-refresh-off": ("no refresh", "不自動更新"),
    "boards-refresh-every": ("every {seconds} s", "每 {seconds} 秒"),
    "boards-exactly": ("From … to …", "自訂時間"),
    "boards-from": ("From", "從"),
    "boards-to": ("To", "到"),
    "boards-show": ("Show", "顯示"),
    "boards-grafana": ("Open in Grafana", "在 Grafana 開啟"),
    "boards-about": ("What this tells", "說明"),
    "boards-line": ("line", "項目"),
    "boards-now": ("last", "最新"),
    "boards-min": ("min", "最小"),
    "boards-max": ("max", "最大"),
    "boards-objective": ("objective", "目標"),
    "boards-objective-broken": ("needs attention", "需要處理"),
    "boards-details": ("More: {count} graphs that alerts lead to", "更多：警報對應的 {count} 個圖表"),
    "boards-marks": ("Marked", "標記"),
    "boards-keys": (
        "Drag over a graph to look closer; with the keyboard: Tab to a graph, ← → move the crosshair, Home and End.",
        "在圖上拖曳可放大時段；鍵盤操作：以 Tab 移到圖表，← → 移動游標線，Home／End 至兩端。",
    ),
    "boards-of": ("See the dashboard at that time", "查看當時的儀表板"),
}
