"""The words of logging in and opening an account."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "register": ("Open an account", "註冊帳號"),
    "email": ("Email address", "電子郵件"),
    "password": ("Password", "密碼"),
    "password_hint": ("At least 8 characters", "至少 8 個字元"),
    "name": ("Name", "姓名"),
    "have_account": ("I have an account", "我已有帳號"),
    "no_account": ("I have no account yet", "我還沒有帳號"),
    "wrong": ("The email address or the password is wrong.", "電子郵件或密碼不正確。"),
    "no_address": (
        "This is not an email address. Use one such as ada@example.org.",
        "電子郵件格式不正確，例如 ada@example.org。",
    ),
    "taken": ("This email address has an account already. Log in instead.", "此電子郵件已註冊，請直接登入。"),
}
