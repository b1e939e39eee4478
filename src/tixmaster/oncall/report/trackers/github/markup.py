"""GitHub's markup is Markdown, as it is written for GitLab."""

from tixmaster.oncall.report.trackers.markdown import write

__all__ = ["write"]
