"""Terms from the network, for what the offline data cannot answer: newer terms, other ontologies, symbols.

    with OnlineSources() as online:
        online.lookup("UBERON:8600135")
        online.ontology("EFO").get("EFO:0000270")

Nothing here is loaded or asked unless somebody wants it. Answers are kept on disk and used again; requests
are few a second, tried again when they fail, and given up soon when a service is down. "Could not be asked"
is never "not there".
"""

from __future__ import annotations

from synthquery.ontology.online.ols import OlsClient
from synthquery.ontology.online.ols_source import Match, OlsSource
from synthquery.ontology.online.service import Service, Traffic
from synthquery.ontology.online.settings import Settings, service_settings
from synthquery.ontology.online.sources import OnlineSources, Relation

__all__ = [
    "Match",
    "OlsClient",
    "OlsSource",
    "OnlineSources",
    "Relation",
    "Service",
    "Settings",
    "Traffic",
    "service_settings",
]
