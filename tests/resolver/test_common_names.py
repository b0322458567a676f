"""The names people type most resolve, and to the right term."""

import pytest

from synthquery.resolver import resolve

TISSUES = {
    "liver": "UBERON:0002107",
    "Liver": "UBERON:0002107",
    "blood": "UBERON:0000178",
    "whole blood": "UBERON:0000178",
    "PBMC": "UBERON:0000178",
    "brain": "UBERON:0000955",
    "heart": "UBERON:0000948",
    "kidney": "UBERON:0002113",
    "lung": "UBERON:0002048",
    "lungs": "UBERON:0002048",
    "skin": "UBERON:0002097",
    "colon": "UBERON:0001155",
    "pancreas": "UBERON:0001264",
    "spleen": "UBERON:0002106",
    "stomach": "UBERON:0000945",
    "skeletal muscle": "UBERON:0001134",
    "bone marrow": "UBERON:0002371",
    "breast": "UBERON:0000310",
    "prostate": "UBERON:0002367",
    "ovary": "UBERON:0000992",
    "thyroid": "UBERON:0002046",
    "lymph node": "UBERON:0000029",
    "bladder": "UBERON:0001255",
    "oesophageal mucosa": "UBERON:0002469",
    "Colon - Transverse": "UBERON:0001157",
    "vastus lateralis muscle_female": "UBERON:0001379",
}
CELL_TYPES = {
    "T cell": "CL:0000084",
    "T cells": "CL:0000084",
    "CD4+ T cells": "CL:0000624",
    "CD8-positive T cell": "CL:0000625",
    "B cell": "CL:0000236",
    "B lymphocytes": "CL:0000236",
    "monocyte": "CL:0000576",
    "Mono": "CL:0000576",
    "macrophage": "CL:0000235",
    "neutrophil": "CL:0000775",
    "NK cell": "CL:0000623",
    "fibroblast": "CL:0000057",
    "hepatocyte": "CL:0000182",
    "endothelial cell": "CL:0000115",
    "EC": "CL:0000115",
    "epithelial cell": "CL:0000066",
    "neuron": "CL:0000540",
    "astrocyte": "CL:0000127",
    "keratinocyte": "CL:0000312",
    "cardiomyocyte": "CL:0000746",
    "Treg": "CL:0000815",
    "plasma cell": "CL:0000786",
    "dendritic cell": "CL:0000451",
    "adipocyte": "CL:0000136",
    "SMC": "CL:0000192",
}
DISEASES = {
    "hepatocellular carcinoma": "MONDO:0007256",
    "Carcinoma, hepatocellular": "MONDO:0007256",
    "HCC": "MONDO:0007256",
    "breast cancer": "MONDO:0007254",
    "lung adenocarcinoma": "MONDO:0005061",
    "type 2 diabetes": "MONDO:0005148",
    "type II diabetes": "MONDO:0005148",
    "Alzheimer's disease": "MONDO:0004975",
    "Parkinson disease": "MONDO:0005180",
    "asthma": "MONDO:0004979",
    "COVID-19": "MONDO:0100096",
    "rheumatoid arthritis": "MONDO:0008383",
    "melanoma": "MONDO:0005105",
    "glioblastoma": "MONDO:0018177",
    "colorectal cancer": "MONDO:0005575",
    "acute myeloid leukaemia": "MONDO:0018874",
    "NSCLC": "MONDO:0005233",
    "heart attack": "MONDO:0005068",
    "Crohn's disease": "MONDO:0005011",
    "multiple sclerosis": "MONDO:0005301",
    "SLE": "MONDO:0007915",
    "cystic fibrosis": "MONDO:0009061",
    "normal": "PATO:0000461",
    "healthy": "PATO:0000461",
    "control": "PATO:0000461",
}
CELL_LINES = {
    "HeLa": "CVCL_0030",
    "HeLa cells": "CVCL_0030",
    "A549": "CVCL_0023",
    "HEK293": "CVCL_0045",
    "293T": "CVCL_0063",
    "MCF-7": "CVCL_0031",
    "MCF7_E2+R5020_3hr": "CVCL_0031",
    "K-562": "CVCL_0004",
    "K562": "CVCL_0004",
    "Jurkat": "CVCL_0065",
    "HepG2": "CVCL_0027",
    "U2OS": "CVCL_0042",
    "HCT116": "CVCL_0291",
    "THP-1": "CVCL_0006",
    "HL60": "CVCL_0002",
    "HL60_HAEMATOPOIETIC_AND_LYMPHOID_TISSUE": "CVCL_0002",
    "SH-SY5Y": "CVCL_0019",
    "Caco-2": "CVCL_0025",
    "PC-3": "CVCL_0035",
    "LNCaP": "CVCL_0395",
    "MDA-MB-231": "CVCL_0062",
    "U937": "CVCL_0007",
    "HT-29": "CVCL_0320",
    "NCIH1299_LUNG": "CVCL_0060",
}
GENES = {
    "TP53": "ENSG00000141510",
    "tp53": "ENSG00000141510",
    "p53": "ENSG00000141510",
    "BRCA1": "ENSG00000012048",
    "BRCA2": "ENSG00000139618",
    "EGFR": "ENSG00000146648",
    "MYC": "ENSG00000136997",
    "KRAS": "ENSG00000133703",
    "GAPDH": "ENSG00000111640",
    "ACTB": "ENSG00000075624",
    "PTEN": "ENSG00000171862",
    "VEGFA": "ENSG00000112715",
    "IL6": "ENSG00000136244",
    "IL-6": "ENSG00000136244",
    "TNF": "ENSG00000232810",
    "Isl1": "ENSG00000016082",
    "HER2": "ENSG00000141736",
    "PD-L1": "ENSG00000120217",
    "CD4": "ENSG00000010610",
    "STAT3": "ENSG00000168610",
    "FOXP3": "ENSG00000049768",
}


def cases():
    for field, names in [
        ("tissue", TISSUES),
        ("cell_type", CELL_TYPES),
        ("disease", DISEASES),
        ("cell_line", CELL_LINES),
        ("gene", GENES),
    ]:
        for label, identifier in names.items():
            yield pytest.param(field, label, identifier, id=f"{field}: {label}")


@pytest.mark.parametrize(("field", "label", "identifier"), list(cases()))
def test_a_common_name_resolves(field, label, identifier):
    found = resolve(label, field)
    assert found.term is not None, found.reason
    assert found.term.id == identifier
    assert found.candidates[0].term == found.term


@pytest.mark.parametrize(
    ("field", "label"),
    [
        ("cell_type", "Beta"),
        ("disease", "TF"),
        ("disease", "ER"),
        ("cell_type", "TF"),
        ("tissue", "ER"),
        ("cell_line", "A54"),
    ],
)
def test_a_short_dangerous_name_never_wins_by_likeness(field, label):
    assert resolve(label, field).term is None


@pytest.mark.parametrize(
    ("field", "label"), [("gene", "Y_RNA"), ("cell_type", "HSC"), ("tissue", "hippocampus")]
)
def test_a_name_of_several_terms_is_ambiguous(field, label):
    found = resolve(label, field)
    assert found.status == "ambiguous"
    assert len(found.candidates) > 1


@pytest.mark.parametrize("label", ["NOTCH99", "TP533", "KRASS"])
def test_an_unknown_gene_symbol_is_not_guessed(label):
    assert resolve(label, "gene").term is None


def test_exact_case_wins_between_cell_lines_that_differ_only_in_case():
    assert resolve("Mino", "cell_line").term.id == "CVCL_1872"
    assert resolve("MINO", "cell_line").term.id != "CVCL_1872"
