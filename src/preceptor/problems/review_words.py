"""The words of the small language in which the problem ``sentences`` writes its reviews."""

from typing import Final

ASPECTS: Final = (
    "acting", "story", "music", "ending", "dialogue", "photography", "cast", "script", "pace",
    "humour", "film", "plot",
)  # fmt: skip

PRAISE: Final = {
    "brilliant": 2.0, "superb": 2.0, "wonderful": 2.0, "great": 1.5, "moving": 1.5, "funny": 1.0,
    "charming": 1.0, "good": 1.0, "clever": 1.0, "lovely": 1.0, "solid": 0.75, "pleasant": 0.75,
}  # fmt: skip
"""How much each adjective speaks for the film."""

BLAME: Final = {
    "awful": 2.0, "terrible": 2.0, "dreadful": 2.0, "boring": 1.5, "stupid": 1.5, "bad": 1.0,
    "clumsy": 1.0, "dull": 1.0, "weak": 1.0, "tedious": 1.0, "bland": 0.75, "slow": 0.75,
}  # fmt: skip
"""How much each adjective speaks against it."""

LIKE: Final = {"loved": 2.0, "enjoyed": 1.0, "liked": 1.0, "admired": 1.0}
DISLIKE: Final = {"hated": 2.0, "disliked": 1.0, "regretted": 1.0, "despised": 2.0}
"""What somebody did with it, in the past; ``did not`` takes the same verb without its ending."""

PLAIN: Final = {
    "love": "loved", "enjoy": "enjoyed", "like": "liked", "admire": "admired", "hate": "hated",
    "dislike": "disliked", "regret": "regretted", "despise": "despised",
}  # fmt: skip

DEGREES: Final = {
    "very": 1.5, "really": 1.5, "extremely": 2.0, "utterly": 2.0, "quite": 0.75, "rather": 0.75,
    "somewhat": 0.5, "slightly": 0.5,
}  # fmt: skip
"""By what an adjective's value is multiplied."""

PEOPLE: Final = (
    "anna", "ben", "carla", "david", "elena", "farid", "grace", "hiro", "ines", "jonas",
)  # fmt: skip
PLACES: Final = ("paris", "london", "madrid", "vienna", "dublin", "oslo", "lagos", "lima")
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TRADES: Final = ("doctor", "pilot", "teacher", "lawyer", "painter", "soldier")

NEGATIONS: Final = ("not", "never", "hardly")

REVERSED: Final = 0.75
"""What a negated word of praise or blame is worth, on the other side: *not brilliant* is mild blame and
*not awful* mild praise, however strong the word.
"""

IRONY: Final = 1.5
"""What an ironic sentence takes away, whatever its word of praise."""

VERDICT: Final = 2.0
"""What a recommendation at the end is worth, either way."""

AFTER_BUT: Final = 2.0
"""By what the half of a contrast that counts is multiplied."""

LEAST: Final = 0.5
"""A review whose sentences sum to this or less, either way, is neither: the teacher is uncertain."""
