"""What may go wrong with a file. Everything else about a row is a fault in the report."""

from app.core.errors import Problem


class FileRefused(Problem):
    """`reason`: empty, binary, encoding, csv, json, not-geojson, old-excel, archive, too-large, too-many-rows,
    too-many-columns, header, or unknown-town. `row` where it has one."""

    code, status, title = "file-refused", 422, "This file cannot be read"

    def __init__(self, reason: str, detail: str, **members: object) -> None:
        super().__init__(detail, reason=reason, **members)
        self.reason = reason


class ImportRefused(Problem):
    """Nothing was changed. `errors`: row, column, code, value; `error_count`: how many there are in all."""

    code, status, title = "import-refused", 422, "Some rows are not right, so nothing was imported"


class WebhookRefused(Problem):
    """`reason`: form (not plain https), host-not-listed (XUNFANG_WEBHOOK_HOSTS), or too-many."""

    code, status, title = "webhook-refused", 422, "Webhooks cannot go there"
