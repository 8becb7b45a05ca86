"""Who stands against the teller of the claim on the swatch, and what each knows beforehand."""

from typing import Final

from preceptor.paper.opponent import Opponent

OPPONENTS: Final = (
    Opponent("labels alone", "passive", "Nothing."),
    Opponent("more labels", "passive", "Nothing.", price="The labels."),
    Opponent("l_inf training", "passive", "That small changes of every pixel do not matter."),
    Opponent(
        "windows",
        "passive",
        "That digits lie in the middle of an image, in a window of a size that was chosen once.",
        "strongest",
        "Nothing: nobody is asked.",
    ),
    Opponent("questions", "asks", "That pasting images into one another may tell something."),
    Opponent(
        "tests of an explanation",
        "asks",
        "The cells, the border and the centre of a grid of five by five, and the transformations of "
        "the library.",
        "strongest",
    ),
    Opponent(
        "tests of the library",
        "asks",
        "The committed library, of which the teacher's lesson is a member; not which member.",
        "strongest",
    ),
    Opponent(
        "four strips",
        "control",
        "What the teller knows, with a library that has strips and no borders.",
        price="Their code lengths.",
    ),
    Opponent(
        "a random lesson",
        "control",
        "Nothing: a member of the library is drawn, and declared at its code length.",
        price="Its code length.",
    ),
    Opponent(
        "a wrong lesson",
        "control",
        "Something wrong: that the middle of the image may change.",
        price="Its code length.",
    ),
    Opponent("masks", "control", "What the teller knows, in another form.", price="The masks."),
)
