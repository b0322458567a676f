"""Counts arrive in the gene order of the model, and the report says what became of every name."""

from __future__ import annotations

import gzip
import json
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

import synthquery as sq
from synthquery.errors import CountsDataError
from synthquery.simulator.genes import gene_order
from tests.alignment.conftest import BULK, GENES, SINGLE_CELL

MT_ND1_MOUSE = "ENSMUSG00000064341"


def align(data, **options):
    return sq.align_counts(data, BULK, gene_order="simulator", **options)


def test_every_count_stands_at_the_place_of_its_gene_and_the_rest_is_zero(reads, places):
    aligned = align(reads)
    assert aligned.shape == (2, 44_592)
    assert aligned.counts.dtype == np.int64
    for gene in reads.columns:
        assert aligned.counts[:, places[gene]].tolist() == reads[gene].tolist()
    assert aligned.counts.sum() == reads.to_numpy().sum()
    assert aligned.samples == ("liver_1", "brain_1")
    assert len(aligned.report.missing) == 44_592 - 4


def test_a_table_with_genes_in_rows_is_turned(reads):
    assert np.array_equal(align(reads.T).counts, align(reads).counts)


@pytest.mark.parametrize(
    "spelling",
    ["{id}.17", "{symbol}", "{symbol}_{id}", "{id}|{symbol}", " {id} ", "{id}.3_{symbol}"],
    ids=lambda text: text,
)
def test_genes_are_found_by_id_with_a_version_by_symbol_or_by_both(reads, spelling):
    named = reads.set_axis(
        [spelling.format(id=gene, symbol=symbol) for symbol, gene in GENES.items()], axis=1
    )
    assert np.array_equal(align(named).counts, align(reads).counts)


def test_ids_and_symbols_may_be_mixed(reads):
    mixed = reads.rename(columns={GENES["TP53"]: "TP53", GENES["ALB"]: "ENSG00000163631.9"})
    assert np.array_equal(align(mixed).counts, align(reads).counts)


def test_names_of_the_same_gene_are_added_up_and_told(reads, places):
    twice = reads.assign(TP53=[5, 6])
    aligned = align(twice)
    assert aligned.counts[:, places[GENES["TP53"]]].tolist() == [17, 36]
    assert aligned.report.duplicated == {GENES["TP53"]: (GENES["TP53"], "TP53")}


def test_what_is_left_out_is_told_by_kind(reads):
    odd = reads.assign(
        **{
            "ENSG00000999999": 1,
            "NOTAGENE1": 2,
            MT_ND1_MOUSE: 3,
            "CD99": 4,
            "__no_feature": 5,
            "ERCC-00002": 6,
            "1-Mar": 7,
            "Trp53": 8,
        }
    )
    aligned = align(odd)
    report = aligned.report
    assert aligned.counts.sum() == reads.to_numpy().sum()
    assert "GENCODE" in report.retired["ENSG00000999999"]
    assert "ENSG00000002586" in report.ambiguous["CD99"]
    assert report.unknown[MT_ND1_MOUSE] == "a gene of the mouse"
    assert "spreadsheet" in report.unknown["1-Mar"]
    assert {"NOTAGENE1", "Trp53"} <= set(report.unknown)
    assert any("2 names that are no genes" in note for note in report.notes)
    text = str(report)
    for word in ("missing", "retired", "ambiguous", "unknown"):
        assert word in text


def test_a_gene_that_the_model_does_not_have_is_extra(reads):
    of_bulk_only = min(set(gene_order("bulk")) - set(gene_order("single-cell")))
    report = sq.align_counts(reads.assign(**{of_bulk_only: 1}), SINGLE_CELL, gene_order="simulator").report
    assert list(report.extra) == [of_bulk_only]


def test_the_first_gene_of_an_ambiguous_symbol_is_taken_when_asked_for(reads, places):
    aligned = align(reads.assign(CD99=[3, 4]), first_of_ambiguous=True)
    assert aligned.counts[:, places["ENSG00000002586"]].tolist() == [3, 4]


@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_matrix, sparse.coo_matrix, sparse.csr_array])
def test_sparse_counts_stay_sparse_and_equal_the_dense_ones(reads, form):
    twice = reads.assign(TP53=[5, 6], NOTAGENE1=[1, 0])
    aligned = align(form(twice.to_numpy()), genes=list(twice.columns), samples=list(twice.index))
    assert sparse.issparse(aligned.counts)
    assert aligned.counts.dtype == np.int64
    assert np.array_equal(aligned.counts.toarray(), align(twice).counts)


