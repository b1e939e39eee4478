"""Overview: do visitors get answers, do they buy, what comes in, and is there anything left to sell?"""

from __future__ import annotations

from tixmaster.stack.monitoring import objectives, series
from tixmaster.stack.monitoring.dashboards.model import Dashboard, Panel, Query, Tile

REQUEST_RATE = Panel(
    id=1,
    uid="request-rate",
    title="Requests by status class",
    title_zh="請求速率（依狀態碼類別）",
    answers="How much is asked of us, and with what success. 5xx is trouble; a sudden end of everything is, too.",
    answers_zh="目前的流量與回應結果。出現 5xx 或整體驟降都代表異常。",
    unit="req/s",
    queries=(Query(expr=series.REQUEST_RATE, legend="{{service}} {{class}}"),),
    tones={"5xx": "trouble", "4xx": "warning"},
)
ERROR_RATIO = Panel(
    id=2,
    uid="error-ratio",
    title="Share of failed requests (5xx)",
    title_zh="錯誤率（5xx）",
    answers="How many visitors meet an error of ours. From the line upwards the month's budget burns 14.4 times too fast.",
    answers_zh="每百個請求有多少失敗。虛線為錯誤預算以 14.4 倍速消耗的界線。",
    unit="ratio",
    queries=(Query(expr=series.ERROR_RATIO, legend="{{service}}"),),
    threshold=objectives.FAST_BURN * objectives.ERROR_BUDGET,
)
LATENCY = Panel(
    id=3,
    uid="latency-p95",
    title="Latency, 95th percentile",
    title_zh="延遲（第 95 百分位）",
    answers="How long all but the slowest twentieth of the visitors wait.",
    answers_zh="95% 的請求在此時間內完成。",
    unit="seconds",
    queries=(Query(expr=series.LATENCY_P95, legend="{{service}}"),),
    threshold=objectives.LATENCY_P95_SECONDS,
)
ORDERS = Panel(
    id=4,
    uid="orders",
    title="Orders and what is usual at this time",
    title_zh="訂單量與同時段預期",
    answers="Whether people buy as they do at this hour of the week. Far below the usual while sales are open is trouble.",
    answers_zh="與前三週同時段相比的訂單量。開賣中卻遠低於平常即為異常。",
    unit="orders/min",
    queries=(
        Query(expr=series.ORDERS_PER_MINUTE, legend="{{service}}"),
        Query(
            expr=f"{series.ORDERS_EXPECTED_PER_MINUTE} > 0",
            legend="{{service}} usual",
            legend_zh="{{service}} 平常",
        ),
    ),
    tones={"usual": "reference"},
)
VISITORS = Panel(
    id=5,
    uid="visitors",
    title="Visitors (event list)",
    title_zh="訪客（活動列表）",
    answers="Whether people come at all: few orders with few visitors is a quiet hour, with many it is trouble.",
    answers_zh="是否有人瀏覽：訪客少而訂單少屬離峰，訪客多而訂單少則為異常。",
    unit="req/s",
    queries=(Query(expr=series.VISIT_RATE, legend="{{service}}"),),
)
INSTANCES = Panel(
    id=6,
    uid="instances-up",
    title="Instances that answer",
    title_zh="存活的實例數",
    answers="Whether each service answers the monitoring. None is an outage of that service.",
    answers_zh="各服務回應監控的實例數；歸零即該服務中斷。",
    unit="instances",
    queries=(Query(expr="sum by (service) (up)", legend="{{service}}"),),
    threshold=1,
    threshold_is_floor=True,
)
MONEY = Panel(
    id=7,
    uid="money",
    title="Money ordered, received and given back",
    title_zh="訂購、入帳與退款金額",
    answers="What the orders are worth and what arrives. Ordered without received: payments fail, or nobody pays.",
    answers_zh="訂單金額與實際入帳。有訂購卻無入帳，代表付款失敗或無人付款。",
    unit="money/min",
    queries=tuple(
        Query(
            expr=f'{series.MONEY_PER_MINUTE}{{kind="{kind}"}}',
            legend=f"{words} {{{{currency}}}}",
            legend_zh=f"{zh} {{{{currency}}}}",
        )
        for kind, words, zh in (
            ("ordered", "ordered", "訂購"),
            ("received", "received", "入帳"),
            ("given_back", "given back", "退款"),
        )
    ),
)
ON_SALE = Panel(
    id=8,
    uid="on-sale",
    title="Seats: sold, held, left",
    title_zh="座位：已售、保留、剩餘",
    answers="How each event ahead sells. Nothing left explains missing orders; much held means unpaid baskets.",
    answers_zh="各活動的銷售進度。售罄可解釋訂單消失；保留過多代表未付款的訂單多。",
    unit="seats",
    kind="bars",
    row="{{event}}",
    queries=tuple(
        Query(expr=f'sum by (event_id, event) ({series.SEATS}{{state="{state}"}})', legend=state, legend_zh=state_zh)
        for state, state_zh in (("sold", "已售"), ("held", "保留"), ("left", "剩餘"))
    ),
    tones={"left": "reference"},
)
QUEUE = Panel(
    id=9,
    uid="queue",
    title="Orders in line, requests without a database connection",
    title_zh="排隊中的訂單與等待資料庫連線的請求",
    answers="What waits instead of being served. A line that does not end is an overload or a slow database.",
    answers_zh="等待處理的數量。隊伍持續不退代表過載或資料庫過慢。",
    unit="orders",
    queries=(
        Query(
            expr=f"sum by (service) ({series.ORDERS_WAITING})",
            legend="{{service}} orders",
            legend_zh="{{service}} 訂單",
        ),
        Query(
            expr=f"sum by (service) ({series.POOL_WAITING})",
            legend="{{service}} for a connection",
            legend_zh="{{service}} 等待連線",
        ),
    ),
)
OUTCOMES = Panel(
    id=10,
    uid="order-outcomes",
    title="Orders by outcome",
    title_zh="訂單結果",
    answers="What becomes of the wishes to buy: failed is our fault; declined has a reason, such as sold out.",
    answers_zh="購票請求的結果：failed 為系統因素，declined 有其原因（例如售罄）。",
    unit="orders/min",
    queries=(Query(expr=series.ORDERS_BY_OUTCOME, legend="{{outcome}}"),),
    tones={"failed": "trouble"},
)
PAYMENTS = Panel(
    id=11,
    uid="payments",
    title="Payments by outcome",
    title_zh="付款結果",
    answers="Whether the payment provider takes the money. Many failed with few succeeded is the provider or our key.",
    answers_zh="金流商是否正常收款。失敗多而成功少，原因在金流商或金鑰設定。",
    unit="payments/min",
    queries=(Query(expr=series.PAYMENTS_BY_OUTCOME, legend="{{outcome}}"),),
    tones={"refund_failed": "trouble", "failed": "trouble", "late": "warning"},
)
STOCK_FAULTS = Panel(
    id=12,
    uid="stock-faults",
    title="Seats oversold, ticket types that do not add up",
    title_zh="超賣座位與帳目不符的票種",
    answers="Anything but zero is a fault: more is sold than there is, or seats are missing.",
    answers_zh="必須恆為零：否則代表超賣或座位帳目不符。",
    unit="seats",
    queries=(
        Query(
            expr=f"max by (service) ({series.OVERSOLD})",
            legend="{{service}} oversold",
            legend_zh="{{service}} 超賣",
        ),
        Query(
            expr=f"max by (service) ({series.STOCK_DIFFERENCES})",
            legend="{{service}} ticket types that differ",
            legend_zh="{{service}} 帳目不符的票種",
        ),
    ),
    threshold=1,
)
EXPIRED_HOLDS = Panel(
    id=13,
    uid="expired-holds",
    title="Oldest hold that ran out and was not given back",
    title_zh="逾期未釋出的最舊保留",
    answers="Seats of baskets that ran out come back within seconds; an age that grows keeps seats from buyers.",
    answers_zh="逾期保留的座位應在數秒內釋出；持續上升代表座位卡住。",
    unit="seconds",
    queries=(Query(expr=f"max by (service) ({series.OLDEST_EXPIRED_HOLD})", legend="{{service}}"),),
    threshold=objectives.EXPIRED_HOLD_SECONDS,
)
CHECKOUT = Panel(
    id=14,
    uid="synthetic-checkout",
    title="Since the last test purchase that worked",
    title_zh="距上次測試購票成功的時間",
    answers="The synthetic shopper buys and gives back a ticket; it is the only sound sign in quiet hours.",
    answers_zh="模擬購票者定期購票並退回，是離峰時段唯一可靠的訊號。",
    unit="seconds",
    queries=(Query(expr=f"time() - max by (service) ({series.PROBE_SUCCESS} > 0)", legend="{{service}}"),),
)
BUDGET = Panel(
    id=15,
    uid="error-budget",
    title="Error budget of 30 days that is left",
    title_zh="30 天錯誤預算剩餘",
    answers="The objective is 99.5 % without a 5xx. Below zero nothing risky should be deployed.",
    answers_zh="目標為 99.5% 無 5xx。低於零時不應再部署有風險的變更。",
    unit="ratio",
    queries=(Query(expr=f"1 - {series.BUDGET_SPENT}", legend="{{service}}"),),
    threshold=0,
    threshold_is_floor=True,
)
POOL = Panel(
    id=16,
    uid="db-pool",
    title="The backend's database connections",
    title_zh="後端的資料庫連線池",
    answers="Lent against open; as soon as requests wait, the pool is the bottleneck.",
    answers_zh="使用中與已開啟的連線；一旦有請求等待，連線池即為瓶頸。",
    unit="connections",
    queries=(
        Query(
            expr="sum by (service) (ticketing_db_pool_in_use)",
            legend="in use",
            legend_zh="使用中",
        ),
        Query(
            expr=f"sum by (service) ({series.POOL_WAITING})",
            legend="waited for",
            legend_zh="等待中",
        ),
        Query(
            expr="sum by (service) (ticketing_db_pool_size)",
            legend="open",
            legend_zh="已開啟",
        ),
    ),
    tones={"open": "reference", "waited for": "trouble"},
)
FILES = Panel(
    id=17,
    uid="open-files",
    title="Open files, share of those permitted",
    title_zh="開啟檔案數（占上限比例）",
    answers="A process that runs out of file descriptors can accept no connection.",
    answers_zh="檔案描述元用盡的行程無法接受連線。",
    unit="ratio",
    queries=(Query(expr="max by (service) (process_open_fds / process_max_fds)", legend="{{service}}"),),
    threshold=objectives.OPEN_FILES,
)
UPTIME = Panel(
    id=18,
    uid="uptime",
    title="Since each process started",
    title_zh="各行程已執行時間",
    answers="A saw with short teeth is a process that crashes again and again.",
    answers_zh="短鋸齒代表行程反覆崩潰重啟。",
    unit="seconds",
    queries=(Query(expr="time() - max by (service) (process_start_time_seconds)", legend="{{service}}"),),
)

