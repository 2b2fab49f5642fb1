"""The report's own words, in English and in Chinese. What was measured and said stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    en: str
    zh: str


WORDS: Mapping[str, Words] = {
    "held": Words("held", "达标"),
    "broken": Words("broken", "未达标"),
    "unknown": Words("unknown", "无法判定"),
    "excused": Words("excused", "不计入"),
    "hero_held": Words("Every objective held.", "所有目标均已达到。"),
    "hero_broken": Words("An objective was broken.", "有目标未达到。"),
    "hero_unknown": Words("Nobody can say for certain.", "现有证据不足以判定。"),
    "was": Words("before the fault", "故障前的角色"),
    "timers_profile": Words("timers", "定时器方案"),
    "worst_of": Words("out, worst client of", "中断时间，最差客户端，共"),
    "no_outage": Words("not measured", "未测得"),
    "not_ended": Words("not ended", "未恢复"),
    "acked_lost": Words("acknowledged writes lost", "已确认写入丢失"),
    "of_acked": Words("of acknowledged", "已确认总数"),
    "recovery": Words("system as before after", "系统完全恢复用时"),
    "timeline": Words("Timeline", "时间线"),
    "timeline_note": Words(
        "Seconds after the fault. Each lane is one client; a bar is the time in which it was not "
        "served: solid where that is certain, striped where the truth lies in between. The mark "
        "behind a bar is where its objective would have been broken.",
        "横轴为故障后的秒数。每一行是一个客户端；色条表示它得不到服务的时间："
        "实心部分确定中断，条纹部分为测量误差范围。色条后的刻度为目标上限。",
    ),
    "around": Words("around the fault", "故障前后"),
    "whole": Words("whole run", "全程"),
    "closer": Words("closer", "放大"),
    "wider": Words("wider", "缩小"),
    "no_script": Words(
        "The plot needs JavaScript; the tables below say the same.",
        "图形需要 JavaScript；下方表格内容相同。",
    ),
    "course": Words("What happened, and which timer it waited for", "经过，以及每一步等待的定时器"),
    "no_course": Words("Nothing was recorded.", "没有记录。"),
    "at": Words("at (s)", "时刻（秒）"),
    "took": Words("took (s)", "用时（秒）"),
    "what": Words("what", "事件"),
    "who": Words("who said it", "来源"),
    "timer": Words("timers", "定时器"),
    "probes": Words("What each client saw", "各客户端所见"),
    "probe": Words("client", "客户端"),
    "outage": Words("outage (s)", "中断（秒）"),
    "objective": Words("objective (s)", "目标（秒）"),
    "asked": Words("asked", "提问"),
    "acked": Words("good", "成功"),
    "failed": Words("failed", "失败"),
    "unanswered": Words("unknown", "未知"),
    "lost": Words("lost", "丢失"),
    "usual": Words("usual answer (ms)", "平常应答（毫秒）"),
    "verdict": Words("verdict", "结论"),
    "load": Words("The load beside it", "同时施加的负载"),
    "load_note": Words(
        "Requests that were sent on schedule besides the clients' questions, by when they were "
        "due. Waiting times count from then. The verdict does not depend on them.",
        "除上述客户端外按固定节拍发出的请求，按其计划发出的时刻归入各阶段；"
        "等待时间从该时刻算起。结论不取决于它们。",
    ),
    "load_generator": Words(
        "The generator reached, and was late by (99th percentile)",
        "发生器实际速率与延迟（第 99 百分位）",
    ),
    "phase": Words("phase", "阶段"),
    "phase_before": Words("before the fault", "故障前"),
    "phase_broken": Words("until the heal", "故障至修复"),
    "phase_after": Words("after the heal", "修复后"),
    "errors": Words("errors", "错误"),
    "events": Words("Everything the hosts said", "主机的全部事件"),
    "filter": Words("filter", "筛选"),
    "circumstances": Words("Circumstances", "环境"),
    "machine": Words("machine and versions", "机器与版本"),
    "clocks": Words("hosts' clocks against ours", "各主机时钟偏差"),
    "evidence": Words("Evidence", "证据"),
    "evidence_note": Words(
        "Everything on this page is computed from timeline.jsonl, which was saved before anything "
        "was computed. Compute it again:",
        "本页全部内容由 timeline.jsonl 计算得出，该文件在计算之前已保存。重新计算：",
    ),
    "reading": Words("How to read it", "如何阅读"),
    "read_interval": Words(
        "An outage is an interval. Its upper end runs from the last good question to the first "
        "good answer: nothing longer can hide in it. Its lower end runs from the first question "
        "that had to wait to the last moment at which one certainly still had to.",
        "中断时间是一个区间。上限：从最后一个成功提问到第一个成功应答，不可能更长；"
        "下限：从第一个被迫等待的提问，到能够确定仍须等待的最后时刻。",
    ),
    "read_unknown": Words(
        "A question without an answer is unknown: neither done nor not done. Unknown never counts "
        "as good. A verdict is unknown when the objective lies within the interval, when there "
        "was no clean baseline, or when a member could not be asked for its data.",
        "没有应答的操作记为未知：既不算成功也不算失败，且从不计为成功。"
        "目标值落在区间内、故障前基线不干净、或有成员无法核对数据时，结论为无法判定。",
    ),
    "read_open": Words(
        "Questions are asked on schedule and never wait for each other, so one slow answer cannot "
        "hide others. Every acknowledged write was looked up afterwards on every member.",
        "提问按固定节拍发出，互不等待，因此一个慢应答不会掩盖其他提问。"
        "事后在每个成员上核对了每一个已确认的写入。",
    ),
    "read_excused": Words(
        "A client that enters through the victim itself is measured but not judged: its entry "
        "point is gone until the host returns, and others take its place.",
        "经由故障主机自身接入的客户端只测量、不计入结论：其入口在主机返回前不存在，由其他入口代替。",
    ),
}
