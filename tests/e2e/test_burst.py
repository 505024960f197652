# SPDX-License-Identifier: Apache-2.0
"""Many questions at once: each person is answered, late rather than never, and what restores does not wait for that."""
import re

from rig import expect
from room_rig import Room

THOUSAND = 1000


def answers(r):
    return r.state()["slack"]["load_answers"]


def ask(r, people=THOUSAND):
    told = r.call("POST", "load", {"events": people, "in_flight": 64, "text": "status", "users": people})
    expect(told["events"] == people, "all are acknowledged", told)


def stood_for(text):
    """How many questions the answers in that text are to, by their own words."""
    several = [int(n) for n in re.findall(r"my answer to (\d+) of your questions", text)]
    without = [int(n) for n in re.findall(r"had no place \((\d+)\)", text)]
    return sum(several) - len(several) + sum(without)


def test_a_thousand_people_who_ask_at_once_are_all_answered(make):
    r = make()
    ask(r)
    r.wait(lambda: answers(r) >= THOUSAND, "everybody has an answer", 180)
    expect(answers(r) == THOUSAND, "each has one", answers(r))
    expect(not r.posts("had no place"), "there was nothing to tell the channel of")


def test_a_burst_of_questions_does_not_hold_a_restore_up(make):
    r = make()
    r.lift()
    ask(r)
    r.click("ana", "done", "G-0001")
    r.wait_state("restored")
    expect(answers(r) < THOUSAND, "the answers were still under way", answers(r))
    r.wait(lambda: answers(r) == THOUSAND, "they come all the same", 180)


def test_more_than_there_are_places_is_told_to_the_channel(make):
    r = make()
    ask(r, 4000)
    r.wait_post("had no place")
    expect(len(r.posts("had no place")) == 1, "in one line")
    expect("ask again" in r.posts("had no place")[0]["text"], "it says what to do")
    r.say("ana", "@reguard status")
    r.wait_heard("ana", "Root protection is ON")


def test_one_answer_stands_for_several_of_a_person_and_says_so(make):
    r = make()
    asked = 18
    r.fault("slack.response_url", "delay", delay_ms=3000, count=2)
    for _ in range(asked):
        r.command("gil", "tasks")

    def answered():
        heard = r.heard("gil")
        return heard.count("Needs the root user") + stood_for(heard)
    r.wait(lambda: answered() >= asked, "each question is answered, or another answer stands for it")
    expect(answered() == asked, "none is counted twice", answered())
    expect(stood_for(r.heard("gil")) > 0, "one stands for several", r.heard("gil")[-300:])


def test_in_a_room_one_answer_stands_for_several_of_a_person(make):
    r = make(of=Room)
    r.homeserver(rate={"per_second": 1, "burst": 10})
    r.call("POST", "matrix/load", {"person": "gil", "events": 40, "text": "!reguard help done"})
    r.wait(lambda: stood_for(r.heard("gil")) >= 1, "one says that it stands for several", 60)
    r.homeserver(rate=None)
    r.wait(lambda: "more than 20 commands" in r.heard("gil"), "the last word says why there is no more", 120)


def test_in_a_room_more_than_there_are_places_is_told_there(make):
    r = make(of=Room)
    r.homeserver(rate={"per_second": 1, "burst": 5})
    r.call("POST", "matrix/load", {"person": "gil", "events": 400, "users": 400, "text": "!reguard help done"})
    r.homeserver(rate=None)
    r.wait_post("had no place")
    expect("ask again" in r.posts("had no place")[0]["text"], "it says what to do", r.posts("had no place"))
    r.say("ana", "!reguard status")
    r.wait_heard("ana", "Root protection is ON")
