"""Backups: an online snapshot of the database and every original picture, encrypted; verified; restored into an empty place."""


class BackupRefused(Exception):
    """What stands in the way, in a sentence for the operator. Nothing was changed."""
