"""Reads an S3 remote through botocore alone: DVC's own file system takes a second to import.

Only what is read goes this way, and only where the remote's settings are plain. Whatever is written, and any setting
that this room does not know, goes through DVC's file system, as before.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

from mergegate.errors import SurroundingsError
from mergegate.read.dvcfail import own_disk_words
from mergegate.read.dvcremote import NetworkRemote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_CHUNK = 1 << 20
_AT_ONCE = 16
_PLAIN = frozenset(
    {
        "url", "endpointurl", "region", "profile", "access_key_id", "secret_access_key", "session_token",
        "use_ssl", "ssl_verify", "read_timeout", "connect_timeout", "verify", "jobs",
    }
)  # fmt: skip
_ADDRESS = re.compile(r"s3://([^/?#]+)(/[^?#]*)?")
_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})
_ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})


class S3Remote(NetworkRemote):
    """See `Remote`; `write_fs` opens DVC's file system, for what is written."""

    def __init__(self, client: Any, settings: Mapping[str, str], deadline: float, write_fs: Callable[[], Any]) -> None:
        bucket, base = _bucket_and_base(settings["url"])
        super().__init__(None, f"{bucket}/{base}", settings["url"], deadline)
        self.client = client
        self.bucket = bucket
        self.prefix = base
        self._write_fs = write_fs

    def get(self, key: str, to: Path) -> bool:
        """See `Remote.get`."""

        def fetch(beat: Callable[[], None]) -> bool:
            found = self._asked(self.client.get_object, Key=self._key(key))
            if found is None:
                return False
            with contextlib.closing(found["Body"]) as body, own_disk_words(str(to)), to.open("wb") as file:
                for chunk in body.iter_chunks(_CHUNK):
                    file.write(chunk)
                    beat()
            return True

        return self._within(f"reading {key}", fetch)

    def put(self, source: Path, key: str) -> None:
        """See `Remote.put`."""
        if self.fs is None:
            self.fs = self._write_fs()
        super().put(source, key)

    def size(self, key: str) -> int | None:
        """See `Remote.size`."""

        def ask(_: Callable[[], None]) -> int | None:
            found = self._asked(self.client.head_object, Key=self._key(key))
            return None if found is None else int(found["ContentLength"])

        return self._within(f"asking for {key}", ask)

    def names(self, prefix: str) -> list[str]:
        """See `Remote.names`."""

        def ask(_: Callable[[], None]) -> list[str]:
            found = self._asked(self.client.list_objects_v2, Prefix=f"{self._key(prefix)}/") or {}
            files = [(each["LastModified"], each["Key"].rsplit("/", 1)[-1]) for each in found.get("Contents", ())]
            return [name for _, name in sorted(files, reverse=True)]

        return self._within(f"listing {prefix}", ask)

    def _key(self, key: str) -> str:
        return f"{self.prefix}/{key}" if self.prefix else key

    def _asked(self, call: Callable[..., dict[str, Any]], **words: str) -> dict[str, Any] | None:
        from botocore.exceptions import ClientError  # type: ignore[import-untyped]

        try:
            return call(Bucket=self.bucket, **words)
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise


def is_plain(settings: Mapping[str, str]) -> bool:
    """Whether a remote's settings are all of those that this room knows how to honour."""
    flags = [settings[name].lower() for name in ("use_ssl", "ssl_verify") if name in settings]
    seconds = [settings[name] for name in ("read_timeout", "connect_timeout") if name in settings]
    return (
        bool(_ADDRESS.fullmatch(settings.get("url", "")))
        and set(settings) <= _PLAIN
        and all(flag in _YES | _NO for flag in flags)
        and all(value.isdigit() for value in seconds)
    )


def open_s3(settings: Mapping[str, str], deadline: float, write_fs: Callable[[], Any]) -> S3Remote:
    """The remote with these plain settings; asks nothing of the network but, where need be, for credentials."""
    import botocore.session  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]
    from botocore.exceptions import BotoCoreError

    try:
        client = botocore.session.Session(profile=settings.get("profile")).create_client(
            "s3",
            region_name=settings.get("region"),
            endpoint_url=settings.get("endpointurl"),
            aws_access_key_id=settings.get("access_key_id"),
            aws_secret_access_key=settings.get("secret_access_key"),
            aws_session_token=settings.get("session_token"),
            use_ssl=settings.get("use_ssl", "true").lower() in _YES,
            verify=None if settings.get("ssl_verify", "true").lower() in _YES else False,
            config=Config(
                max_pool_connections=_AT_ONCE,
                connect_timeout=float(settings.get("connect_timeout", deadline)),
                read_timeout=float(settings.get("read_timeout", deadline)),
                # Whatever is read is held against its own hash, which says more than a checksum of the transport.
                response_checksum_validation="when_required",
            ),
        )
    except (BotoCoreError, ValueError) as error:
        raise SurroundingsError(
            f"the remote cannot be opened: {error}",
            where=settings["url"],
            do="see its settings (`dvc remote list`, .dvc/config) and this machine's AWS profile",
        ) from None
    return S3Remote(client, settings, deadline, write_fs)


def _bucket_and_base(url: str) -> tuple[str, str]:
    found = _ADDRESS.fullmatch(url)
    assert found is not None  # noqa: S101 - `is_plain` has seen to it
    return found[1], (found[2] or "").strip("/")
