"""The words of the page behind a link of the mail."""

WORDS: dict[str, tuple[str, str]] = {
    "act-title": ("Answer a proposal", "回覆處置建議"),
    "act-approve": ("Approve: do it now", "核准並立即執行"),
    "act-decline": ("Decline: leave it to me", "拒絕，由我處理"),
    "act-done-approve": ("Approved. It begins now and is verified.", "已核准，現在開始執行並驗證。"),
    "act-done-decline": ("Declined. Nothing is done by itself.", "已拒絕，系統不會自動處理。"),
    "act-recorded": (
        "The answer is recorded as given by the link in the mail to {to}.",
        "系統會記錄此回覆來自寄給 {to} 的郵件中的連結。",
    ),
    "act-decided": ("This was answered already:", "此建議已有結果："),
    "act-forged": (
        "This link is not one of ours, or a part of it is missing. Open the incident and answer there.",
        "此連結無效或不完整，請開啟事件頁面回覆。",
    ),
    "act-expired": (
        "This link has ended: what it rested on may be true no more. Open the incident and look again.",
        "此連結已失效，情況可能已改變，請開啟事件頁面重新確認。",
    ),
    "act-open": ("Open the incident", "開啟事件"),
}
