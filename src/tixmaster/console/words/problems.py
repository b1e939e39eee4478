"""The words of pages that say why something did not work."""

WORDS: dict[str, tuple[str, str]] = {
    "problem-title": ("That did not work", "無法完成"),
    "problem-400": ("The form could not be read.", "無法讀取表單內容。"),
    "problem-403": ("This is not allowed here.", "不允許此操作。"),
    "problem-404": ("There is nothing at this address.", "此網址沒有內容。"),
    "problem-409": ("Somebody was faster: the state has changed.", "狀態已變更，可能已有人先處理。"),
    "problem-410": ("This evidence cannot be proven any more.", "此證據已無法驗證。"),
    "problem-413": ("That is too large.", "內容過大。"),
    "problem-500": ("Something broke on our side.", "系統發生錯誤。"),
    "problem-back": ("Back to the start page", "回到首頁"),
}
