"""The words of the post-mortem's page."""

WORDS: dict[str, tuple[str, str]] = {
    "postmortem-language": ("Language of the text", "內容語言"),
    "postmortem-last": ("Saved last by {by},", "最近由 {by} 儲存於"),
    "postmortem-edited": ("Somebody has made this text theirs.", "此內容已由人員改寫。"),
    "postmortem-draft": (
        "A draft from the timeline. As soon as you save it, it is yours: on-call does not write it again.",
        "依時間軸產生的草稿。儲存後即為您的內容，系統不再改寫。",
    ),
    "postmortem-text": ("Text (Markdown)", "內容（Markdown）"),
    "postmortem-preview": ("Preview", "預覽"),
    "postmortem-preview-hint": ("A preview: it is not saved yet.", "此為預覽，尚未儲存。"),
    "postmortem-save": ("Save", "儲存"),
    "postmortem-conflict": (
        "{by} saved another text while you were writing. Yours is not saved, and not lost: it is below.",
        "您編輯期間，{by} 已儲存其他內容。您的內容尚未儲存，但仍保留在下方。",
    ),
    "postmortem-conflict-what": (
        "Take over from the other text what should stay. “Save” then replaces it by yours.",
        "請將需要保留的部分併入您的內容；按下「儲存」後將以您的內容取代。",
    ),
    "postmortem-difference": ("What yours takes out (−) and adds (+)", "您的版本刪去（−）與新增（+）之處"),
    "postmortem-other": ("The other text", "對方的內容"),
}
