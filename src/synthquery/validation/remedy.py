"""What puts an issue right, where there is exactly one right answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Fix:
    """The one right answer to an issue, as an edit at the issue's path.

    A rule gives a fix only when nobody would choose otherwise: the canonical spelling of an ID, the single
    term that replaces an obsolete one, the exact word of a vocabulary. What needs a choice is a suggestion.

    Attributes
    ----------
    kind
        ``"replace"`` puts `value` where the value stands; ``"rename"`` gives the key the name `value`;
        ``"remove"`` takes key and value out; ``"unwrap"`` puts what stands under the key `value` of an
        object, which has no other, in the place of the object.
    value
        The new value, or the name of a key.
    """

    kind: Literal["replace", "rename", "remove", "unwrap"]
    value: str | float | bool | None = None

    def __str__(self) -> str:
        return {
            "replace": f"replace it by {self.value!r}",
            "rename": f"rename the key to {self.value}",
            "remove": "remove it",
            "unwrap": f"put what is under {self.value} in its place",
        }[self.kind]
