"""Answers: the figures of every projection of a view, over any window, for whoever asks."""

from untaken.streams.answers.answers import SECTIONS, Answers, UnknownSection, figures
from untaken.streams.answers.asked import Asked, Group

__all__ = ["SECTIONS", "Answers", "Asked", "Group", "UnknownSection", "figures"]
