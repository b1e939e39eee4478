"""The words of the manual's pages."""

WORDS: dict[str, tuple[str, str]] = {
    "manual-text": (
        "A runbook says what is looked at when its alert fires, in this order, and what is done for each cause. "
        "On-call carries it out; a person can follow it too.",
        "作業程序說明警報觸發時依序檢查哪些項目，以及各原因的處置。值勤系統自動執行，人員亦可照做。",
    ),
    "manual-broken": (
        "A document was changed and cannot be read. Until it is mended, what was read last stays in force:",
        "文件已變更但無法讀取；修正之前沿用上一個可用版本：",
    ),
    "manual-file": ("file in the manual:", "手冊檔案："),
    "any-alert": ("any other alert", "其他警報"),
    "no-runbook": (
        "There is no runbook for the alert {alert}. This one is carried out for every alert without its own.",
        "警報 {alert} 尚無專屬作業程序。凡無專屬程序的警報，皆執行以下通用程序。",
    ),
    "steps-count": ("{count} steps", "{count} 個步驟"),
    "step-check": ("check", "檢查方式"),
    "step-expect": ("as expected if", "正常條件"),
    "step-when": ("only if", "執行條件"),
    "step-timeout": ("given up after", "時限"),
}
