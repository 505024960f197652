# SPDX-License-Identifier: Apache-2.0
"""Records that cannot be written: nobody's word is acknowledged and nothing is lifted, while the alarm, the watch and every restore
go on; and what happened is written down afterwards."""
import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess

from rig import Skipped, expect
from ports import free_port
from test_operator import get


@contextlib.contextmanager
def disk(r, options):
    """The state folder on a file system of its own, where that is allowed."""
    state = r.dir + "/state"
    os.makedirs(state, mode=0o700, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0700," + options, "reguard-test", state], capture_output=True, text=True)
    if done.returncode:
        raise Skipped("mounting needs root: " + done.stderr.strip())
    try:
        yield state
    finally:
        if r.bot and r.bot.poll() is None:
            r.stop()
        subprocess.run(["umount", "-l", state], check=True)


def is_lost(r, words):
    post = r.wait_post("I cannot write my records")
    expect(words in post["text"], f"it says “{words}”", post["text"])
    expect("U0ANA" in post["text"] and "U0BEN" in post["text"], "whoever can act is mentioned", post["text"])
    return post


def takes_nothing_that_lowers(r):
    answer = r.call("POST", "command", {"person": "ben", "text": "lift brewery for 2m task billing because it cannot be"})
    expect(answer.get("acked") is False, "it is not acknowledged", answer)
    r.wait_heard("ben", "cannot write my records")


def kinds(r):
    return [j["kind"] for j in r.journal()]


def take_away(r):
    """Another file lies there. Gives what puts the right one back."""
    path = r.dir + "/state/reguard.db"
    os.rename(path, path + ".away")
    with open(path, "wb") as f:
        f.write(b"another")
    return lambda: os.rename(path + ".away", path)


def test_files_deleted_while_the_bot_runs(make):
    r = make()
    r.lift()
    for name in os.listdir(r.dir + "/state"):
        os.remove(r.dir + "/state/" + name)
    r.command("cleo", "whoami")
    is_lost(r, "was deleted or replaced")
    r.wait_post("I can write my records again")
    expect({"lifted", "store_lost", "store_back"} <= set(kinds(r)), "all is on record", kinds(r))
    status, out, err = r.cli("restore", "-c", r.conf, "--why", "to be sure")
    expect(status == 0 and "asked the running reguard" in out, "the operator's orders are heard", out, err)
    r.wait_state("restored")
    r.kill()
    r.start()
    r.wait(lambda: "store.verified" in r.tail(r.logs[-1]), "and the chain is whole")
    r.ask(case="G-0002")


def test_copy_in_the_place_of_the_file(make):
    r = make()
    r.ask()
    r.wait_post("mail to the root mailbox can be read", "G-0001")
    path = r.dir + "/state/reguard.db"
    r.bot.send_signal(signal.SIGSTOP)  # so that the copy has every record
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("VACUUM INTO ?", (path + ".copy",))
    os.chmod(path + ".copy", 0o600)
    os.rename(path + ".copy", path)
    r.bot.send_signal(signal.SIGCONT)
    r.command("cleo", "whoami")
    is_lost(r, "was deleted or replaced")
    r.wait_post("I can write my records again")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    r.finish()


def test_another_file_in_the_place_of_the_file(make):
    port = free_port()
    r = make(bot={"listen": f"127.0.0.1:{port}"})
    r.lift()
    put_back = take_away(r)
    r.command("cleo", "whoami")
    is_lost(r, "was deleted or replaced")
    takes_nothing_that_lowers(r)
    r.wait(lambda: get(port, "/readyz")[0] == 503 and "cannot be written: " + r.dir in get(port, "/readyz")[1], "readyz says it and why")
    expect("not writable" in get(port, "/status")[1], "status says it", get(port, "/status")[1])
    _, out, _ = r.cli("status", "-c", r.conf)
    expect("records: CANNOT BE WRITTEN: " + r.dir in out, "so does the operator's", out)
    r.call("POST", "click", {"person": "ana", "action": "done", "case": "G-0001"})
    r.wait_root(True)
    r.wait_state("restored")
    with open(r.dir + "/state/reguard.db", "rb") as f:
        expect(f.read() == b"another", "the other file is let be")
    status, out, err = r.cli("restore", "-c", r.conf, "--why", "to be sure")
    expect(status == 0, "the operator is told of the proof", out, err)
    put_back()
    r.wait_post("I can write my records again")
    expect({"store_lost", "store_back", "restored"} <= set(kinds(r)), "it is on record", kinds(r))
    status, out, _ = r.cli("status", "-c", r.conf)
    expect(status == 0 and "CANNOT" not in out, "and fine again", out)
    r.ask(case="G-0002")


def test_reminders_and_restores_go_on_without_the_file(make):
    r = make(policy={"remind_overdue": "0s 1s 2s 3s"})
    r.lift(length="6s")
    put_back = take_away(r)
    is_lost(r, "was deleted or replaced")
    r.wait_post("OVERDUE", "G-0001", count=3)
    expect(len(r.posts("I cannot write my records")) < len(r.posts("OVERDUE")) + 6, "the channel is not flooded", r.text())
    r.call("POST", "click", {"person": "ben", "action": "restore", "case": "G-0001"})
    r.wait_state("restored")
    put_back()
    r.wait_post("I can write my records again")
    expect({"reminded", "ended", "restored", "store_lost", "store_back"} <= set(kinds(r)), "what happened meanwhile is on record", kinds(r))
    r.kill()
    r.start()
    r.wait(lambda: "store.verified" in r.tail(r.logs[-1]), "and the chain is whole")
    r.ask(case="G-0002")


def test_deadline_restores_without_the_file(make):
    r = make(policy={"on_deadline": "restore"})
    r.lift(length="4s")
    put_back = take_away(r)
    r.wait_root(True)
    r.wait_state("restored")
    put_back()
    r.wait_post("I can write my records again")
    expect("restored" in kinds(r), "it is on record", kinds(r))


def test_operator_restores_without_the_file(make):
    r = make()
    r.lift()
    put_back = take_away(r)
    process = subprocess.Popen([r.build + "/reguard", "restore", "-c", r.conf, "--why", "the file is gone"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               stdin=subprocess.DEVNULL, env=r.environment())
    r.wait_root(True)
    r.wait_state("restored")
    put_back()
    out, _ = process.communicate(timeout=150)
    expect(process.returncode == 0, "verified on", out)
    r.wait_post("I can write my records again")


def test_full_disk_restores_with_the_reserve(make):
    r = make(start=False)
    with disk(r, "size=8m") as state:
        r.start()
        r.lift()
        expect(os.path.getsize(state + "/reserve") == 1024 * 1024, "there is a reserve")
        with open(state + "/filler", "wb", buffering=0) as f, contextlib.suppress(OSError):
            while f.write(b"x" * 4096):
                pass
        for n in range(200):  # until what is left in the log's own room is used up
            r.command("cleo", f"whoami {n}")
            if r.posts("I cannot write my records"):
                break
        is_lost(r, "the disk is full")
        expect(not os.path.exists(state + "/reserve"), "the reserve is given up")
        r.command("ben", "lift brewery for 2m task billing because it cannot be")
        r.wait_heard("ben", "cannot write my records")
        r.click("ana", "done", "G-0001")
        r.wait_state("restored")
        expect("restored" in kinds(r), "and it is on record, on the full disk", kinds(r))
        os.remove(state + "/filler")
        r.wait_post("I can write my records again")
        expect(os.path.getsize(state + "/reserve") == 1024 * 1024, "there is a reserve again")
        r.ask(case="G-0002")
        r.check_always()


BAD_DISK = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
int fdatasync(int fd)
{
    if (access(getenv("TEST_DISK_IS_BAD"), F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}
"""


def test_disk_that_cannot_make_anything_last(make):
    r = make(start=False)
    bad, library = r.dir + "/bad", r.dir + "/bad_disk.so"
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-x", "c", "-", "-o", library], input=BAD_DISK, text=True, check=True)
    kept = r.environment()
    r.environment = lambda: {**kept, "LD_PRELOAD": library, "TEST_DISK_IS_BAD": bad}
    r.start()
    r.lift()
    with open(bad, "w"):
        pass
    r.command("cleo", "whoami")
    is_lost(r, "Input/output error); see to the disk")
    takes_nothing_that_lowers(r)
    r.call("POST", "click", {"person": "ana", "action": "done", "case": "G-0001"})
    r.wait_state("restored")
    os.remove(bad)
    r.wait_post("I can write my records again")
    expect({"restored", "store_lost", "store_back"} <= set(kinds(r)), "it is on record", kinds(r))
    r.kill()
    r.start()
    r.wait(lambda: "store.verified" in r.tail(r.logs[-1]), "and the chain is whole")
    r.ask(case="G-0002")


test_disk_that_cannot_make_anything_last.plain = True


def test_folder_that_cannot_be_written_any_more(make):
    r = make(start=False)
    with disk(r, "size=16m") as state:
        r.start()
        r.lift()
        remount = ["mount", "-o", "remount,ro", state]
        r.kill()
        subprocess.run(remount, check=True)
        r.start()
        is_lost(r, "")
        takes_nothing_that_lowers(r)
        r.command("ben", "put-back")
        r.wait_root(True)
        subprocess.run(["mount", "-o", "remount,rw", state], check=True)
        r.wait_post("I can write my records again")
        r.wait_state("restored")
        _, out, _ = r.cli("status", "-c", r.conf)
        expect("by the running reguard" in out, "and now there is a socket for the operator", out)


def test_start_with_a_file_that_is_no_database(make):
    r = make()
    r.lift()
    r.kill()
    path = r.dir + "/state/reguard.db"
    with contextlib.closing(r.database()) as database, contextlib.closing(sqlite3.connect(r.dir + "/backup.db")) as copy:
        database.backup(copy)
    for end in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(path + end)
    with open(path, "wb") as f:
        f.write(b"\xa5" * 65536)
    os.chmod(path, 0o600)
    status, out, err = r.cli("audit", "verify", "-c", r.conf)
    expect(status == 1 and path in err and "put a copy of it back" in err, "verify names the file and what to do", out, err)
    r.start()
    is_lost(r, "not a database")
    takes_nothing_that_lowers(r)
    os.remove(path)
    shutil.copyfile(r.dir + "/backup.db", path)
    os.chmod(path, 0o600)
    r.wait_post("I can write my records again")
    r.checks_audit = False  # the copy may be older than the channel
    r.command("ana", "done G-0001")
    r.wait_state("restored")
    expect(not r.posts("in doubt"), "the right copy is believed", r.text())


def test_messages_left_for_later_are_taken_back_once_the_records_are_back(make):
    r = make()
    r.lift()
    r.wait(lambda: len(r.state()["slack"]["later"]) == 5, "all of them stand")
    put_back = take_away(r)
    r.command("dan", "status")
    is_lost(r, "was deleted or replaced")
    put_back()
    r.wait_post("I can write my records again")
    r.finish()
    r.wait(lambda: not r.state()["slack"]["later"], "none is left: it would say that reguard is silent")


def test_a_lift_is_carried_out_once_the_records_are_back(make):
    """The first look back at the channel falls into the time without records; the lift waits for one that counts."""
    r = make(start=False, policy={"mailbox_proof": "off"})
    path = r.dir + "/state/reguard.db"
    os.makedirs(r.dir + "/state", mode=0o700, exist_ok=True)
    with open(path, "wb") as f:
        f.write(b"\xa5" * 65536)
    os.chmod(path, 0o600)
    r.start()
    is_lost(r, "not a database")
    r.wait(lambda: len(r.requests("slack.conversations.history")) >= 2, "the channel has been looked at")
    os.remove(path)
    r.wait_post("I can write my records again")
    r.lift(confirm=False)
    r.finish()


def test_without_its_socket_it_serves_all_the_same(make):
    r = make(start=False)
    os.makedirs(r.dir + "/state/control.sock/in-the-way")
    r.start()
    r.lift()
    expect("control.unheard" in r.tail(r.logs[-1]), "it says that nobody on the machine can ask it")
    r.click("ana", "done", "G-0001")
    r.wait_state("restored")
    r.check_always()


def test_folder_that_others_can_read_is_refused(make):
    r = make()
    r.stop()
    for path, mode, fine in ((r.dir + "/state", 0o755, 0o700), (r.dir + "/state/reguard.db", 0o644, 0o600), (r.dir + "/state", 0o777, 0o700)):
        os.chmod(path, mode)
        status, _, err = r.cli("run", "-c", r.conf)
        expect(status == 78 and path in err and f"chmod {fine:o}" in err, f"{path} {mode:o} is refused, with what to do", status, err)
        status, out, _ = r.cli("check", "-c", r.conf)
        expect(status == 1 and f"chmod {fine:o}" in out, "check says it, too", out)
        os.chmod(path, fine)
    r.start()


def test_root_leaves_nothing_of_its_own(make):
    if os.geteuid():
        raise Skipped("only root can do that")
    r = make(start=False)
    state = r.dir + "/state"
    os.makedirs(state, mode=0o700, exist_ok=True)
    os.chown(state, 65534, 65534)
    status, out, err = r.cli("restore", "-c", r.conf, "--why", "nothing was there yet")
    expect(status == 0, "verified on", out, err)
    owners = {name: os.stat(f"{state}/{name}").st_uid for name in os.listdir(state)}
    expect(owners and set(owners.values()) == {65534}, "all is the owner's of the folder", owners)
    os.chown(state, 0, 0)
    for name in owners:
        os.chown(f"{state}/{name}", 0, 0)


def test_another_process_holds_the_file(make):
    r = make()
    r.ask()
    other = sqlite3.connect(r.dir + "/state/reguard.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    r.command("cleo", "whoami")
    is_lost(r, "locked")
    expect(r.bot.poll() is None, "it lives")
    other.execute("ROLLBACK")
    other.close()
    r.wait_post("I can write my records again")
    r.click("ben", "approve", "G-0001")
    r.wait_state("lifted")
    r.finish()
