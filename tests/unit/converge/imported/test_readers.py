"""Each format: what is recognised, what is read, and what a broken file says."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.converge.imported.given import CASES, FILES, reading, system

from holdfast.converge.imported.files import source_of
from holdfast.converge.imported.recognise import kind_of, read
from holdfast.errors import InputError

KINDS = {
    "haproxy.cfg": "haproxy",
    "nginx.conf": "nginx",
    "corosync.conf": "corosync",
    "cib.xml": "cib",
    "postgresql.conf": "postgresql",
    "patroni.yml": "patroni",
    "redis.conf": "redis",
    "sentinel.conf": "redis",
    ".service": "command",
    ".sh": "command",
    ".env": "command",
    "kube-proxy": "command",
    ".yaml": "kubernetes",
    ".cnf": "galera",
    "keepalived.conf": "keepalived",
    "keepalived-a.conf": "keepalived",
    "keepalived-b.conf": "keepalived",
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_kinds_are_told_by_their_content(path: Path, tmp_path: Path) -> None:
    kind = next(kind for end, kind in KINDS.items() if path.name.endswith(end))
    nameless = tmp_path / "file"
    nameless.write_text(path.read_text())
    assert kind_of(source_of(nameless)).name == kind


BROKEN = [
    ("question-local/haproxy.cfg", "timeout connect 10s", "timeout connect 10x", 16, "duration"),
    ("question-local/haproxy.cfg", "timeout connect 10s", "timeout connect", 16, "no value"),
    ("question-local/haproxy.cfg", "inter 60s fall 3", "inter 60s fall three", 33, "no number"),
    ("question-local/haproxy.cfg", "rise 3\n    server", "rise\n    server", 33, "no value"),
    ("question-local/haproxy.cfg", "master1 10.0.0.102:6443 check", "master1", 35, "an address"),
    ("question-local/haproxy.cfg", "global\n", "", 2, "before any section"),
    (
        "question-local/haproxy.cfg",
        "log /dev/log local0",
        'log "/dev/log local0',
        3,
        "never closed",
    ),
    ("question-outside/nginx.conf", "weight=1 max_fails=0 fail_timeout=600;", "weight=1", 10, ";"),
    ("question-outside/nginx.conf", "max_fails=0", "max_fails=x", 10, "no number"),
    ("question-outside/nginx.conf", "    server 10", "    server {} #", 10, "an address"),
    (
        "question-outside/nginx.conf",
        "proxy_connect_timeout 10;",
        "proxy_connect_timeout 10q;",
        21,
        "q",
    ),
    ("question-outside/nginx.conf", "    upstream etcd {", "    upstream etcd", 15, "not nginx"),
    (
        "question-outside/nginx.conf",
        "    }\n\n    upstream",
        "    }}}\n\n    upstream",
        13,
        "unexpected",
    ),
    ("question-outside/keepalived.conf", "advert_int 1", "advert_int soon", 20, "duration"),
    (
        "question-outside/keepalived.conf",
        "10.0.0.200/24\n    }",
        "10.0.0.200/24",
        14,
        "never closed",
    ),
    (
        "question-outside/keepalived.conf",
        "    }\n    virtual",
        "    }\n}\n}\n    virtual",
        26,
        "nothing",
    ),
    ("pacemaker/corosync.conf", "token: 5000", "token: long", 7, "duration"),
    ("pacemaker/corosync.conf", "token: 5000", "token 5000", 7, "no setting"),
    ("pacemaker/cib.xml", "</crm_config>", "</crm_confg>", 12, "not XML"),
    ("pacemaker/cib.xml", 'interval="10s"', 'interval="often"', 21, "duration"),
    ("pacemaker/cib.xml", "<cib crm", '<!DOCTYPE cib [<!ENTITY a "b">]><cib crm', 2, "DOCTYPE"),
    ("pacemaker/postgresql.conf", "= 8s", "= 8 parsecs", 9, "not a setting"),
    ("pacemaker/postgresql.conf", "= 8s", "= 8parsecs", 9, "duration"),
    ("pacemaker/postgresql.conf", "'db2'", "'db2", 17, "not a setting"),
    ("patroni/patroni.yml", "ttl: 20", "ttl: [20", 15, "not YAML"),
    ("patroni/patroni.yml", "ttl: 20", "ttl: 20s", 14, "no number"),
    ("kubeadm/kubeadm-config.yaml", "16s", "16", 24, "duration"),
    ("kubeadm/kubeadm-config.yaml", "Seconds: 40", "Seconds: 40s", 36, "no number"),
    ("kubeadm/etcd.yaml", "--election-timeout=1000", "--election-timeout=1s", 11, "duration"),
    ("kubeadm/etcd.yaml", "  - command:", "\t- command:", 7, "not YAML"),
    ("question-local/kube-proxy.service", "period 300s", "period 300", 4, "duration"),
    ("question-local/kube-proxy.service", "min-sync-period 60s", "min-sync-period", 5, "no value"),
    ("question-local/etcd.service", "RestartSec=10s", "RestartSec=later", 9, "duration"),
    ("question-local/etcd.service", "--name master0", "--name 'master0", 3, "command line"),
    ("sysconfig/kube-proxy", "=45s", "=45sec", 2, "duration"),
    ("galera/galera.cnf", "evs.suspect_timeout = PT5S", "evs.suspect_timeout = 5s", 12, "duration"),
    ("galera/galera.cnf", "[galera]", "[galera", 6, "not a section"),
    ("galera/galera.cnf", '"gcomm', "'gcomm", 10, "never closed"),
    ("redis/redis.conf", "node-timeout 5000", "node-timeout 5s", 17, "duration"),
    ("redis/redis.conf", "repl-timeout 8", "repl-timeout", 13, "no value"),
    ("redis/redis.conf", '"a b#c"', '"a b#c', 10, "never closed"),
    ("sentinel/sentinel.conf", "mymaster 30000", "mymaster soon", 3, "duration"),
]


@pytest.mark.parametrize(("name", "good", "bad", "line", "said"), BROKEN)
def test_a_broken_file_is_an_error_with_its_line(
    name: str, good: str, bad: str, line: int, said: str, tmp_path: Path
) -> None:
    text = (CASES / name).read_text()
    assert good in text
    with pytest.raises(InputError) as raised:
        reading(tmp_path, text.replace(good, bad, 1))
    (finding,) = raised.value.findings
    assert finding.code == "import-broken"
    assert finding.where.line == line
    assert said in finding.message + finding.hint
    assert finding.hint


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_half_a_file_is_read_or_refused_but_never_a_defect(
    path: Path, share: float, tmp_path: Path
) -> None:
    text = path.read_text()
    try:
        reading(tmp_path, text[: int(len(text) * share)])
    except InputError as error:
        assert error.findings[0].where.file


def test_what_is_no_configuration_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        reading(tmp_path, "dear diary\n")
    assert raised.value.findings[0].code == "import-unknown"
    binary = tmp_path / "binary"
    binary.write_bytes(b"global\n\xff\xfe\n")
    for path, said in ((binary, "UTF-8"), (tmp_path / "none", "no such"), (tmp_path, "regular")):
        with pytest.raises(InputError) as raised:
            read(source_of(path))
        assert said in raised.value.findings[0].message


def test_haproxy_inherits_as_its_manual_says(tmp_path: Path) -> None:
    text = """\
