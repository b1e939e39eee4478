"""Pictures of panels, drawn by a process of their own: it is there while there is something to draw, and costs nothing else.

`artist.py` is on-call's side; `__main__.py` is the process; `picture.py` is what they hand each other over two pipes.
"""
