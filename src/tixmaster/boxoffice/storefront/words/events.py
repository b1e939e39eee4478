"""The words of what is on, and of one event."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "heading": ("What is on", "近期活動"),
    "empty": ("Nothing is on sale right now. Please come back soon.", "目前沒有販售中的活動，請稍後再來。"),
    "later": ("Later events", "之後的活動"),
    "tickets": ("Tickets", "票種"),
    "no_tickets": ("No tickets are offered for this event yet.", "此活動尚未開放任何票種。"),
    "hold": ("Hold these seats", "保留座位"),
    "log_in_to_buy": ("Log in to buy", "登入後購票"),
    "sold_out": ("Sold out", "已售完"),
    "sold_out_hint": (
        "Seats that others do not pay for come back within minutes.",
        "他人未付款的座位會在幾分鐘內釋出。",
    ),
    "few_left": ("Only {count} left", "僅剩 {count} 張"),
    "many_left": ("Tickets available", "尚有票券"),
    "not_yet": ("Not on sale yet", "尚未開賣"),
    "opens_at": ("The sale begins on", "開賣時間："),
    "over": ("The sale is over", "已結束販售"),
    "ended_at": ("It ended on", "結束時間："),
    "past_begun": ("This event has begun", "此活動已開始"),
    "past_over": ("This event is over", "此活動已結束"),
    "past_hint": (
        "Its tickets are no longer sold. Tickets that you bought are under My orders.",
        "已停止售票。您購買的票券仍可於「我的訂單」查看。",
    ),
    "closes_at": ("On sale until", "販售至"),
    "limit": ("At most {count} per person", "每人限購 {count} 張"),
    "changed": ("This has changed: show it as it is now", "狀態已變更，重新載入"),
    "viewing": ("{count} people are looking at this right now", "目前有 {count} 人正在查看此活動"),
    "without_script": ("Reload this page to see what is left now.", "重新整理此頁面即可查看最新剩餘票數。"),
}
