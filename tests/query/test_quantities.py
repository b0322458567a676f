"""Times, doses and ages: one form out of many, and no guess where a form is unclear."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthquery.query.quantities import (
    QuantityError,
    canonical_age,
    canonical_dose,
    canonical_time,
    parse_age,
    parse_dose,
    parse_time,
    units,
)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("24 hours", "24 hours"),
        ("24h", "24 hours"),
        ("24 hrs", "24 hours"),
        ("1 hour", "1 hours"),
        ("96 H", "96 hours"),
        ("7d", "7 days"),
        ("30min", "30 minutes"),
        ("2 wks", "2 weeks"),
        ("3 mo", "3 months"),
        ("10 s", "10 seconds"),
        ("0.50 days", "0.5 days"),
        (" 48  hours ", "48 hours"),
        ("1e2 s", "100 seconds"),
    ],
)
def test_a_time_is_a_number_a_space_and_a_unit(given: str, text: str) -> None:
    assert canonical_time(given) == text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("10 um", "10 um"),
        ("10uM", "10 um"),
        ("10 µM", "10 um"),  # micro sign
        ("10 μM", "10 um"),  # Greek mu
        ("10 micromolar", "10 um"),
        ("1 mM", "1 mm"),
        ("1M", "1 m"),
        ("5 nM", "5 nm"),
        ("5 pM", "5 pm"),
        ("1mg/kg", "1 mg/kg"),
        ("1 mg / kg", "1 mg/kg"),
        ("2 Gy", "2 gy"),
        ("5%", "5 percent"),
        ("0.1 MOI", "0.1 moi"),
        ("100 U/mL", "100 u/ml"),
        ("100 units/ml", "100 u/ml"),
        ("20 IU/mL", "20 iu/ml"),
        ("10 µg/mL", "10 ug/ml"),
        ("0.000001 M", "0.000001 m"),
        ("0 um", "0 um"),
    ],
)
def test_a_dose_is_a_number_a_space_and_a_unit(given: str, text: str) -> None:
    assert canonical_dose(given) == text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("61 years", "61"),
        ("61", "61"),
        (61, "61"),
        (61.0, "61"),
        (np.int64(61), "61"),
        ("65 years old", "65"),
        ("65-year-old", "65"),
        ("18 months", "1.5"),
        ("6m", "0.5"),
        ("15Y", "15"),
        ("30Y6M", "30.5"),
        ("2 years and 3 months", "2.25"),
        ("7 months", "0.5833"),
        ("3 weeks", "0.0575"),
        (0, "0"),
    ],
)
def test_an_age_becomes_years(given: Any, text: str) -> None:
    assert canonical_age(given) == text


@pytest.mark.parametrize(
    "given",
    [
        "24",
        "h",
        "",
        "-3 h",
        "24-48 hours",
        "24 to 48 h",
        "overnight",
        "24 parsecs",
        "24h|48h",
        "inf h",
        "1,000 h",
    ],
)
def test_what_is_no_time_is_refused(given: str) -> None:
    with pytest.raises(QuantityError):
        canonical_time(given)


@pytest.mark.parametrize(
    "given", ["10", "high", "10 foo", "5 micrometers", None, True, 10, "1e40 um", "1" * 100 + " um"]
)
def test_what_is_no_dose_is_refused(given: Any) -> None:
    with pytest.raises(QuantityError):
        canonical_dose(given)


@pytest.mark.parametrize(
    "given", ["60-69", ">89", "newborn", "adult", "", True, None, float("nan"), -1, "61 hours", "5 6"]
)
def test_what_is_no_age_is_refused(given: Any) -> None:
    with pytest.raises(QuantityError):
        canonical_age(given)


def test_a_unit_that_may_mean_two_things_is_not_guessed() -> None:
    with pytest.raises(QuantityError, match="minutes or months") as caught:
        canonical_time("5 m")
    assert caught.value.suggestions == ("5 minutes", "5 months")


@pytest.mark.parametrize(
    ("parse", "given", "meant"),
    [
        (parse_age, "65,5", ("65.5",)),
        (parse_age, "2,5 years 3 months", ("2.75",)),
        (parse_time, "1,5h", ("1.5 hours",)),
        (parse_dose, "0,5 uM", ("0.5 um",)),
        (parse_dose, "1,000 nM", ("1 nm", "1000 nm")),
        (parse_dose, "1,000,000 nM", ()),
        (parse_dose, "1,5 parsecs", ()),
    ],
)
def test_a_comma_in_a_number_is_named_and_what_it_may_mean(
    parse: Any, given: str, meant: tuple[str, ...]
) -> None:
    with pytest.raises(QuantityError, match=r"comma.* in its number") as caught:
        parse(given)
    assert caught.value.suggestions == meant


def test_a_comma_between_the_parts_of_an_age_is_no_decimal_comma() -> None:
    assert canonical_age("3 years, 6 months") == canonical_age("3 years,6 months") == "3.5"


def test_a_quantity_says_whether_it_was_changed() -> None:
    assert parse_time("24h").changed
    assert not parse_time("24 hours").changed
    assert parse_dose("10uM").value == Decimal(10)
    assert parse_dose("10uM").unit == "um"
    assert parse_age("18 months").unit == "years"


@given(number=st.decimals(min_value=0, max_value=10_000, places=3), data=st.data())
def test_canonical_forms_stay_as_they_are(number: Decimal, data: st.DataObject) -> None:
    time = canonical_time(f"{number} {data.draw(st.sampled_from(units('time')))}")
    dose = canonical_dose(f"{number} {data.draw(st.sampled_from(units('dose')))}")
    assert canonical_time(time) == time
    assert canonical_dose(dose) == dose
    value, _, unit = dose.partition(" ")  # what the published reference encoder does with it
    assert float(value) == float(number)
    assert unit in units("dose")


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_time, parse_dose, parse_age):
        try:
            found = parse(text)
        except QuantityError:
            continue
        assert parse(found.text).text == found.text
