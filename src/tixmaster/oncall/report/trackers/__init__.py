"""Issue trackers: one issue an incident, which follows it. A tracker is a folder here and a line in `kinds.py`."""
