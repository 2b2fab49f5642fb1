#!/usr/bin/python3
"""Makes a host's files what was rendered: content, mode and owner; and removes what an earlier
rendering had and this one has not. Its action plugin brings the files.

Notes in the host's record which units have to be restarted or reloaded; the module `units` does.
Returns `files` (changed paths), `restarts` and `reloads` (units), and diffs without secrets.
"""

from __future__ import annotations

import base64
import grp
import json
import pwd
import stat
import zlib
from pathlib import Path
from typing import Any

from ansible.module_utils import record
from ansible.module_utils.basic import AnsibleModule

UNIT_FILES = "/etc/systemd/system/"
SECRET = "(secret)\n"

File = dict[str, Any]
"""path, mode, owner, secret, restarts, reloads, content."""


def main() -> None:
    module = AnsibleModule(
        argument_spec={"archive": {"type": "str", "required": True, "no_log": True}},
        supports_check_mode=True,
    )
    files = unpack(module.params["archive"])
    before = record.load()
    changed = [file for file in files if differs(file)]
    gone = sorted(set(before["files"]) - {file["path"] for file in files})
    result = {
        "changed": bool(changed or gone),
        "files": [file["path"] for file in changed] + gone,
        "restarts": names(changed, "restarts"),
        "reloads": names(changed, "reloads"),
        "diff": [diff(file) for file in changed] + [removal(path) for path in gone],
    }
    if result["changed"] and not module.check_mode:
        try:
            apply(files, changed, gone, before)
        except OSError as error:
            module.fail_json(msg=f"{error.filename or 'writing'}: {error.strerror}")
        except LookupError as error:
            module.fail_json(msg=f"no such user or group on this host: {error}")
    module.exit_json(**result)


def unpack(archive: str) -> list[File]:
    files: list[File] = json.loads(zlib.decompress(base64.b64decode(archive)))
    return files


def differs(file: File) -> bool:
    path = Path(file["path"])
    try:
        status = path.lstat()
        same = path.read_text(encoding="utf-8", errors="replace") == file["content"]
    except OSError:
        return True
    return (
        not same
        or not stat.S_ISREG(status.st_mode)
        or stat.S_IMODE(status.st_mode) != file["mode"]
        or (status.st_uid, status.st_gid) != ids_of(file["owner"])
    )


def ids_of(owner: str) -> tuple[int, int] | None:
    """Numbers of "user" or "user:group"; None while they do not exist."""
    user, _, group = owner.partition(":")
    try:
        account = pwd.getpwnam(user)
        return account.pw_uid, grp.getgrnam(group).gr_gid if group else account.pw_gid
    except KeyError:
        return None


def names(files: list[File], key: str) -> list[str]:
    return sorted({unit for file in files for unit in file[key]})


def apply(files: list[File], changed: list[File], gone: list[str], before: record.Record) -> None:
    wanted = [file["path"] for file in files]
    touched = [file["path"] for file in changed] + gone
    after = {
        **before,
        "files": sorted({*wanted, *gone}),
        "restarts": sorted({*before["restarts"], *names(changed, "restarts")}),
        "reloads": sorted({*before["reloads"], *names(changed, "reloads")}),
        "daemon": before["daemon"] or any(path.startswith(UNIT_FILES) for path in touched),
    }
    record.save(after)
    for file in changed:
        owner = ids_of(file["owner"])
        if owner is None:
            raise LookupError(file["owner"])
        record.replace(Path(file["path"]), file["content"], file["mode"], owner)
    for path in gone:
        remove(Path(path))
    record.save({**after, "files": sorted(wanted)})


def remove(path: Path) -> None:
    """The file, and the folders of ours that it leaves empty."""
    path.unlink(missing_ok=True)
    for folder in path.parents:
        if "holdfast" not in str(folder) or any(folder.iterdir()):
            return
        folder.rmdir()


def diff(file: File) -> dict[str, str]:
    path, after = file["path"], file["content"]
    try:
        before = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        before = ""
    if file["secret"]:
        before, after = (SECRET if before else ""), SECRET
    return {
        "before_header": path,
        "after_header": f"{path} (mode {file['mode']:04o}, owner {file['owner']})",
        "before": before,
        "after": after,
    }


def removal(path: str) -> dict[str, str]:
    return {"before_header": path, "after_header": f"{path} (removed)", "before": "", "after": ""}


if __name__ == "__main__":
    main()
