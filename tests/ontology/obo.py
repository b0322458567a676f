"""A small piece of UBERON and CL as an OBO file, for tests that need an ontology of their own."""

from __future__ import annotations

LIVER_OBO = """\
format-version: 1.2
data-version: uberon/releases/2026-04-01/uberon.owl
ontology: uberon
import: http://purl.obolibrary.org/obo/ro/core.owl

[Term]
id: UBERON:0000062
name: organ
is_a: UBERON:0001062 ! anatomical entity

[Term]
id: UBERON:0001062
name: anatomical entity

[Term]
id: UBERON:0002107
name: liver
xref: FMA:7197
is_a: UBERON:0000062 ! organ
relationship: part_of UBERON:0002423 ! hepatobiliary system

[Term]
id: UBERON:0002423
name: hepatobiliary system
is_a: UBERON:0001062
relationship: has_part UBERON:0002107

[Term]
id: UBERON:0001171
name: portal lobule
relationship: part_of UBERON:0002107

[Term]
id: http://purl.obolibrary.org/obo/UBERON_0000948
name: heart
synonym: "vertebrate heart" RELATED []
synonym: "chambered heart" EXACT []
synonym: "heart" EXACT []
is_a: UBERON:0000062

[Term]
id: UBERON:0000346
name: obsolete myelin membrane
is_obsolete: true
consider: BTO:0000895
consider: FMA:73417

[Term]
id: UBERON:0000027
is_obsolete: true
replaced_by: UBERON:0001466

[Term]
id: UBERON:0004032
name: podocyte slit diaphragm
is_a: UBERON:0004033

[Term]
id: UBERON:0004033
name: podocyte slit junction
is_a: UBERON:0004032

[Typedef]
id: part_of
name: part of
xref: BFO:0000050

[Typedef]
id: has_part
name: has part
"""
