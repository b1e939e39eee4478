"""Looking around on a machine for `tix init`: who keeps which service running, and where it answers.

One small file per source; the list of them is `SOURCES` in `survey.py`. Nothing is started, stopped or changed by looking.
"""
