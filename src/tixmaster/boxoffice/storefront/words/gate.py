"""The words of the gate: few and large."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "gate_name": ("This gate", "入口"),
    "gate_code": ("Ticket code", "票券代碼"),
    "gate_check": ("Check", "驗票"),
    "gate_camera": ("Read with the camera", "以相機讀取"),
    "gate_camera_off": ("Camera off", "關閉相機"),
    "gate_no_camera": (
        "This browser does not read codes with the camera. Type the code below the QR picture, or use a scanner.",
        "此瀏覽器無法以相機讀取條碼，請輸入 QR 碼下方的代碼，或使用掃描器。",
    ),
    "gate_camera_refused": (
        "The camera cannot be used. Allow it for this page in the browser's settings, or type the code.",
        "無法使用相機。請在瀏覽器設定中允許此頁面使用相機，或改為輸入代碼。",
    ),
    "gate_offline": (
        "No connection: nothing was checked. Try again.",
        "沒有連線，尚未驗票，請再試一次。",
    ),
    "gate_ready": ("Ready", "準備就緒"),
    "gate_admitted": ("Let in", "可入場"),
    "gate_used": ("Already used", "已使用過"),
    "gate_void": ("Void: refunded", "已作廢（已退款）"),
    "gate_unpaid": ("Not paid", "尚未付款"),
    "gate_other_event": ("Other event", "其他活動的票"),
    "gate_event_cancelled": ("Event cancelled", "活動已取消"),
    "gate_unknown": ("Unknown", "查無此票"),
    "gate_unknown_hint": (
        "No ticket of this event has this code. Check what was typed.",
        "此活動沒有這個代碼的票券，請檢查輸入內容。",
    ),
    "gate_forged": ("Not a ticket of ours", "不是本站的票券"),
    "gate_checked_elsewhere": ("Being checked elsewhere: scan again", "正於其他入口驗票，請再掃一次"),
}
