# SPDX-License-Identifier: Apache-2.0
"""A store of many records, for figures: those of one closed case over and over, as build/bench/fill makes them."""
import contextlib
import os
import sqlite3
import subprocess

import rig


def filled(build, wanted, *options):
    """A rig whose folder has them in filled/, and how many they are."""
    r = rig.Rig(build, start=False)
    r.checks_audit = False
    os.mkdir(r.dir + "/filled", 0o700)
    r.start()
    r.lift()
    r.finish()
    r.stop()
    each = r.database().execute("SELECT count(*) FROM journal WHERE case_id = 'G-0001'").fetchone()[0]
    subprocess.run([build + "/bench/fill", r.dir + "/state", r.dir + "/filled", str(wanted // each + 1), *options], check=True)
    # Closed, because a file that is open here and gets another name keeps its old index of the log for all who open it here.
    with contextlib.closing(sqlite3.connect(r.dir + "/filled/reguard.db")) as database:
        return r, database.execute("SELECT count(*) FROM journal").fetchone()[0]
