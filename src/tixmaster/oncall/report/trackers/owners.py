"""Who owns a service: whom `tixmaster.toml` names, and whom the CODEOWNERS of a checkout gives for the service's code."""

from __future__ import annotations

from codeowners import CodeOwners

from tixmaster.stack.config import Config


def owners_of(config: Config, service: str) -> list[str]:
    """The mentions, each once; a file that cannot be read owns nothing, as an issue without owners is better than none."""
    settings = config.oncall.tracker
    if settings is None:
        return []
    found = list(settings.owners)
    path = settings.paths.get(service)
    if settings.codeowners is not None and path is not None:
        try:
            text = config.path_of(settings.codeowners).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            text = ""
        found += [name for _, name in CodeOwners(text).of(path)]
    return list(dict.fromkeys(found))
