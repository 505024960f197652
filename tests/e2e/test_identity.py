# SPDX-License-Identifier: Apache-2.0
"""Who may do what: identity only by immutable ids, roles read fresh, four eyes by Stax identity."""
import json

from rig import expect


def refused(make, person, words, **fault):
    r = make()
    r.ask()
    if fault:
        r.slack(user={"person": person, **fault})
    r.click(person, "approve", "G-0001")
    r.wait_heard(person, words)
    expect(r.card_state() == "waiting" and not r.puts(), f"{person} cannot approve", r.heard(person))


def test_self_approval(make):
    refused(make, "ana", "your own request")


def test_no_admin(make):
    refused(make, "dan", "customer_user")


def test_guest(make):
    refused(make, "gil", "You cannot use")


def test_external_member(make):
    refused(make, "eve", "You cannot use")


def test_mapped_person_who_became_a_guest(make):
    refused(make, "ben", "guest", is_restricted=True)


def test_mapped_person_who_was_deactivated(make):
    refused(make, "ben", "deactivated", deleted=True)


def test_mapped_bot(make):
    refused(make, "ben", "bot", is_bot=True)


GRID = {"enterprise_id": "E0CORP001", "is_admin": False, "is_owner": False}
OURS = {"team_id": "T0HOME001", "enterprise_user": {**GRID, "teams": ["T0HOME001", "T0SANDBOX"]}}
NOT_OURS = {"team_id": "T0HOME001", "enterprise_user": {**GRID, "teams": ["T0HOME001"]}}
AUTH = {"ok": True, "team_id": "T0SANDBOX", "user_id": "U0REGUARD", "bot_id": "B0REGUARD", "app_id": "A0REGUARD", "enterprise_id": "E0CORP001", "is_enterprise_install": False}


def in_an_organisation(make, **sections):
    """The workspace belongs to an Enterprise Grid organisation, and Slack says so."""
    r = make(start=False, policy={"mailbox_proof": "off"}, **sections)
    r.fault("slack.auth.test", "body", body=json.dumps(AUTH), count=-1)
    return r


def test_member_of_our_workspace_who_is_at_home_in_another(make):
    for told in (OURS, {**OURS, "team_id": None}):
        r = in_an_organisation(make)
        r.start()
        r.ask(confirm=False)
        r.slack(user={"person": "ben", **told})
        r.click("ben", "approve", "G-0001")
        r.wait_state("lifted")
        r.slack(user={"person": "ana", **told})
        r.finish()


def test_member_of_another_workspace_of_the_organisation_is_refused(make):
    r = in_an_organisation(make)
    r.start()
    r.ask(confirm=False)
    for told, words in ((NOT_OURS, "another workspace"), ({"team_id": "T0HOME001", "enterprise_user": {**OURS["enterprise_user"], "enterprise_id": "E0THEIRS1"}}, "another workspace"),
                        ({"team_id": None, "enterprise_user": GRID}, "did not tell enough")):
        r.slack(user={"person": "ben", "enterprise_user": None})
        r.slack(user={"person": "ben", **told})
        r.click("ben", "approve", "G-0001")
        r.wait_heard("ben", words)
    expect(r.card_state() == "waiting" and not r.puts(), "nothing is lifted", r.heard("ben"))


def test_check_says_who_is_no_member_of_the_workspace(make):
    r = in_an_organisation(make)
    r.slack(user={"person": "ben", **NOT_OURS})
    r.slack(user={"person": "cleo", **OURS})
    status, out, _ = r.cli("check", "-c", r.conf)
    line = lambda person: [x for x in out.splitlines() if f"{person}@example.com: Slack" in x][0]
    expect(status == 1 and "PROBLEM" in line("ben") and "Enterprise Grid" in line("ben") and "members of the workspace" in line("ben"), "told, and what is needed", out)
    expect("ok" in line("cleo"), "a member of ours is fine", out)


def test_second_chat_account_of_the_requester(make):
    r = make(people={"ana@example.com": "slack:U0ANA0001 slack:U0DAN0001", "dan@example.com": None})
    r.ask()
    r.click("dan", "approve", "G-0001")
    r.wait(lambda: r.heard("dan"), "the second account is answered")
    expect(r.card_state() == "waiting" and not r.puts(), "the same Stax user cannot approve", r.heard("dan"))


