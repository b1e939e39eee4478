"""The words of orders, their payment and the tickets in them."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "no_orders": ("You have not ordered anything yet.", "您還沒有任何訂單。"),
    "most_orders": ("The {count} newest orders are shown.", "僅顯示最新 {count} 筆訂單。"),
    "and_more": ("and {count} more", "另有 {count} 張"),
    "total": ("Total", "總額"),
    "placed": ("Ordered", "訂購時間"),
    "held_until": ("We hold your seats until", "座位為您保留至"),
    "time_left": ("Time left", "剩餘時間"),
    "pay": ("Pay now", "立即付款"),
    "settle_free": ("Get the tickets", "取得票券"),
    "simulated": (
        "This is a simulated payment: no money moves. Leaving this page keeps your seats until the time above.",
        "這是模擬付款，不會產生任何費用。離開此頁，座位仍會保留至上述時間。",
    ),
    "decline": ("Simulate a declined card", "模擬付款遭拒"),
    "elsewhere": (
        "Payment by card cannot be completed on this page. Please use the app of the organiser.",
        "此頁面無法完成信用卡付款，請使用主辦單位的應用程式。",
    ),
    "give_back": ("Give the seats back", "放棄座位"),
    "your_tickets": ("Your tickets", "您的票券"),
    "show_code": (
        "Show one code a person at the entrance. Tap a code for the full screen.",
        "入場時每人出示一個條碼，點選條碼可全螢幕顯示。",
    ),
    "ticket_of": ("Ticket {place} of {count}", "第 {place} 張，共 {count} 張"),
    "next_ticket": ("Next ticket", "下一張"),
    "previous_ticket": ("Previous ticket", "上一張"),
    "to_order": ("To the order", "回到訂單"),
    "no_code_used": ("This ticket has been used: it lets nobody in again.", "此票券已使用，無法再次入場。"),
    "no_code_void": ("This ticket is void: its order was refunded.", "此票券已作廢：訂單已退款。"),
    "no_code_reserved": ("The code comes when the order is paid.", "付款後即會顯示條碼。"),
    "event_called_off": ("The event has been called off.", "此活動已取消。"),
    "qr_alt": ("QR code of ticket", "票券 QR 碼"),
    "to_event": ("Choose again", "重新選票"),
    "status_hold": ("Held for you", "保留中"),
    "status_pending": ("Waiting for payment", "待付款"),
    "status_paid": ("Paid", "已付款"),
    "status_cancelled": ("Cancelled", "已取消"),
    "status_expired": ("The time ran out", "已逾時"),
    "status_refunded": ("Refunded", "已退款"),
    "ended_cancelled": ("The seats went back and nothing was charged.", "座位已釋出，未收取任何費用。"),
    "ended_expired": (
        "The seats were not paid for in time and went back to the others. Nothing was charged.",
        "座位未於時限內付款，已釋出給其他人，未收取任何費用。",
    ),
    "ended_refunded": ("The tickets are void and the money goes back to you.", "票券已作廢，款項將退還給您。"),
    "ticket_reserved": ("Reserved", "保留中"),
    "ticket_valid": ("Valid", "有效"),
    "ticket_used": ("Used", "已使用"),
    "ticket_void": ("Void", "已作廢"),
}
