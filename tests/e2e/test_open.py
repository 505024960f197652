# SPDX-License-Identifier: Apache-2.0
"""As many requests and windows as can be open at once, and one more."""
from rig import button_alone, expect, press_alone

ACCOUNTS = ("222222222222", "333333333333", "555555555555", "666666666666", "777777777777", "888888888888")
OPEN_MOST = 32


def wish(r, person, account, number):
    r.command(person, f"lift {account} for 20m task other because month end invoices")
    r.wait_state("waiting", f"G-{number:04}")


def fill(r):
    """As many as can be open: what everybody may ask for, and once more for what has been lifted meanwhile."""
    wishes = [(person, account) for account in ACCOUNTS for person in ("ana", "ben", "cleo", "dan")]
    for number, (person, account) in enumerate(wishes, 1):
        wish(r, person, account, number)
    for number in range(len(wishes) + 1, OPEN_MOST + 1):
        person, account = wishes[number - len(wishes) - 1]
        lifted = f"G-{number - len(wishes):04}"
        r.click("ben" if person != "ben" else "ana", "approve", lifted)
        r.wait_state("lifted", lifted)
        wish(r, person, account, number)


def test_one_more_than_can_be_open_is_told_what_to_do(make):
    r = make(policy={"mailbox_proof": "off", "max_window": "30m"})
    r.stax(user={"person": "dan", "Role": "customer_admin"})
    fill(r)
    r.command("ana", "lift 888888888888 for 20m task other because month end invoices")
    r.wait_heard("ana", "32 requests and windows are open")
    expect("then ask again" in r.heard("ana"), "it says what to do")
    expect(not r.card("G-0033"), "no request was made")
    r.command("ben", "status")
    r.wait_heard("ben", "24 more are open: `/reguard status 2`")
    r.slack(frame=press_alone("ben", "status", r.wait(lambda: button_alone(r, "ben", "status"), "the way on")[0], 1))
    r.wait_heard("ben", "Page 2 of 4; 16 more are open: `/reguard status 3`")
    r.command("ben", "status 4")
    r.wait_heard("ben", "Page 4 of 4.")
    expect(all(f"G-{n:04}" in r.heard("ben") for n in (1, 8, 25, 32)), "each stands on a page")
    status, out, _ = r.cli("status", "-c", r.conf)
    expect(all(f"G-{n:04}" in out for n in range(1, OPEN_MOST + 1)), "the command line prints all", out)
    r.command("cleo", "withdraw G-0011")
    r.wait_state("withdrawn", "G-0011")
    r.command("cleo", "lift 555555555555 for 20m task other because month end invoices")
    r.wait_state("waiting", "G-0033")
