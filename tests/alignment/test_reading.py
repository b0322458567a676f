"""Files as people have them: every one gives the counts of the same small table."""

from __future__ import annotations

import gzip

import anndata
import h5py
import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest
from scipy import sparse

import synthquery as sq
from synthquery.alignment.reading import read_counts
from synthquery.errors import CountsDataError
from tests.alignment.conftest import BULK, GENES, READS, write_10x


def align(data, **options):
    return sq.align_counts(data, BULK, gene_order="simulator", **options)


@pytest.fixture
def expected(reads):
    return align(reads).counts


def dense(aligned):
    return aligned.counts.toarray() if sparse.issparse(aligned.counts) else aligned.counts


def save_csv(frame, path):
    frame.to_csv(path / "reads.csv")
    return path / "reads.csv"


def save_turned_tsv(frame, path):
    frame.T.to_csv(path / "reads.tsv.gz", sep="\t")
    return path / "reads.tsv.gz"


def save_semicolons(frame, path):
    frame.T.to_csv(path / "reads.txt", sep=";")
    return path / "reads.txt"


def save_parquet(frame, path):
    frame.to_parquet(path / "reads.parquet")
    return path / "reads.parquet"


def save_turned_parquet(frame, path):
    frame.T.rename_axis("gene").reset_index().to_parquet(path / "reads.parquet")
    return path / "reads.parquet"


def save_10x(frame, path):
    return write_10x(path / "filtered", frame)


def save_old_10x(frame, path):
    return write_10x(path / "filtered", frame, features="genes.tsv") / "matrix.mtx"


def save_packed_10x(frame, path):
    return write_10x(path / "filtered", frame, packed=True)


def save_10x_file(frame, path):
    columns = sparse.csr_matrix(frame.to_numpy())
    with h5py.File(path / "filtered.h5", "w") as file:
        group = file.create_group("matrix")
        for name in ("data", "indices", "indptr"):
            group[name] = getattr(columns, name)
        group["shape"] = columns.shape[::-1]
        group["barcodes"] = [name.encode() for name in frame.index]
        features = group.create_group("features")
        features["id"] = [name.encode() for name in frame.columns]
        features["feature_type"] = [b"Gene Expression"] * frame.shape[1]
    return path / "filtered.h5"


def save_h5ad(frame, path):
    anndata.AnnData(
        X=sparse.csr_matrix(frame.to_numpy().astype(np.float32)), obs=frame[[]], var=frame.T[[]]
    ).write_h5ad(path / "reads.h5ad")
    return path / "reads.h5ad"


@pytest.mark.parametrize(
    "save",
    [
        save_csv,
        save_turned_tsv,
        save_semicolons,
        save_parquet,
        save_turned_parquet,
        save_10x,
        save_old_10x,
        save_packed_10x,
        save_10x_file,
        save_h5ad,
    ],
)
def test_every_kind_of_file_gives_the_same_counts_and_sample_names(reads, expected, tmp_path, save):
    aligned = align(save(reads, tmp_path))
    assert np.array_equal(dense(aligned), expected)
    assert aligned.samples == tuple(READS)


@pytest.mark.parametrize("save", [save_10x, save_10x_file, save_h5ad])
def test_sparse_files_stay_sparse(reads, tmp_path, save):
    assert sparse.issparse(align(save(reads, tmp_path)).counts)


def test_features_that_are_no_genes_are_left_out_and_told(reads, tmp_path):
    notes = align(save_10x(reads, tmp_path)).report.notes
    assert notes == ("1 feature that is no gene left out (Antibody Capture)",)


def test_a_table_of_feature_counts_is_read_without_its_columns_about_genes(reads, expected, tmp_path):
    frame = reads.T.rename_axis("Geneid").reset_index()
    about = {"Chr": "17", "Start": 7_661_779, "End": 7_687_550, "Strand": "-", "Length": 3_700}
    for place, (name, value) in enumerate(about.items(), start=1):
        frame.insert(place, name, value)
    path = tmp_path / "featurecounts.txt"
    path.write_text("# Program:featureCounts\n" + frame.to_csv(sep="\t", index=False), encoding="utf-8")
    aligned = align(path)
    assert np.array_equal(aligned.counts, expected)
    assert "Chr, Start, End, Strand, Length" in aligned.report.notes[0]


