"""Trying out where on-call's words go: `tix channels test`, `tix tracker test`."""

from __future__ import annotations

from contextlib import closing

from cyclopts import App

from tixmaster.cli.output import console, mark


def register(app: App) -> None:
    """Adds `tix channels` and `tix tracker`."""
    channels = App(name="channels", help="The chat channels of [[oncall.channels]].")
    channels.command(try_channels, name="test")
    app.command(channels)
    tracker = App(name="tracker", help="The issue tracker of [oncall.tracker].")
    tracker.command(try_tracker, name="test")
    app.command(tracker)


def try_channels(name: str | None = None, /) -> int:
    """Send a test message into every channel, or into one.

    Parameters
    ----------
    name
        The channel's name; all of them without it.
    """
    from tixmaster.oncall.errors import DeliveryError
    from tixmaster.oncall.report import chat
    from tixmaster.stack import config as configuration
    from tixmaster.stack.errors import ConfigError

    config = configuration.load()
    known = config.oncall.channels
    wanted = [channel for channel in known if name in (None, channel.name)]
    if not wanted:
        names = ", ".join(channel.name for channel in known) or "none"
        raise ConfigError(
            f"{config.path}: there is no channel {name or 'at all'} (there are: {names}). "
            "Write one under [[oncall.channels]] with name and url_file; README.md shows how."
        )
    text = chat.Text(
        title="[test] TixMaster", body="This channel hears of incidents. 此頻道將收到事件通知。", mood="info"
    )
    screen, failed = console(), 0
    for channel in wanted:
        try:
            chat.send(config, channel, text)
        except DeliveryError as error:
            failed += 1
            screen.print(f"{mark(False)} {channel.name}", markup=True)
            screen.print(f"  {error}", markup=False)
        else:
            screen.print(f"{mark(True)} {channel.name}")
    return 1 if failed else 0


def try_tracker() -> int:
    """Check the tracker's address, token and rights; nothing is written there."""
    from tixmaster.oncall.report.trackers.carry import open_tracker
    from tixmaster.stack import config as configuration
    from tixmaster.stack.errors import ConfigError

    config = configuration.load()
    settings = config.oncall.tracker
    if settings is None:
        raise ConfigError(f"{config.path} has no [oncall.tracker]. Write kind, url, project and token_file there.")
    with closing(open_tracker(config)) as tracker:
        console().print(f"{mark(True)} {settings.kind}: {tracker.check()}")
    return 0
