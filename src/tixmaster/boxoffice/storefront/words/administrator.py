"""The words of administrators' pages."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "users": ("Users", "使用者"),
    "flags": ("Feature flags", "功能開關"),
    "audit": ("Audit log", "稽核紀錄"),
    "find_users": ("Name or email address", "姓名或電子郵件"),
    "no_users_found": ("Nobody matches.", "找不到符合的使用者。"),
    "most_users": ("The {count} newest are shown. Search for others.", "僅顯示最新 {count} 位，其他請搜尋。"),
    "role": ("Role", "角色"),
    "role_admin": ("Administrator", "管理員"),
    "role_organizer": ("Organiser", "主辦單位"),
    "role_user": ("Buyer", "購票者"),
    "role_probe": ("Synthetic shopper of the monitoring", "監控用測試帳號"),
    "role_yours": ("Your own role is for another administrator to change.", "您自己的角色須由其他管理員變更。"),
    "role_hint": (
        "A new role holds at once. Its pages appear in the menu after the next log-in.",
        "新角色立即生效；選單會在下次登入後顯示對應頁面。",
    ),
    "since": ("Since", "註冊時間"),
    "flag_on": ("On", "開啟"),
    "flag_off": ("Off", "關閉"),
    "turn_on": ("Turn on", "開啟"),
    "turn_off": ("Turn off", "關閉"),
    "flag_ENABLE_CHECKOUT_TIMER": (
        "Show buyers how long the seats of a checkout are still held",
        "結帳時顯示座位保留的剩餘時間",
    ),
    "flag_ENABLE_VIEWING_COUNT": (
        "Show buyers how many people look at an event",
        "顯示目前有多少人正在查看活動",
    ),
    "changed_at": ("Changed", "變更時間"),
    "nothing_noted": ("Nothing has been noted yet.", "尚無紀錄。"),
    "did_event created": ("event created", "新增活動"),
    "did_event changed": ("event changed", "變更活動"),
    "did_event published": ("event published", "發布活動"),
    "did_event cancelled": ("event called off", "取消活動"),
    "did_ticket type created": ("ticket type created", "新增票種"),
    "did_ticket type changed": ("ticket type changed", "變更票種"),
    "did_order refunded": ("order refunded", "訂單退款"),
    "did_ticket checked in": ("ticket checked in", "驗票入場"),
    "did_role changed": ("role changed", "變更角色"),
    "did_flag turned": ("feature flag turned", "切換功能開關"),
}
