"""MySQL as MariaDB with Galera: its configuration, and who may connect as whom."""

from __future__ import annotations

SERVER = "/usr/sbin/mariadbd"
PROVIDER = "/usr/lib/galera/libgalera_smm.so"
PACKAGES = ("mariadb-server", "mariadb-backup", "galera-4", "socat", "python3-pymysql")
