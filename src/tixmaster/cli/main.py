"""The one edge of the command line: parse, call, turn errors into words and exit codes.

Exit codes: 0 healthy or done, 1 a check failed, 2 wrong use or configuration, 3 could not reach what was asked.
"""

from __future__ import annotations

import sys
from typing import NoReturn

from cyclopts import App, CycloptsError

from tixmaster import __version__
from tixmaster.cli import (
    accounts,
    backup,
    bench,
    channels,
    container,
    develop,
    drill,
    incidents,
    init,
    logs,
    monitoring,
    remedy,
    serve,
    silences,
    simulate,
    sop,
    stack,
    status,
    stock,
)
from tixmaster.stack.errors import StackError

WRONG_USE = 2
INTERRUPTED = 130


def build() -> App:
    """The whole command tree. Commands import what they need when they run: `tix --help` must answer at once."""
    app = App(
        name="tix",
        help="TixMaster: a ticketing backend that runs its own on-call.",
        version=__version__,
        result_action="return_value",
    )
    check = App(name="check", help="Look at one part, or (without one) check this tree's code.")
    app.command(check)
    init.register(app)
    stack.register(app)
    status.register(app, check)
    stock.register(check)
    logs.register(app)
    monitoring.register(app, check)
    incidents.register(app)
    silences.register(app)
    remedy.register(app)
    channels.register(app)
    sop.register(app)
    drill.register(app)
    bench.register(app)
    simulate.register(app)
    develop.register(app, check)
    serve.register(app)
    container.register(app)
    accounts.register(app)
    backup.register(app)
    return app


def main() -> NoReturn:
    """Runs the command of `sys.argv` and exits."""
    try:
        result = build()(exit_on_error=False, print_error=True)
    except CycloptsError:
        sys.exit(WRONG_USE)
    except StackError as error:
        print(f"✗ {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    sys.exit(result if isinstance(result, int) else 0)
