"""Whoever can act is notified: asked of a real homeserver that reckons push rules, for each person."""
from rig import expect

ROOT_KEY = "IAM_BLOCK_ROOT_USER_ACCESS"
SHORT = {"mailbox_proof": "off", "min_window": "1s", "default_window": "10s", "warn_before": "4s", "remind_pending": "1h", "remind_overdue": "0s 4s 8s", "escalate": ""}


def rings(r, person, words):
    """The newest notification with a highlight that has these words."""
    seen = r.people[person].client("GET", "notifications?limit=50")["notifications"]
    return [n for n in seen if words in n["event"]["content"].get("body", "") and any(isinstance(a, dict) and a.get("set_tweak") == "highlight" and a.get("value", True) for a in n["actions"])]


def wait_rings(r, words, who, quiet=()):
    for person in who:
        r.wait(lambda: rings(r, person, words), f"{person} is notified of “{words}”")
    for person in quiet:
        expect(not rings(r, person, words), f"{person} is not notified of “{words}”")


def test_whoever_can_act_is_notified(make):
    r = make(own={"push": {"enabled": True}}, policy=SHORT)
    r.command("ana", "lift bakery for 10s task billing because month end invoices")
    r.wait_state("waiting")
    wait_rings(r, "asks to lift the guardrail for bakery", ("ben", "cleo"), ("ana", "dan"))
    r.command("ben", "approve G-0001")
    r.wait_state("lifted")
    wait_rings(r, "the window ends", ("ana",), ("dan",))
    wait_rings(r, "OVERDUE", ("ana", "ben"))
    wait_rings(r, "OVERDUE", ("cleo",), ("dan",))
    r.command("cleo", "done G-0001")
    r.wait_state("restored")
    r.stax(guardrail={"key": ROOT_KEY, "value": False})
    wait_rings(r, "switched off outside of me", ("ana", "ben", "cleo"), ("dan",))
    r.command("ben", "put-back")
    r.wait_root(True)