def test_names_that_occur_twice_in_a_header_are_added_up(reads, tmp_path, places):
    path = tmp_path / "reads.csv"
    path.write_text("sample,TP53,TP53,ALB\nliver,1,2,3\n", encoding="utf-8")
    assert align(path).counts[0, places[GENES["TP53"]]] == 3


def test_a_table_of_r_without_a_name_for_its_first_column_is_read(reads, expected, tmp_path):
    text = reads.T.to_csv(sep="\t")
    (tmp_path / "reads.tsv").write_text(text.removeprefix("\t"), encoding="utf-8")
    assert np.array_equal(align(tmp_path / "reads.tsv").counts, expected)


def test_ids_beside_the_symbols_of_an_anndata_are_taken(reads, expected):
    data = anndata.AnnData(
        X=reads.to_numpy(), obs=reads[[]], var=pd.DataFrame(index=["g1", "g2", "g3", "g4"])
    )
    data.var["gene_ids"] = list(reads.columns)
    assert np.array_equal(align(data).counts, expected)


def test_a_normalised_anndata_names_the_layer_that_has_the_counts(reads, expected):
    data = anndata.AnnData(X=np.log1p(reads.to_numpy()), obs=reads[[]], var=reads.T[[]])
    data.layers["counts"] = reads.to_numpy()
    with pytest.raises(CountsDataError, match='layer="counts"'):
        align(data)
    assert np.array_equal(align(data, layer="counts").counts, expected)
    with pytest.raises(CountsDataError, match="no layer 'spliced'; it has counts"):
        align(data, layer="spliced")


def test_raw_counts_beside_a_normalised_anndata_are_taken_when_asked_for(reads, expected):
    data = anndata.AnnData(X=reads.to_numpy(), obs=reads[[]], var=reads.T[[]])
    data.raw = data
    data.X = np.log1p(reads.to_numpy())
    assert np.array_equal(align(data, layer="raw").counts, expected)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("reads.csv", b"", "nothing in it"),
        ("reads.csv", b"gene\nTP53\n", "one column"),
        ("reads.csv", b"gene,liver\n", "no rows"),
        ("reads.csv", b"gene,liver\nTP53,many\n", "'many' in row 'TP53'"),
        ("reads.csv", b"gene,liver\nTP53,1,2,3\n", "columns"),
        ("reads.csv", b"\xff\xfe\x00g", "no table of text"),
        ("reads.tsv.gz", gzip.compress(b"gene\tliver\nTP53\t1\n" * 400, mtime=0)[:-20], "no table of text"),
        ("reads.h5ad", b"PK", "no h5ad"),
        ("reads.h5", b"HDF", "no file of Cell Ranger"),
        ("reads.parquet", b"PAR1", "no parquet"),
        ("reads.docx", b"PK", "the ending of the name tells which"),
        ("matrix.mtx", b"", "no features.tsv"),
    ],
)
def test_a_file_that_is_no_table_of_counts_is_refused_by_name(tmp_path, name, content, what):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CountsDataError, match=what):
        align(tmp_path / name)


