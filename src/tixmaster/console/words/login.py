"""The words of the log-in."""

WORDS: dict[str, tuple[str, str]] = {
    "log-in": ("Sign in", "登入"),
    "name": ("Name", "名稱"),
    "password": ("Password", "密碼"),
    "log-in-wrong": ("Name and password do not belong together.", "名稱或密碼不正確。"),
    "log-in-wait": (
        "Too many attempts. Try again in {wait} s.",
        "嘗試次數過多，請於 {wait} 秒後再試。",
    ),
    "log-in-hint": (
        "The first account is admin; its password is in var/secrets/console-password.",
        "第一個帳號是 admin，密碼在 var/secrets/console-password。",
    ),
    "signed-out": ("You are signed out here.", "您已在此登出。"),
    "openid-sign-in": ("Sign in with {title}", "以 {title} 登入"),
    "openid-leave": ("Sign out of {title}, too", "也登出 {title}"),
    "openid-provider-away": (
        "The identity provider does not answer. Sign in with name and password, or try again; on-call's log has the details.",
        "身分提供者沒有回應。請改用名稱與密碼登入，或稍後再試；詳情在 on-call 的日誌。",
    ),
    "openid-provider-odd": (
        "The identity provider is not what tixmaster.toml says under [oncall.openid]; on-call's log has the details.",
        "身分提供者與 tixmaster.toml 的 [oncall.openid] 不符；詳情在 on-call 的日誌。",
    ),
    "openid-provider-refused": (
        "The identity provider did not let you in, or you turned back. Try again.",
        "身分提供者拒絕了登入，或您已取消。請再試一次。",
    ),
    "openid-sign-in-stale": (
        "This log-in was begun elsewhere, took more than ten minutes, or was used before. Begin again.",
        "這次登入不是由此瀏覽器開始、已超過十分鐘，或已使用過。請重新開始。",
    ),
    "openid-token-wrong": (
        "What the identity provider sent does not hold: wrong issuer, key or log-in. Nobody was signed in; on-call's log has "
        "the details.",
        "身分提供者傳來的憑證不成立：發行者、金鑰或登入不符。沒有任何人登入；詳情在 on-call 的日誌。",
    ),
    "openid-token-expired": (
        "What the identity provider sent has expired. Are the clocks of both machines right?",
        "身分提供者傳來的憑證已過期。請確認兩台機器的時間是否正確。",
    ),
    "openid-no-role": (
        "You are known, but none of your groups has a role here. An administrator names them in [oncall.openid.roles].",
        "已確認您的身分，但您的群組在此沒有任何角色。請管理員在 [oncall.openid.roles] 設定。",
    ),
    "openid-name-taken": (
        "Another account has your name here. An administrator has to make room: accounts are never joined by name.",
        "此處已有同名的其他帳號。帳號不會依名稱合併，請管理員處理。",
    ),
    "openid-bad-name": (
        "The identity provider gives you no name that an account can have; `name_claim` says which claim is taken.",
        "身分提供者沒有給出可作為帳號的名稱；取用哪個欄位由 `name_claim` 決定。",
    ),
    "openid-account-ended": ("Your account here has been ended.", "您在此的帳號已停用。"),
}
