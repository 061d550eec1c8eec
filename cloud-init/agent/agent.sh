#!/bin/sh
# The NOC agent: it claims this machine's secrets once, and then reports how the machine is, signed, again and again.
# It listens on no port, and it runs nothing that an answer contains.
#
# It reads   /etc/noc/agent.env       who this machine is, and the one-time token of its claim
# It writes  /etc/noc/secrets.env     the application's secrets, to be read by sh
#            /var/lib/noc/nonce       makes a repeated claim recognizable as the same one
#            /var/lib/noc/agent.key   signs the reports; exists only after a complete claim
#            /var/lib/noc/services    the containers to report on, one in a line
#            /var/lib/noc/counter     rises with each report
#            /var/lib/noc/logs-until  up to when the containers' lines have been reported
#            /run/noc/                bodies on their way out
# All of them are for root alone. NOC_ROOT, if set, is put in front of these paths.
#
# What is secret (the token, the key, the secrets) never is in the arguments of a program, because every user of the
# machine may read those. It travels in files, pipes and here-documents.
#
# JSON and the signature are left to python3: cloud-init is written in it, so it is there on every image before any
# package was installed, and taking JSON apart with sed is not safe. -I keeps it from loading code from elsewhere.

set -u
umask 077
LC_ALL=C
export LC_ALL

NOC_ROOT=${NOC_ROOT:-}
CONFIG=$NOC_ROOT/etc/noc
STATE=$NOC_ROOT/var/lib/noc
RUN=$NOC_ROOT/run/noc

# A report carries at most so many lines of so many characters, and of all lines together so many bytes: with the
# rest it stays under the 256 KiB that a report may have.
MOST_LINES=200
MOST_CHARACTERS=2000
MOST_BYTES=196608

# No answer is longer than this. What is longer is cut, loses the status at its end, and counts as none.
MOST_ANSWER_BYTES=262144

interval=60
delay=1
counter=0
lines=$MOST_LINES
newline='
'

main() {
	if ! [ -r "$CONFIG/agent.env" ]; then
		log "$CONFIG/agent.env cannot be read; nothing says which server this is"
		exit 78
	fi
	# shellcheck source=/dev/null
	. "$CONFIG/agent.env"
	if [ -z "${NOC_URL:-}" ] || [ -z "${NOC_SERVER_ID:-}" ] || [ -z "${NOC_DEPLOYMENT_ID:-}" ]; then
		log "$CONFIG/agent.env lacks NOC_URL, NOC_SERVER_ID or NOC_DEPLOYMENT_ID"
		exit 78
	fi
	mkdir -p "$STATE" "$RUN/logs" || exit 1

	until [ -s "$STATE/agent.key" ] || claim; do
		back_off
	done
	delay=1
	while :; do
		if report; then
			delay=1
			sleep "$interval"
		else
			back_off
		fi
	done
}

# --- the claim ---------------------------------------------------------------------------------------------------

claim() {
	# The nonce is kept before it is sent: if the answer is lost, the next claim is known to be this machine's.
	if ! [ -s "$STATE/nonce" ]; then
		nonce=$(openssl rand -hex 32) && printf '%s\n' "$nonce" | write_file "$STATE/nonce" || return 1
	fi
	claim_body >"$RUN/body" || return 1
	post /api/agents/claim <<-HEADERS
		Authorization: Bearer ${NOC_CLAIM_TOKEN:-}
	HEADERS
	rm -f "$RUN/body"
	if [ "$status" = 200 ]; then
		if keep_claim; then
			log "claimed; reporting every $interval s"
			return 0
		fi
		log 'the answer to the claim cannot be used'
	else
		explain 'the claim'
	fi
	return 1
}

claim_body() {
	python3 -I -X utf8 -c '
import glob, json, sys

root, nonce_file, server_id, deployment_id = sys.argv[1:]

def text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""

# The third word of a host key is a remark.
host_keys = [" ".join(text(path).split()[:2]) for path in sorted(glob.glob(root + "/etc/ssh/ssh_host_*_key.pub"))]
print(json.dumps({
    "server_id": server_id,
    "deployment_id": deployment_id,
    "nonce": text(nonce_file),
    "machine_id": text(root + "/etc/machine-id"),
    "host_keys": [key for key in host_keys if key],
}))' "$NOC_ROOT" "$STATE/nonce" "$NOC_SERVER_ID" "$NOC_DEPLOYMENT_ID"
}

# The key comes last, because its file says that the claim is complete: a machine that loses power in here claims again.
keep_claim() {
	secrets=$(claimed secrets) && services=$(claimed services) && key=$(claimed key) || return 1
	printf '%s\n' "$secrets" | write_file "$CONFIG/secrets.env" || return 1
	printf '%s\n' "$services" | write_file "$STATE/services" || return 1
	printf '%s\n' "$key" | write_file "$STATE/agent.key" || return 1
	unset secrets key NOC_CLAIM_TOKEN
	take_interval
}

