"""Plots: what is drawn where, on axes of one's own or new ones, without a window."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import numpy as np
import pytest

import synthquery as sq
from synthquery.prediction import LabelProbabilities

from .answers import BRAIN, LIVER, LUNG, predicted, tissues
from .test_latents import ANSWER as BATCHES

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

ANSWER = tissues((0.5, 0.25, 0.125, 0.125), (0.0, 0.0, 1.0, 0.0))


@pytest.fixture(autouse=True)
def no_window(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from matplotlib import pyplot

    def shown(*_: object, **__: object) -> None:
        raise AssertionError("a plot was shown")

    monkeypatch.setattr(pyplot, "show", shown)
    yield
    pyplot.close("all")


def rendered(axes: object) -> bytes:
    file = io.BytesIO()
    axes.figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def texts(axes: object, which: str) -> list[str]:
    return [one.get_text() for one in getattr(axes, f"get_{which}ticklabels")()]


class TestProbabilities:
    def test_bars_are_the_labels_likeliest_first(self) -> None:
        axes = sq.plot_probabilities(ANSWER, "tissue", top=3)
        assert texts(axes, "y") == ["liver", "brain", "cerebellum"]
        assert [bar.get_width() for bar in axes.patches] == [0.5, 0.25, 0.125]
        assert axes.yaxis_inverted()
        assert axes.get_title() == "tissue of sample 0 (entropy 1.75 bits)"
        assert rendered(axes).startswith(b"\x89PNG")

    def test_there_is_room_for_the_bars_and_no_more(self) -> None:
        few, many = (sq.plot_probabilities(ANSWER, "tissue", top=top) for top in (4, 1_000))
        assert tuple(few.figure.get_size_inches()) == tuple(many.figure.get_size_inches())

    def test_a_title_stays_within_the_plot(self) -> None:
        table = LabelProbabilities(("x" * 60, "wt"), np.array([[0.5, 0.5]]))
        axes = sq.plot_probabilities(
            predicted("genotype", ["wt"], probabilities={"genotype": table}), "genotype"
        )
        rendered(axes)
        assert axes.title.get_window_extent().x1 <= axes.figure.bbox.x1

    def test_labels_are_text_on_one_line_and_no_formulas(self) -> None:
        table = LabelProbabilities(("$x_$", "a\nb"), np.array([[0.75, 0.25]]))
        axes = sq.plot_probabilities(
            predicted("genotype", ["wt"], probabilities={"genotype": table}), "genotype"
        )
        assert texts(axes, "y") == [r"\$x_\$", "a b"]
        assert rendered(axes).startswith(b"\x89PNG")

    def test_a_field_of_which_nothing_is_probable_says_so(self) -> None:
        nothing = tissues((0.0, 0.0, 0.0, 0.0))
        assert (
            sq.plot_probabilities(nothing, "tissue").get_title() == "tissue of sample 0 (nothing is probable)"
        )

    def test_a_field_without_labels_has_no_probabilities(self) -> None:
        empty = {"sex": LabelProbabilities((), np.zeros((1, 0)))}
        with pytest.raises(ValueError, match="no probabilities of sex; there are those of none"):
            sq.plot_probabilities(predicted("sex", [""], probabilities=empty), "sex")

    def test_another_sample(self) -> None:
        assert texts(sq.plot_probabilities(ANSWER, "tissue_ontology_id", 1, top=1), "y") == ["cerebellum"]

    @pytest.mark.parametrize(
        ("field", "sample", "said"), [("sex", 0, "no probabilities of sex"), ("tissue", 2, "0 to 1")]
    )
    def test_what_is_not_there_is_an_error(self, field: str, sample: int, said: str) -> None:
        with pytest.raises(ValueError, match=said):
            sq.plot_probabilities(ANSWER, field, sample)


class TestConfusion:
    def test_agreement_lies_on_the_diagonal(self) -> None:
        answer = predicted("tissue_ontology_id", [LIVER, LUNG, BRAIN, BRAIN, BRAIN])
        check = sq.check_labels({"tissue": ["liver", "lung", "brain", "brain", "liver"]}, answer)
        axes = sq.plot_confusion(check)
        assert texts(axes, "x") == texts(axes, "y") == ["brain", "liver", "lung"]
        assert np.array_equal(axes.images[0].get_array(), [[2, 0, 0], [1, 1, 0], [0, 0, 1]])
        assert sorted(one.get_text() for one in axes.texts) == ["1", "1", "1", "2"]
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "provided")

    def test_nothing_checked_is_nothing_to_draw(self) -> None:
        check = sq.check_labels({"tissue": "Leber"}, predicted("tissue_ontology_id", [LIVER]))
        with pytest.raises(ValueError, match="no label of tissue was checked"):
            sq.plot_confusion(check)


class TestLatents:
    def test_samples_are_points_by_batch(self) -> None:
        axes = sq.plot_latents(BATCHES, "study")
        first, second = axes.collections
        assert first.get_offsets().shape == second.get_offsets().shape == (2, 2)
        assert abs(first.get_offsets()[:, 0].mean() - second.get_offsets()[:, 0].mean()) == pytest.approx(10)
        assert [one.get_text() for one in axes.get_legend().get_texts()] == ["PRJNA1", "PRJNA2"]
        assert axes.get_xlabel() == "component 1 (96% of variance)"

    def test_every_batch_is_in_the_legend(self) -> None:
        axes = sq.plot_latents(BATCHES, ["_1", "_1", "2", "2"])
        rendered(axes)
        assert [one.get_text().strip() for one in axes.get_legend().get_texts()] == ["_1", "2"]

    def test_one_latent_or_one_sample_is_enough(self) -> None:
        assert sq.plot_latents(BATCHES, "study", "biological").get_ylabel() == "component 2 (0% of variance)"
        one = BATCHES.replace(
            sample_metadata=BATCHES.sample_metadata[:1],
            counts_array=BATCHES.counts_array[:1],
            latent_arrays={"technical": BATCHES.latent_arrays["technical"][:1]},
        )
        assert rendered(sq.plot_latents(one, ["a"]))


def test_a_plot_goes_into_the_axes_it_is_given() -> None:
    from matplotlib import pyplot

    _, (one, two, three) = pyplot.subplots(1, 3)
    check = sq.check_labels({"tissue": "liver"}, ANSWER)
    assert sq.plot_probabilities(ANSWER, "tissue", ax=one) is one
    assert sq.plot_confusion(check, ax=two) is two
    assert sq.plot_latents(BATCHES, "study", ax=three) is three
    assert len(pyplot.get_fignums()) == 1


def test_the_same_plot_comes_out_the_same() -> None:
    assert rendered(sq.plot_latents(BATCHES, "study")) == rendered(sq.plot_latents(BATCHES, "study"))


def test_plots_of_simulated_values_say_so() -> None:
    answer = ANSWER.replace(simulated=True)
    check = sq.check_labels({"tissue": "liver"}, answer)
    for axes in (
        sq.plot_probabilities(answer, "tissue"),
        sq.plot_confusion(check),
        sq.plot_latents(BATCHES.replace(simulated=True), "study"),
    ):
        assert "simulated values, not biology" in axes.get_title()


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(sq.MissingExtraError, match=r"synthquery\[plot\]"):
        sq.plot_probabilities(ANSWER, "tissue")
