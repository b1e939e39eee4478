"""The words of every page."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "lang": ("en", "zh-Hant-TW"),
    "title": ("TixMaster: tickets for what is on", "TixMaster 售票：近期活動"),
    "skip": ("Skip to the content", "跳到主要內容"),
    "other": ("中文", "English"),
    "orders": ("My orders", "我的訂單"),
    "log_in": ("Log in", "登入"),
    "log_out": ("Log out", "登出"),
    "to_events": ("To what is on", "回到近期活動"),
    "back": ("Back", "返回"),
    "free": ("Free", "免費"),
    "order": ("Order", "訂單"),
    "quantity": ("How many", "張數"),
    "organize": ("My events", "我的活動"),
    "administer": ("Administration", "系統管理"),
    "save": ("Save", "儲存"),
    "search": ("Search", "搜尋"),
    "older": ("Older", "較舊的資料"),
    "when": ("When", "時間"),
}
