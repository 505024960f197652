# SPDX-License-Identifier: Apache-2.0
# A machine of its own for machine.py: PID 1 is systemd, /usr is this machine's and the rest is new. It sees nothing else that could be
# written to: not /tmp, not /etc, not the kernel's settings. Runs in new namespaces for mounts, processes and cgroups.
#   usage: sh machine.sh FOLDER UNIT-OF-SYSTEMD     FOLDER/files: what is put over the new root
set -eu
base=$1
mount --make-rprivate /
mount -t tmpfs tmpfs "$base/root"
cd "$base/root"
mkdir .upper .work usr etc var var/tmp var/lib home run tmp proc sys dev root old
mount -t overlay overlay -o "lowerdir=/usr,upperdir=$base/root/.upper,workdir=$base/root/.work" usr
for name in bin sbin lib lib64; do ln -s usr/$name $name; done
cp /etc/ld.so.cache /etc/passwd /etc/group etc/
echo "127.0.0.1 localhost" > etc/hosts
: > etc/machine-id
cp -a "$base/files/." .
mount -t tmpfs tmpfs dev
mkdir dev/shm dev/pts
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mknod -m 666 dev/tty c 5 0
for device in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 "dev/${device%:*}" c 1 "${device#*:}"; done
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
pivot_root . old
umount -l /old
rmdir /old
mount --make-rshared /
exec setpriv --bounding-set -sys_time,-sys_module,-sys_rawio,-sys_boot \
    env -i container=reguard PATH=/usr/sbin:/usr/bin SYSTEMD_UNIT_PATH=/etc/systemd/system "$2" --system --unit=machine.target --show-status=no --log-target=console