# A part of the answer, or a failure if any of it is not what it must be: names end up in a shell and in paths, and a
# value with a NUL cannot be an environment variable.
claimed() {
	printf '%s' "$answer" | python3 -I -X utf8 -c '
import json, re, sys

sys.tracebacklimit = 0
answer = json.load(sys.stdin)
part = sys.argv[1]
quote = "\x27"
if part == "secrets":
    for name, value in answer["secrets"].items():
        if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name) or not isinstance(value, str) or "\0" in value:
            sys.exit("the secret " + repr(name) + " cannot be written")
        print(name + "=" + quote + value.replace(quote, quote + "\\" + quote + quote) + quote)
elif part == "services":
    for name in answer["services"]:
        if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9_.-]*", name):
            sys.exit("the service " + repr(name) + " cannot be a container")
        print(name)
elif re.fullmatch("[0-9a-f]{64}", answer["agent_key"]):
    print(answer["agent_key"])
else:
    sys.exit("the key is not 64 hexadecimal digits")' "$1"
}

# --- the report --------------------------------------------------------------------------------------------------

report() {
	logs_since=$(cat "$STATE/logs-until" 2>/dev/null) || logs_since=1970-01-01T00:00:00Z
	logs_until=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	services=$(cat "$STATE/services") || return 1
	for service in $services; do
		collect_lines "$service"
		printf '%s %s\n' "$service" "$(service_health "$service")"
	done >"$RUN/health"
	report_body <"$RUN/health" >"$RUN/body" || return 1

	next_counter
	timestamp=$(date +%s)
	signature=$(sign "$timestamp" "$counter") || return 1
	post /api/agents/report <<-HEADERS
		X-Noc-Server: $NOC_SERVER_ID
		X-Noc-Timestamp: $timestamp
		X-Noc-Counter: $counter
		X-Noc-Signature: $signature
	HEADERS
	if [ "$status" = 200 ]; then
		# Only now: lines whose report was lost go out with the next one.
		printf '%s\n' "$logs_until" | write_file "$STATE/logs-until"
		lines=$MOST_LINES
		take_interval
		return 0
	fi
	# How the machine is matters more than what it wrote.
	[ "$status" != 413 ] || lines=0
	explain 'the report'
	return 1
}

# A container without a health check says nothing about its health, even if it runs.
service_health() {
	state=
	if command -v docker >/dev/null; then
		state=$(timeout 5 docker container inspect --format \
			'{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}}' "$1" 2>/dev/null)
	fi
	case $state in
	'running healthy') echo healthy ;;
	'running starting' | 'created '*) echo starting ;;
	'running unhealthy' | 'restarting '* | 'exited '* | 'paused '* | 'removing '* | 'dead '*) echo unhealthy ;;
	*) echo unknown ;;
	esac
}

# A line can be as long as a container likes; 1,000,000 bytes hold 200 lines of 2,000 characters in most scripts.
collect_lines() {
	: >"$RUN/logs/$1"
	command -v docker >/dev/null || return 0
	timeout 10 docker container logs --timestamps --since "$logs_since" --until "$logs_until" --tail "$MOST_LINES" \
		"$1" 2>&1 | tail -c 1000000 >"$RUN/logs/$1"
}

# Reads the services and their health, a pair in a line.
report_body() {
	python3 -I -X utf8 -c '
import json, os, re, shutil, sys

logs, root = sys.argv[1:3]
most_lines, most_characters, most_bytes = map(int, sys.argv[3:])
services = dict(pair.split() for pair in sys.stdin)

with open("/proc/uptime") as file:
    uptime = int(float(file.read().split()[0]))
with open("/proc/meminfo") as file:
    memory = {name: int(rest.split()[0]) * 1024 for name, rest in (row.split(":") for row in file)}
disk = shutil.disk_usage(root)

# What docker itself says (as "no such container") has no time in front and is left out.
stamped = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) ?(.*)", re.DOTALL)
written = []
for service in services:
    with open(logs + "/" + service, "rb") as file:
        matches = [match for match in map(stamped.fullmatch, file.read().split(b"\n")) if match]
    written.append([{
        "service": service,
        "at": match[1].decode(),
        "line": match[2].decode(errors="replace").rstrip("\r").replace("\0", "\ufffd")[:most_characters],
    } for match in matches])

# A service that writes much does not push out one that writes little: the quietest take what they have, and the
# others share the rest.
lines = []
written.sort(key=len)
for index, of_service in enumerate(written):
    share = (most_lines - len(lines)) // (len(written) - index)
    lines += of_service[max(len(of_service) - share, 0):]
