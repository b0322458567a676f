"""Other releases than the packaged ones: downloaded, or compiled from the user's files.

Whatever goes wrong on the way, the release that was in use stays in use: a release is written into a folder
of its own, takes its name when it is complete, and is chosen by the very last step.
"""

from __future__ import annotations

from synthquery.ontology.updates.add import add_ontology
from synthquery.ontology.updates.choose import remove_release, use_release
from synthquery.ontology.updates.diff import ReleaseDiff, compare_releases, touched_files
from synthquery.ontology.updates.install import Installed
from synthquery.ontology.updates.update import updatable, update_ontology

__all__ = [
    "Installed",
    "ReleaseDiff",
    "add_ontology",
    "compare_releases",
    "remove_release",
    "touched_files",
    "updatable",
    "update_ontology",
    "use_release",
]
