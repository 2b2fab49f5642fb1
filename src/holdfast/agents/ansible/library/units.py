#!/usr/bin/python3
"""Makes a host's systemd units what was planned, after its files were shipped by `tree`.

    - units:
        names: [...]    in the order in which they are to be started
        held: [...]     units that the steward starts: never enabled; reloaded if they run, and
                        to be restarted they are stopped, for the steward to start them again
        serving: [...]  datastores whose primary clients must be led to before this is over; left
                        out where no steward is
        patience: 180   how many seconds an order may take; without it, as long as systemd lets it

Units of an earlier plan that are no longer wanted are stopped and disabled. What `tree` has noted
as changed is restarted or reloaded, and forgotten only when that has succeeded.
"""

from __future__ import annotations

from ansible.module_utils import record, serving
from ansible.module_utils.basic import AnsibleModule

Order = tuple[str, ...]
"""Arguments of systemctl."""
TOO_LONG = 124
"""What timeout(1) ends with when time is over."""


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "required": True},
            "held": {"type": "list", "elements": "str", "default": []},
            "serving": {"type": "list", "elements": "str"},
            "patience": {"type": "int"},
        },
        supports_check_mode=True,
    )
    systemd = Systemd(module, module.params["patience"])
    noted = record.load()
    orders = needed(systemd, module.params["names"], module.params["held"], noted)
    if not module.check_mode:
        carry_out(systemd, orders, module.params["serving"])
        done = {"units": module.params["names"], "restarts": [], "reloads": [], "daemon": False}
        if noted != {**noted, **done}:
            record.save({**noted, **done})
    module.exit_json(changed=bool(orders), steps=[" ".join(order) for order in orders])


def carry_out(systemd: Systemd, orders: list[Order], datastores: list[str] | None) -> None:
    """A member is stopped only when its steward is settled, since that one must see to it."""
    if datastores is None:
        for order in orders:
            systemd.do(order)
        return
    stopped: Order = ()
    for order in orders:
        if order[0] == "stop":
            stopped = order[1:]
            await_service(systemd, datastores)
        systemd.do(order)
    await_service(systemd, datastores, stopped)


def await_service(systemd: Systemd, datastores: list[str], stopped: Order = ()) -> None:
    """Until the datastores are served, and the stewards have started again what was stopped."""

    def lacking() -> list[str]:
        back = systemd.those(list(stopped), "is-active", "active")
        away = [f"{unit} has not come back" for unit in stopped if unit not in back]
        return away or serving.lacking(datastores)

    missing = serving.wait(lacking)
    if missing:
        systemd.module.fail_json(msg="; ".join(missing))


class Systemd:
    """systemctl, as questions and orders."""

    def __init__(self, module: AnsibleModule, patience: int | None = None) -> None:
        self.module = module
        self.limit = [] if patience is None else ["timeout", str(patience)]

    def those(self, units: list[str], question: str, answer: str) -> list[str]:
        """The units of which systemctl gives this answer; it answers one line per unit."""
        if not units:
            return []
        _, said, _ = self.module.run_command(["systemctl", question, *units])
        pairs = zip(units, said.split("\n"), strict=False)
        return [unit for unit, line in pairs if line == answer]

    def do(self, order: Order) -> None:
        code, _, err = self.module.run_command([*self.limit, "systemctl", *order])
        if code != 0:
            failed = " ".join(order)
            said = "takes too long" if code == TOO_LONG else err.strip()
            self.module.fail_json(msg=f"systemctl {failed}: {said}\n{self.log(order)}")

    def log(self, order: Order) -> str:
        """The last words of the order's units that do not run."""
        active = self.those(list(order[1:]), "is-active", "active")
        chosen = [f"--unit={unit}" for unit in order[1:] if unit not in active]
        if not chosen:
            return ""
        _, said, _ = self.module.run_command(
            ["journalctl", "--no-pager", "--output=short-precise", "--lines=20", *chosen]
        )
        return str(said)


def needed(
    systemd: Systemd, names: list[str], held: list[str], noted: record.Record
) -> list[Order]:
    """The orders that are needed, in order; none on a host where all is as it should be."""
    retired = [unit for unit in noted["units"] if unit not in names]
    changed = [unit for unit in noted["restarts"] if unit not in {*retired, *held}]
    active = systemd.those([*names, *held], "is-active", "active")
    enabled = systemd.those(names, "is-enabled", "enabled")
    starting = [unit for unit in names if unit in changed or unit not in active]
    orders = {
        "enable": [unit for unit in names if unit not in enabled],
        "restart": [unit for unit in changed if unit not in names] + starting,
        "reload": [u for u in active if u in noted["reloads"] and u not in noted["restarts"]],
        "stop": [unit for unit in held if unit in active and unit in noted["restarts"]],
    }
    return [
        *([("disable", "--now", *retired)] if retired else []),
        *([("daemon-reload",)] if noted["daemon"] else []),
        *((verb, *units) for verb, units in orders.items() if units),
    ]


if __name__ == "__main__":
    main()
