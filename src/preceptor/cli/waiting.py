"""Why a command ended as it did, and where people still have to answer: on standard error."""

from preceptor.api.outlook import where_to_answer
from preceptor.cli.console import err, say
from preceptor.core import Teacher
from preceptor.core.ending import Ending


def say_desk(who: Teacher) -> None:
    """Where the questions wait, if people are the teacher."""
    words = where_to_answer(who)
    if words is not None:
        say(words)


def say_why(end: Ending) -> None:
    """Why it ended as it did."""
    for words in end.why:
        err.print(words, highlight=False, markup=False)
