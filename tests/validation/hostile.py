"""Bodies and files that nobody should send: number `n` of the series is the same in every run.

Half are queries that were right (of every model, GEM-2, recipes) with one to six things changed; the others are random
values, broken text in every format, and the monsters: deep nesting, huge numbers, lists of a million, aliases.
"""

from __future__ import annotations

import codecs
import copy
import json
import math
import random
from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple

import yaml

from synthquery.catalog import list_models
from synthquery.client import example_query
from tests.validation.cases import cases
from tests.validation.test_robustness import RIGHT, WORDS

MODELS: Final = (None, *(spec.model_id for spec in list_models()), "gem-2", "gem-1-bluk")
RECIPE: Final[dict[str, Any]] = {
    "model": "gem-1-bulk",
    "sampling_strategy": "sample generation",
    "seed": 7,
    "defaults": {"sample_type": "primary tissue", "sex": "M"},
    "samples": [
        {
            "tissue": "liver",
            "disease": {"id": "MONDO:0007256", "label": "hepatocellular carcinoma"},
            "age": 61,
        },
        {
            "tissue": "UBERON_0002107",
            "gene": "TP53",
            "perturbation_type": "crispr",
            "time": "24h",
            "num_samples": 2,
        },
    ],
}
GEM_2: Final[dict[str, Any]] = {
    "operation": "predict-expression",
    "inputs": {
        "modality": "bulk",
        "items": [
            {
                "metadata": {
                    "tissue": "liver",
                    "sex": "male",
                    "bioactive_entity_perturbations": [{"entity_ontology_id": "CHEBI:45783"}],
                },
                "num_samples": 2,
                "output_total": {"type": "custom", "value": 8_000_000},
            }
        ],
    },
    "options": {"seed": 1, "sampling_strategy": "mean estimation"},
}
TABLE: Final = (
    "tissue,disease,sex,age,gene,perturbation_type,num_samples\n"
    'liver,"hepatocellular carcinoma",Male,61 years,,,3\n'
    "UBERON_0002107,healthy,female,40,TP53,crispr,1\n"
)


class Hostile(NamedTuple):
    """One of the series: something for `validate`, or the bytes of a file and its name."""

    kind: str
    model: str | None
    body: Any = None
    data: bytes | None = None
    name: str = ""


