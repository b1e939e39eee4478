"""The words of every page."""

WORDS: dict[str, tuple[str, str]] = {
    "product": ("TixMaster on-call", "TixMaster 值勤"),
    "sections": ("Sections", "主選單"),
    "incidents": ("Incidents", "事件"),
    "alerts": ("Alerts", "警報"),
    "silences": ("Silences", "靜音"),
    "drills": ("Drills", "演練"),
    "mail": ("Mail", "郵件"),
    "manual": ("Manual", "手冊"),
    "sign-out": ("Sign out", "登出"),
    "signed-in": ("signed in as {name}, {role}", "登入者：{name}（{role}）"),
    "skip": ("Skip to content", "跳到內容"),
    "reconnecting": ("Reconnecting… what you see may be out of date.", "重新連線中…畫面可能不是最新狀態。"),
    "role-viewer": ("viewer", "檢視者"),
    "role-responder": ("responder", "處理人員"),
    "role-administrator": ("administrator", "管理員"),
}
