"""All settings, read once from the environment (prefix XUNFANG_) or a .env file. The only reader of the environment."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One frozen object; every field is documented in docs/settings.md (a test compares)."""

    model_config = SettingsConfigDict(env_prefix="XUNFANG_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Path("var")
    database_url: str = ""
    """Empty: SQLite in data_dir/xunfang.db. PostgreSQL: postgresql+psycopg://user:pass@host/db."""
    storage: Literal["files", "s3"] = "files"
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_bucket: str = ""
    s3_access_key: str = ""
    s3_secret_key: SecretStr = SecretStr("")
    s3_deadline_seconds: float = 4.0
    jobs: Literal["inline", "worker", "off"] = "inline"
    """inline: the server runs jobs in its own process; worker: `xunfang worker` does; off: nobody (tests)."""
    public_url: str = "http://localhost:8000"
    secret_key: SecretStr = SecretStr("")
    """Signs short media links and encrypts TOTP seeds. Empty: made once and kept in data_dir/secret.key."""
    totp_required: bool = True
    """Office roles need a second factor. The demo turns it off."""
    password_login_per_network: int = 300
    """Failed sign-ins allowed per network address and 15 minutes: high enough for a town hall behind one address."""
    password_login_per_account: int = 8
    """Failed sign-ins allowed per account and 15 minutes."""
    map_tiles: Literal["none", "tianditu", "amap", "osm"] = "none"
    map_key: str = ""
    picture_memory_mb: int = 1024
    picture_seconds: float = 10.0
    metrics_token: SecretStr = SecretStr("")
    """Bearer token that shows /metrics to another machine. Empty: only to this one."""
    consent_version: str = "2026-11"
    """The consent text that people agree to now; the text is in the PWA."""
    retention_days: int = 730
    """So long after its end a campaign's cases keep their words and pictures; 0: for ever."""
    webhook_hosts: str = ""
    """Comma separated hosts (`host` or `host:port`) that webhooks may go to. Empty: none."""
    backup_key_file: str = ""
    """The key of `xunfang backup`; a copy of it belongs off this machine."""
    log_format: Literal["text", "json"] = "text"
    trusted_proxies: str = ""
    """Comma separated addresses whose X-Forwarded-For and X-Forwarded-Proto are believed."""

    @property
    def sqlalchemy_url(self) -> str:
        """The database URL in SQLAlchemy's form; the embedded default is SQLite below data_dir."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'xunfang.db').as_posix()}"

    @property
    def is_sqlite(self) -> bool:
        return self.sqlalchemy_url.startswith("sqlite")


_options: dict[str, Any] = {}


@lru_cache
def get_settings() -> Settings:
    """The process's settings. Tests clear the cache to swap them."""
    return Settings(**_options)


def override(**options: Any) -> None:
    """A command's own options win over the environment, for this process."""
    _options.update(options)
    get_settings.cache_clear()


def unknown_settings() -> list[str]:
    """Names in the environment that look like ours and are none: a typing mistake would pass silently."""
    known = {f"XUNFANG_{name.upper()}" for name in Settings.model_fields}
    return sorted(
        name for name in os.environ if name.upper().startswith("XUNFANG_") and name.upper() not in known
    )
