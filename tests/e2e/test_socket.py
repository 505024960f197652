# SPDX-License-Identifier: Apache-2.0
"""The life of the Socket Mode connection."""
import json
import time

from rig import expect


def test_refresh_loses_nothing(make):
    r = make()
    for n in range(10):
        hellos = r.state()["slack"]["hellos"]
        r.slack(disconnect="warning" if n % 2 else "refresh_requested")
        answer = r.command("ana", "status")
        expect(answer["acked"], f"the command in refresh {n} is acknowledged", answer)
        r.wait(lambda: r.state()["slack"]["hellos"] > hellos, "a new connection says hello")
    r.wait(lambda: r.state()["slack"]["connections"] == 1, "the old ones are closed")
    expect(r.state()["slack"]["retries"] == 0, "nothing had to be sent again", r.state()["slack"])


def test_new_connection_before_the_old_one_ends(make):
    r = make()
    r.slack(disconnect="warning")
    r.wait(lambda: r.state()["slack"]["hellos"] >= 2, "the replacement says hello")
    r.wait(lambda: r.state()["slack"]["connections"] == 1, "the old one ends")
    expect(r.command("ana", "status")["acked"], "served by the new one")


def test_sockets_taken_back_faster_than_they_drain_leave_no_pause(make):
    r = make()
    for n in range(12):
        hellos = r.state()["slack"]["hellos"]
        expect(r.command("ben" if n % 2 else "ana", "status")["acked"], "each brings something", n)
        r.slack(disconnect="warning")
        r.wait(lambda: r.state()["slack"]["hellos"] > hellos, "the next one says hello")
    r.wait(lambda: r.state()["slack"]["connections"] == 1, "one is left")
    with open(r.logs[-1], errors="replace") as log:
        expect("slack.reconnect" not in log.read(), "none had to be waited for", r.tail(r.logs[-1]))


def test_half_open_socket_is_found(make):
    r = make()
    hellos = r.state()["slack"]["hellos"]
    begun = time.monotonic()
    r.slack(half_open=True)
    r.wait(lambda: r.state()["slack"]["hellos"] > hellos, "a new connection replaces the deaf one")
    took = time.monotonic() - begun
    print(f"      half-open socket replaced after {took:.1f} s")
    r.wait(lambda: r.command("ana", "status")["acked"], "served again, as soon as Slack has noticed the dead socket too")


def test_socket_that_sends_but_does_not_read_is_found(make):
    """Its pings and events come, our pings and acknowledgements go nowhere."""
    r = make()
    hellos = r.state()["slack"]["hellos"]
    begun = time.monotonic()
    r.slack(deaf=True)
    r.wait(lambda: r.state()["slack"]["hellos"] > hellos, "a new connection replaces the deaf one", patience_s=20)
    print(f"      deaf socket replaced after {time.monotonic() - begun:.1f} s")
    r.wait(lambda: r.command("ana", "status")["acked"], "served again")


def test_link_disabled_and_too_many_websockets_back_off(make):
    r = make()
    opens = len(r.requests("slack.apps.connections.open"))
    r.slack(disconnect="too_many_websockets")
    r.say("ana", "@reguard status")
    time.sleep(3)  # the absence of a storm: nothing to wait for
    expect(len(r.requests("slack.apps.connections.open")) - opens <= 2, "no storm of reconnections")


def test_frames_that_are_no_json_are_dropped(make):
    r = make()
    for frame in ("", "\n", "UNAUTHENTICATED: cache_error", "{", "[1,2", '{"type":"events_api"}', '{"type":"hello","num_connections":"x"}', '{"envelope_id":5,"type":"slash_commands","payload":7}',
                  '{"a":' * 2000, '{"type":"events_api","envelope_id":"x","payload":{"event":{"type":"app_mention","text":"\\ud800"}}}'):
        r.slack(frame=frame)
    expect(r.command("ana", "status")["acked"], "the next event is handled")
    expect(r.state()["slack"]["connections"] == 1, "on the same connection", r.state()["slack"])


