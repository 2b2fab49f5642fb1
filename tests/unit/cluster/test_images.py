"""Images hold one program, run it, and are the same bytes for the same program."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile

from holdfast.cluster.images import archive
from holdfast.cluster.places import PAUSE


def unpacked(content: bytes) -> dict[str, bytes]:
    found = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        for entry in tar:
            file = tar.extractfile(entry)
            assert file is not None
            found[entry.name] = file.read()
    return found


def test_an_image_is_named_and_runs_its_program() -> None:
    files = unpacked(archive(PAUSE, "pause", b"program"))
    (manifest,) = json.loads(files["manifest.json"])
    assert manifest["RepoTags"] == [PAUSE]
    configuration = json.loads(files[manifest["Config"]])
    assert configuration["config"] == {"Entrypoint": ["/pause"]}
    (layer,) = manifest["Layers"]
    assert unpacked(files[layer]) == {"pause": b"program"}


def test_the_layer_is_the_one_that_is_meant() -> None:
    files = unpacked(archive(PAUSE, "pause", b"program"))
    (digest,) = json.loads(files["config.json"])["rootfs"]["diff_ids"]
    assert digest == f"sha256:{hashlib.sha256(files['layer.tar']).hexdigest()}"


def test_equal_programs_give_equal_images() -> None:
    assert archive(PAUSE, "pause", b"program") == archive(PAUSE, "pause", b"program")
