"""Plain Debian machines: corosync, haproxy, keepalived, nftables and systemd units."""
