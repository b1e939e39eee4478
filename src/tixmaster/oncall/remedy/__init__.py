"""Stage 7, remedy: a ladder from a cause to an act that is proven to have helped.

| rung | code | |
|---|---|---|
| cause → act | `propose.py` | the first cause's decision names it |
| policy | `policy.py` | observe, approve, auto; per service, cause and hour |
| guards | `guards.py` | the list of reasons not to act; asked when proposed and again before the act |
| approval | `decide.py`, `links.py` | console, command line, or the signed link of the mail |
| act | `act.py` | through the service manager, once |
| verify | `verify.py`, `measure.py` | health, the decision's own steps, and the figures in Prometheus |
"""

from tixmaster.oncall.remedy.act import carry_out
from tixmaster.oncall.remedy.decide import decide, expire
from tixmaster.oncall.remedy.propose import propose

__all__ = ["carry_out", "decide", "expire", "propose"]
