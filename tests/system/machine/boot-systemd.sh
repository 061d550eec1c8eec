#!/bin/sh
# Boots a machine from user data with the real systemd and the real cloud-init: boot-systemd.sh FOLDER ROOT, as root and
# in a network of its own that has the loopback interface alone (`unshare --net`). The machine is the file system ROOT
# (root.sh makes it) under a layer that forgets everything; FOLDER has `user-data`, and gets the machine's /var/log.
# Nothing is a stand-in: the service manager, the firewall, the packages (all there already) and the agent's unit with its
# sandbox are the real ones. The kernel is this machine's, and nobody may switch on swap.
set -eu
folder=$(cd "$1" && pwd)
root=$(cd "$2" && pwd)
mkdir -p "$folder/seed" "$folder/log/journal"
cp "$folder/user-data" "$folder/seed/user-data"
printf 'instance-id: noc-machine\nlocal-hostname: machine\n' >"$folder/seed/meta-data"
cat >"$folder/machine.cfg" <<-CONFIG
	datasource_list: [NoCloud, None]
	apt: {preserve_sources_list: true}
	locale: C.UTF-8
	growpart: {mode: "off"}
	resize_rootfs: false
	network: {config: disabled}
CONFIG
exec systemd-nspawn --quiet --boot --register=no --keep-unit --link-journal=no --console=pipe --machine=noc-machine \
	--directory="$root" --volatile=overlay --capability=CAP_NET_ADMIN \
	--bind="$folder/log:/var/log" \
	--bind-ro="$folder/seed:/var/lib/cloud/seed/nocloud-net" \
	--bind-ro="$folder/machine.cfg:/etc/cloud/cloud.cfg.d/99-noc-machine.cfg"
