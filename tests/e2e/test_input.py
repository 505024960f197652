# SPDX-License-Identifier: Apache-2.0
"""Input of any shape and size: each document costs what its kind may, what is broken is told, and nothing ends the process."""
import json
import socket

from rig import expect

# What a JSON parser says of this ends inside a character.
CUT_CHARACTER = '{"Users":"\\é"}'


def alive(r):
    expect(r.bot.poll() is None, "the process is alive", r.tail(r.logs[-1]))


def test_broken_json_of_stax_is_an_answer_like_any_other(make):
    r = make()
    r.fault("stax.get_users", "body", body=CUT_CHARACTER, count=-1)
    r.say("ana", "@reguard whoami")
    r.wait(lambda: "not json" in r.heard("ana").lower() or "not json" in r.text().lower(), "Ana is told what Stax answered")
    alive(r)
    r.call("POST", "fault", {"clear": True})
    r.lift()


def test_broken_json_does_not_silence_the_alarm(make):
    r = make(stax={"poll_idle": "500ms"})
    r.fault("stax.get_guardrails", "body", body=CUT_CHARACTER, count=-1)
    r.wait_post("cannot read whether")
    alive(r)


def test_roster_of_empty_users_asked_for_by_many_at_once(make):
    r = make()
    r.fault("stax.get_users", "body", body='{"Users":[' + ",".join(["{}"] * 20000) + "]}", count=-1)
    for n in range(32):
        r.say(("ana", "ben", "cleo", "dan")[n % 4], "@reguard whoami")
    for person in ("ana", "ben"):
        r.wait(lambda: "no stax user matches" in (r.heard(person) + r.text()).lower(), f"{person} is answered")
    alive(r)
    r.call("POST", "fault", {"clear": True})
    r.wait(lambda: "acked" in r.command("ben", "status"), "the next one is served")


def test_document_out_of_proportion_is_no_guardrail(make):
    r = make(stax={"poll_idle": "500ms"})
    document = {"OrganisationId": "x", "Status": "ACTIVE", "Configuration": {"SCP": {}, "RCP": {"A": [0] * 300000}}}
    r.fault("stax.get_guardrails", "body", body=json.dumps(document), count=-1)
    r.wait_post("cannot read whether")
    alive(r)


def test_event_of_too_many_values_is_acknowledged_and_left_out(make):
    r = make()
    for pad in ("[" + ",".join(["{}"] * 100000) + "]", '1,"pad":2'):
        r.slack(frame='{"type":"events_api","envelope_id":"poison","payload":{"event":{"type":"app_mention","pad":' + pad + "}}}")
    expect(r.command("ana", "status")["acked"], "the next event is handled")
    expect(r.state()["slack"]["connections"] == 1, "on the same connection", r.state()["slack"])
    expect(r.tail(r.logs[-1]).count("slack.poison") == 2, "both are told", r.tail(r.logs[-1]))
    alive(r)


def test_socket_address_that_two_could_read_in_two_ways_is_refused(make):
    r = make(start=False)
    other = socket.create_server(("127.0.0.2", 0))
    other.settimeout(0.1)
    for url in (f"ws://127.0.0.1:{r.ports['plain_port']}@127.0.0.2:{other.getsockname()[1]}/link/", f"ws://127.0.0.2:{other.getsockname()[1]}/",
                f"http://127.0.0.1:{r.ports['plain_port']}/"):
        r.fault("slack.apps.connections.open", "body", body=json.dumps({"ok": True, "url": url}))
    r.start()
    try:
        other.accept()
        came = True
    except TimeoutError:
        came = False
    expect(not came, "nobody came to the other host")
    expect(r.tail(r.logs[-1]).count("slack.reconnect") >= 3, "each was refused", r.tail(r.logs[-1]))
    other.close()


def test_region_that_leads_elsewhere_is_refused(make):
    r = make(start=False, stax={"login_url": None, "identity_url": None})
    config = {"ApiAuth": {"region": "x.evil.example/", "userPoolId": "p_1", "userPoolWebClientId": "c", "identityPoolId": "i"}}
    r.fault("stax.public_config", "body", body=json.dumps(config), count=-1)
    r.start(wait=False)
    r.wait(lambda: "region" in r.tail(r.logs[-1]), "the log says why")


def test_names_in_stax_write_nothing_into_the_alarm(make):
    """Whoever can rename a Stax user lifts the guardrail by hand: the alarm names them, and nothing that they wrote is live anywhere."""
    name = ("Zqx\u0001e<!channel>\u0002 \u0001pben@example.com\u0003Ben\u0002 *bold* :tada: `done`\nzqxline \u2705 Restored and verified \u202eevil\u001b[31m")
    people = [("a11a0000-0000-4000-8000-000000000001", "ana@example.com", "customer_admin", "Ana"),
              ("be110000-0000-4000-8000-000000000002", "ben@example.com", "customer_admin", "Ben"),
              ("c1e00000-0000-4000-8000-000000000003", "cleo@example.com", "customer_admin", name)]
    roster = {"Users": [{"Id": i, "Email": e, "Role": role, "Name": n, "Status": "ACTIVE"} for i, e, role, n in people]}
    r = make(stax={"poll_idle": "500ms"}, policy={"escalate": "<!subteam^S0OPS>"})
    r.fault("stax.get_users", "body", body=json.dumps(roster), count=-1)
    r.stax(guardrail={"key": "IAM_BLOCK_ROOT_USER_ACCESS", "value": False, "by": "cleo"})
    r.wait(lambda: "Zqx" in json.dumps(r.channel()), "the alarm names who it was")
    r.command("cleo", "whoami")
    r.wait_heard("cleo", "Zqx")
    for message in r.channel():
        for text in (message["text"], json.dumps(message.get("blocks"), ensure_ascii=False)):
            for live in ("<!channel>", "*bold*", ":tada:", "`done`", "\nzqxline", "\\nzqxline", "\u202e", "\u001b", "\u0001", "\\u0001", "\\u001b"):
                expect(live not in text, f"{live!r} is not live", text[:600])
    status, out, err = r.cli("audit", "explain", "G-0001", "-c", r.conf)
    expect(status == 0 and "Zqx" in out and not any(c in out for c in "\u001b\u0001\u202e") and "\nzqxline" not in out, "nor on the operator's terminal", out)
    alive(r)
