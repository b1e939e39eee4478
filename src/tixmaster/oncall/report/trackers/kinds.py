"""The trackers there are."""

from __future__ import annotations

from collections.abc import Mapping

from tixmaster.oncall.report.trackers.github.tracker import GitHub
from tixmaster.oncall.report.trackers.gitlab.tracker import GitLab
from tixmaster.oncall.report.trackers.jira.tracker import Jira
from tixmaster.oncall.report.trackers.redmine.tracker import Redmine
from tixmaster.oncall.report.trackers.roundup.tracker import Roundup
from tixmaster.oncall.report.trackers.tracker import Tracker
from tixmaster.stack.config.report import TrackerKind

KINDS: Mapping[TrackerKind, type[Tracker]] = {
    "github": GitHub,
    "gitlab": GitLab,
    "jira": Jira,
    "redmine": Redmine,
    "roundup": Roundup,
}
