"""What docs/explanation/convergence.md says of predictions: its tables and drawings, made anew from
the model. Text between two marks of a page is replaced; nothing else is touched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from math import isinf

from holdfast.converge.model.access import Design
from holdfast.converge.model.cluster import story
from holdfast.converge.model.predict import Prediction, predict
from holdfast.report.drawing import alone
from holdfast.report.prediction.bars import bars
from holdfast.report.prediction.curves import curves
from holdfast.timers.cluster.profiles import BALANCED, FAST, LEGACY, STOCK

_DRAWS = 20_000

_DESIGNS = {
    "legacy, scheme 1": Design(LEGACY, "outside", "nginx"),
    "legacy, scheme 2": Design(LEGACY),
    "upstream, scheme 1": Design(STOCK, "outside", "nginx"),
    "upstream, scheme 2": Design(STOCK),
    "balanced, scheme 2": Design(BALANCED),
    "fast, scheme 1": Design(FAST, "outside", "nginx"),
    "fast, scheme 2": Design(FAST),
    "fast, scheme 2, agents": Design(FAST, agent=True),
}
_PHASED = ("legacy, scheme 2", "upstream, scheme 2", "fast, scheme 2", "fast, scheme 2, agents")
_DRAWN = {"upstream": "upstream, scheme 2", "fast": "fast, scheme 2"}

_ZH = {
    "legacy": "legacy",
    "upstream": "上游缺省",
    "scheme 1": "方案一",
    "scheme 2": "方案二",
    "agents": "节点代理",
}
_WAITS = {
    "api": ("`kubectl` in a loop is answered", "循环执行的 `kubectl` 得到应答"),
    "calls": ("no new connection fails any more", "新连接不再失败"),
    "watch": ("an open watch has ended", "已建立的 watch 断开"),
    "node": ("the node is NotReady", "节点变为 NotReady"),
    "service": ("surviving pods' Service is clean", "存活 Pod 的 Service 不再出错"),
    "pod": ("a Service reaches the new pod", "Service 访问到新 Pod"),
}
_PHASES = {
    "etcd elects a leader": ("etcd elects", "etcd 选举"),
    "agents: knock in vain": ("corosync and knocks", "corosync 与敲门"),
    "controller-manager: a standby takes over": (
        "a standby becomes controller-manager",
        "备用 controller-manager 接管",
    ),
    "controller-manager: its controllers run": ("its controllers run", "控制器启动"),
    "the node is NotReady": ("grace period", "宽限期"),
    "the NoExecute taint": ("the taint", "污点"),
    "its pod is tolerated": ("toleration", "容忍时间"),
    "it is given a node": ("eviction, creation, scheduling", "驱逐、创建、调度"),
    "it is in the EndpointSlice": (
        "container runs, is ready, has an endpoint",
        "容器运行、就绪、进入端点",
    ),
    "kube-proxy may write again": ("kube-proxy may write again", "kube-proxy 被允许再次写入"),
    "kube-proxy has written its rules": ("rules are written", "规则写入"),
}
_NEVER = ("never", "永不")


def pages(texts: Mapping[str, str]) -> dict[str, str]:
    """Each page with its tables as they are now; by name, the Chinese one ends in `.zh.md`."""
    return {name: _page(text, name.endswith(".zh.md")) for name, text in texts.items()}


def drawings() -> dict[str, str]:
    """SVG files by name."""
    found = {
        f"{key}.svg": alone(
            curves(
                {name: _of(name).wait(key).curve for name in _DESIGNS},
                f"{_WAITS[key][0]}: share of the cases, by seconds after the cut",
            )
        )
        for key in ("api", "calls", "pod")
    }
    return found | {f"phases-{n}.svg": alone(bars(_of(d).wait("pod"))) for n, d in _DRAWN.items()}


def _page(text: str, chinese: bool) -> str:
    for name, table in (("waits", _waits(chinese)), ("phases", _phases(chinese))):
        begin, end = f"<!-- predicted: {name} -->", f"<!-- end: {name} -->"
        place = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.S)
        text = place.sub(f"{begin}\n\n{table}\n\n{end}", text)
    return text


@cache
def _of(name: str) -> Prediction:
    design = _DESIGNS[name]
    return predict(story(design), design.timers, _DRAWS)


def _waits(chinese: bool) -> str:
    """Median and 99th percentile."""
    rows = [
        (words[chinese], *(_figures(_of(name), key, chinese) for name in _DESIGNS))
        for key, words in _WAITS.items()
    ]
    return _table([_title(name, chinese) for name in _DESIGNS], rows)


def _figures(told: Prediction, key: str, chinese: bool) -> str:
    spread = told.wait(key).spread
    median, rare = (_figure(each, chinese) for each in (spread.p50, spread.p99))
    return median if median == rare else f"{median} / {rare}"


def _phases(chinese: bool) -> str:
    """Medians; each from the end of the one before in the table."""
    told = {name: _ends(_of(name)) for name in _PHASED}
    rows = []
    for phase, words in _PHASES.items():
        took = [_figure(own[phase], chinese) if phase in own else "" for own in told.values()]
        if any(took):
            rows.append((words[chinese], *took))
    return _table([_title(name, chinese) for name in _PHASED], rows)


def _ends(told: Prediction) -> dict[str, float]:
    """How long after the phase before it, of those in the table, each ended; of those that most
    cases wait for."""
    found, before = {}, 0.0
    for phase in told.wait("pod").phases:
        if phase.name in _PHASES and phase.on_path > 0.5:
            found[phase.name] = max(0.0, phase.ended.p50 - before)
            before = max(before, phase.ended.p50)
    return found


def _title(name: str, chinese: bool) -> str:
    if not chinese:
        return name
    return "，".join(_ZH.get(word, word) for word in name.split(", "))


def _figure(seconds: float, chinese: bool) -> str:
    """`0.7`, `12`, `429`."""
    if isinf(seconds):
        return _NEVER[chinese]
    return f"{seconds:.0f}" if seconds >= 9.95 else f"{seconds:.1f}"


def _table(head: list[str], rows: list[tuple[str, ...]]) -> str:
    lines = [("", *head), ("---",) * (len(head) + 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
