"""Recipes: queries in words, as files; and what checks and fixes files of every kind."""

from __future__ import annotations

from synthquery.recipe.build import BuiltRecipe, build_recipe, load_recipe
from synthquery.recipe.kitchen import Recipe

__all__ = ["BuiltRecipe", "Recipe", "build_recipe", "load_recipe"]