defaults base
    timeout connect 1s
    default-server check inter 9s
frontend f
    timeout client 7s
    bind *:80
    default_backend later
backend later
    server before 192.0.2.1:80 inter 5s
    default-server fall 7 rise 1
    server after 192.0.2.2:80 no-check
    server tpl 192.0.2.3:80 check backup track other/x
"""
    (pool,) = reading(tmp_path, text).pools
    before, after, backup = pool.servers
    assert pool.facts["connect_ms"].value == 1000 and pool.facts["client_ms"].value == 7000
    assert before.facts["inter_ms"].value == 5000 and "fall" not in before.facts
    assert after.facts["inter_ms"].value == 9000 and after.facts["fall"].value == 7
    assert (before.checked, after.checked, backup.checked) == (True, False, True)
    assert backup.backup


def test_haproxys_defaults_by_name(tmp_path: Path) -> None:
    text = """\
defaults slow
    timeout connect 9s
defaults quick from slow
    retries 1
defaults other
    timeout connect 1s
backend a from quick
    server x 192.0.2.1:80
backend b
    server x 192.0.2.1:80
"""
    first, second = reading(tmp_path, text).pools
    assert first.facts["connect_ms"].value == 9000 and first.facts["retries"].value == 1
    assert second.facts["connect_ms"].value == 1000 and "retries" not in second.facts


def test_prose_in_units_is_no_command(tmp_path: Path) -> None:
    text = """\
