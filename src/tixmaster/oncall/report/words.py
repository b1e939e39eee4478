"""The words of mails and records in the two languages, and how times and spans are said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tixmaster.stack.config import Language
from tixmaster.stack.said import in_language

__all__ = ["WORDS", "Language", "clock", "confidence", "rounded", "say", "severity", "span"]

WORDS: dict[str, dict[Language, str]] = {
    "since": {"en": "Since {at} ({span})", "zh-TW": "自 {at} 起（{span}）"},
    "since-what": {"en": "{since}: {what}.", "zh-TW": "{since}：{what}。"},
    "surely": {"en": "{cause} ({confidence})", "zh-TW": "{cause}（{confidence}）"},
    "why": {"en": "Why we think so", "zh-TW": "判斷依據"},
    "confidence": {
        "en": "confidence {percent}: right in {right} of {named} drills",
        "zh-TW": "信心 {percent}：{named} 次演練中 {right} 次正確",
    },
    "confidence-untried": {
        "en": "confidence {percent}: not tried in a drill",
        "zh-TW": "信心 {percent}：尚無演練驗證",
    },
    "against": {"en": "What speaks against it", "zh-TW": "反證"},
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
    "approve": {"en": "Approve", "zh-TW": "核准"},
    "decline": {"en": "Decline", "zh-TW": "拒絕"},
    "link-hint": {
        "en": "The links need no log-in, show first what they do, and end in {minutes} min.",
        "zh-TW": "連結無須登入，會先顯示將執行的動作，並於 {minutes} 分鐘後失效。",
    },
    "measured": {"en": "Measured: {before} → {after}", "zh-TW": "量測結果：{before} → {after}"},
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
    "recovered-what": {"en": "Recovered {at}: {what}", "zh-TW": "已於 {at} 恢復：{what}"},
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
    "unacknowledged": {
        "en": "Nobody has acknowledged this for {minutes} min. `tix incident ack {incident}` stops these messages.",
        "zh-TW": "已 {minutes} 分鐘無人認領；執行 `tix incident ack {incident}` 可停止通知。",
    },
    "escalated-title": {"en": "Nobody has acknowledged: {what}", "zh-TW": "尚無人認領：{what}"},
    "owners": {"en": "Owners", "zh-TW": "負責人"},
    "excerpt": {"en": "First errors", "zh-TW": "首批錯誤"},
    "not-attached": {
        "en": "This tracker takes no files: the whole evidence is in the incident's record.",
        "zh-TW": "此追蹤系統無法附加檔案：完整證據請見事件紀錄。",
    },
    "news": {"en": "Since then", "zh-TW": "後續"},
    "issue": {"en": "Issue", "zh-TW": "議題"},
    "what": {"en": "what", "zh-TW": "內容"},
    "file": {"en": "file", "zh-TW": "檔案"},
    "artefact-failed": {"en": "failed", "zh-TW": "失敗"},
    "artefact-skipped": {"en": "skipped", "zh-TW": "略過"},
    "severity-critical": {"en": "critical", "zh-TW": "嚴重"},
    "severity-warning": {"en": "warning", "zh-TW": "警告"},
    "severity-info": {"en": "info", "zh-TW": "資訊"},
    "severity-none": {"en": "none", "zh-TW": "無"},
    "severity-resolved": {"en": "resolved", "zh-TW": "已恢復"},
    "badge-drill": {"en": "drill", "zh-TW": "演練"},
    "did-proposed": {"en": "proposed", "zh-TW": "待核准"},
    "did-approved": {"en": "approved", "zh-TW": "已核准"},
    "did-declined": {"en": "declined", "zh-TW": "已拒絕"},
    "did-running": {"en": "running", "zh-TW": "執行中"},
    "did-done": {"en": "done", "zh-TW": "已完成"},
    "did-failed": {"en": "failed", "zh-TW": "未見效"},
    "did-withdrawn": {"en": "withdrawn", "zh-TW": "已撤回"},
    "summary": {
        "en": "Summary, written by a machine ({model}); it may be wrong",
        "zh-TW": "摘要，由機器撰寫（{model}），可能有誤",
    },
}


def say(word: str, language: Language, **values: object) -> str:
    """The phrase in the language, with its values filled in; what is `Said` in the same language."""
    return WORDS[word][language].format(**{name: in_language(value, language) for name, value in values.items()})


def severity(word: str, language: Language) -> str:
    """How bad it is; a severity that is somebody's own stays as it is. `resolved` stands where it is over."""
    known = WORDS.get(f"severity-{word}")
    return known[language] if known else word


def confidence(cause: Mapping[str, Any], language: Language) -> str:
    """How sure a cause is, and what that is counted from."""
    counted: dict[str, int] = cause["practice"]
    word = "confidence" if counted.get("named") else "confidence-untried"
    return say(word, language, percent=f"{cause['confidence']:.0%}".replace("%", " %"), **counted)


def clock(moment: datetime) -> str:
    """Wall-clock time on the machine that reports, with its zone: `03:12:40 CST`."""
    return f"{moment.astimezone():%H:%M:%S %Z}"


def day_and_clock(moment: datetime) -> str:
    """The same with the day before it: `2026-03-01 03:12:40 CST`."""
    return f"{moment.astimezone():%Y-%m-%d} {clock(moment)}"


def span(start: datetime, end: datetime, language: Language) -> str:
    """A duration as people say it: `5 min 22 s`, `5 分 22 秒`."""
    seconds = max(round((end - start).total_seconds()), 0)
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    units = ("h", "min", "s") if language == "en" else ("小時", "分", "秒")
    parts = [f"{value} {unit}" for value, unit in zip((hours, minutes, rest), units, strict=True) if value]
    return " ".join(parts[:2]) or f"0 {units[2]}"


_PERCENT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?) ?%")
_DECIMAL = re.compile(r"(?<![\w.:])(\d+\.\d{2,})(?![\w]*[.:]?\d)")


def rounded(text: str) -> str:
    """The text with its figures as people say them: `23.95% errors` → `24 % errors`, `p95 1.23456 s` → `p95 1.23 s`."""
    text = _PERCENT.sub(lambda match: f"{_percentage(float(match[1]))} %", text)
    return _DECIMAL.sub(lambda match: f"{float(match[1]):.3g}" if float(match[1]) < 1000 else match[1], text)


def _percentage(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"
