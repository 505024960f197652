# SPDX-License-Identifier: Apache-2.0
"""Slack and Matrix at one desk: asked in one, approved in the other; four eyes by Stax identity; one down, the other is told."""
from rig import expect

BOTH = ("slack", "matrix")


def test_asked_in_slack_approved_in_matrix(make):
    r = make(chats=BOTH)
    slack = r.on_slack
    slack.ask()
    r.wait_state("waiting")
    r.react("ben", "G-0001")
    slack.wait_state("lifted")
    r.wait_state("lifted")
    slack.wait_post("Root protection is OFF", "G-0001")
    r.wait_post("Root protection is OFF", "G-0001")
    slack.click("ana", "done", "G-0001")
    r.wait_state("restored")
    slack.wait_state("restored")
    expect(len(r.puts()) == 2, "down once, up once", r.puts())


def test_asked_in_matrix_approved_in_slack(make):
    r = make(chats=BOTH)
    slack = r.on_slack
    r.ask()
    slack.wait_state("waiting")
    slack.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    slack.wait_state("lifted")
    r.finish()
    slack.wait_state("restored")
    approved = [j for j in r.journal("G-0001") if j["kind"] == "approved"]
    expect(approved[0]["actor"]["chat"] == "slack", "the journal says where", approved)


def test_own_case_cannot_be_approved_in_the_other_chat(make):
    r = make(chats=BOTH)
    slack = r.on_slack
    slack.ask()
    r.wait_state("waiting")
    r.react("ana", "G-0001")
    r.wait_heard("ana", "your own request")
    r.command("ana", "approve G-0001")
    r.command("dan", "status")
    r.wait_heard("dan", "Root protection")
    expect(r.card_state() == "waiting" and not r.puts(), "nothing is lifted", r.text())


def test_one_person_in_two_chats_is_one_vote(make):
    r = make(chats=BOTH, policy={"approvals": "2"})
    slack = r.on_slack
    r.ask()
    slack.wait_state("waiting")
    slack.click("ben", "approve", "G-0001")
    r.wait_post("1 of 2", "G-0001")
    r.command("ben", "approve G-0001")
    r.wait_heard("ben", "already")
    expect(r.card_state() == "waiting" and not r.puts(), "one person is not two", r.text())
    r.react("cleo", "G-0001")
    r.wait_state("lifted")


def test_slack_is_down_and_matrix_is_told(make):
    r = make(chats=BOTH)
    slack = r.on_slack
    r.ask()
    slack.wait_state("waiting")
    slack.slack(outage=True)
    r.react("ben", "G-0001")
    r.wait_state("lifted")
    r.wait(lambda: r.posts("able to serve Slack"), "Matrix is told", 100)
    slack.slack(outage=False)
    r.wait(lambda: r.posts("I can reach Slack again"), "and that it is over", 60)
    slack.wait_state("lifted")
    expect(len(r.posts("able to serve Slack")) == 1, "said once", r.text())


test_slack_is_down_and_matrix_is_told.slow = True


def test_matrix_is_down_and_slack_is_told(make):
    r = make(chats=BOTH)
    slack = r.on_slack
    slack.ask()  # who asked in the room could not be read once more, and nothing would be lifted
    slack.wait_post("mail to the root mailbox can be read", "G-0001")
    r.wait_state("waiting")
    r.relay.cut()
    slack.click("ben", "approve", "G-0001")
    slack.wait_state("lifted")
    slack.wait(lambda: slack.posts("able to serve the Matrix room"), "Slack is told", 100)
    r.relay.mend()
    slack.wait(lambda: slack.posts("I can reach the Matrix room again"), "and that it is over", 60)
    r.wait_state("lifted")
    expect(len(slack.posts("able to serve the Matrix room")) == 1, "said once", slack.text())
    r.finish()


test_matrix_is_down_and_slack_is_told.slow = True


def test_encrypted_room_is_told_in_slack(make):
    r = make(chats=BOTH)
    slack = r.on_slack
    slack.ask()
    r.wait_state("waiting")
    r.ops.set_state(r.room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    slack.wait_post("able to serve the Matrix room")
    slack.click("ben", "approve", "G-0001")
    slack.wait_state("lifted")
