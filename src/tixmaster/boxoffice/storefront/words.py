"""The words of the pages, in both languages, and which of the two a visitor reads."""

from __future__ import annotations

from typing import Final

Words = dict[str, str]

_TABLE: Final[dict[str, tuple[str, str]]] = {
    "lang": ("en", "zh-Hant-TW"),
    "title": ("TixMaster: tickets for what is on", "TixMaster 售票：近期活動"),
    "heading": ("What is on", "近期活動"),
    "empty": ("Nothing is on sale right now. Please come back soon.", "目前沒有販售中的活動，請稍後再來。"),
    "skip": ("Skip to the content", "跳到主要內容"),
    "other": ("中文", "English"),
    "orders": ("My orders", "我的訂單"),
    "no_orders": ("You have not ordered anything yet.", "您還沒有任何訂單。"),
    "log_in": ("Log in", "登入"),
    "log_out": ("Log out", "登出"),
    "register": ("Open an account", "註冊帳號"),
    "email": ("Email address", "電子郵件"),
    "password": ("Password", "密碼"),
    "password_hint": ("At least 8 characters", "至少 8 個字元"),
    "name": ("Name", "姓名"),
    "have_account": ("I have an account", "我已有帳號"),
    "no_account": ("I have no account yet", "我還沒有帳號"),
    "wrong": ("The email address or the password is wrong.", "電子郵件或密碼不正確。"),
    "taken": ("This email address has an account already. Log in instead.", "此電子郵件已註冊，請直接登入。"),
    "tickets": ("Tickets", "票種"),
    "no_tickets": ("No tickets are offered for this event yet.", "此活動尚未開放任何票種。"),
    "quantity": ("How many", "張數"),
    "hold": ("Hold these seats", "保留座位"),
    "log_in_to_buy": ("Log in to buy", "登入後購票"),
    "free": ("Free", "免費"),
    "sold_out": ("Sold out", "已售完"),
    "few_left": ("Only {count} left", "僅剩 {count} 張"),
    "many_left": ("Tickets available", "尚有票券"),
    "order": ("Order", "訂單"),
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
        "Show this code at the entrance. Tap it for the full screen.",
        "入場時請出示此條碼，點選可全螢幕顯示。",
    ),
    "qr_alt": ("QR code of ticket", "票券 QR 碼"),
    "to_events": ("To what is on", "回到近期活動"),
    "to_event": ("Choose again", "重新選票"),
    "back": ("Back", "返回"),
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
    "problem_400": ("This did not work", "無法完成"),
    "problem_402": ("The payment failed", "付款失敗"),
    "problem_403": ("This is not allowed", "不允許此操作"),
    "problem_404": ("There is no such page", "找不到頁面"),
    "problem_409": ("This is no longer possible", "已無法進行"),
    "problem_429": ("Too many attempts", "嘗試次數過多"),
    "problem_500": ("Something broke on our side", "系統發生錯誤"),
    "problem_503": ("Very busy right now", "目前非常繁忙"),
    "do_400": ("Go back, check what you entered and try again.", "請返回檢查內容後再試一次。"),
    "do_402": (
        "Nothing was charged. Your seats are still held: go back and try again.",
        "未收取任何費用，座位仍為您保留，請返回再試一次。",
    ),
    "do_403": (
        "The page may have been open for too long. Go back, reload it and try again.",
        "頁面可能開啟過久，請返回並重新整理後再試一次。",
    ),
    "do_404": ("It may have been taken down. See what is on.", "該頁面可能已移除，請查看近期活動。"),
    "do_409": ("Go back to see how it stands now.", "請返回查看目前狀態。"),
    "do_429": ("Please wait a few minutes and try again.", "請稍候幾分鐘再試一次。"),
    "do_500": ("We have been told. Please try again in a minute.", "我們已收到通知，請稍候一分鐘再試。"),
    "do_503": ("Nothing was charged. Please try again in a moment.", "未收取任何費用，請稍候再試一次。"),
}
_REFUSALS: Final = {
    "Not enough tickets available": "票券數量不足",
    "The sale of this ticket has not begun yet": "此票種尚未開賣",
    "The sale of this ticket is over": "此票種已結束販售",
    "This ticket is not on sale": "此票種目前未販售",
    "More tickets than one order may hold": "超過單筆訂單的張數上限",
    "More tickets than one person may buy": "超過每人購買張數上限",
    "Event not found": "找不到此活動",
    "Order not found": "找不到此訂單",
}
"""Refusals of the box office, which speaks English, for readers of Chinese."""

ENGLISH: Final[Words] = {key: both[0] for key, both in _TABLE.items()}
CHINESE: Final[Words] = {key: both[1] for key, both in _TABLE.items()}
LANGUAGES: Final = {"en": ENGLISH, "zh-TW": CHINESE}


def refusal(message: str, words: Words) -> str:
    """What the box office says, in the reader's language; empty where there is no Chinese for it."""
    return message if words is ENGLISH else _REFUSALS.get(message, "")


def words_for(accept_language: str) -> Words:
    """The language that the browser asks for first, of the two that there are."""
    wishes = [part.partition(";") for part in accept_language.lower().split(",")]
    ranked = sorted(wishes, key=lambda wish: -_weight(wish[2]))
    for tag, _, _ in ranked:
        if tag.strip().startswith("zh"):
            return CHINESE
        if tag.strip().startswith("en"):
            return ENGLISH
    return ENGLISH


def _weight(parameter: str) -> float:
    """The `q=0.8` of RFC 9110, 12.4.2; 1 without one."""
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