def hostile(number: int) -> Hostile:
    """Number `number` of the series."""
    draw = random.Random(number)
    model = draw.choice(MODELS)
    if number % 500 == 499:
        make = _MONSTERS[number // 500 % len(_MONSTERS)]
        return make(draw, model)
    return draw.choices((_changed_body, _random_body, _changed_text, _random_bytes), weights=(45, 10, 40, 5))[
        0
    ](draw, model)


# --- values -----------------------------------------------------------------------------------------------------


def _scalar(draw: random.Random) -> Any:
    return draw.choice(
        (
            *(None, True, False, 0, 1, -1, 2.5, math.nan, math.inf, -math.inf, 1e308, 5e-324, -0.0),
            *(2**31, 2**63, 10**30, -(10**400), "", " ", "\ud800", "x\udfff", "\0", "\u202e", "é" * 40),
            *(draw.choice(WORDS), draw.choice(WORDS), "U" * draw.choice((10, 5_000)), "9" * 400),
            *(
                "UBERON:" + "0" * draw.randint(1, 9),
                "=1+1",
                "<script>",
                "\x1b[31m",
                "a\nb\rc",
                "${HOME}",
                "null",
            ),
        )
    )


def _value(draw: random.Random, depth: int = 0) -> Any:
    kind = draw.random()
    if depth > 4 or kind < 0.6:
        return _scalar(draw)
    if kind < 0.8:
        return [_value(draw, depth + 1) for _ in range(draw.randint(0, 4))]
    return {_key(draw): _value(draw, depth + 1) for _ in range(draw.randint(0, 4))}


def _key(draw: random.Random) -> str:
    return draw.choice((*RIGHT, "inputs", "metadata", "counts", "num_samples", "seed", "mode", "tissue", "id", "label",
                        "model", "samples", "operation", "items", "", "~", "/", "\ud800", "k" * 300))  # fmt: skip


@cache
def _seeds() -> tuple[Any, ...]:
    """Queries to change: examples of all models, what the corpus has without counts, GEM-2, a recipe."""
    corpus = [one.query for file in ("broken.yaml", "clean.yaml", "broken_together.yaml", "clean_together.yaml")
              for one in cases(file) if len(repr(one.query)) < 5_000]  # fmt: skip
    full = {"sampling_strategy": "mean estimation", "inputs": [{"metadata": RIGHT, "num_samples": 1}] * 2}
    short = []
    for spec in list_models():
        body = copy.deepcopy(example_query(spec.model_id))
        for one in body["inputs"]:
            if "counts" in one:
                one["counts"] = [int(count) for count in one["counts"][:20]]
        short.append(body)
    return (*corpus, *short, *[full] * 20, *[GEM_2] * 10, *[RECIPE] * 20)


def _changed(draw: random.Random) -> Any:
    body = copy.deepcopy(draw.choice(_seeds()))
    for _ in range(draw.randint(1, 6)):
        _change(draw, body)
    return body


def _change(draw: random.Random, body: Any) -> None:
    """One thing at one place another way."""
    holder, key = _some_place(draw, body)
    if key is None:
        return
    what = draw.randrange(8)
    if what == 0:
        del holder[key]
    elif what == 1:
        holder[key] = _value(draw)
    elif what == 2:
        holder[key] = [holder[key]]
    elif what == 3:
        holder[key] = {_key(draw): holder[key]}
    elif what == 4 and isinstance(holder, dict):
        holder[_key(draw)] = _scalar(draw)
    elif what == 5 and isinstance(holder, list):
        holder *= draw.randint(2, 3)
    elif what == 6 and isinstance(holder[key], str):
        holder[key] = _changed_word(draw, holder[key])
    else:
        holder[key] = draw.choice(WORDS)


def _some_place(draw: random.Random, body: Any) -> tuple[Any, Any]:
    holder, key, node = None, None, body
    for _ in range(draw.randint(1, 6)):
        if isinstance(node, dict) and node:
            holder, key = node, draw.choice(list(node))
        elif isinstance(node, list) and node:
            holder, key = node, draw.randrange(len(node))
        else:
            break
        node = holder[key]
    return holder, key


def _changed_word(draw: random.Random, word: str) -> str:
    at = draw.randint(0, len(word))
    return draw.choice(
        (word.upper(), word.lower(), word[:at], word[:at] + draw.choice(" :_-0aZé") + word[at:], f" {word} ", word * 2,
         word.replace(":", "_"), word.replace("0", ""), f"{word} (liver)", f'"{word}"')
    )  # fmt: skip


# --- bodies -----------------------------------------------------------------------------------------------------


def _changed_body(draw: random.Random, model: str | None) -> Hostile:
    return Hostile("changed body", model, body=_changed(draw))


def _random_body(draw: random.Random, model: str | None) -> Hostile:
    body = _value(draw)
    return Hostile("random body", model, body={"inputs": body} if isinstance(body, str) else body)


# --- files ------------------------------------------------------------------------------------------------------

_ENCODINGS: Final = (
    *[(b"", "utf-8")] * 20,
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"), (b"", "latin-1"), (b"", "utf-16-le"), (codecs.BOM_UTF8, "utf-16-be"),
    (b"", "cp037"), (codecs.BOM_UTF8 * 2, "utf-8"),
)  # fmt: skip


def _changed_text(draw: random.Random, model: str | None) -> Hostile:
    suffix, text = _written(draw, _changed(draw))
    for _ in range(draw.choice((0, 0, 1, 1, 2, 5))):
        text = _damaged(draw, text)
    mark, encoding = draw.choice(_ENCODINGS)
    data = mark + text.encode(encoding, "replace")
    if draw.random() < 0.1 and data:
        at = draw.randrange(len(data))
        data = data[:at] + bytes([draw.randrange(256)]) + data[at + draw.randint(0, 2) :]
    return Hostile(f"changed {suffix}", model, data=data, name=f"query{suffix}")


def _written(draw: random.Random, body: Any) -> tuple[str, str]:
    kind = draw.choice((".json", ".json", ".yaml", ".toml", ".csv"))
    if kind == ".yaml":
        try:
            text: str = yaml.safe_dump(
                body, sort_keys=False, default_flow_style=draw.choice((None, True, False))
            )
        except (yaml.YAMLError, ValueError):
            return ".json", json.dumps(body)
        return kind, text
    if kind == ".toml":
        return kind, _toml(body)
    if kind == ".csv":
        return draw.choice((".csv", ".tsv")), TABLE
    return kind, json.dumps(body, indent=draw.choice((None, 2)), ensure_ascii=draw.choice((True, False)))


def _toml(body: Any) -> str:
    """Keys and values of the top as TOML takes them; it need not be right."""
    if not isinstance(body, dict):
        return f"value = {json.dumps(body)}"
    rows = [
        f"{json.dumps(key)} = {json.dumps(value).replace(': ', ' = ').replace('null', '0')}"
        for key, value in body.items()
    ]
    return "\n".join(rows)


def _damaged(draw: random.Random, text: str) -> str:
    at, length = draw.randint(0, len(text)), draw.randint(1, 30)
    piece = draw.choice(
        (
            *("{", "}", "[", "]", ",", ":", '"', "'", "\n", "\t", "\r\n", "#"),
            *("&a ", "*a", "<<: *a\n", "!!python/name:os ", "|", "---\n"),
            *('"inputs": 1,', "NaN", "-Infinity", "1e999", "9" * 5_000),
            *("\\ud800", "\\u0000", "\ufeff", "\0", "é", "\u2028"),
            *("[" * 300, '{"a":' * 300, "- " * 300, "a.b.c = 1\n", "[[inputs]]\n", "=", '"""', ";", "x" * 2_000),
        )
    )  # fmt: skip
    what = draw.randrange(5)
    if what == 0:
        return text[:at]
    if what == 1:
        return text[:at] + text[at + length :]
    if what == 2:
        return text[:at] + text[at : at + length] * 2 + text[at:]
    return text[:at] + piece + text[at:]


def _random_bytes(draw: random.Random, model: str | None) -> Hostile:
    data = draw.choice((b"", b"{", b"\x1f\x8b", b"PK\x03\x04", b"inputs:\n")) + draw.randbytes(
        draw.randint(0, 300)
    )
    name = f"any{draw.choice(('.json', '.yaml', '.toml', '.csv', '.txt'))}"
    return Hostile("random bytes", model, data=data, name=name)


# --- monsters ---------------------------------------------------------------------------------------------------

_MILLION: Final = 1_000_000


def _long_list(draw: random.Random, model: str | None) -> Hostile:
    element = _scalar(draw)
    body = draw.choice(
        (
            {"inputs": [element] * _MILLION},
            {"inputs": [{"counts": [element] * _MILLION}]},
            {"sampling_strategy": "mean estimation", "inputs": [{"metadata": {"sex": "Male"}}] * _MILLION},
            {"inputs": [{"counts": [draw.randrange(50) for _ in range(_MILLION)]}]},
            {"conditioning": [element] * _MILLION, "inputs": []},
            {"inputs": [], "genes": [f"gene{at}" for at in range(_MILLION)]},
        )
    )
    return Hostile("a list of a million", model, body=body)


def _long_list_in_a_file(draw: random.Random, model: str | None) -> Hostile:
    element = draw.choice(("1", "-1", "0.5", "null", "NaN", '"x"', "1e400", "{}"))
    place = draw.choice(
        ('{"inputs": [%s]}', '{"inputs": [{"counts": [%s]}]}', '{"samples": [%s], "model": "gem-1-bulk"}')
    )
    return Hostile(
        "a file with a million", model, data=(place % ",".join([element] * _MILLION)).encode(), name="q.json"
    )


def _deep(draw: random.Random, model: str | None) -> Hostile:
    depth = draw.choice((900, 1_100, 100_000))
    value: Any = "bottom"
    for _ in range(depth):
        value = [value] if draw.random() < 0.5 else {"metadata": value}
    body = draw.choice(
        (value, {"inputs": value}, {"inputs": [{"metadata": {"sex": value}, "num_samples": 1}]})
    )
    return Hostile("deep nesting", model, body=body)


def _deep_file(draw: random.Random, model: str | None) -> Hostile:
    depth = draw.choice((500, 5_000, 1_000_000))
    opening = draw.choice(("[", '{"inputs":', '{"inputs":[', "{a: ", "- ", "a = ["))
    name = {"- ": "q.yaml", "{a: ": "q.yaml", "a = [": "q.toml"}.get(
        opening, draw.choice(("q.json", "q.yaml"))
    )
    return Hostile("a deep file", model, data=(opening * depth).encode(), name=name)


def _huge_number(draw: random.Random, model: str | None) -> Hostile:
    digits = "9" * draw.choice((400, 4_000, 5_000, _MILLION))
    key = draw.choice(("seed", "total_count", "num_samples", "inputs"))
    sign = draw.choice(("", "-", "0.", "1e"))
    return Hostile("a huge number", model, data=f'{{"{key}": {sign}{digits}}}'.encode(), name="q.json")


def _aliases(draw: random.Random, model: str | None) -> Hostile:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]" for at in range(1, draw.choice((3, 9, 30)))]
    last = len(rows) - 1
    text = "\n".join(rows) + f"\ninputs: *a{last}\nsampling_strategy: *a{last}\nmodel_id: gem-1-bulk\n"
    return Hostile("aliases of aliases", model, data=text.encode(), name="q.yaml")