@given(
    st.lists(st.sampled_from([*GENES, *GENES.values(), "NOTAGENE1", "__ambiguous"]), min_size=4, max_size=12),
    st.integers(0, 2**31),
)
def test_no_read_of_a_known_gene_is_lost_or_made_up(names, seed):
    names = ["TP53", *names]
    values = np.random.default_rng(seed).integers(0, 50, size=(3, len(names)))
    taken = [place for place, name in enumerate(names) if name in GENES or name in GENES.values()]
    dense = align(values, genes=names).counts
    assert dense.sum(axis=1).tolist() == values[:, taken].sum(axis=1).tolist()
    assert np.array_equal(align(sparse.csr_matrix(values), genes=names).counts.toarray(), dense)


def test_expected_counts_are_rounded_only_when_asked_for(reads, places):
    expected = reads + 0.4
    with pytest.raises(CountsDataError, match="round_expected"):
        align(expected)
    assert np.array_equal(align(expected, round_expected=True).counts, align(reads).counts)


@pytest.mark.parametrize("form", [np.array, sparse.csr_matrix], ids=["dense", "sparse"])
def test_shallow_samples_beside_others_are_no_logarithms(reads, form):
    shallow = np.vstack([*([0.5, number % 5, 2, 0] for number in range(100)), reads.to_numpy()])
    aligned = align(form(shallow), genes=list(reads.columns), round_expected=True)
    assert aligned.counts.sum() == 100 * (2 + 2) + reads.to_numpy().sum()
    with pytest.raises(CountsDataError, match="logarithms"):
        align(form(shallow[:100]), genes=list(reads.columns), round_expected=True)


def test_a_damaged_sparse_matrix_is_refused(reads):
    damaged = sparse.csr_matrix(reads.to_numpy())
    damaged.indices[1] = -3
    with pytest.raises(CountsDataError, match="the sparse matrix is damaged"):
        align(damaged, genes=list(reads.columns))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (np.log1p, "logarithms"),
        (lambda reads: reads.div(reads.sum(axis=1), axis=0) * 1e6, "CPM"),
        (lambda reads: reads.div(reads.sum(axis=1), axis=0) * 1e4, "per ten thousand"),
        (lambda reads: reads.div(reads.sum(axis=1), axis=0) * 54_321, "normalised to 54,321"),
        (lambda reads: reads - 20, "negative"),
        (lambda reads: reads.astype(float).mask(reads == 0), "missing"),
        (lambda reads: reads.replace(0, np.inf), "infinite"),
        (lambda reads: reads.astype(np.uint64) + np.uint64(2**63), "64 bits"),
        (lambda reads: reads + 2.0**53, "too large"),
        (lambda reads: reads.assign(TP53=2**63 - 1), "add up to more than 64 bits"),
    ],
    ids=[
        "log",
        "cpm",
        "cp10k",
        "other total",
        "negative",
        "missing",
        "infinite",
        "unsigned",
        "inexact",
        "sum",
    ],
)
def test_values_that_are_no_raw_counts_are_refused_with_advice(reads, change, what):
    with pytest.raises(CountsDataError, match=what) as caught:
        align(change(reads), round_expected=True)
    assert "give" in str(caught.value)
    assert "sample" in str(caught.value)


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (["ENSMUSG00000059552", "ENSMUSG00000029368", "ENSMUSG00000057666", "ENSMUSG00000029580"], "mouse"),
        (["7157", "213", "2597", "60"], "NCBI Gene"),
        (["ENST00000269305.9", "ENST00000295897", "ENST00000229239", "ENST00000646664"], "transcripts"),
    ],
    ids=["mouse", "entrez", "transcripts"],
)
@pytest.mark.parametrize("turned", [False, True], ids=["genes in columns", "genes in rows"])
def test_names_that_are_known_elsewhere_are_named_whichever_way_the_table_is(reads, names, what, turned):
    named = reads.set_axis(names, axis=1)
    with pytest.raises(CountsDataError, match=rf"\('{names[0]}'.*{what}"):
        align(named.T if turned else named)


def test_counts_of_the_mouse_are_refused_by_name(reads):
    mouse = reads.set_axis(["Trp53", "Alb", "Gapdh", "Actb"], axis=1)
    with pytest.raises(CountsDataError, match=r"mouse.*orthologs"):
        align(mouse)


def test_a_table_without_genes_is_refused(reads):
    with pytest.raises(CountsDataError, match="expected Ensembl gene IDs"):
        align(reads.set_axis(["a", "b", "c", "d"], axis=1))