[Unit]
Description=kubelet: the node's agent
Wants=etcd
[Service]
ExecStart=/usr/bin/kube-proxy --iptables-sync-period=30s
"""
    names = {fact.name for fact in reading(tmp_path, text).facts}
    assert names == {"runs.kube-proxy", "kube_proxy.sync_ms"}


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: " + "[" * 20_000,
        "<cib>" + "<op>" * 20_000,
        "totem {\n" * 20_000 + "}\n" * 20_000,
        "http {\n" * 5_000,
    ],
    ids=["yaml", "xml", "blocks", "nginx"],
)
def test_what_is_nested_without_end_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        reading(tmp_path, text)


def test_own_first_is_one_server_before_backups(tmp_path: Path) -> None:
    text = """\
defaults
    mode tcp
backend apiserver
    default-server on-marked-down shutdown-sessions
    server own 10.0.0.1:6443 check
    server other 10.0.0.2:6443 check backup
"""
    path = tmp_path / "haproxy.cfg"
    path.write_text(text)
    from holdfast.converge.imported.files import load

    cluster = load([path], {}).cluster
    assert cluster is not None
    assert cluster.haproxy.own_first and cluster.haproxy.shutdown_sessions


def test_nginx_takes_the_longest_way_to_a_pool() -> None:
    seen = system("web")
    (pool,) = (pool for pool in seen.pools if pool.balancer == "nginx")
    assert pool.facts["connect_ms"].value == 75_000
    assert pool.facts["timeout_ms"].value == 90_000


def test_flags_of_every_shape() -> None:
    seen = system("sysconfig")
    said = {name: value.where.line for name, value in seen.values.items() if value.where.file}
    assert said["etcd.election_ms"] == 4
    assert said["kube_proxy.min_sync_ms"] == 2
    assert said["apiserver.unreachable_s"] == 5
    assert said["connections.read_idle_s"] == 3
    assert {member.name for member in seen.members("etcd")} == {"etcd1", "etcd2", "etcd3", "etcd4"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("#wal_level = replica\n#max_connections = 100\n", "postgresql"),
        ("[mysqld]\nbind-address = 127.0.0.1\n", "galera"),
        ("[mysqld]\n#wsrep_on = ON\n", "galera"),
        ("# cluster-enabled yes\n", "redis"),
    ],
)
def test_samples_are_recognised_and_set_nothing(text: str, kind: str, tmp_path: Path) -> None:
    found = reading(tmp_path, text)
    assert found.kind == kind and not found.facts


def test_drop_ins_of_kubelet(tmp_path: Path) -> None:
    text = """\
[Service]
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
Environment="KUBELET_EXTRA_ARGS=--node-status-update-frequency=4s"
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_CONFIG_ARGS $KUBELET_EXTRA_ARGS
"""
    (fact,) = reading(tmp_path, text).named("kubelet.status_ms")
    assert fact.value == 4000 and fact.where.line == 3


def test_kube_proxy_takes_no_minimum_in_its_file_for_its_default() -> None:
    value = system("kubeadm").values["kube_proxy.min_sync_ms"]
    assert value.value == 1000 and value.default_of == "kubernetes 1.29.3"


def test_aliases_are_not_unfolded(tmp_path: Path) -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    text = f"apiVersion: v1\nkind: KubeletConfiguration\na0: &a0 x\n{levels}"
    assert reading(tmp_path, text).kind == "kubernetes"
