"""From breach to notification: scrape interval, evaluation interval, the alert's `for`, the channel's delay."""

import pytest
from checks_cases import analysis


def system(alerting: str = "", metrics: str = "", alert: str = "") -> str:
    lines = [
        "workload: {rate: 1/s}",
        "components:",
        "  app: {kind: server, time: 1ms}",
        metrics and f"  metrics: {{kind: metrics, {metrics}}}",
        alerting and f"  alerting: {{kind: alerting, {alerting}}}",
        f"alerts: [{{when: app.cpu > 70%{alert}}}]",
    ]
    return "\n".join(line for line in lines if line)


CHANNELS = "notify: [{channel: chat, delay: 10s}, {channel: pager, delay: 45s}]"


@pytest.mark.parametrize(
    ("alerting", "metrics", "alert", "mean", "worst"),
    [
        ("evaluation_interval: 30s", "", "", 15, 30),
        ("evaluation_interval: 30s", "scrape_interval: 10s", "", 20, 40),
        ("evaluation_interval: 30s", "scrape_interval: 10s", ", for: 5m", 320, 340),
        (f"evaluation_interval: 30s, {CHANNELS}", "scrape_interval: 10s", ", for: 5m, notify: pager", 365, 385),
        (f"evaluation_interval: 30s, {CHANNELS}", "scrape_interval: 10s", ", notify: chat", 30, 50),
        ("evaluation_interval: 1m, notify: {channel: mail, delay: 2m}", "", ", notify: mail", 150, 180),
    ],
)
def test_the_delays_add_up(alerting: str, metrics: str, alert: str, mean: float, worst: float) -> None:
    delay = analysis(system(alerting, metrics, alert)).alerts[0].delay
    assert delay is not None
    assert delay.mean == pytest.approx(mean)
    assert delay.worst == pytest.approx(worst)


def test_where_nothing_evaluates_there_is_no_delay() -> None:
    assert analysis(system()).alerts[0].delay is None
