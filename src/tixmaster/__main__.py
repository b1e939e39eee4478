"""`python -m tixmaster`: the same as `tix`."""

from tixmaster.cli.main import main

main()
