from __future__ import annotations

from synthquery.catalog import list_models
from synthquery.ontology import default_ontologies
from synthquery.simulator import gene_order
from synthquery.simulator.dials import DIALS


def test_each_modality_has_the_number_of_genes_that_its_models_have():
    for spec in list_models():
        genes = gene_order(spec.modality)
        assert len(genes) == len(set(genes)) == spec.n_genes


def test_bulk_genes_are_sorted_and_single_cell_genes_are_some_of_them_in_another_order():
    bulk, single_cell = gene_order("bulk"), gene_order("single-cell")
    assert list(bulk) == sorted(bulk)
    assert set(single_cell) < set(bulk)
    assert list(single_cell) != sorted(single_cell)


def test_every_gene_is_in_the_gene_table_and_not_newer_than_the_hosted_models_release():
    known = default_ontologies().store("ENSG").get_many(gene_order("bulk"))
    assert len(known) == 44_592
    assert max(known) <= DIALS["genes"]["newest"]


def test_all_protein_coding_genes_of_that_release_are_in_both():
    genes = default_ontologies().store("ENSG").terms()
    coding = {
        gene.id for gene in genes if gene.biotype == "protein_coding" and gene.id <= DIALS["genes"]["newest"]
    }
    assert coding <= set(gene_order("single-cell"))


def test_the_order_is_the_same_object_each_time():
    assert gene_order("bulk") is gene_order("bulk")