def test_a_parquet_file_of_no_text_is_named(tmp_path):
    path = tmp_path / "reads.parquet"
    names = pyarrow.array([b"ENSG00000141510", b"ENSG\xff"], type=pyarrow.binary()).view(pyarrow.string())
    pyarrow.parquet.write_table(pyarrow.table({"gene": names, "liver_1": [12, 5]}), path)
    with pytest.raises(CountsDataError, match=r"reads\.parquet"):
        align(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file"):
        align(tmp_path / "reads.csv")


def test_companions_that_do_not_fit_are_refused(reads, tmp_path):
    folder = write_10x(tmp_path / "filtered", reads)
    (folder / "barcodes.tsv").write_text("AAAC-1\n", encoding="utf-8")
    with pytest.raises(CountsDataError, match="1 barcodes"):
        align(folder)


@pytest.mark.parametrize(
    "form",
    [
        lambda reads: reads.T.rename_axis("gene").reset_index(),
        lambda reads: pyarrow.Table.from_pandas(
            reads.rename_axis("sample").reset_index(), preserve_index=False
        ),
        lambda reads: reads.astype("Int64"),
        lambda reads: reads.astype(np.uint16).astype(float),
    ],
    ids=["names in a column", "arrow", "nullable", "whole floats"],
)
def test_tables_of_other_makes_are_read_alike(reads, expected, form):
    reads = reads.clip(upper=60_000)
    aligned = align(form(reads))
    assert np.array_equal(aligned.counts, align(reads).counts)
    assert aligned.samples == tuple(READS)


@pytest.mark.parametrize(
    "form", [sparse.csc_matrix, sparse.coo_array, sparse.csr_array], ids=["csc", "coo", "csr"]
)
def test_sparse_counts_are_rows_once_and_for_all(reads, expected, form):
    """A second form of them, made again and again, would not fit into memory."""
    table = read_counts(form(reads.to_numpy()), genes=list(reads.columns))
    assert table.values.format == "csr"
    assert np.array_equal(dense(align(table.values, genes=list(reads.columns))), expected)


def test_an_anndata_in_columns_is_rows_once_and_for_all(reads, expected):
    columns = sparse.csc_matrix(reads.to_numpy())
    data = anndata.AnnData(columns, pd.DataFrame(index=reads.index), pd.DataFrame(index=reads.columns))
    assert read_counts(data).values.format == "csr"
    assert np.array_equal(dense(align(data)), expected)


def test_one_sample_may_be_a_sparse_vector(reads, expected):
    vector = sparse.coo_array(reads.to_numpy()[0])
    assert np.array_equal(dense(align(vector, genes=list(reads.columns))), expected[:1])


def test_a_bare_matrix_needs_names(reads):
    with pytest.raises(CountsDataError, match="give genes="):
        align(reads.to_numpy())
    with pytest.raises(CountsDataError, match="3 gene names"):
        align(reads.to_numpy(), genes=["TP53", "ALB", "ACTB"])
    with pytest.raises(CountsDataError, match="turn it round"):
        align(reads.to_numpy().T, genes=list(GENES))
    named = align(reads.to_numpy(), genes=reads.columns, samples=reads.index)
    assert named.samples == tuple(READS)


@pytest.mark.parametrize("names", [{"genes": list(GENES)}, {"samples": ["a", "b"]}], ids=["genes", "samples"])
def test_names_for_data_that_have_their_own_are_refused(reads, tmp_path, names):
    data = anndata.AnnData(
        reads.to_numpy(), pd.DataFrame(index=reads.index), pd.DataFrame(index=reads.columns)
    )
    for named in (reads, data, save_csv(reads, tmp_path)):
        with pytest.raises(CountsDataError, match="has names of its own"):
            align(named, **names)


def test_sparse_counts_of_a_prediction_stay_sparse(reads, expected):
    answer = sq.Prediction(
        "gem-1-bulk", "expression", [{}, {}], sparse.csr_matrix(reads.to_numpy()), reads.columns
    )
    aligned = align(answer)
    assert sparse.issparse(aligned.counts)
    assert np.array_equal(dense(aligned), expected)


def test_the_first_gene_of_a_file_without_a_header_counts(reads, tmp_path):
    lines = [f"{gene}\t{count}" for gene, count in reads.loc["liver_1"].items()]
    path = tmp_path / "liver_1.htseq.tsv"
    path.write_text("\n".join([*lines, "__no_feature\t81", "__ambiguous\t4"]) + "\n")
    aligned = align(path)
    assert aligned.samples == ("liver_1",)
    assert np.array_equal(aligned.counts, align(reads.loc[["liver_1"]]).counts)


def test_several_columns_without_a_header_are_refused(reads, tmp_path):
    path = tmp_path / "reads.tsv"
    reads.T.to_csv(path, sep="\t", header=False)
    with pytest.raises(CountsDataError, match="no header"):
        align(path)


def test_the_three_columns_of_star_are_one_sample_and_not_three(reads, tmp_path):
    path = tmp_path / "ReadsPerGene.out.tab"
    rows = [("N_unmapped", 5, 5, 5), ("N_multimapping", 1, 1, 1)]
    rows += [(gene, count, 0, count) for gene, count in reads.loc["liver_1"].items()]
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    with pytest.raises(CountsDataError, match="one sample counted three ways"):
        align(path)


@pytest.mark.parametrize(
    "measure", ["TPM", "effective_length", "EffectiveLength", "eff_length", "fpkm_unstranded"]
)
def test_measures_beside_the_counts_of_one_sample_are_no_samples(reads, tmp_path, measure):
    path = tmp_path / "quant.tsv"
    reads.loc[["liver_1"]].T.assign(**{measure: 7}).to_csv(path, sep="\t")
    with pytest.raises(CountsDataError, match=f"column '{measure}' is no sample.*NumReads"):
        align(path, round_expected=True)


def test_names_of_samples_are_as_they_are_written(reads, tmp_path):
    path = tmp_path / "reads.csv"
    written = ["NA", "007"]
    reads.set_axis(written).to_csv(path)
    assert align(path).samples == tuple(written)


@pytest.mark.parametrize("quote", ["", '"'], ids=["bare", "in quotes"])
def test_commas_in_names_do_not_part_a_table_with_tabs(reads, expected, tmp_path, quote):
    path = tmp_path / "reads.tsv"
    names = ["liver, left, 1", "brain, 1"]
    rows = ["\t".join(["gene", *(f"{quote}{name}{quote}" for name in names)])]
    rows += ["\t".join(map(str, (gene, *reads[gene]))) for gene in reads.columns]
    path.write_text("\n".join(rows), encoding="utf-8")
    assert align(path).samples == tuple(names)
    assert np.array_equal(align(path).counts, expected)


def test_a_matrix_written_with_its_zeros_is_read(reads, expected, tmp_path):
    folder = write_10x(tmp_path / "filtered", reads.assign(CD3=7))
    values = reads.assign(CD3=7, antibody=7).to_numpy()
    header = f"%%MatrixMarket matrix array integer general\n{values.shape[1]} {values.shape[0]}\n"
    (folder / "matrix.mtx").write_text(header + "".join(f"{n}\n" for n in values.reshape(-1)))
    aligned = align(folder)
    assert sparse.issparse(aligned.counts)
    assert np.array_equal(dense(aligned), expected)


@pytest.mark.parametrize("kind", ["integer", "float", "real"])
def test_fractions_are_not_cut_off_whatever_a_matrix_calls_its_numbers(reads, expected, tmp_path, kind):
    folder = write_10x(tmp_path / "filtered", reads)
    matrix = (folder / "matrix.mtx").read_text().replace("integer", kind)
    (folder / "matrix.mtx").write_text(matrix)
    assert np.array_equal(dense(align(folder)), expected)
    (folder / "matrix.mtx").write_text(matrix.replace(" 90000\n", " 90000.5\n"))
    with pytest.raises(CountsDataError, match=r"90000\.5 of gene"):
        align(folder)


def test_a_folder_without_genes_names_what_it_has(reads, tmp_path):
    folder = write_10x(tmp_path / "filtered", reads)
    features = folder / "features.tsv"
    features.write_text(features.read_text().replace("Gene Expression", "Antibody Capture"))
    with pytest.raises(
        CountsDataError, match=r"none of its 5 features is of the type 'Gene Expression'.*Antibody"
    ):
        align(folder)


@pytest.mark.parametrize("column", ["gene_name", "feature_name", "gene_symbols"])
def test_symbols_beside_names_that_say_nothing_are_taken(reads, expected, column):
    var = pd.DataFrame({column: list(GENES)}, index=[f"row {number}" for number in range(len(GENES))])
    data = anndata.AnnData(reads.to_numpy(), obs=pd.DataFrame(index=reads.index), var=var)
    assert np.array_equal(align(data).counts, expected)


@pytest.mark.parametrize("gap", [False, True])
def test_numbers_in_the_first_column_are_no_names(reads, gap):
    objects = reads.astype(object).reset_index(drop=True)
    if gap:
        objects.iloc[1, 0] = None
        with pytest.raises(CountsDataError, match=f"{GENES['TP53']}"):
            align(objects)
    else:
        assert align(objects).samples == ("0", "1")
        assert np.array_equal(align(objects).counts, align(reads).counts)


def test_whole_numbers_in_columns_of_objects_are_counts(reads, expected):
    objects = reads.astype(object)
    assert np.array_equal(align(objects).counts, expected)
    objects.iloc[0, 1] = "many"
    with pytest.raises(CountsDataError, match="'many' in row 'liver_1'"):
        align(objects)


def test_symbols_are_not_taken_where_identifiers_stand_beside_them(reads):
    """CD99 is a symbol of two genes; its identifier says which is meant."""
    names = {"CD99": "ENSG00000002586.20", **GENES}
    counts = reads.assign(ENSG00000002586=[7, 8])[["ENSG00000002586", *GENES.values()]]
    data = anndata.AnnData(
        X=counts.to_numpy(), var=pd.DataFrame({"gene_ids": list(names.values())}, index=list(names))
    )
    aligned = align(data)
    assert not aligned.report.ambiguous
    assert aligned.counts.sum() == counts.to_numpy().sum()


def test_an_hdf5_file_of_anything_else_is_refused(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["answer"] = 42
    with pytest.raises(CountsDataError, match="no file of Cell Ranger"):
        align(tmp_path / "other.h5")


class TestPieces:
    """Large tables are read a piece at a time, and are what they are when read at once."""

    @pytest.fixture(autouse=True)
    def small_pieces(self, monkeypatch):
        monkeypatch.setattr("synthquery.alignment.text_tables._CELLS", 6)
        monkeypatch.setattr("synthquery.alignment.parquet_tables._CELLS", 3)

    @pytest.fixture
    def many(self, reads):
        """Counts that need more bytes the further one reads, and one that is a whole float."""
        table = pd.concat([reads] * 4, ignore_index=True).set_axis(
            [f"00{number}" for number in range(8)], axis=0
        )
        table.iloc[5, 1], table.iloc[6, 2] = 70_000_000_000, 2**40
        return table.astype({GENES["ACTB"]: float})

    def test_a_csv_file(self, many, tmp_path):
        for turned in (many, many.T):
            turned.to_csv(tmp_path / "many.csv")
            aligned = align(tmp_path / "many.csv")
            assert np.array_equal(aligned.counts, align(many).counts)
            assert aligned.samples == tuple(many.index)

    def test_a_parquet_file(self, many, tmp_path):
        for turned in (many, many.T, many.T.rename_axis("gene").reset_index()):
            turned.to_parquet(tmp_path / "many.parquet")
            aligned = align(tmp_path / "many.parquet")
            assert np.array_equal(aligned.counts, align(many).counts)
            assert aligned.samples == tuple(many.index)

    def test_a_parquet_file_with_columns_about_genes_between_the_samples(self, many, tmp_path):
        table = many.T.rename_axis("gene_id").reset_index()
        table.insert(3, "gene_name", ["a", "b", "c", "d"])
        table.to_parquet(tmp_path / "many.parquet", index=False)
        aligned = align(tmp_path / "many.parquet")
        assert np.array_equal(aligned.counts, align(many).counts)
        assert any("gene_name" in note for note in aligned.report.notes)

    def test_text_far_down_a_csv_file_is_named(self, many, tmp_path):
        many.astype(object).replace(2**40, "many").to_csv(tmp_path / "many.csv")
        with pytest.raises(CountsDataError, match="has 'many' in row '006'"):
            align(tmp_path / "many.csv")
