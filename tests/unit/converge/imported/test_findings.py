"""Each finding: a few lines that have it, the line it names, and the same without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.converge.imported.given import OBJECTIVES, SYSTEMS, system, written

from holdfast.converge.imported.findings import FINDINGS, findings
from holdfast.finding import Severity

GOOD = """\
defaults
    mode tcp
    option redispatch 1
    option httpchk GET /readyz
    timeout connect 300ms
    timeout client 1h
    timeout server 1h
backend kube-apiserver
    default-server check inter 300ms fastinter 100ms fall 3 on-marked-down shutdown-sessions
    server a 10.0.0.1:6443
    server b 10.0.0.2:6443
    server c 10.0.0.3:6443
"""
"""haproxy.cfg without a flaw."""

PAIR = """\
vrrp_instance VI {{
    state {state}
    {more}
    virtual_router_id 7
    priority {priority}
    advert_int 1
    track_process {{
        haproxy
    }}
}}
"""


def _pair(state: str = "BACKUP", more: str = "", priority: int = 9) -> str:
    return PAIR.format(state=state, more=more, priority=priority)


def _cib(name: str, value: str) -> str:
    return CIB.format(name=name, value=value, kind="stonith")


CIB = """\
<cib><configuration><crm_config><cluster_property_set id="c">
<nvpair id="o" name="{name}" value="{value}"/>
</cluster_property_set></crm_config>
<resources><primitive id="{kind}" class="{kind}" type="x"/></resources>
</configuration></cib>
"""

THIRD = " node {\n ring0_addr: c\n }\n"
QUORUM = """\
totem {{
}}
nodelist {{
 node {{
 ring0_addr: a
 }}
 node {{
 ring0_addr: b
 }}
{}}}
"""

BESIDE = """\
etcd --listen-client-urls=http://a:2379
kube-apiserver --etcd-servers=http://a:2379
"""

UPSTREAM = """\
stream {
    upstream apiserver {
        server 10.0.0.1:6443 max_fails=1 fail_timeout=30s;
        server 10.0.0.2:6443 max_fails=1 fail_timeout=30s;
    }
    server {
        listen 8443;
        proxy_connect_timeout 1s;
        proxy_socket_keepalive on;
        proxy_pass apiserver;
    }
}
"""

FOUND: list[tuple[str, str, str, str, int]] = [
    # code, text, what to replace, with what, line
    ("twice-member", GOOD, "10.0.0.3", "10.0.0.1", 12),
    ("kept-unchecked", GOOD, "c 10.0.0.3:6443", "c 10.0.0.3:6443 no-check", 12),
    ("kept-max-fails", UPSTREAM, "max_fails=1", "max_fails=0", 3),
    ("slow-checks", GOOD, "inter 300ms fastinter 100ms fall 3", "inter 60s fall 3", 9),
    ("slow-dominant", "totem {\n token: 500\n}\n", "500", "5000", 2),
    ("forever-timeout", GOOD, "    timeout server 1h\n", "", 7),
    ("retries-same", GOOD, "    option redispatch 1\n", "", 7),
    ("retries-same", GOOD, "option redispatch 1", "no option redispatch", 3),
    ("retries-off", UPSTREAM, "socket_keepalive on", "next_upstream off", 9),
    ("fencing-maintenance", _cib("maintenance-mode", "false"), "false", "true", 2),
    ("vrrp-script", "vrrp_script c {\n interval 1\n fall 2\n}\n", "fall 2", "fall 9", 2),
    ("sessions-stuck", GOOD, " on-marked-down shutdown-sessions", "", 8),
    ("sessions-stuck", UPSTREAM, "        proxy_socket_keepalive on;\n", "", 2),
    ("shallow-check", GOOD, "    option httpchk GET /readyz\n", "", 7),
    ("alone-server", GOOD, GOOD[GOOD.index("    server b") :], "", 10),
    ("order-fails", UPSTREAM, "connect_timeout 1s", "connect_timeout 60s", 3),
    ("order-idle", GOOD, "timeout client 1h", "timeout client 20s", 6),
    ("order-consensus", "totem {\n token: 3000\n}\n", "3000", "3000\n consensus: 3000", 3),
    ("order-patroni", "scope: a\nttl: 30\nretry_timeout: 10\n", "30", "20", 2),
    ("quorum-even", QUORUM.format(THIRD), THIRD, "", 5),
    ("quorum-even", QUORUM.format("quorum {\n two_node: 1\n}\n"), "two_node: 1", "two_node: 0", 5),
    (
        "fencing-off",
        _cib("stonith-enabled", "true"),
        "true",
        "false",
        2,
    ),
    (
        "fencing-none",
        _cib("stonith-timeout", "9s"),
        'stonith" type',
        'ocf" type',
        4,
    ),
    (
        "fencing-quorum",
        _cib("no-quorum-policy", "stop"),
        "stop",
        "ignore",
        2,
    ),
    ("galera-alone", "wsrep_cluster_address=gcomm://a,b,c", "a,b,c", "", 1),
    ("galera-split", "wsrep_provider_options=pc.ignore_sb=no", "=no", "=yes", 1),
    (
        "standby-needed",
        "synchronous_standby_names = 'ANY 1 (a, b)'",
        "ANY 1 (a, b)",
        "FIRST 2 (a, b)",
        1,
    ),
    ("standby-needed", "synchronous_standby_names = '*'", "*", "a", 1),
    ("standby-fsync", "wal_level = logical\nfsync = on", "= on", "= off", 2),
    ("coverage-full", "cluster-enabled yes\ncluster-require-full-coverage no", " no", " yes", 2),
    ("coverage-full", "cluster-enabled no\n", " no", " yes", 1),
    (
        "vrrp-untracked",
        _pair(),
        "track_process",
        "other",
        1,
    ),
    (
        "vrrp-nopreempt",
        _pair(more="nopreempt"),
        "BACKUP",
        "MASTER",
        3,
    ),
    ("remote-etcd", BESIDE, "servers=", "servers=http://b:2379,", 2),
    ("gone-flag", "kube-controller-manager --v=2", "--v=2", "--pod-eviction-timeout=30s", 1),
    ("gone-gate", "kubelet --v=2", "--v=2", "--feature-gates=TaintBasedEvictions=true", 1),
    ("gone-leader", "kube-scheduler --leader-elect=true", "=true", "=false", 1),
    ("restart-never", "ExecStart=/bin/etcd\nRestart=always", "always", "no", 2),
    ("unheard-port", BESIDE, "servers=http://a:2379", "servers=http://a:2378", 2),
]


@pytest.mark.parametrize(("code", "text", "old", "new", "line"), FOUND)
def test_found_where_it_is_and_only_there(
    code: str, text: str, old: str, new: str, line: int, tmp_path: Path
) -> None:
    assert old in text
    before = findings(written(tmp_path, {"good": text}), OBJECTIVES)
    assert code not in [each.code for each in before]
    after = findings(written(tmp_path, {"bad": text.replace(old, new, 1)}), OBJECTIVES)
    (found,) = [each for each in after if each.code == code]
    assert found.where.line == line and found.where.file.endswith("bad")
    assert found.hint


def test_the_good_ones_are_good(tmp_path: Path) -> None:
    assert not findings(written(tmp_path, {"haproxy.cfg": GOOD}), {**OBJECTIVES, "pod": 500})


def test_pairs_are_compared_across_files(tmp_path: Path) -> None:
    pair = {
        "a": _pair(priority=100),
        "b": _pair(priority=100).replace("_int 1", "_int 3"),
    }
    codes = {each.code for each in findings(written(tmp_path, pair), OBJECTIVES)}
    assert {"vrrp-priority", "differ-hosts"} <= codes
    pair["b"] = _pair(priority=90)
    codes = {each.code for each in findings(written(tmp_path, pair), OBJECTIVES)}
    assert not {"vrrp-priority", "differ-hosts"} & codes


def test_rules_between_timers_name_the_line(tmp_path: Path) -> None:
    texts = {
        "etcd": "etcd --heartbeat-interval=300 --election-timeout=1000",
        "redis": "repl-timeout 5\nrepl-ping-replica-period 9\n",
    }
    found = {each.code: each for each in findings(written(tmp_path, texts), OBJECTIVES)}
    assert found["cluster-timers-election"].where.line == 1
    assert found["timers-repl"].where.line == 2
    assert found["timers-repl"].severity is Severity.ERROR


def test_rules_about_parts_that_no_file_tells_of_are_silent(tmp_path: Path) -> None:
    """A node timeout is held against corosync's token only where there is a corosync."""
    redis = {"redis": "cluster-enabled yes\ncluster-node-timeout 5000\n"}
    alone = findings(written(tmp_path, redis), OBJECTIVES)
    assert "timers-node" not in [each.code for each in alone]
    both = {**redis, "corosync": "totem {\n token: 3000\n}\n"}
    found = [each.code for each in findings(written(tmp_path, both), OBJECTIVES)]
    assert "timers-node" in found


def test_older_kubernetes_only_ignores_the_flag(tmp_path: Path) -> None:
    texts = {"a": "kube-controller-manager --pod-eviction-timeout=30s"}
    (found,) = [
        each
        for each in findings(written(tmp_path, texts, kubernetes="1.26"), OBJECTIVES)
        if each.code == "gone-flag"
    ]
    assert found.severity is Severity.WARNING


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_finding_has_a_remedy(name: str) -> None:
    for finding in findings(system(name), OBJECTIVES):
        assert finding.message and finding.hint


def test_codes_begin_with_the_file_that_makes_them(tmp_path: Path) -> None:
    for code, text, old, new, _ in FOUND:
        name = code.partition("-")[0]
        (check,) = [each for each in FINDINGS if each.__name__.endswith(f".{name}")]
        seen = written(tmp_path, {"bad": text.replace(old, new, 1)})
        assert code in [each.code for each in check.check(seen, OBJECTIVES)]
