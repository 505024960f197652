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
        r.wait(lambda: "stax knows no such user" in (r.heard(person) + r.text()).lower(), f"{person} is answered")
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
    for pad in ("[" + ",".join(["{}"] * 100000) + "]", '"\\ud800"'):
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
    alive(r)
