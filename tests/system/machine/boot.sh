#!/bin/sh
# Boots a machine from user data with the real cloud-init: boot.sh FOLDER, as root and in namespaces of its own
# (`unshare --mount --uts --pid --fork --kill-child`). The machine is this one's file system under a layer that forgets
# everything; FOLDER has `user-data`. What would reach beyond the machine (packages, swap, firewall, Docker, the service
# manager) is a stand-in from the folder `stand-ins`; NOC is the real one, on the loopback interface.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$(cd "$1" && pwd)

# In memory: a layer cannot lie on a file system that is a layer itself, as that of a container is.
mkdir -p "$folder/disk"
mount -t tmpfs -o size=256m noc-machine "$folder/disk"
root=$folder/disk/root
mkdir "$folder/disk/above" "$folder/disk/work" "$root"
mount -t overlay -o "lowerdir=/,upperdir=$folder/disk/above,workdir=$folder/disk/work" noc-machine "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs run "$root/run"
mount -t tmpfs tmp "$root/tmp"
mount -t tmpfs dev "$root/dev"
for name in null zero random urandom full; do
	: >"$root/dev/$name"
	mount --bind "/dev/$name" "$root/dev/$name"
done
mkdir "$root/dev/shm" "$root/run/lock"
ln -s /proc/self/fd "$root/dev/fd"

# A machine that has never been started, with nothing of what this one is.
rm -rf "$root/var/lib/cloud" "$root/var/log"/cloud-init* "$root/etc/ssh"/ssh_host_* "$root/etc/noc" "$root/var/lib/noc"
mkdir -p "$root/etc/ssh/sshd_config.d" "$root/etc/cloud/cloud.cfg.d"
echo 00000000000000000000000000000001 >"$root/etc/machine-id"
cp "$here"/stand-ins/* "$root/usr/local/sbin/"
chmod 755 "$root/usr/local/sbin"/*
mkdir -p "$root/var/lib/cloud/seed/nocloud-net"
cp "$folder/user-data" "$root/var/lib/cloud/seed/nocloud-net/user-data"
printf 'instance-id: noc-machine\nlocal-hostname: machine\n' >"$root/var/lib/cloud/seed/nocloud-net/meta-data"
cat >"$root/etc/cloud/cloud.cfg.d/99-noc-machine.cfg" <<-CONFIG
	datasource_list: [NoCloud, None]
	growpart: {mode: "off"}
	resize_rootfs: false
	locale: C.UTF-8
	network: {config: disabled}
	output: {all: '| tee -a /var/log/cloud-init-output.log'}
CONFIG

stage() {
	echo "boot: cloud-init $*"
	chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		cloud-init "$@" >>"$folder/cloud-init.log" 2>&1 || echo "boot: it ended with status $?"
	cat "$root/var/log/noc-agent.service.log" >"$folder/agent.log" 2>/dev/null || :
}
stage init --local
stage init
stage modules --mode=config
stage modules --mode=final
cp "$root/run/cloud-init/result.json" "$root/run/cloud-init/status.json" "$folder/" 2>/dev/null || :
echo 'boot: cloud-init has ended'
# The machine runs until it is switched off: its agent goes on.
while :; do
	sleep 1
	cat "$root"/var/log/*.service.log >"$folder/agent.log" 2>/dev/null || :
done
