"""The words of what goes wrong: a heading (`problem_…`) and what to do (`do_…`), by status or by the error's reason."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "problem_400": ("This did not work", "無法完成"),
    "do_400": ("Go back, check what you entered and try again.", "請返回檢查內容後再試一次。"),
    "problem_402": ("The payment failed", "付款失敗"),
    "do_402": (
        "Nothing was charged. Your seats are still held: go back and try again.",
        "未收取任何費用，座位仍為您保留，請返回再試一次。",
    ),
    "problem_403": ("This is not allowed", "不允許此操作"),
    "do_403": (
        "The page may have been open for too long. Go back, reload it and try again.",
        "頁面可能開啟過久，請返回並重新整理後再試一次。",
    ),
    "problem_404": ("There is no such page", "找不到頁面"),
    "do_404": ("It may have been taken down. See what is on.", "該頁面可能已移除，請查看近期活動。"),
    "problem_409": ("This is no longer possible", "已無法進行"),
    "do_409": ("Go back to see how it stands now.", "請返回查看目前狀態。"),
    "problem_429": ("Too many attempts", "嘗試次數過多"),
    "do_429": ("Please wait a few minutes and try again.", "請稍候幾分鐘再試一次。"),
    "problem_500": ("Something broke on our side", "系統發生錯誤"),
    "do_500": ("We have been told. Please try again in a minute.", "我們已收到通知，請稍候一分鐘再試。"),
    "problem_502": ("The payment service does not answer", "付款服務沒有回應"),
    "do_502": (
        "Nothing was charged. Your seats are still held: go back and try again in a moment.",
        "未收取任何費用，座位仍為您保留，請返回並稍候再試。",
    ),
    "problem_503": ("Very busy right now", "目前非常繁忙"),
    "do_503": ("Nothing was charged. Please try again in a moment.", "未收取任何費用，請稍候再試一次。"),
    "problem_database_away": ("We cannot reach our records right now", "目前無法存取資料"),
    "do_database_away": (
        "Our people have been told. Nothing was charged, and what you have ordered or held is kept. "
        "Please try again in a minute.",
        "我們的工程人員已收到通知。未收取任何費用，您已訂購或保留的座位都還在，請稍候一分鐘再試。",
    ),
    "problem_forbidden": ("This page is not for you", "您沒有權限"),
    "do_forbidden": (
        "It belongs to somebody else, or is for organisers or administrators only. If you should be one, ask an "
        "administrator.",
        "此頁面屬於他人，或僅供主辦單位、管理員使用。若您應有權限，請洽管理員。",
    ),
    "problem_sold_out": ("Not enough seats left", "剩餘座位不足"),
    "do_sold_out": (
        "Others were faster; nothing was charged. Go back to see what is left: seats that others do not pay for come "
        "back within minutes.",
        "已有人搶先一步，未收取任何費用。請返回查看剩餘票券；他人未付款的座位會在幾分鐘內釋出。",
    ),
    "problem_sale_not_open": ("The sale has not begun yet", "尚未開賣"),
    "do_sale_not_open": (
        "Nothing was held or charged. The page of the event says when it begins.",
        "未保留座位，也未收取任何費用。活動頁面會顯示開賣時間。",
    ),
    "problem_sale_over": ("The sale is over", "已結束販售"),
    "do_sale_over": (
        "Nothing was held or charged. Go back to see whether other tickets are on sale.",
        "未保留座位，也未收取任何費用。請返回查看是否還有其他票種。",
    ),
    "problem_not_on_sale": ("This is not on sale", "目前未販售"),
    "do_not_on_sale": (
        "The event may have been called off. Nothing was held or charged.",
        "活動可能已取消，未保留座位，也未收取任何費用。",
    ),
    "problem_event_past": ("This event has already begun", "此活動已開始"),
    "do_event_past": (
        "Its tickets are no longer sold. Nothing was held or charged. See what else is on.",
        "已停止售票，未保留座位，也未收取任何費用。請查看其他活動。",
    ),
    "problem_over_open_limit": ("You have too many unpaid orders", "未付款的訂單過多"),
    "do_over_open_limit": (
        "Nothing more was held. Pay for one of your orders or cancel it, then try again. Orders that are not paid expire by "
        "themselves within minutes.",
        "未再保留座位。請先付款或取消一筆訂單後再試；未付款的訂單會在幾分鐘內自動逾時。",
    ),
    "problem_publish_past": ("This event would begin in the past", "活動的開始時間已過"),
    "do_publish_past": (
        "Change its date first, then publish it. Past events are neither listed nor sold.",
        "請先變更活動日期再發布。已過的活動不會列出，也不會販售。",
    ),
    "problem_over_order_limit": ("Too many for one order", "超過單筆訂單張數上限"),
    "do_over_order_limit": (
        "Nothing was held or charged. Go back and choose fewer.",
        "未保留座位，也未收取任何費用，請返回減少張數。",
    ),
    "problem_over_buyer_limit": ("More than one person may buy", "超過每人購買張數上限"),
    "do_over_buyer_limit": (
        "What you hold and have bought counts. Choose fewer, or see your orders: seats that you give back count no "
        "more.",
        "您保留中與已購買的張數都會計入。請減少張數，或查看您的訂單；放棄的座位不再計入。",
    ),
    "problem_nothing_to_sell": ("There is nothing to sell yet", "尚無票券可售"),
    "do_nothing_to_sell": ("Go back and add a ticket type first.", "請返回並先新增票種。"),
    "problem_order_expired": ("The time ran out", "已逾時"),
    "do_order_expired": (
        "The seats were not paid for in time and went back to the others. Nothing was charged. You can choose again.",
        "座位未於時限內付款，已釋出給其他人，未收取任何費用。您可以重新選票。",
    ),
    "problem_paid_too_late": ("The payment came too late", "付款過晚"),
    "do_paid_too_late": (
        "The seats were gone by then. The whole amount goes back to you by itself.",
        "當時座位已釋出，款項將自動全額退還給您。",
    ),
    "problem_payment_open": ("The payment has not arrived yet", "尚未收到款項"),
    "do_payment_open": (
        "Your seats are still held. Go back and look again in a moment.",
        "座位仍為您保留，請返回並稍候再查看。",
    ),
    "slow_down": ("Too many requests", "請求次數過多"),
    "slow_down_why": (
        "So much was asked from your address that we have to let others pass. Nothing is lost: what you have ordered "
        "or held is kept.",
        "來自您網路位址的請求過多，須先讓其他人通過。您的訂單與保留的座位都還在。",
    ),
    "slow_down_do": ("Try again in {seconds} s.", "請於 {seconds} 秒後再試。"),
    "try_again": ("Try again", "再試一次"),
}

REFUSALS: Final = {
    "Event not found": "找不到此活動",
    "Order not found": "找不到此訂單",
    "Too many failed attempts. Please wait a few minutes and try again.": "失敗次數過多，請稍候幾分鐘再試。",
    "Your own role is for another administrator to change": "您自己的角色須由其他管理員變更",
    "The synthetic shopper stays what it is": "監控用的測試帳號不能變更角色",
    "The event is cancelled and can no longer be changed": "活動已取消，無法再變更",
    "The event is cancelled and can no longer be published": "活動已取消，無法再發布",
}
"""Messages of the box office, which speaks English, for readers of Chinese."""
