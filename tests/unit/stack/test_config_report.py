"""What [[oncall.channels]], [[oncall.escalation]] and [oncall.tracker] may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tixmaster.stack import config
from tixmaster.stack.errors import ConfigError

CHANNEL = '[[oncall.channels]]\nname = "ops"\nurl_file = "ops"\n'


def load(folder: Path, text: str) -> config.Config:
    path = folder / "tixmaster.toml"
    path.write_text(text)
    return config.load(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[oncall.channels]]\nname = "ops"\n', "the channel ops needs either url or url_file"),
        (CHANNEL + 'url = "json://localhost"\n', "the channel ops needs either url or url_file"),
        (CHANNEL + CHANNEL, "two channels are called ops"),
        ("[[oncall.escalation]]\nafter_minutes = 5\n", "tells nobody"),
        ('[[oncall.escalation]]\nafter_minutes = 5\nchannels = ["nope"]\n', "escalation names the channel nope"),
        (CHANNEL + '[[oncall.escalation]]\nafter_minutes = 0\nchannels = ["ops"]\n', "after_minutes"),
        (
            CHANNEL + '[[oncall.escalation]]\nafter_minutes = 5\nchannels = ["ops"]\nrepeats = 2\n',
            "repeat_minutes is missing",
        ),
        ('[oncall.tracker]\nkind = "bugzilla"\nurl = "http://b"\ntoken_file = "t"\n', "Invalid enum value 'bugzilla'"),
        ('[oncall.tracker]\nkind = "jira"\nurl = "b"\ntoken_file = "t"\n', "oncall.tracker.url"),
        ('[oncall.summary]\nurl = "http://m"\n', "missing required field `model`"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, said: str) -> None:
    """Before anything starts, with the place in the file."""
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, text)


def test_a_channel_is_chosen_by_what_it_wants(tmp_path: Path) -> None:
    """Without severities and services it hears of everything."""
    text = (
        CHANNEL
        + '[[oncall.channels]]\nname = "few"\nurl = "json://x"\nseverities = ["critical"]\nservices = ["backend"]\n'
    )
    every, few = load(tmp_path, text).oncall.channels
    assert every.wants("warning", "unknown")
    assert few.wants("critical", "backend")
    assert not few.wants("warning", "backend")
    assert not few.wants("critical", "postgres")