lines.sort(key=lambda line: line["at"])

# The newest are kept.
size, first = 0, len(lines)
while first > 0:
    size += len(json.dumps(lines[first - 1], ensure_ascii=False).encode()) + 2
    if size > most_bytes:
        break
    first -= 1

body = {
    "uptime": uptime,
    "load": os.getloadavg(),
    "memory": {"total_bytes": memory["MemTotal"], "available_bytes": memory["MemAvailable"]},
    "disk": {"total_bytes": disk.total, "available_bytes": disk.free},
    "services": services,
    "lines": lines[first:],
}
sys.stdout.write(json.dumps(body, ensure_ascii=False))' \
		"$RUN/logs" "${NOC_ROOT:-/}" "$lines" "$MOST_CHARACTERS" "$MOST_BYTES"
}

# Sets `counter` to more than it ever was, and keeps it before it is used. It is the time, unless that is no more than
# the last one (two reports in a second, a clock that was set back). So a lost file does not lock the machine out: the
# count would begin again and be refused for good, but the time has gone on. For the same reason a disk that is too full
# to keep the counter does not silence the machine.
next_counter() {
	last=$(cat "$STATE/counter" 2>/dev/null)
	case $last in
	'' | 0* | *[!0-9]* | ????????????????*) last=0 ;;
	esac
	[ "$counter" -le "$last" ] || last=$counter
	counter=$(date +%s)
	[ "$counter" -gt "$last" ] || counter=$((last + 1))
	printf '%s\n' "$counter" | write_file "$STATE/counter" || log 'the counter cannot be kept'
}

# `openssl dgst -hmac` and `-macopt hexkey:` would show the key to every user of the machine. Here only the names of the
# files are arguments.
sign() {
	python3 -I -X utf8 -c '
import hashlib, hmac, sys

key_file, body_file, timestamp, counter = sys.argv[1:]
with open(key_file) as file:
    key = bytes.fromhex(file.read())
with open(body_file, "rb") as file:
    body = hashlib.sha256(file.read()).hexdigest()
text = "\n".join(["POST", "/api/agents/report", timestamp, counter, body])
print(hmac.new(key, text.encode(), hashlib.sha256).hexdigest())' \
		"$STATE/agent.key" "$RUN/body" "$1" "$2"
}

# --- talking to NOC ----------------------------------------------------------------------------------------------

# Sends $RUN/body, with further headers from standard input. Sets `answer` and `status` (000 without a whole answer).
# --disable keeps curl from reading a configuration file; redirections are not followed.
post() {
	answer=$(curl --disable --silent --show-error --proto '=http,https' --connect-timeout 10 --max-time 30 \
		--header 'Content-Type: application/json' --header 'Expect:' --header @- --data-binary "@$RUN/body" \
		--write-out '\n%{http_code}' "$NOC_URL$1" | head -c "$MOST_ANSWER_BYTES" | tr -d '\000')
	status=${answer##*"$newline"}
	case $status in
	[0-9][0-9][0-9]) ;;
	*) status=000 ;;
	esac
	answer=${answer%"$newline"*}
}

# Says why there is no success, and ends the agent if NOC itself says that it does not know this server. A 404 of
# something on the way, which is not written as NOC writes its refusals, does not end it.
explain() {
	log "$1 was not taken (status $status)"
	if [ "$status" = 404 ] && printf '%s' "$answer" | python3 -I -X utf8 -c '
import json, sys
json.load(sys.stdin)["error"]' 2>/dev/null; then
		log 'NOC does not know this server; the agent ends'
		exit 0
	fi
}

# The answer may change the interval; what is no number leaves it as it is.
take_interval() {
	asked=$(printf '%s' "$answer" | python3 -I -X utf8 -c '
import json, sys
print(min(max(int(json.load(sys.stdin)["interval_seconds"]), 1), 3600))' 2>/dev/null) && interval=$asked
	return 0
}

# Waits twice as long each time, but never longer than between two reports, so that NOC hears from a machine no later
# than usual once it is back. Half of it is chance, so that not all machines come back at once.
back_off() {
	delay=$((delay * 2))
	[ "$delay" -le "$interval" ] || delay=$interval
	chance=$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')
	milliseconds=$((delay * 500 + delay * 500 * ${chance:-0} / 65536))
	sleep "$(printf '%d.%03d' $((milliseconds / 1000)) $((milliseconds % 1000)))"
}

# --- files -------------------------------------------------------------------------------------------------------

# Replaces a file by standard input, as a whole or not at all, also when the power fails.
write_file() {
	cat >"$1.new" && sync "$1.new" && mv "$1.new" "$1"
}

log() {
	printf 'noc-agent: %s\n' "$1" >&2
}

main
