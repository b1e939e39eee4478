"""The words of the pages in the two languages. What mails and records say too stands in `oncall/report/words.py`."""

from __future__ import annotations

from tixmaster.oncall.report.words import WORDS as SHARED
from tixmaster.oncall.report.words import Language

_T = tuple[str, str]

_ENGLISH_CHINESE: dict[str, _T] = {
    # every page
    "product": ("TixMaster on-call", "TixMaster 值勤"),
    "incidents": ("Incidents", "事件"),
    "mail": ("Mail", "郵件"),
    "manual": ("Manual", "手冊"),
    "sign-out": ("Sign out", "登出"),
    "signed-in": ("signed in as {name}, {role}", "登入者：{name}（{role}）"),
    "skip": ("Skip to content", "跳到內容"),
    "reconnecting": ("Reconnecting… what you see may be out of date.", "重新連線中…畫面可能不是最新狀態。"),
    "role-viewer": ("viewer", "檢視者"),
    "role-responder": ("responder", "處理人員"),
    "role-administrator": ("administrator", "管理員"),
    # log-in
    "log-in": ("Sign in", "登入"),
    "name": ("Name", "名稱"),
    "password": ("Password", "密碼"),
    "log-in-wrong": ("Name and password do not belong together.", "名稱或密碼不正確。"),
    "log-in-wait": (
        "Too many attempts. Wait five minutes, then try again.",
        "嘗試次數過多，請等候五分鐘後再試。",
    ),
    "log-in-hint": (
        "The first account is admin; its password is in var/secrets/console-password.",
        "第一個帳號是 admin，密碼在 var/secrets/console-password。",
    ),
    # problems
    "problem-title": ("That did not work", "無法完成"),
    "problem-400": ("The form could not be read.", "無法讀取表單內容。"),
    "problem-403": ("This is not allowed here.", "不允許此操作。"),
    "problem-404": ("There is nothing at this address.", "此網址沒有內容。"),
    "problem-409": ("Somebody was faster: the state has changed.", "狀態已變更，可能已有人先處理。"),
    "problem-410": ("This evidence cannot be proven any more.", "此證據已無法驗證。"),
    "problem-413": ("That is too large.", "內容過大。"),
    "problem-500": ("Something broke on our side.", "系統發生錯誤。"),
    "problem-back": ("Back to the incidents", "回到事件列表"),
    # the list
    "open-heading": ("Open", "處理中"),
    "closed-heading": ("Closed", "已結案"),
    "calm": ("All quiet", "一切正常"),
    "calm-text": (
        "No incident is open. In a healthy system Prometheus reaches every service, orders come in while people "
        "browse, and the Watchdog comes through all the time: it proves that an alert would reach this page.",
        "目前沒有處理中的事件。系統健康時，Prometheus 能連到每個服務、有人瀏覽就有訂單進來，"
        "而且 Watchdog 會持續送達，證明告警確實能到達本頁。",
    ),
    "watchdog": ("Watchdog last seen {at}", "最近一次 Watchdog：{at}"),
    "watchdog-never": (
        "The Watchdog has not come through yet. It should within a minute of the start; if not, run `tix check monitoring`.",
        "尚未收到 Watchdog。啟動後一分鐘內應會送達；若無，請執行 `tix check monitoring`。",
    ),
    "calm-try": ("To see an incident, break something on purpose:", "想看看事件如何處理，可執行演練："),
    "none-closed": ("None yet.", "尚無。"),
    "column-incident": ("Incident", "事件"),
    "column-since": ("Since", "起始"),
    "column-cause": ("Cause", "原因"),
    "lasted": ("lasted {span}", "歷時 {span}"),
    "more-closed": ("Only the newest {count} are listed; `tix incidents` knows them all.", "僅列出最近 {count} 筆。"),
    # one incident
    "severity-critical": ("critical", "嚴重"),
    "severity-warning": ("warning", "警告"),
    "severity-info": ("info", "資訊"),
    "severity-none": ("none", "無"),
    "state-open": ("open", "處理中"),
    "state-acknowledged": ("acknowledged", "已認領"),
    "state-resolved": ("resolved", "已恢復"),
    "state-closed": ("closed", "已結案"),
    "drill-badge": ("drill", "演練"),
    "ack": ("Acknowledge", "認領"),
    "acked-by": ("{by} is on it", "{by} 處理中"),
    "close": ("Close", "結案"),
    "close-sure": (
        "Close it although its alerts may still fire? What waits for approval is withdrawn.",
        "即使告警可能仍在觸發，也要結案嗎？待核准的處置將撤回。",
    ),
    "close-do": ("Close the incident", "確定結案"),
    "since-at": ("since", "起始"),
    "service": ("service", "服務"),
    "cause": ("Cause", "原因"),
    "cause-waiting": ("Being investigated: the steps below are carried out now.", "調查中：正在執行下列步驟。"),
    "cause-none": ("No cause found", "查無原因"),
    "confidence-high": ("high confidence", "高度信心"),
    "confidence-medium": ("medium confidence", "中度信心"),
    "confidence-low": ("low confidence", "低度信心"),
    "why-open": ("why?", "為什麼？"),
    "proof": ("Evidence", "證據"),
    "other-causes": ("Less likely", "可能性較低"),
    "next": ("What happens next", "接下來"),
    "effect": (
        "stops {service} and starts it again; requests to it fail for about a second. Then it is verified.",
        "將停止並重新啟動 {service}，期間約一秒的請求會失敗，之後驗證是否恢復。",
    ),
    "budget-left": (
        "budget: {left} of {total} restarts left within {minutes} min",
        "額度：{minutes} 分鐘內尚可重啟 {left}／{total} 次",
    ),
    "approve": ("Approve", "核准"),
    "decline": ("Decline", "拒絕"),
    "waits-for-role": (
        "It waits for a responder or an administrator to approve it.",
        "等待處理人員或管理員核准。",
    ),
    "action-approved": ("approved by {by}; begins now", "由 {by} 核准，即將開始"),
    "action-running": ("under way, approved by {by}", "執行中，由 {by} 核准"),
    "action-done": ("done", "已完成"),
    "action-failed": ("did not help: a person is needed", "未見效：需要人員處理"),
    "action-declined": ("declined by {by}", "由 {by} 拒絕"),
    "action-withdrawn": ("withdrawn", "已撤回"),
    "next-investigating": ("The cause decides. Nothing is needed from you yet.", "視原因而定，目前無須操作。"),
    "next-nothing": (
        "Nothing is done by itself: the runbook names no remedy for this cause. A person must look.",
        "不會自動處理：作業程序未對此原因訂定處置，需要人員查看。",
    ),
    "next-quiet": (
        "The alerts are resolved. It is closed once the monitoring confirms that it is quiet.",
        "告警已解除，待監控確認平穩後結案。",
    ),
    "next-over": ("It is over. Nothing is left to do.", "已結束，無須再處理。"),
    "graphs": ("Graphs", "圖表"),
    "steps-of": ("SOP {runbook}", "SOP {runbook}"),
    "runbook-section": ("Runbook", "作業程序"),
    "step-ok": ("as expected", "正常"),
    "step-failed": ("not as expected", "異常"),
    "step-skipped": ("skipped", "略過"),
    "step-error": ("could not be carried out", "無法執行"),
    "step-waiting": ("not yet", "尚未執行"),
    "steps-none": ("No step has been carried out yet.", "尚未執行任何步驟。"),
    "note": ("Note", "備註"),
    "step-value": ("proof", "佐證"),
    "note-label": ("Add a note", "備註內容"),
    "note-add": ("Add note", "新增備註"),
    "signatures": ("Errors by signature", "錯誤特徵"),
    "signature-count": ("count", "次數"),
    "evidence-none": ("No evidence has been taken yet.", "尚未蒐集證據。"),
    "evidence-missing": ("not taken: {reason}", "未取得：{reason}"),
    "evidence-run": ("investigation {run}", "第 {run} 次調查"),
    "mails": ("Mails", "郵件"),
    "mails-none": ("No mail has been written yet.", "尚未寄出郵件。"),
    "mail-waiting": ("waiting to be sent", "待寄送"),
    "mail-sent": ("sent", "已寄出"),
    "mail-refused": ("refused", "遭拒收"),
    "mail-attempts": ("{count} attempts", "嘗試 {count} 次"),
    "record-at": ("Record on disk", "磁碟上的紀錄"),
    "alerts": ("Alerts", "告警"),
    "alert-firing": ("firing", "觸發中"),
    "alert-resolved": ("resolved", "已解除"),
    # the manual
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
    # mails
    "mail-elsewhere": (
        "Mails go to the mail server {server}. Only what the built-in catcher took before is listed here.",
        "郵件送往郵件伺服器 {server}；此處僅列出先前由內建收件匣收下的郵件。",
    ),
    "mail-caught": (
        "The built-in catcher at {server} keeps every mail here and sends none on.",
        "內建收件匣（{server}）將所有郵件保留於此，不會對外寄出。",
    ),
    "mail-none": ("No mail has come in yet.", "尚未收到郵件。"),
    "mail-more": (
        "Only the newest {count} are listed; all are in var/mail.",
        "僅列出最近 {count} 封；全部位於 var/mail。",
    ),
    "mail-from": ("from", "寄件者"),
    "mail-to": ("to", "收件者"),
    "mail-at": ("received", "收到時間"),
    "mail-no-subject": ("(no subject)", "（無主旨）"),
    "mail-no-text": ("This mail has no plain text.", "此郵件沒有純文字內容。"),
    # kinds of timeline rows; English rows speak for themselves
    "kind-alert-firing": ("", "告警觸發"),
    "kind-webhook-received": ("", "收到通知"),
    "kind-incident-opened": ("", "事件建立"),
    "kind-alert-joined": ("", "告警併入"),
    "kind-fired-again": ("", "再次觸發"),
    "kind-run-started": ("", "開始調查"),
    "kind-runbook": ("", "作業程序"),
    "kind-step": ("", "步驟"),
    "kind-evidence": ("", "證據"),
    "kind-evidence-complete": ("", "證據齊備"),
    "kind-diagnosed": ("", "判定原因"),
    "kind-remedy-proposed": ("", "建議處置"),
    "kind-remedy-withheld": ("", "不予處置"),
    "kind-approved": ("", "核准"),
    "kind-declined": ("", "拒絕"),
    "kind-remedy-started": ("", "開始處置"),
    "kind-remedy-verified": ("", "處置確認"),
    "kind-remedy-failed": ("", "處置失敗"),
    "kind-remedy-withdrawn": ("", "處置撤回"),
    "kind-mail-written": ("", "郵件擬妥"),
    "kind-mail-sent": ("", "郵件寄出"),
    "kind-mail-refused": ("", "郵件遭拒"),
    "kind-alert-resolved": ("", "告警解除"),
    "kind-close-waits": ("", "暫不結案"),
    "kind-recovered": ("", "恢復"),
    "kind-closed": ("", "結案"),
    "kind-acknowledged": ("", "認領"),
    "kind-note": ("", "備註"),
    "kind-stage-failed": ("", "階段失敗"),
}

WORDS: dict[str, dict[Language, str]] = SHARED | {
    word: {"en": english, "zh-TW": chinese} for word, (english, chinese) in _ENGLISH_CHINESE.items()
}


def say(word: str, language: Language, **values: object) -> str:
    """The phrase in the language, with its values filled in; raises `KeyError` for a phrase that is not here."""
    return WORDS[word][language].format(**values)


def term(kind: str, value: str, language: Language) -> str:
    """The word for a value of a closed set (`severity`, `state`…); the value itself where the set does not know it."""
    known = WORDS.get(f"{kind}-{value}")
    return known[language] if known else value
