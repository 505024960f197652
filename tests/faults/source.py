# SPDX-License-Identifier: Apache-2.0
"""Sources of libraries as Debian has them, to be built under a sanitizer: fetched through apt, with lists of its own."""
import glob
import os
import re
import shutil
import subprocess


class Missing(Exception):
    pass


def run(words, cwd=None, what=""):
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"{what or words[0]}: {(done.stderr or done.stdout).strip()[-300:]}")


def fetch(package, folder):
    """Debian's own source package, unpacked, without Debian's patches; where it is."""
    key = "/usr/share/keyrings/debian-archive-keyring.gpg"
    with open("/etc/os-release") as f:
        found = re.search(r"^VERSION_CODENAME=(\w+)", f.read(), re.M)
    if not found or not os.path.exists(key):
        raise Missing("this is no Debian with its archive's key")
    if not shutil.which("apt-get") or not shutil.which("cmake"):
        raise Missing("apt-get and cmake are needed")
    for part in ("lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(folder, part), exist_ok=True)
    with open(folder + "/sources.list", "w") as f:
        f.write(f"deb-src [signed-by={key}] http://deb.debian.org/debian {found[1]} main\n")
    apt = ["apt-get", "-qq", "-o", f"Dir::Etc::SourceList={folder}/sources.list", "-o", "Dir::Etc::SourceParts=-", "-o",
           f"Dir::State::Lists={folder}/lists", "-o", f"Dir::Cache={folder}/cache", "-o", "APT::Sandbox::User=root"]
    if not glob.glob(folder + "/lists/*_Sources*"):
        run(apt + ["update"], what="apt-get update")
    run(apt + ["source", "--download-only", package], cwd=folder, what=f"apt-get source {package}")
    archive = glob.glob(f"{folder}/{package}_*.orig.tar.*")
    archive = [name for name in archive if not name.endswith(".asc")][0]
    place = f"{folder}/{package}"
    os.makedirs(place, exist_ok=True)
    run(["tar", "-xf", archive, "-C", place, "--strip-components=1"])
    return place
