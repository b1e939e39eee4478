"""The words of the log-in."""

WORDS: dict[str, tuple[str, str]] = {
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
}
