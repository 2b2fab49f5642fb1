"""A system is deployed on real hosts: completely, repeatably, and through bad days.

On a lab of this module's own, since its hosts' disks, links and keys are broken here too.
"""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections.abc import Iterator

import psycopg
import pytest
from tests.lab.site import HOSTS, Done, Site, shop_site

pytestmark = pytest.mark.lab

FIREWALL = "holdfast-firewall.service"


@pytest.fixture(scope="module")
def site(can_boot: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with shop_site("deploy", tmp_path_factory.mktemp("deploy")) as place:
        yield place


@pytest.fixture(scope="module")
def dry(site: Site) -> Done:
    """A dry run on hosts that have nothing yet."""
    return site.must("up", "--dry-run")


@pytest.fixture(scope="module")
def deployed(site: Site, dry: Done) -> Site:
    site.must("up")
    return site


def test_a_dry_run_shows_all_without_secrets_and_does_nothing(site: Site, dry: Done) -> None:
    assert "+++ n2:/etc/haproxy/haproxy.cfg" in dry.stdout
    assert "+(secret)" in dry.stdout
    assert "PRIVATE KEY" not in dry.stdout
    assert "nothing was done" in dry.stderr
    left = site.everywhere("ls -d /etc/holdfast /var/lib/holdfast /opt/holdfast 2>/dev/null; true")
    assert set(left.values()) == {""}


def test_the_owners_of_the_files_accept_them(deployed: Site) -> None:
    for command in (
        "haproxy -c -f /etc/haproxy/haproxy.cfg",
        "corosync -t -c /etc/corosync/corosync.conf",
        "keepalived -t -f /etc/keepalived/keepalived.conf",
        "nft -c -f /etc/holdfast/firewall.nft",
        "sysctl --load=/etc/sysctl.d/60-holdfast.conf",
    ):
        deployed.everywhere(command)
    units = "cd /etc/systemd/system && ls -d holdfast-*.service corosync.service.d"
    verify = f"systemd-analyze verify --man=no $({units} | sed 's/@/@1/; s/[.]d$//') 2>&1"
    assert set(deployed.everywhere(verify).values()) == {""}


def test_services_are_confined(deployed: Site) -> None:
    for unit in ("holdfast-front@.service", "holdfast-postgresql-accounts.service"):
        deployed.on("n1", f"systemd-analyze security --offline=true --threshold=20 {unit}")
    for unit in ("corosync.service", "keepalived.service"):
        deployed.on("n1", f"systemd-analyze security --offline=true --threshold=30 {unit}")


def test_an_audit_finds_what_was_opened_and_nothing_else(deployed: Site) -> None:
    key = "/etc/holdfast/pki/host.key"
    opened = "systemd-run --quiet --unit=opened python3 -m http.server 4444"
    hole = "nft insert rule inet holdfast input tcp dport 4444 accept"
    deployed.on("n2", f"chmod 644 {key}; {opened}; {hole}")
    try:
        done = deployed.holdfast("audit", "--only=security", "--only=budget", "--json")
    finally:
        deployed.on("n2", f"chmod 600 {key}; systemctl stop opened; systemctl restart {FIREWALL}")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    errors = {(r["code"], r["where"]) for r in told["remarks"] if r["severity"] == "error"}
    assert errors == {(f"security-{code}", "n2") for code in ("file", "firewall", "port")}
    ports = [r["what"] for r in told["remarks"] if r["code"] == "security-port"]
    assert {what.partition(",")[0] for what in ports} == {
        f"port 4444 is open to {who}" for who in ("n1", "n3", "operator")
    }
    assert {r["code"] for r in told["remarks"]} & {"security-closed", "budget-unknown"} == set()
    used = {use["host"]: use["memory"] for use in told["budget"] if "datastore" in use["group"]}
    assert all(used[host] > 1 << 20 for host in HOSTS)


def test_what_must_not_wait_does_not(deployed: Site) -> None:
    for process in ("corosync", "keepalived"):
        policies = deployed.everywhere(f"for p in $(pidof {process}); do chrt -p $p; done")
        assert all("SCHED_RR" in policy for policy in policies.values())


def test_every_address_is_at_home_and_serves(deployed: Site) -> None:
    trusted = ssl.create_default_context(cafile=deployed.pki / "ca.crt")
    for host, address in zip(HOSTS, deployed.lab.inventory().vips, strict=True):
        assert str(address) in deployed.on(host, "ip -4 -brief address show host0")
        with urllib.request.urlopen(f"https://{address}/", context=trusted, timeout=10) as page:
            assert page.status == 200


def test_every_host_leads_to_the_one_primary(deployed: Site) -> None:
    found = []
    for host in deployed.lab.inventory().hosts:
        with psycopg.connect(deployed.dsn(str(host.address)), autocommit=True) as connection:
            row = connection.execute("select inet_server_addr(), pg_is_in_recovery()").fetchone()
            found.append(row)
    assert len(set(found)) == 1
    assert found[0] is not None
    assert found[0][1] is False


def test_nobody_gets_in_without_a_certificate(deployed: Site) -> None:
    bare = deployed.dsn(str(deployed.lab.inventory().hosts[0].address)).partition(" sslcert=")[0]
    with pytest.raises(psycopg.OperationalError, match="certificate"):
        psycopg.connect(bare)


def test_status_tells_who_plays_what(deployed: Site) -> None:
    told = json.loads(deployed.must("status", "--json").stdout)
    members = {h: told["hosts"][h]["steward"]["datastores"]["accounts"] for h in HOSTS}
    assert sorted(member["role"] for member in members.values()) == [
        "primary",
        "replica",
        "replica",
    ]
    assert [told["hosts"][host]["addresses"] for host in HOSTS] == [
        [str(address)] for address in deployed.lab.inventory().vips
    ]
    assert "primary" in deployed.must("status").stdout


def test_a_second_up_changes_nothing_and_says_so(deployed: Site) -> None:
    started = (
        "systemctl show --property=ActiveEnterTimestampMonotonic 'holdfast-*' haproxy corosync"
    )
    before = deployed.everywhere(started)
    assert "nothing changed" in deployed.must("up").stderr
    assert deployed.everywhere(started) == before


def test_a_changed_spec_changes_only_what_it_must(deployed: Site) -> None:
    kept = "systemctl show --property=MainPID --value corosync holdfast-postgresql-accounts"
    before = deployed.everywhere(kept)
    with deployed.changed("services", "front", "instances", to=3):
        deployed.must("up")
        running = "systemctl list-units --plain --no-legend 'holdfast-front@*' | wc -l"
        assert set(deployed.everywhere(running).values()) == {"1"}
        assert deployed.everywhere(kept) == before
        enabled = "ls /etc/systemd/system/multi-user.target.wants | grep -c front@"
        assert set(deployed.everywhere(enabled).values()) == {"1"}
    deployed.must("up")
    assert set(deployed.everywhere(running).values()) == {"2"}


def test_other_timers_are_taken_without_leaving_the_membership(deployed: Site) -> None:
    token = "corosync-cmapctl -g runtime.config.totem.token | cut -d= -f2"
    before = deployed.everywhere("pidof corosync")
    with deployed.changed("timers", to="balanced"):
        deployed.must("up")
        assert set(deployed.everywhere(token).values()) == {"1000"}
    deployed.must("up")
    assert set(deployed.everywhere(token).values()) == {"300"}
    assert deployed.everywhere("pidof corosync") == before


def test_a_setting_that_needs_a_restart_is_in_force_everywhere(deployed: Site) -> None:
    value = "psql -h /run/postgresql -U postgres -Atc 'show shared_buffers'"
    with deployed.changed("datastores", "accounts", "memory", to="48MiB"):
        deployed.must("up")
        assert set(deployed.everywhere(value).values()) == {"48MB"}
    deployed.must("up")
    assert set(deployed.everywhere(value).values()) == {"64MB"}


def test_what_was_changed_by_hand_is_put_right(deployed: Site) -> None:
    deployed.on("n2", "echo '# mine' >>/etc/holdfast/steward.json; systemctl stop keepalived")
    changed = deployed.must("up").stderr
    assert "files shipped: n2\n" in changed
    assert deployed.on("n2", "tail -1 /etc/holdfast/steward.json") == "}"
    assert deployed.on("n2", "systemctl is-active keepalived") == "active"


def test_a_full_disk_is_named_and_the_next_up_continues(deployed: Site) -> None:
    page = deployed.spec.parent / "services/front/page/style.css"
    page.write_text(page.read_text() + "/* changed */\n")
    full = "/opt/holdfast/front/front/page"
    deployed.on("n3", f"mount -t tmpfs -o size=4k tmpfs {full} && head -c 4096 /dev/zero >{full}/x")
    failed = deployed.holdfast("up")
    assert failed.returncode == 3
    assert "n3: files shipped: " in failed.stderr
    assert "No space left" in failed.stderr
    deployed.on("n3", f"umount {full}")
    deployed.must("up")
    assert set(deployed.everywhere(f"tail -1 {full}/style.css").values()) == {"/* changed */"}
    assert "nothing changed" in deployed.must("up").stderr


def test_a_host_that_cannot_be_reached_is_named(deployed: Site) -> None:
    deployed.must("lab", "link", "n2", "cut")
    try:
        failed = deployed.holdfast("up")
    finally:
        deployed.must("lab", "link", "n2", "mend")
    assert failed.returncode == 3
    assert "error: n2: " in failed.stderr


def test_a_wrong_host_key_is_refused(deployed: Site) -> None:
    known = deployed.lab.known_hosts
    right = known.read_text()
    address = str(deployed.lab.address("n1"))
    lines = [line for line in right.splitlines() if not line.startswith(address)]
    known.write_text("\n".join(lines) + "\n")
    try:
        failed = deployed.holdfast("up")
    finally:
        known.write_text(right)
    assert failed.returncode == 3
    assert "n1: " in failed.stderr
    assert "host key" in failed.stderr


def test_a_package_that_cannot_be_had_is_named(deployed: Site) -> None:
    with deployed.changed("services", "front", "packages", to=["python3-no-such-thing"]):
        failed = deployed.holdfast("up")
    assert failed.returncode == 3
    assert "packages installed: " in failed.stderr
    deployed.must("up")


def test_a_handover_moves_the_primary_where_it_was_asked_to(deployed: Site) -> None:
    primary = deployed.primary()
    to = next(host for host in HOSTS if host != primary)
    deployed.must("switchover", "accounts", to)
    assert deployed.primary() == to
    assert deployed.holdfast("switchover", "accounts", "n9").returncode == 2


def test_a_host_that_lost_its_data_gets_them_from_the_others(deployed: Site) -> None:
    primary = deployed.primary()
    lost = next(host for host in HOSTS if host != primary)
    deployed.on(
        lost,
        "systemctl stop holdfast-steward holdfast-postgresql-accounts"
        " && rm -r /var/lib/holdfast/postgresql /var/lib/holdfast/steward",
    )
    deployed.must("up")
    rows = (
        'psql -h /run/postgresql -U postgres -Atc "select max(term) from holdfast.terms" accounts'
    )
    expected = deployed.on(primary, rows)
    arrived = f'[ "$({rows} 2>/dev/null)" = {expected} ]'
    deployed.on(lost, f"timeout 60 sh -c 'until {arrived}; do sleep 0.5; done'")
