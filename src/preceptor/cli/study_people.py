"""``preceptor study people``, ``rename`` and ``delete``: who may come in, and studies without answers."""

import getpass
import json
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from preceptor.cli import shared_options, study_make, study_settings
from preceptor.cli.help import Command
from preceptor.cli.study import Name, Where, app, opened, pick, say
from preceptor.core import InputError
from preceptor.people import Studies, access, participation, persons
from preceptor.people.access import Access
from preceptor.people.database import Session

__all__ = ["app", "study_make", "study_settings"]  # whose commands belong to the same group


_STATES: Final[dict[str, participation.State]] = {
    "pause": "paused",
    "exclude": "excluded",
    "resume": "active",
}


@app.command("people", cls=Command, short_help="Show who may come in; end, remove, let in.")
def people_of_store(
    where: Where,
    end: Annotated[
        str | None, shared_options.name("End every session and cancel every unused link.")
    ] = None,
    remove: Annotated[
        str | None, shared_options.name("Let them in no more. What they said stays.")
    ] = None,
    restore: Annotated[
        str | None, shared_options.name("Undo --remove: they can be invited again.")
    ] = None,
    owner: Annotated[
        str | None, shared_options.name("Make a member an owner, who sees every study.")
    ] = None,
    member: Annotated[str | None, shared_options.name("Make an owner a member.")] = None,
    join: Annotated[str | None, shared_options.name("Let a member into the study.")] = None,
    leave: Annotated[str | None, shared_options.name("Take a member out of the study.")] = None,
    pause: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Ask them nothing in the study for now; answers count."),
    ] = None,
    exclude: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Their answers in the study count no more, and they are asked nothing. All is kept.",
        ),
    ] = None,
    resume: Annotated[
        str | None, typer.Option(metavar="NAME", help="Undo --pause and --exclude.")
    ] = None,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; kept with --pause, --exclude and --resume.")
    ] = "",
    by: Annotated[
        str | None,
        typer.Option("--as", metavar="NAME", help="Who decides that. [default: your login name]"),
    ] = None,
    name: Name = None,
    as_json: shared_options.AsJson = False,
) -> None:
    """Show everybody: what they may do, their unused links, their sessions. Or change one of these.

    A member sees the studies to which they belong; an owner sees and changes everything. An
    invitation at the desk's overview lets somebody into that study.

        preceptor study people preceptor.db
        preceptor study people preceptor.db --end ann
        preceptor study people preceptor.db --leave ann --study pets
        preceptor study people preceptor.db --exclude eve --study pets --reason "clicks blindly"
    """
    wanted = {
        "end": end,
        "remove": remove,
        "restore": restore,
        "owner": owner,
        "member": member,
        "join": join,
        "leave": leave,
        "pause": pause,
        "exclude": exclude,
        "resume": resume,
    }
    acts = [(what, who) for what, who in wanted.items() if who is not None]
    if len(acts) > 1:
        given = ", ".join(f"--{what}" for what, _ in acts)
        raise InputError(f"{given}: give one of them at a time")
    with opened(where) as studies:
        if acts and acts[0][0] in _STATES:
            _set_state(studies, *acts[0], pick(studies, name).name, by or getpass.getuser(), reason)
        elif acts:
            _act(studies, *acts[0], name)
        with studies.database.read() as db:
            found = access.everybody(db)
    if as_json:
        typer.echo(json.dumps([_plain(one) for one in found]))
        return
    for one in found:
        say(_line(one))
    if any(one.before for one in found):
        say("* since before there was membership, when everybody saw every study")
    if not found:
        say("nobody has come in yet")


@app.command("rename", cls=Command, short_help="Give a study without answers another name.")
def rename_study(
    where: Where,
    to: Annotated[str, typer.Argument(metavar="NEW-NAME", help="The new name.")],
    name: Name = None,
) -> None:
    """Give a study another name, as long as nobody has said anything in it.

    Audits name it by the new name from then on: --teacher human:pets.

        preceptor study rename preceptor.db pets --study pest
    """
    with opened(where) as studies:
        study = pick(studies, name)
        renamed = studies.rename(study.name, to)
    say(f"the study {study.name!r} is now {renamed.name!r}; audits name it human:{renamed.name}")


