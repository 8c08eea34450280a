"""The teams and the invented people of the demo."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from sextant.core.actors import Actor
from sextant.people import queries
from sextant.people.commands import create_person, create_team, set_role, set_up_organisation
from sextant.people.models import Organisation, Person, Team, User

NAME = "Larkfield Care Group"
# name -> team above
TEAMS = {
    "Transformation": "",
    "Project Office": "Transformation",
    "Larkfield Hospital": "",
    "Admission": "Larkfield Hospital",
    "Home Care": "",
    "Shared Services": "",
    "Finance": "Shared Services",
    "People and Learning": "Shared Services",
    "IT Operations": "Shared Services",
    "Supply": "Shared Services",
}


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to be in the demo: what they do there, and their roles as (team, role)."""

    key: str
    name: str
    job: str
    roles: tuple[tuple[str, str], ...]

    @property
    def email(self) -> str:
        return f"{self.key}@larkfield.example"


ADMINISTRATOR = Persona("ingrid", "Ingrid Solheim", "Administrator", ())
PERSONAS = (
    Persona("amara", "Amara Okafor", "Transformation director", (("", "viewer"), ("Transformation", "lead"))),
    Persona("priya", "Priya Raman", "Head of the project office", (("", "lead"),)),
    Persona("henrik", "Henrik Lindqvist", "Chief executive", (("", "viewer"),)),
    Persona("sofia", "Sofia Marchetti", "Head of the hospital", (("Larkfield Hospital", "lead"),)),
    Persona("rosa", "Rosa Delgado", "Admission desk", (("Admission", "contributor"),)),
    Persona("grace", "Grace Mwangi", "Head of home care", (("Home Care", "lead"),)),
    Persona("elif", "Elif Yıldız", "Carer", (("Home Care", "viewer"),)),
    Persona("tomasz", "Tomasz Zieliński", "Head of finance", (("Finance", "lead"),)),
    Persona("fatima", "Fatima Haddad", "Controller", (("Finance", "contributor"),)),
    Persona("leila", "Leïla Benhaddou", "Head of people", (("People and Learning", "lead"),)),
    Persona("marcus", "Marcus Adeyemi", "Head of IT operations", (("IT Operations", "lead"),)),
    Persona("jonas", "Jonas Weber", "Systems engineer", (("IT Operations", "contributor"),)),
    Persona("daniel", "Daniel Novák", "Head of supply", (("Supply", "lead"),)),
    Persona("yuki", "Yuki Tanaka", "Data analyst", (("", "contributor"),)),
)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Everybody by short name and every team by name; the organisation itself is the team ""."""

    people: dict[str, Person]
    teams: dict[str, Team]

    def actor(self, key: str) -> Actor:
        return queries.actor_of_person(self.people[key])


def gather(password: str, time_zone: str) -> Crowd:
    """Set the organisation up: its tree, its people and what they may do. All share one demo password."""
    hashed = make_password(password)
    admin = set_up_organisation(
        name=NAME, admin_name=ADMINISTRATOR.name, email=ADMINISTRATOR.email, password=None, is_demo=True,
        time_zone=time_zone,
    )  # fmt: skip
    User.objects.filter(person=admin).update(password=hashed)
    actor = queries.actor_of_person(admin)
    teams = {"": Team.objects.get(parent=None)}
    for name, above in TEAMS.items():
        teams[name] = create_team(actor, name, parent=teams[above])
    people = {ADMINISTRATOR.key: admin}
    for persona in PERSONAS:
        person = create_person(actor, persona.name, email=persona.email)
        # As an accepted invitation leaves it; nothing is mailed to invented addresses.
        person.user = User.objects.create(email=persona.email, password=hashed)
        person.save(update_fields=["user"])
        for team, role in persona.roles:
            set_role(actor, person, team=teams[team], role=role)
        people[persona.key] = person
    return Crowd(people, teams)


def is_here() -> bool:
    """Whether the demo organisation is in the database already."""
    return Organisation.objects.filter(is_demo=True).exists()