def test_fragmented_frames_are_put_together(make):
    r = make()
    r.slack(fragments=7)
    r.command("ana", "whoami")
    r.wait_heard("ana", "customer_admin")


def test_oversized_frame_costs_the_connection_only(make):
    r = make()
    r.slack(frame='{"type":"events_api","pad":"' + "x" * (1200 * 1024 - 400 * 1024) + '"}')
    expect(r.command("ana", "status")["acked"], "served")


def test_message_over_the_ceiling_costs_its_connection_and_nothing_else(make):
    for fragments in (1, 100):
        r = make()
        r.slack(fragments=fragments)
        r.slack(long_frame=1048000)
        expect(r.command("ana", "status")["acked"], "just below the ceiling it is an ordinary message")
        for bytes_ in (1049000, 2000000, 4000000):
            hellos = r.state()["slack"]["hellos"]
            r.slack(long_frame=bytes_)
            r.wait(lambda: r.state()["slack"]["hellos"] > hellos, f"a new connection after {bytes_} bytes in {fragments} fragments")
            r.wait(lambda: r.command("ana", "status")["acked"], "the next event is handled")
        expect("longer than the ceiling" in r.tail(r.logs[-1]), "the log says why", r.tail(r.logs[-1]))
        r.slack(fragments=1)
        r.lift()


def test_outage_and_return(make):
    r = make()
    r.slack(outage=True)
    r.wait(lambda: r.state()["slack"]["connections"] == 0, "all connections are gone")
    r.slack(outage=False)
    r.wait(lambda: r.state()["slack"]["connections"] >= 1, "it connects again")
    r.lift()


def test_rate_limited_posts_come_late_not_never(make):
    r = make()
    r.fault("slack.chat.postMessage", "status", status=429, retry_after=1, count=2)
    r.ask(confirm=False)
    r.wait_post("please check that you can read", "G-0001")
    r.fault("slack.chat.update", "status", status=429, retry_after=1, count=2)
    r.click("ana", "mailbox", "G-0001")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")


def test_shared_channel_is_not_served(make):
    r = make(start=False)
    r.slack(channel={"is_ext_shared": True})
    r.start(wait=False)
    r.wait(lambda: r.requests("slack.conversations.info"), "the channel is looked at")
    r.command("ana", "lift bakery for 2m task billing because shared")
    r.wait(lambda: "shared" in r.tail(r.logs[-1]).lower(), "the log says why")
    expect(r.card() is None, "no case is made in a shared channel")
    r.slack(channel={"is_ext_shared": False})
    r.bot.kill()
    r.bot.wait()
    r.start()
    r.ask()


def test_five_hundred_people_at_once(make):
    r = make()
    answer = r.call("POST", "load", {"events": 2000, "in_flight": 64, "text": "status", "users": 500})
    expect(answer["events"] == 2000, "all were acknowledged", answer)
    r.lift()


def test_socket_of_an_impostor_hears_no_ticket(make):
    """Whoever stands where Slack says the socket is: signed by an authority that we trust, but for another host, or for a time that is over."""
    for fault, why in (("of-another", "hostname mismatch"), ("ended", "certificate has expired")):
        r, impostor = make(start=False), make(start=False, sandbox_args=("--certificate", fault))
        with open(r.dir + "/ca.pem", "a") as anchors, open(impostor.dir + "/ca.pem") as another:
            anchors.write(another.read())
        url = f"wss://localhost:{impostor.ports['port']}/link/?ticket=secret"
        r.fault("slack.apps.connections.open", "body", body=json.dumps({"ok": True, "url": url}), count=2)
        r.start(wait=False)
        r.wait(lambda: r.state()["slack"]["hellos"], "the next address is Slack's again")
        expect(r.tail(r.logs[0]).count(f'its certificate is not trusted ({why}') >= 2, "it says what is wrong", r.tail(r.logs[0]))
        expect(not impostor.requests() and not impostor.state()["slack"]["hellos"], "nothing was said to it", impostor.requests())
        r.stop()
