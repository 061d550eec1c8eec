#!/bin/sh
# Makes the file system of a machine with systemd and cloud-init, as root and once: root.sh FOLDER. It is Debian's own, by
# debootstrap, and lacks only what a machine makes at its first start.
set -eu
folder=$1
mirror=${NOC_DEBIAN_MIRROR:-http://deb.debian.org/debian}
rm -rf "$folder.new"
debootstrap --variant=minbase \
	--include=systemd,systemd-sysv,dbus,udev,curl,openssl,openssh-server,ca-certificates,iproute2,procps,netbase,sudo,ifupdown \
	bookworm "$folder.new" "$mirror"
# What the templates install is there already, so that the machine needs no network.
chroot "$folder.new" env DEBIAN_FRONTEND=noninteractive \
	apt-get install -y -q --no-install-recommends cloud-init ufw unattended-upgrades
chroot "$folder.new" apt-get clean
: >"$folder.new/etc/apt/sources.list"
rm -f "$folder.new"/etc/apt/sources.list.d/* "$folder.new"/etc/ssh/ssh_host_* "$folder.new/etc/machine-id"
rm -rf "$folder.new"/var/lib/apt/lists/*
# There is nobody at a first boot who could be asked, and no network to wait for.
for unit in systemd-firstboot systemd-networkd-wait-online; do
	ln -s /dev/null "$folder.new/etc/systemd/system/$unit.service"
done
mv "$folder.new" "$folder"
