"""The words of the drills."""

WORDS: dict[str, tuple[str, str]] = {
    "drills-hint": (
        "A drill breaks something on purpose in the running system and watches whether on-call finds and mends it.",
        "演練會在執行中的系統刻意造成故障，並觀察值勤系統能否找出並修復。",
    ),
    "drills-none": ("This console was started without drills.", "此主控台啟動時未載入演練。"),
    "drill-starting": ("A drill is starting…", "演練啟動中…"),
    "drill-on": ("{name} is on", "{name} 進行中"),
    "drill-asked-by": ("asked for by {by}", "由 {by} 要求"),
    "drill-phase-preparing": (
        "The system is looked over; shoppers set out, and the monitoring is set to seconds.",
        "檢查系統；模擬購票者上線，監控切換為秒級。",
    ),
    "drill-phase-waiting": (
        "Waiting until shoppers are at their pace and nothing rings.",
        "等待購票流量穩定且沒有警報。",
    ),
    "drill-phase-playing": ("The fault is in, since", "故障已注入，自"),
    "drill-phase-ended": ("Over.", "已結束。"),
    "drill-ending": (
        "Asked to end: the fault is being taken out, and everything put back.",
        "已要求結束：正在移除故障並復原。",
    ),
    "drill-end": ("End it now", "立即結束"),
    "drill-end-sure": (
        "The fault is taken out and everything put back; the run does not count.",
        "將移除故障並復原；此次不計入成績。",
    ),
    "drill-killed": (
        "The run of {names} died without a word. Its fault may still be in: run `tix restart` for what is in trouble, "
        "then `tix up`.",
        "{names} 的演練程序意外終止，故障可能仍在：請對異常服務執行 `tix restart`，再執行 `tix up`。",
    ),
    "drill-failed": ("The drill could not be started. It said:", "演練無法啟動，訊息如下："),
    "drill-stopped": ("{names} ended early: {problem}", "{names} 提前結束：{problem}"),
    "drill-cancelled": (
        "{names} was ended early by a person; everything was put back.",
        "{names} 已由人員提前結束，並已復原。",
    ),
    "drill-not-now": ("No drill can be started now", "目前無法開始演練"),
    "objection-fault-endpoints": (
        "This drill needs the backend's fault endpoints. Set `fault_endpoints = true` in tixmaster.toml and run `tix up`. "
        "Leave it false in production.",
        "此演練需要後端的故障注入端點。請在 tixmaster.toml 設定 `fault_endpoints = true`，再執行 `tix up`。"
        "正式環境請維持 false。",
    ),
    "drill-needs-endpoints": ("needs fault_endpoints", "需要 fault_endpoints"),
    "objection-observe": (
        "On-call may only observe here ([oncall.remedy] policy); a drill would let it act.",
        "此處值勤系統僅能觀察（[oncall.remedy] policy），而演練會讓它採取動作。",
    ),
    "objection-on-sale": ("An on-sale of the calendar is under way.", "行事曆中的開賣正在進行。"),
    "objection-maintenance": ("A maintenance window is on.", "維護時段進行中。"),
    "objection-incident": ("An incident is open.", "有事件處理中。"),
    "objection-alerts": ("Alerts fire, or Alertmanager does not answer.", "有警報觸發，或 Alertmanager 無回應。"),
    "objection-busy": ("A drill is on; never two at once.", "已有演練進行中，不可同時進行兩個。"),
    "drill-column-drill": ("Drill", "演練"),
    "drill-column-breaks": ("What happens", "內容"),
    "drill-column-last": ("Last", "最近一次"),
    "drill-column-right": ("Right", "正確"),
    "drill-control": ("nothing is wrong", "無故障"),
    "drill-never": ("never", "從未"),
    "drill-scoreboard": ("Scoreboard", "成績"),
    "drill-scoreboard-hint": (
        "Median seconds from the fault to each stage, of all runs on record here.",
        "所有紀錄中，自故障至各階段的秒數中位數。",
    ),
    "drill-newest": ("Newest runs", "最近的演練"),
    "drill-no-runs": ("No drill was run yet. Choose one above.", "尚未進行演練，請由上方選擇。"),
    "stage-alert_firing": ("alert", "警報"),
    "stage-webhook": ("webhook", "送達"),
    "stage-evidence_complete": ("evidence", "蒐證"),
    "stage-diagnosis": ("diagnosis", "診斷"),
    "stage-mail": ("mail", "郵件"),
    "stage-remedy": ("remedy", "處置"),
    "stage-recovered": ("recovered", "恢復"),
    "stage-closed": ("closed", "結案"),
    "stage-awaited": ("…", "…"),
    "drill-seconds": ("{seconds} s", "{seconds} 秒"),
    "drill-runs": ("{right} of {runs}", "{right}／{runs}"),
    "drill-effect-heading": ("What will happen", "將會發生"),
    "drill-effect-shoppers": (
        "Simulated shoppers buy at the running shop, and the monitoring is set to seconds.",
        "模擬購票者會在執行中的商店購票，監控切換為秒級。",
    ),
    "drill-effect-fault": (
        "Then: {title}. Real visitors meet the same fault.",
        "接著：{title}。真實訪客也會遇到相同的故障。",
    ),
    "drill-effect-control": (
        "Then: {title}. Nothing is wrong, and no incident may be opened.",
        "接著：{title}。系統並無故障，不應成立事件。",
    ),
    "drill-effect-remedy": (
        "On-call should carry out {command}, by itself unless it is to ask.",
        "值勤系統應執行 {command}；除非勾選徵求核准，否則自行執行。",
    ),
    "drill-approve": (
        "On-call is to ask before it acts; somebody must approve within five minutes",
        "值勤系統執行處置前先徵求核准；須有人於五分鐘內核准",
    ),
    "drill-effect-person": (
        "On-call should name the cause; the fault is taken out when its mail has been sent.",
        "值勤系統應指出原因；郵件寄出後移除故障。",
    ),
    "drill-effect-mail": (
        "Mails and messages go out as for a real incident, marked as a drill.",
        "會如真實事件般寄出郵件與訊息，並標示為演練。",
    ),
    "drill-effect-end": (
        "At most {span} after the fault everything is put back, also when you end it earlier or this page is closed.",
        "故障後最多 {span} 內復原；提前結束或關閉本頁亦同。",
    ),
    "drill-true-cause": ("True cause", "真正原因"),
    "drill-start": ("Start the drill", "開始演練"),
    "drill-back": ("All drills", "所有演練"),
    "drill-may-not": ("You may look; drills are started by responders.", "您僅能查看；演練由處理人員啟動。"),
}