def _long_text(draw: random.Random, model: str | None) -> Hostile:
    text = draw.choice(("a", "UBERON:", "é", "(", "\\", "9", "24 ", "\ud800")) * _MILLION
    metadata = dict.fromkeys(draw.sample(sorted(RIGHT), 3), text)
    body = {"sampling_strategy": text, "inputs": [{"metadata": metadata, "num_samples": 1}]}
    return Hostile("long text", model, body=body)


def _many_keys(draw: random.Random, model: str | None) -> Hostile:
    many = {f"key {at}": _scalar(draw) for at in range(200_000)}
    body = draw.choice((many, {"inputs": [{"metadata": many}]}, {"inputs": [many]}))
    return Hostile("many keys", model, body=body)


def _twice(draw: random.Random, model: str | None) -> Hostile:
    pair = draw.choice(('"sex": "male"', '"inputs": []', '"counts": [1]', '"": 0'))
    text = "{" + ", ".join([pair] * draw.choice((2, 100_000))) + "}"
    place = draw.choice(("%s", '{"inputs": [{"metadata": %s}]}'))
    return Hostile(
        "a key many times", model, data=(place % text).encode(), name=draw.choice(("q.json", "q.yaml"))
    )


_MONSTERS: Final[tuple[Callable[[random.Random, str | None], Hostile], ...]] = (
    _long_list, _long_list_in_a_file, _deep, _deep_file, _huge_number, _aliases, _long_text, _many_keys, _twice,
)  # fmt: skip
