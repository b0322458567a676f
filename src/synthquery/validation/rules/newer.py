"""The verdict on an ID that the offline data does not have, once a service on the network was asked.

There are three: it is there, so it is newer than the pinned release; it is not there either; nobody could be
asked, and then nothing is said about the ID.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from synthquery.ontology import Lookup
from synthquery.validation.report import Severity
from synthquery.validation.rule import Finding

_DATE: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def asked_online(offline: Lookup, online: Lookup) -> Iterator[Finding]:
    """What is to be said about an ID.

    Parameters
    ----------
    offline
        The answer of the offline data: not in the pinned release, or no data of this kind.
    online
        The answer of the service; a term in it is live.
    """
    pinned = offline.outcome == "not_in_release"
    if online.term is not None:
        if pinned:
            relation = "newer than" if _may_be_newer(online.asked, offline.asked) else "though not in"
            message = (
                f"{online.term} is valid in {_service(online.asked)}, {relation} the pinned release: "
                f"{online.asked} has it, {offline.asked} has not"
            )
            yield Finding("id.newer-than-release", message)
    elif online.outcome == "not_in_release":
        asked = f"neither in {offline.asked} nor in {online.asked}" if pinned else f"not in {online.asked}"
        yield Finding("id.unknown", f"{online.id} is {asked}: mistyped, or made up")
    else:
        lacking = f"{offline.asked} does not have it, and " if pinned else ""
        message = f"{online.id} could not be checked: {lacking}{online.reason}"
        yield Finding("id.unchecked", message, (), Severity.WARNING if pinned else None)


def _may_be_newer(online: str, offline: str) -> bool:
    """False when both releases have dates, and the service has loaded the older one."""
    dates = [_DATE.search(asked) for asked in (online, offline)]
    return not all(dates) or max(dates, key=lambda date: date[0] if date else "") is dates[0]


def _service(asked: str) -> str:
    """The service in ``UBERON v2026-06-01 (OLS)``."""
    return asked.rpartition("(")[2].rstrip(")") if asked.endswith(")") else asked
