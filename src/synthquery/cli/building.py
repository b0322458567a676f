"""Building a recipe whose labels may have to be asked about: of services on the network, then of a person."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synthquery.cli.choose import ask_all
from synthquery.cli.output import note

if TYPE_CHECKING:
    from synthquery.errors import RecipeError
    from synthquery.ontology.online import OnlineSources
    from synthquery.recipe import BuiltRecipe, Recipe
    from synthquery.resolver import Decisions, Resolution


@dataclass
class Asking:
    """What a recipe is built with, and whom to ask about labels that do not resolve.

    Attributes
    ----------
    own
        Decisions of the user's file: they come first, and what a person decides now is added to them.
    locked
        Decisions of the lock file. They are followed, and never written into the user's file.
    keep
        The user's file; None when nobody is to be asked.
    services
        Services on the network; None when they are not to be asked.
    """

    own: Decisions | None
    locked: Decisions | None
    keep: Path | None
    services: OnlineSources | None

    @property
    def decisions(self) -> Decisions | None:
        """All decisions, those of the user before those of the lock."""
        from synthquery.resolver import Decisions

        if self.own is None and self.locked is None:
            return None
        return Decisions([*(self.locked or ()), *(self.own or ())])

    def build(self, recipe: Recipe) -> BuiltRecipe:
        """The query of a recipe.

        Raises
        ------
        RecipeError
            With every problem that is left.
        """
        from synthquery.errors import RecipeError
        from synthquery.recipe import build_recipe

        try:
            return build_recipe(recipe, decisions=self.decisions)
        except RecipeError as error:
            if self.services is None and self.keep is None:
                raise
            problem = error
        decisions = self._asked_online(_open_labels(problem))
        try:
            return build_recipe(recipe, decisions=decisions)
        except RecipeError as error:
            labels = _open_labels(error)
            if self.keep is None or self.own is None or not ask_all(labels, self.own, self.keep):
                raise
        return build_recipe(recipe, decisions=self._asked_online(_open_labels(problem)))

    def _asked_online(self, labels: list[Resolution]) -> Decisions | None:
        if self.services is None:
            return self.decisions
        from synthquery.resolver.online import OnlineDecisions

        known = OnlineDecisions(self.decisions or ())
        known.ask(labels, self.services)
        for reason in dict.fromkeys(self.services.failures.values()):
            note(f"warning: {reason}")
        return known


def _open_labels(error: RecipeError) -> list[Resolution]:
    return [one.resolution for one in error.problems if one.resolution is not None]
