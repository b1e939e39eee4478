"""The words of mails and records in the two languages, and how times and spans are said."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

Language = Literal["en", "zh-TW"]

WORDS: dict[str, dict[Language, str]] = {
    "since": {"en": "Since {at} ({span})", "zh-TW": "自 {at} 起（{span}）"},
    "why": {"en": "Why we think so", "zh-TW": "判斷依據"},
    "confidence": {"en": "confidence {percent}", "zh-TW": "信心 {percent}"},
    "next": {"en": "What happens next", "zh-TW": "接下來"},
    "proposed": {
        "en": "{command}? It waits for your approval: on the incident page, or `tix approve {incident}`.",
        "zh-TW": "{command}？等待您核准：於事件頁面，或執行 `tix approve {incident}`。",
    },
    "approved": {
        "en": "{command} begins now (approved by {by}).",
        "zh-TW": "{command} 現在開始（由 {by} 核准）。",
    },
    "cost": {
        "en": "It stops {service} and starts it again; requests fail for about a second meanwhile.",
        "zh-TW": "將停止並重新啟動 {service}；期間約一秒的請求會失敗。",
    },
    "nothing": {
        "en": "Nothing is done by itself: {reason}.",
        "zh-TW": "不會自動處理：{reason}。",
    },
    "no-remedy": {"en": "the runbook names no remedy for this cause", "zh-TW": "作業程序未對此原因訂定處置"},
    "steps": {"en": "Steps of the SOP", "zh-TW": "SOP 步驟"},
    "links": {"en": "Links", "zh-TW": "連結"},
    "incident": {"en": "Incident", "zh-TW": "事件"},
    "runbook": {"en": "Runbook", "zh-TW": "作業程序"},
    "dashboard": {"en": "Dashboard", "zh-TW": "儀表板"},
    "attached": {"en": "Attached", "zh-TW": "附件"},
    "recovered": {"en": "Recovered {at}", "zh-TW": "已於 {at} 恢復"},
    "recovered-after": {
        "en": "Recovered {at} after {command}; {span}.",
        "zh-TW": "{at} 於 {command} 後恢復；歷時 {span}。",
    },
    "recovered-alone": {
        "en": "Recovered {at} without action by on-call; {span}.",
        "zh-TW": "{at} 自行恢復，未經值勤系統處置；歷時 {span}。",
    },
    "still-broken": {"en": "A person is needed", "zh-TW": "需要人員處理"},
    "cause-was": {"en": "Cause: {cause}", "zh-TW": "原因：{cause}"},
    "record": {"en": "Record", "zh-TW": "紀錄"},
    "drill": {"en": "This is a drill ({name}).", "zh-TW": "這是演練（{name}）。"},
    "timeline": {"en": "Timeline", "zh-TW": "時間軸"},
    "evidence": {"en": "Evidence", "zh-TW": "證據"},
}


def say(word: str, language: Language, **values: object) -> str:
    """The phrase in the language, with its values filled in."""
    return WORDS[word][language].format(**values)


def clock(moment: datetime) -> str:
    """Wall-clock time on the machine that reports, with its zone: `03:12:40 CST`."""
    return f"{moment.astimezone():%H:%M:%S %Z}"


def span(start: datetime, end: datetime, language: Language) -> str:
    """A duration as people say it: `5 min 22 s`, `5 分 22 秒`."""
    seconds = max(round((end - start).total_seconds()), 0)
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    units = ("h", "min", "s") if language == "en" else ("小時", "分", "秒")
    parts = [f"{value} {unit}" for value, unit in zip((hours, minutes, rest), units, strict=True) if value]
    return " ".join(parts[:2]) or f"0 {units[2]}"
