"""The words of the mail catcher's pages."""

WORDS: dict[str, tuple[str, str]] = {
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
    "mail-link-hidden": (
        "[hidden: only responders and administrators see approval links]",
        "[已隱藏：僅處理人員與管理員可檢視核准連結]",
    ),
    "mail-no-text": ("This mail has no plain text.", "此郵件沒有純文字內容。"),
}