def test_id_mapped_twice_is_refused(make):
    r = make(start=False, people={"dan@example.com": "slack:U0BEN0001"})
    status, _, err = r.cli("check", "--offline", "-c", r.conf)
    if status == 78:
        expect("U0BEN0001" in err, "the error names the id", err)
        return
    r.start()
    r.ask()
    r.click("ben", "approve", "G-0001")
    r.wait_heard("ben", "more than one")
    expect(not r.puts(), "nothing is lifted")


def test_reaction_by_strangers_does_not_count(make):
    r = make()
    r.ask()
    for person in ("gil", "eve", "dan", "ana"):
        r.react(person, "G-0001")
        r.wait(lambda: r.heard(person), f"{person} is answered")
    expect(r.card_state() == "waiting" and not r.puts(), "nothing is lifted")


def test_reaction_is_only_accepted_when_configured(make):
    r = make(policy={"approve_with": "button command"})
    r.ask()
    r.react("ben", "G-0001")
    r.wait(lambda: r.heard("ben"), "ben is answered")
    expect(r.card_state() == "waiting", "a reaction does not count here")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")


def test_edited_message_is_not_acted_on(make):
    r = make()
    r.say("ana", "@reguard lift bakery for 2m task billing because edited", edited=True)
    r.wait_heard("ana", "I ignore edited messages")
    expect(r.card() is None, "no case is made")


def test_message_posted_through_an_app_is_not_acted_on(make):
    r = make()
    r.say("ana", "@reguard lift bakery for 2m task billing because posted by an app", bot=True)
    r.command("ana", "status")
    r.wait_heard("ana", "Root protection")
    expect(r.card() is None, "no case is made")


def test_role_revoked_between_request_and_approval(make):
    r = make()
    r.ask()
    r.stax(user={"person": "ben", "Role": "customer_user"})
    r.click("ben", "approve", "G-0001")
    r.wait_heard("ben", "customer_user")
    expect(not r.puts(), "nothing is lifted")


def test_requester_revoked_between_request_and_approval(make):
    r = make()
    r.ask()
    r.stax(user={"person": "ana", "Role": "customer_readonly"})
    r.click("ben", "approve", "G-0001")
    r.wait_heard("ben", "not an active Admin any more")
    expect(not r.puts(), "nothing is lifted", r.puts())


def test_requester_revoked_between_approval_and_lift(make):
    r = make()
    r.ask(confirm=False)
    r.click("ben", "approve", "G-0001")
    r.wait_post("has to confirm the root mailbox", "G-0001")
    r.stax(user={"person": "ana", "Role": "customer_readonly"})
    r.click("ana", "mailbox", "G-0001")
    r.wait_state("refused")
    expect(not r.puts(), "nothing is lifted", r.puts())


def test_approver_revoked_between_approval_and_lift(make):
    r = make()
    r.ask(confirm=False)
    r.click("ben", "approve", "G-0001")
    r.wait_post("has to confirm the root mailbox", "G-0001")
    r.stax(user={"person": "ben", "Status": "DISABLED"})
    r.click("ana", "mailbox", "G-0001")
    r.wait_post("Ben Baker's approval of the request does not count any more", "G-0001")
    r.wait_state("waiting")
    expect(not r.puts(), "nothing is lifted", r.puts())
    r.click("cleo", "approve", "G-0001")
    r.wait_state("lifted")


def test_role_that_cannot_be_read_is_a_no(make):
    r = make(stax={"request_timeout": "2s"})
    r.ask()
    r.fault("stax.get_users", "status", status=500, count=-1)
    r.click("ben", "approve", "G-0001")
    r.wait_heard("ben", "could not read")
    expect(not r.puts(), "nothing is lifted")
    r.call("POST", "fault", {"clear": True})
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")


def test_two_people_press_at_once(make):
    r = make()
    r.ask()
    r.command("ben", "approve G-0001")
    r.command("cleo", "approve G-0001")
    r.wait_state("lifted")
    r.wait(lambda: r.heard("cleo"), "the second is answered too")
    expect(len(r.puts()) == 1, "one change", r.puts())
