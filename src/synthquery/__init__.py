"""synthquery: ontology-aware query builder and validator for generative gene-expression models."""
