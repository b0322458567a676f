"""Whether a downloaded file can be an ontology, found out without trusting it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from synthquery.errors import OntologyError
from synthquery.ontology.readers.opening import kind_of_file, open_plain

_BLOCK: Final = 1 << 20
_RATIO: Final = 400  # ontologies pack some 10 to 40 to 1; a bomb packs thousands to 1
_SUSPICIOUS: Final = 64 << 20  # unpacked bytes from which the ratio counts


def check_start(path: Path) -> None:
    """Look at the first bytes of a file, complete or not.

    Raises
    ------
    OntologyError
        When they are not those of an ontology; the message says what they seem to be.
    """
    try:
        with open_plain(path) as content:
            kind_of_file(content)
    except ValueError as error:
        raise OntologyError(str(error)) from error
    except OntologyError:
        # A packed file of which too little is there to unpack a first piece: the whole file will tell.
        if path.stat().st_size > 1 << 15:
            raise


def check_whole(path: Path, largest: int) -> None:
    """Look at a complete file: its start, and, where it is packed, how much it unpacks to.

    Parameters
    ----------
    path
        The file.
    largest
        Unpacked bytes beyond which it cannot be the file.

    Raises
    ------
    OntologyError
        When it is damaged, ends early, or unpacks to more than an ontology can be.
    """
    packed = path.stat().st_size
    size = 0
    with open_plain(path) as content:
        try:
            kind_of_file(content)
        except ValueError as error:
            raise OntologyError(str(error)) from error
        while block := content.read(_BLOCK):
            size += len(block)
            if size > largest:
                raise OntologyError(
                    f"it unpacks to more than {largest / 1e6:,.0f} MB; no release is that large"
                )
            if size > max(_SUSPICIOUS, _RATIO * packed):
                raise OntologyError(
                    f"{packed:,} bytes unpack to more than {size:,}: it is made to fill the disk"
                )
