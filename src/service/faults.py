"""Why a version is not served."""

from __future__ import annotations

from mergegate.errors import MergegateError


class NotServedError(MergegateError):
    """A version was brought, and is not what it says: a file cannot be read, or gives other answers."""
