"""Lists of words: those that come with preceptor, and files of the user's."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from preceptor.core import InputError

OPPOSITES: Final = tuple(
    tuple(pair.split("/"))
    for pair in [
        "good/bad",
        "great/terrible",
        "best/worst",
        "better/worse",
        "excellent/awful",
        "wonderful/horrible",
        "love/hate",
        "loved/hated",
        "loves/hates",
        "like/dislike",
        "liked/disliked",
        "enjoy/loathe",
        "happy/sad",
        "funny/humourless",
        "interesting/boring",
        "exciting/dull",
        "strong/weak",
        "beautiful/ugly",
        "easy/hard",
        "easily/hardly",
        "fast/slow",
        "early/late",
        "high/low",
        "more/less",
        "most/least",
        "always/never",
        "many/few",
        "much/little",
        "all/none",
        "everyone/nobody",
        "everything/nothing",
        "true/false",
        "right/wrong",
        "positive/negative",
        "success/failure",
        "succeed/fail",
        "succeeds/fails",
        "succeeded/failed",
        "win/lose",
        "won/lost",
        "gain/loss",
        "profit/loss",
        "rise/fall",
        "rose/fell",
        "rising/falling",
        "increase/decrease",
        "increased/decreased",
        "up/down",
        "over/under",
        "above/below",
        "before/after",
        "with/without",
        "new/old",
        "young/old",
        "big/small",
        "large/small",
        "long/short",
        "rich/poor",
        "cheap/expensive",
        "safe/dangerous",
        "clean/dirty",
        "hot/cold",
        "warm/cold",
        "open/closed",
        "full/empty",
        "fresh/stale",
        "smart/stupid",
        "clever/stupid",
        "honest/dishonest",
        "possible/impossible",
        "useful/useless",
        "helpful/unhelpful",
        "believable/unbelievable",
        "convincing/unconvincing",
        "original/unoriginal",
        "accept/reject",
        "accepted/rejected",
        "buy/sell",
        "bought/sold",
        "recommend/avoid",
        "recommended/discouraged",
        "perfect/flawed",
        "brilliant/idiotic",
        "amazing/appalling",
        "fantastic/dreadful",
        "superb/lousy",
        "pleasant/unpleasant",
        "fair/unfair",
        "kind/cruel",
        "friend/enemy",
        "peace/war",
        "agree/disagree",
        "agreed/disagreed",
        "support/oppose",
        "supported/opposed",
        "praise/criticise",
        "praised/criticised",
    ]
)
"""English words, and words that mean about the opposite."""

NEGATABLE: Final = [
    "is",
    "are",
    "was",
    "were",
    "am",
    "does",
    "do",
    "did",
    "has",
    "have",
    "had",
    "can",
    "could",
    "will",
    "would",
    "should",
    "must",
    "may",
    "might",
]
"""English verbs behind which *not* can stand."""

NEGATIONS: Final = frozenset(("not", "never"))
"""English words without which a sentence says the opposite."""

CONTRACTIONS: Final = {
    "isn't": "is",
    "aren't": "are",
    "wasn't": "was",
    "weren't": "were",
    "doesn't": "does",
    "don't": "do",
    "didn't": "did",
    "hasn't": "has",
    "haven't": "have",
    "hadn't": "had",
    "can't": "can",
    "cannot": "can",
    "couldn't": "could",
    "won't": "will",
    "wouldn't": "would",
    "shouldn't": "should",
    "mustn't": "must",
}
"""English verbs with a negation inside, and without."""

DEGREE_WORDS: Final = (
    "very", "really", "extremely", "utterly", "quite", "rather", "somewhat", "slightly", "so", "too",
    "absolutely", "completely", "totally", "highly", "deeply", "fairly",
    "pretty", "incredibly", "truly", "terribly", "simply",
)  # fmt: skip
"""English words that say how much."""

FILLERS: Final = (
    "I am writing this on a Tuesday.",
    "This was written some time ago.",
    "It was about four o'clock.",
    "There are several other texts like this one.",
    "Some of this took place in a town by a river.",
    "That is all there is to say.",
)
"""English sentences that say nothing about anything."""


def read_word_list(path: str, what: str) -> tuple[tuple[str, ...], ...]:
    """Groups of words from a file: a line for each, words separated by slashes or commas.

    Raises:
        InputError: no such file, another encoding, or a line with one word.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise InputError(
            f"{what}: the list {path} cannot be read: {error.strerror}. Give a text file with a line "
            "for each group, such as good/fine/nice"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{what}: the list {path} is not in UTF-8; save it so") from error
    groups = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        words = tuple(word.strip() for word in line.replace(",", "/").split("/") if word.strip())
        if len(words) < 2:
            raise InputError(
                f"{what}: line {number} of {path} holds {len(words)} word; expected two or more, such "
                "as good/fine/nice"
            )
        groups.append(words)
    if not groups:
        raise InputError(f"{what}: the list {path} is empty")
    return tuple(groups)


def others_of(groups: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """Of each word, in small letters, the others of its groups."""
    found: dict[str, list[str]] = {}
    for group in groups:
        for word in group:
            more = found.setdefault(word.casefold(), [])
            more += [one for one in group if one != word and one not in more]
    return found


def cased_as(word: str, model: str) -> str:
    """A word written as another one is: in capitals, with a capital, or as it is."""
    if len(model) > 1 and model.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if model[:1].isupper() else word