@app.command("delete", cls=Command, short_help="Delete a study without answers.")
def delete_study(
    where: Where,
    name: Annotated[str, shared_options.name("Which study.", "--study")],
) -> None:
    """Delete a study, as long as nobody has said anything in it; its name is free again.

    For a study that was made with the wrong labels or inputs. Its questions are out of sight; the
    file keeps them, as it keeps everything that was ever asked.

        preceptor study delete preceptor.db --study pets
    """
    with opened(where) as studies:
        studies.delete(name)
    say(f"the study {name!r} is deleted; its name is free")


def _act(studies: Studies, what: str, who: str, study: str | None) -> None:
    """Do one thing to one person."""
    place = pick(studies, study).number if what in ("join", "leave") else 0
    with studies.database.write() as db:
        person = persons.find(db, who)
        if person is None:
            raise InputError(f"--{what} {who}: {studies.database.name} knows {_known(db)}")
        if what == "end":
            sessions, links = access.end(db, person)
            said = f"{sessions} sessions ended, {links} links cancelled"
        elif what == "remove":
            access.remove(db, person)
            said = "removed; what they said stays"
        elif what == "restore":
            access.restore(db, person)
            said = "restored; invite them again at the desk"
        elif what in ("owner", "member"):
            access.set_role(db, person, "owner" if what == "owner" else "member")
            said = f"{what} from now on"
        else:
            (access.join if what == "join" else access.leave)(db, place, person)
            said = "let into the study" if what == "join" else "taken out of the study"
    say(f"{person.name}: {said}\n")


def _set_state(studies: Studies, what: str, who: str, study: str, by: str, note: str) -> None:
    """Pause or exclude one person in one study, or let them take part again."""
    found = studies.get(study)
    with studies.database.write() as db:
        person = persons.find(db, who)
        if person is None:
            raise InputError(f"--{what} {who}: {studies.database.name} knows {_known(db)}")
        leader = persons.find(db, by) or persons.enroll(db, by)
        state = _STATES[what]
        new = participation.set_state(db, found.number, person, state, leader, note)
    said = {
        "paused": "paused; what they said counts",
        "excluded": "excluded; what they said is kept and counts no more",
        "active": "takes part again; what they said counts",
    }
    say(f"{person.name}, {study}: {said[state]}{'' if new else ' (as before)'}\n")


def _known(db: Session) -> str:
    return ", ".join(repr(one.name) for one in persons.everyone(db)) or "nobody yet"


def _line(one: Access) -> str:
    if one.person.removed is not None:
        what = f"removed {one.person.removed[:10]}"
    elif one.person.role == "owner":
        what = "owner, sees every study"
    else:
        names = [f"{name}*" if name in one.before else name for name in one.studies]
        what = f"member of {', '.join(names) or 'no study'}"
    what += "".join(f", {state} in {name}" for name, state in one.states.items())
    sessions = f"{len(one.sessions)} sessions"
    if one.sessions:
        sessions += f" (last used {_moment(one.sessions[-1])})"
    links = f"{len(one.links)} unused links"
    if one.links:
        links += f" (until {_moment(one.links[-1])})"
    return f"{one.person.name}: {what}; {sessions}, {links}; {one.answers} answers"


def _plain(one: Access) -> dict[str, object]:
    return {
        "name": one.person.name,
        "role": one.person.role,
        "removed": one.person.removed,
        "studies": list(one.studies),
        "since_before_membership": list(one.before),
        "links_until": [_moment(until) for until in one.links],
        "sessions_last_used": [_moment(seen) for seen in one.sessions],
        "answers": one.answers,
        "states": dict(one.states),
    }


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
