"""Kinds of timeline rows; English rows speak for themselves."""

from tixmaster.oncall.report.kinds import KINDS

WORDS: dict[str, tuple[str, str]] = {f"kind-{kind}": ("", chinese) for kind, chinese in KINDS.items()}
