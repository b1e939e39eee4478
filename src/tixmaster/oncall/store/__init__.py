"""On-call's own state: SQLite by default, apart from the box office's database, which is one of the things that break."""

from tixmaster.oncall.store.database import Database
from tixmaster.oncall.store.postgres import open_server
from tixmaster.oncall.store.sqlite import open_database

__all__ = ["Database", "open_database", "open_server"]