@pytest.mark.parametrize(
    ("order", "what"),
    [
        (None, "not known here; give gene_order"),
        (["ENSG00000141510"], "44,592 genes, this order has 1"),
        (["TP53"] * 44_592, "no Ensembl gene ID"),
        (["ENSG00000141510"] * 44_592, "more than once"),
        (7, "is no gene order"),
    ],
)
def test_an_order_that_is_not_the_models_is_refused(reads, order, what):
    with pytest.raises(CountsDataError, match=what):
        sq.align_counts(reads, BULK, gene_order=order)


def test_the_order_comes_from_an_earlier_prediction_or_its_files(reads, tmp_path):
    liver = sq.BulkQueryBuilder(seed=1).add(tissue="liver").build()
    prediction = sq.Client().predict(liver)
    for form in ("csv", "parquet", "h5ad"):
        prediction.save(tmp_path / form, format=form)
    listed = tmp_path / "genes.txt"
    listed.write_text("\n".join(prediction.gene_order), encoding="utf-8")
    expected = align(reads).counts
    saved = [tmp_path / form for form in ("csv", "parquet", "h5ad")]
    saved += [folder / "prediction.json" for folder in saved[:2]]
    of_others = [{"gene_order": list(prediction.gene_order)}, {"expression": prediction.counts}]
    tables = [prediction.counts, prediction.to_anndata()]
    for source in (prediction, prediction.gene_order, *saved, str(listed), *of_others, *tables):
        assert np.array_equal(sq.align_counts(reads, BULK, gene_order=source).counts, expected)
    assert np.array_equal(align(prediction).counts, prediction.counts.to_numpy())


def test_a_file_without_an_order_is_refused(reads, tmp_path):
    (tmp_path / "result.json").write_text('{"outputs": []}', encoding="utf-8")
    with pytest.raises(CountsDataError, match="no gene order in"):
        sq.align_counts(reads, BULK, gene_order=tmp_path / "result.json")
    (tmp_path / "result.pkl").write_bytes(b"\x80\x04\x95")
    with pytest.raises(CountsDataError, match=r"result\.pkl: is no text"):
        sq.align_counts(reads, BULK, gene_order=tmp_path / "result.pkl")
    with pytest.raises(FileNotFoundError, match="no such file"):
        sq.align_counts(reads, BULK, gene_order=tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["order.h5ad", "order.parquet", "order.csv.gz"])
def test_a_damaged_file_of_an_order_is_named(reads, tmp_path, name):
    damaged = tmp_path / name
    damaged.write_bytes(gzip.compress(b"ENSG00000000003")[:-4])
    with pytest.raises(CountsDataError, match=rf"{name}: cannot be read.*give gene_order"):
        sq.align_counts(reads, BULK, gene_order=damaged)


def test_counts_beside_an_order_are_no_python_numbers(reads, tmp_path):
    result = {"outputs": [{"counts": list(range(1_000, 60_000))}] * 20, "gene_order": gene_order("bulk")}
    (tmp_path / "result.json").write_text(json.dumps(result), encoding="utf-8")
    (tmp_path / "list.json").write_text(json.dumps(gene_order("bulk")), encoding="utf-8")
    aligned = {}
    tracemalloc.start()
    try:
        for name in ("list", "result"):
            tracemalloc.reset_peak()
            aligned[name] = sq.align_counts(reads, BULK, gene_order=tmp_path / f"{name}.json")
            peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40e6, "1.2 million Python numbers take as much by themselves"
    assert np.array_equal(aligned["result"].counts, aligned["list"].counts)


def test_the_report_is_a_table_and_plain_json(reads):
    report = align(reads.assign(NOTAGENE1=1)).report
    frame = report.to_frame()
    assert frame.groupby("status").size().to_dict() == {"matched": 4, "missing": 44_588, "unknown": 1}
    assert report.to_dict()["n_matched"] == 4


def test_a_builder_with_a_gene_order_takes_tables_by_their_names(reads):
    builder = sq.MetadataPredictionQueryBuilder(modality="bulk", gene_order="simulator").add(reads)
    query = builder.build()
    assert np.array_equal(np.stack([one.counts for one in query.inputs]), align(reads).counts)
    assert builder.alignments[0].coverage == pytest.approx(4 / 44_592)


def test_a_reference_is_conditioned_on_by_its_names_too(reads):
    builder = sq.ReferenceConditioningQueryBuilder(modality="bulk", gene_order="simulator")
    query = builder.add(reads.iloc[:1], gene="TP53", perturbation_type="crispr", num_samples=2).build()
    assert np.array_equal(query.inputs[0].counts, align(reads).counts[0])