DASHBOARD = Dashboard(
    uid="tixmaster-overview",
    title="Overview",
    title_zh="總覽",
    answers="Do visitors get answers, do they buy, what comes in, and what is left to sell?",
    answers_zh="訪客是否得到回應、是否購票、入帳多少、還剩多少票？",
    tiles=(
        Tile(
            id=101,
            title="Requests that succeed",
            title_zh="成功的請求",
            unit="ratio",
            query=Query(expr=f"1 - max({series.ERROR_RATIO})", legend=""),
            panel=ERROR_RATIO,
            threshold=1 - objectives.ERROR_BUDGET,
            threshold_is_floor=True,
        ),
        Tile(
            id=102,
            title="Latency, 95th percentile",
            title_zh="延遲（第 95 百分位）",
            unit="seconds",
            query=Query(expr=f"max({series.LATENCY_P95})", legend=""),
            panel=LATENCY,
            threshold=objectives.LATENCY_P95_SECONDS,
        ),
        Tile(
            id=103,
            title="Requests",
            title_zh="請求",
            unit="req/s",
            query=Query(expr=f"sum({series.REQUEST_RATE})", legend=""),
            panel=REQUEST_RATE,
        ),
        Tile(
            id=104,
            title="Orders",
            title_zh="訂單",
            unit="orders/min",
            query=Query(expr=f"sum({series.ORDERS_PER_MINUTE})", legend=""),
            usual=Query(
                expr=f"sum({series.ORDERS_EXPECTED_PER_MINUTE}) > 0",
                legend="usual",
                legend_zh="平常",
            ),
            panel=ORDERS,
        ),
        Tile(
            id=105,
            title="Received in the last hour",
            title_zh="最近一小時入帳",
            unit="money",
            query=Query(
                expr=f'sum by (currency) (increase({series.MONEY}{{kind="received"}}[1h]))', legend="{{currency}}"
            ),
            panel=MONEY,
        ),
        Tile(
            id=106,
            title="Error budget left",
            title_zh="錯誤預算剩餘",
            unit="ratio",
            query=Query(expr=f"1 - max({series.BUDGET_SPENT})", legend=""),
            panel=BUDGET,
            threshold=0,
            threshold_is_floor=True,
        ),
    ),
    panels=(REQUEST_RATE, ERROR_RATIO, LATENCY, QUEUE, ORDERS, MONEY, ON_SALE, INSTANCES),
    details=(VISITORS, OUTCOMES, PAYMENTS, STOCK_FAULTS, EXPIRED_HOLDS, CHECKOUT, BUDGET, POOL, FILES, UPTIME),
)
