"""Debian hosts on this machine: real systemd, own network, one power switch each."""