def test_a_builder_without_a_gene_order_refuses_a_file_and_says_what_to_give(tmp_path, reads):
    reads.to_csv(tmp_path / "reads.csv")
    with pytest.raises(CountsDataError, match="give gene_order"):
        sq.MetadataPredictionQueryBuilder(modality="bulk").add(tmp_path / "reads.csv")


def test_aligned_counts_go_into_any_builder(reads):
    query = sq.MetadataPredictionQueryBuilder(modality="bulk").add(align(reads)).build()
    assert query.n_samples == 2
    assert isinstance(align(reads).to_frame(), pd.DataFrame)


def test_values_at_fault_are_counted_over_all_samples(reads):
    many = pd.concat([reads] * 300, ignore_index=True).astype(float)
    many.iloc[[400, 500], 1] = -1.0
    with pytest.raises(CountsDataError, match=r"sample 400 is negative \(2 such values\)"):
        align(many)


def test_a_series_is_one_sample_with_its_genes_in_the_index(reads):
    one = reads.loc["brain_1"]
    assert np.array_equal(align(one).counts[0], align(reads).counts[1])
    assert align(one).samples == ("brain_1",)
    builder = sq.MetadataPredictionQueryBuilder(modality="bulk", gene_order="simulator")
    assert np.array_equal(builder.add(one).build().inputs[0].counts, align(reads).counts[1])
    in_order = pd.Series(align(reads).counts[1])  # without names it stands in the order of the model
    assert np.array_equal(builder.add(in_order).build().inputs[0].counts, align(reads).counts[1])


def test_many_sparse_samples_are_what_the_same_dense_ones_are(reads):
    chance = np.random.default_rng(5)
    names = [*list(gene_order("bulk"))[:300:3], "TP53", "ENSG00000999999", GENES["TP53"], *GENES.values()]
    dense = chance.integers(0, 4, (150, len(names)))
    dense[70] = 0
    expected = align(dense, genes=names)
    for matrix in (sparse.csr_matrix(dense), sparse.csc_matrix(dense), sparse.coo_array(dense)):
        found = align(matrix, genes=names)
        assert sparse.issparse(found.counts)
        assert found.counts.dtype == np.int64
        assert found.counts.has_canonical_format
        assert np.array_equal(found.counts.toarray(), expected.counts)
        assert found.report.duplicated == expected.report.duplicated


def test_a_bulk_order_that_is_not_sorted_is_none(reads):
    turned = gene_order("bulk")[::-1]
    with pytest.raises(CountsDataError, match="which is sorted"):
        sq.align_counts(reads, BULK, gene_order=turned)


class TestNormalisedValuesThatWereRounded:
    """Whole numbers are taken, and the report says what speaks against them."""

    @pytest.fixture
    def library(self):
        """Samples of a study: reads of twenty thousand genes."""
        draws = np.random.default_rng(3)
        shares = draws.lognormal(0, 2, (4, 20_000)) * (draws.random(20_000) < 0.7)
        depths = np.array([[9e6], [2e7], [3e6], [5e7]])
        return pd.DataFrame(
            draws.poisson(depths * shares / shares.sum(axis=1, keepdims=True)),
            columns=gene_order("bulk")[:20_000],
        )

    @staticmethod
    def notes(table):
        return " ".join(align(table).report.notes)

    def test_counts_per_million_are_told_by_their_sums(self, library):
        per_million = library.div(library.sum(axis=1), axis=0) * 1e6
        assert "nearly a million" in self.notes(per_million.round())
        assert "a million but for the rounding" in self.notes(per_million.round().iloc[[0]])
        packed = sparse.csr_matrix(per_million.round().to_numpy())
        assert "nearly a million" in " ".join(align(packed, genes=library.columns).report.notes)

    def test_logarithms_are_told_by_few_reads_of_many_genes(self, library):
        assert "rounded logarithms" in self.notes(np.log2(library + 1).round())

    def test_counts_are_not_taken_for_any(self, library):
        assert not self.notes(library)
        shares = library.div(library.sum(axis=1), axis=0).to_numpy()
        million = np.random.default_rng(4).multinomial(1_000_000, shares)
        assert not self.notes(pd.DataFrame(million, columns=library.columns)), "drawn to one depth"
        one = library.copy()
        one.iloc[0] = (library.iloc[0] / library.iloc[0].sum() * 1e6).round().astype(int)
        assert not self.notes(one), "one of four"
