"""Several workers at once: each message goes once, whoever claims it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.core import mail

from sextant.core.actors import SYSTEM
from sextant.notifications.commands import Telling, notify_many
from sextant.notifications.models import Delivery, Message
from sextant.notifications.sending import deliver
from sextant.people.models import Person, User
from tests.at_once import at_once
from tests.make import make_kpi
from tests.notifications.posts import mail_channel, soon
from tests.world import World


@pytest.mark.django_db(transaction=True)
def test_four_workers_send_each_message_once(real: World, settings: Any) -> None:
    settings.HAS_MAIL_SERVER = True
    kpi = make_kpi()
    for number in range(30):
        email = f"p{number}@hospital.example"
        person = Person.objects.create(key=f"p-{number}", name=f"Person {number}", email=email)
        person.user = User.objects.create_user(email)
        person.save()
        mail_channel(person)
    told = list(Person.objects.filter(key__startswith="p-").select_related("user"))
    for _time in range(2):
        notify_many(SYSTEM, [Telling("kpi", kpi.key, told, "mention")])
    moment = soon()
    results = at_once(*[lambda: deliver(moment)] * 4)
    assert sum(int(str(result)) for result in results) == 30
    sent = Counter(address for one in mail.outbox for address in one.to)
    assert sent == {person.email: 1 for person in told}
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert Delivery.objects.count() == 60
