"""The words of a report, each with its meaning."""

from typing import Final

FIRST: Final = (
    (
        "Looks right",
        "by the conventional reading: the label of the clean input is taken for granted.",
    ),
    (
        "Asked there",
        "the teacher sees the moved input itself; that is the teacher-relative reading.",
    ),
    ("Void", "the teacher is uncertain of an input, so nothing is right or wrong there."),
    (
        "Keep",
        "an attack that holds the student's answer while the input moves towards another class.",
    ),
    (
        "Invariance error",
        "the teacher's answer changed and the student did not notice: a missed alarm.",
    ),
    (
        "False alarm",
        "a failure by the conventional reading that is none: the moved input is void, or the "
        "teacher changed its answer too and agrees with the student.",
    ),
)
"""What the first screen takes for granted, in a line each."""

WORDS: Final[tuple[tuple[str, str, str], ...]] = (
    ("agree", "Agree", "The teacher is certain of the input and the student says the same."),
    (
        "sensitivity",
        "Sensitivity error",
        "The teacher is certain and kept its answer; the student changed its own. "
        "What most people call an adversarial example.",
    ),
    (
        "invariance",
        "Invariance error",
        "The teacher is certain and changed its answer; the student kept its own. "
        "It overlooks what matters to the teacher.",
    ),
    (
        "both",
        "Error, both changed",
        "The teacher is certain; both changed their answers, to different ones.",
    ),
    (
        "standing",
        "Standing error",
        "The teacher is certain; neither changed its answer. The student was wrong already.",
    ),
    (
        "from-void",
        "Error from void",
        "The teacher was uncertain of the clean input and is certain of the moved one; the student "
        "says something else. Its answer did not change from one label to another, so this is "
        "neither a sensitivity nor an invariance error.",
    ),
    (
        "unsplit",
        "Error, clean input not asked",
        "The teacher is certain and the student says something else, but nothing is known of the "
        "clean input, so it cannot be said what changed.",
    ),
    ("abstain", "Abstain", "The teacher is certain; the student declines to answer."),
    (
        "uncontradicted",
        "Not contradicted",
        "The teacher named several labels, and the student's is among them: it may be right or wrong. "
        "These inputs leave the denominator, or count as right, in the two readings of the rate; the "
        "interval holds whichever of its labels each answer stands for.",
    ),
    (
        "void",
        "Void",
        "The teacher is uncertain, so no answer is right or wrong. Void inputs leave the "
        "denominator of teacher-relative accuracy.",
    ),
    (
        "unasked",
        "Unasked",
        "The teacher has not answered. Unasked inputs widen the interval: they could still be "
        "anything.",
    ),
)
"""Pattern, word and meaning of each verdict and split."""

TERMS: Final = (
    (
        "Teacher-relative accuracy",
        "The share of inputs on which the student says what the teacher says, among the inputs of "
        "which the teacher is certain. The teacher is asked at the moved input itself.",
    ),
    (
        "Conventional accuracy",
        "The usual robust accuracy. The teacher's label of the clean input is assumed to hold at "
        "the moved input too; an input counts as right if the student gives it on both.",
    ),
    (
        "False alarm",
        "A failure by the conventional reading that is none: the student was right at the clean "
        "input; at the moved one the teacher is uncertain, or changed its answer too and agrees "
        "with the student.",
    ),
    (
        "Undone error",
        "The student was wrong at the clean input, before any attack, and is not at the moved one: "
        "there it is right, or the input is void. The conventional reading counts it as a failure.",
    ),
    (
        "Worst case over attacks",
        "Item by item: it counts if the teacher is certain at one of its moved inputs at least, and "
        "is wrong if the student is wrong at any of these. The clean input does not enter.",
    ),
    (
        "Least rate",
        "The least of the rates of the single attacks and of the worst case. A student "
        "is judged by it, and --fail-under goes by it. Its interval: from the least of all lower ends to the least of all "
        "upper ends, these at a level corrected for the number of rates.",
    ),
    (
        "Never found wrong",
        "The share of items, clean input included, at which no error was found, void counted as "
        "survived. An attack that turns inputs void raises it, so nothing is decided by it.",
    ),
)

GOALS: Final = {
    "flip": "make the student change its answer",
    "keep": "hold the student's answer while the input turns into something else",
}
