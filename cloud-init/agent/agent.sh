#!/bin/sh
# The NOC agent: it claims this machine's secrets once, and then reports how the machine is, signed, again and again.
# It listens on no port. Of what an answer contains it takes only these words, and only if the answer is signed with
# this server's key: the interval, and the commands in `run_command` below. Nothing else that it is sent is ever run.
#
# It reads   /etc/noc/agent.env       who this machine is, and the one-time token of its claim
# It writes  /etc/noc/secrets.env     the application's secrets, to be read by sh
#            /usr/local/lib/noc/      itself, when it is told to; what it was before stays beside it
#            /var/lib/noc/nonce       makes a repeated claim recognizable as the same one
#            /var/lib/noc/agent.key   signs the reports, with its generation in front; there after a complete claim
#            /var/lib/noc/services    the services to report on, one in a line
#            /var/lib/noc/counter     rises with each request; only NOC, signed, may say that it was too high
#            /var/lib/noc/spool/      reports that NOC has not taken yet
#            /var/lib/noc/dropped     how many reports and lines were given up since the last report that says so
#            /var/lib/noc/interval    seconds between two reports
#            /var/lib/noc/command     the newest command that was begun
#            /var/lib/noc/results/    what came of commands, until NOC has taken it
#            /var/lib/noc/logs-until  up to when the services' lines are in a report
#            /run/noc/                what is on its way
# All of them are for root alone. NOC_ROOT, if set, is put in front of these paths.
#
# It needs sh, curl, openssl and the small tools of every Debian or Ubuntu. What is secret (the token, the keys, the
# secrets) never is in the arguments of a program, because every user of the machine may read those: it travels in
# files, pipes and here-documents, and in `printf`, which is a part of the shell.

set -u
umask 077
LC_ALL=C
export LC_ALL

NOC_ROOT=${NOC_ROOT:-}
CONFIG=$NOC_ROOT/etc/noc
STATE=$NOC_ROOT/var/lib/noc
RUN=$NOC_ROOT/run/noc
SELF=$0

# A report may have 262,144 bytes. In JSON a text may be twice as long: lines take at most 120,000 bytes of it, what
# came of commands 64,200 (of one it is at most 2 x 32,000), and what cloud-init says 2 x 32,000. That leaves 13,900 for
# the rest, which has about 2,000.
MOST_LINES=200
LONGEST_LINE=2000
MOST_LINE_BYTES=120000
MOST_OUTPUT_BYTES=32000
MOST_RESULT_BYTES=64200
# NOC takes at most 20 results in one report.
MOST_RESULTS=20

# What waits for NOC on the disk: a day of reports, if they are small.
MOST_REPORTS=1440
MOST_SPOOL_KB=16384
# After a long silence, so many go out in one go before the next report is made: fewer than NOC takes at once.
MOST_AT_ONCE=200

# A service's lines since the last report are read from the end, so that one that floods its log does not hold up the
# report, and each only so far, with the time in front, so that one without an end does not fill the memory.
MOST_LINES_READ=20000
MOST_LINE_READ=2100

# A new agent has this many tries, of so many seconds each, to get one report taken: together as long as it takes until
# NOC misses the machine.
MOST_TRIES=3
TRY_SECONDS=60

# An answer that brings a new agent is the longest there is.
MOST_ANSWER_BYTES=1048576

interval=60
delay=1
counter=0
offset=0
due=0
refresh=0
begun_command=0
dropped_reports=0
dropped_lines=0
versions='{}'
updates=null
told_host_keys=
logs_told=
cpu_used=0
cpu_all=0

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
	# The claim's answer holds secrets: it goes over TLS, or does not leave the machine.
	case $NOC_URL in
	https://* | http://127.0.0.1:* | http://localhost:* | 'http://[::1]:'*) ;;
	*)
		log "$NOC_URL is not reached over TLS"
		exit 78
		;;
	esac
	mkdir -p "$STATE/spool" "$STATE/results" "$RUN" || exit 1
	set_interval "$(number "$STATE/interval")"
	due=0
	if [ -s "$STATE/dropped" ]; then
		read -r dropped_reports dropped_lines <"$STATE/dropped"
		case $dropped_reports$dropped_lines in
		'' | *[!0-9]*) dropped_reports=0 dropped_lines=0 ;;
		esac
	fi
	give_up_halves

	until [ -s "$STATE/agent.key" ] || claim; do
		back_off
	done
	read -r generation key <"$STATE/agent.key"
	delay=1
	while :; do
		if [ "$(seconds_up)" -ge "$due" ]; then
			collect
			due=$(($(seconds_up) + $(pause)))
		fi
		if send_waiting; then
			# One that is on trial has shown what it can do.
			[ -z "${NOC_TRIAL:-}" ] || exit 0
			delay=1
			left=$((due - $(seconds_up)))
			[ "$left" -le 0 ] || sleep "$left"
		else
			back_off
		fi
	done
}

# Seconds until the next report: people wait for a machine's first start.
pause() {
	if is_first_start && [ "$interval" -gt 10 ]; then
		echo 10
	else
		echo "$interval"
	fi
}

# --- the claim ---------------------------------------------------------------------------------------------------

claim() {
	# The nonce is kept before it is sent: if the answer is lost, the next claim is known to be this machine's.
	if ! [ -s "$STATE/nonce" ]; then
		openssl rand -hex 32 | write_file "$STATE/nonce" || return 1
	fi
	wait_for_host_keys
	claim_body >"$RUN/body" || return 1
	post /api/agents/claim <<-HEADERS
		Authorization: Bearer ${NOC_CLAIM_TOKEN:-}
	HEADERS
	if [ "$status" = 200 ]; then
		if keep_claim; then
			log "claimed; reporting every $interval s"
			return 0
		fi
		log 'the answer to the claim cannot be used'
		return 1
	fi
	log "the claim was not taken (status $status)"
	# There is no key yet that could sign it. A 404 of something on the way is not written as NOC writes its refusals.
	if [ "$status" = 404 ] && grep -q '"code":"not_found"' "$RUN/answer"; then
		log 'NOC does not know this server; the agent ends'
		exit 0
	fi
	return 1
}

# The agent may be running before sshd has its keys, and NOC is to know them with the claim. A machine without sshd
# claims after a minute.
wait_for_host_keys() {
	while [ "$(seconds_up)" -lt 600 ] && [ "${waited:=0}" -lt 60 ] && [ -z "$NOC_ROOT" ]; do
		for file in /etc/ssh/ssh_host_*_key.pub; do
			[ ! -s "$file" ] || return 0
		done
		sleep 1
		waited=$((waited + 1))
	done
}

claim_body() {
	machine_id=$(cat "$NOC_ROOT/etc/machine-id" 2>/dev/null)
	printf '{"server_id":"%s","deployment_id":"%s","nonce":"%s","machine_id":"%s","host_keys":[' \
		"$NOC_SERVER_ID" "$NOC_DEPLOYMENT_ID" "$(cat "$STATE/nonce")" "$machine_id"
	host_keys
	printf ']}'
}

# The public halves of the machine's host keys, as texts of JSON. The third word of one is a remark.
host_keys() {
	cat "$NOC_ROOT"/etc/ssh/ssh_host_*_key.pub 2>/dev/null |
		awk '$1 ~ /^[a-z0-9@.-]+$/ && $2 ~ /^[A-Za-z0-9+\/=]+$/ && count < 8 {
			printf "%s\"%s %s\"", (count++ ? "," : ""), $1, $2
		}'
}

# The answer has a word and its values in each line: `key KEY`, `interval SECONDS`, `service NAME`, and
# `secret NAME VALUE` with the value in base64. The key is kept last, because its file says that the claim is complete:
# a machine that loses power in here claims again.
keep_claim() {
	key=
	: >"$RUN/services" && : >"$RUN/secrets" || return 1
	while read -r word name value; do
		case $word in
		key) key=$name ;;
		interval) set_interval "$name" ;;
		service)
			is_name "$name" || return 1
			printf '%s\n' "$name" >>"$RUN/services"
			;;
		secret)
			is_variable "$name" || return 1
			{
				printf "%s='" "$name"
				printf '%s' "$value" | openssl base64 -d -A | sed "s/'/'\\\\''/g"
				printf "'\n"
			} >>"$RUN/secrets"
			;;
		esac
	done <"$RUN/answer"
	rm -f "$RUN/answer" "$RUN/body"
	case $key in
	'' | *[!0-9a-f]*) return 1 ;;
	esac
	[ "${#key}" = 64 ] || return 1
	# Where the secrets came with the user data, none are in the claim.
	if [ -s "$RUN/secrets" ] || ! [ -e "$CONFIG/secrets.env" ]; then
		write_file "$CONFIG/secrets.env" <"$RUN/secrets" || return 1
	fi
	rm -f "$RUN/secrets"
	write_file "$STATE/services" <"$RUN/services" || return 1
	printf '1 %s\n' "$key" | write_file "$STATE/agent.key" || return 1
	unset NOC_CLAIM_TOKEN
}

# Names end up in paths and in arguments of programs, and those of secrets in a file that a shell reads.
is_name() {
	case $1 in
	'' | [!A-Za-z0-9]* | *[!A-Za-z0-9_.-]*) return 1 ;;
	esac
}

is_variable() {
	case $1 in
	'' | [!A-Za-z_]* | *[!A-Za-z0-9_]*) return 1 ;;
	esac
}

# --- the report --------------------------------------------------------------------------------------------------

# Makes a report and puts it behind those that wait.
collect() {
	# Kept in memory, too: on a full disk the same lines would be told again and again.
	[ -n "$logs_told" ] || logs_told=$(cat "$STATE/logs-until" 2>/dev/null)
	logs_since=${logs_told:-1970-01-01T00:00:00Z}
	logs_until=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	report_of_services
	next_counter
	keep_room
	report_body >"$RUN/report" || return 1
	told_reports=$dropped_reports
	told_lines=$dropped_lines
	waiting=$STATE/spool/$counter
	if write_file "$waiting.json" <"$RUN/report" 2>/dev/null; then
		rm -f "$RUN/report"
	else
		# The disk is full, or cannot be written to: the report goes out all the same, and only the newest one waits.
		rm -f "$waiting.json.new" "$waiting.json"
		[ ! -f "$RUN/unkept.json" ] || give_up "$RUN/unkept.json"
		mv "$RUN/report" "$RUN/unkept.json"
	fi
	keep_dropped $((dropped_reports - told_reports)) $((dropped_lines - told_lines))
	[ ! -e "$RUN/cloud-init-ended" ] || mv "$RUN/cloud-init-ended" "$STATE/cloud-init-told"
	logs_told=$logs_until
	printf '%s\n' "$logs_until" | write_file "$STATE/logs-until"
}

# Gives up the oldest reports if too much waits. How many were given up stands in the next report.
keep_room() {
	for file in "$STATE"/spool/*.json; do
		[ "$(find "$STATE/spool" -name '*.json' | wc -l)" -ge "$MOST_REPORTS" ] || [ "$(du -sk "$STATE/spool" | cut -f 1)" -ge "$MOST_SPOOL_KB" ] || return 0
		[ ! -f "$file" ] || give_up "$file"
	done
}

# What a machine was about to write when it lost power is no report.
give_up_halves() {
	for file in "$STATE"/spool/*; do
		[ -f "$file" ] || continue
		if [ "${file%.json}" = "$file" ] || ! [ -s "$file" ]; then
			log "$file is not a whole report"
			give_up "$file"
		fi
	done
}

# Counts a report that is given up, its lines, and what it would have told of those before it.
give_up() {
	counts=$(sed -n 's/.*"dropped":{"reports":\([0-9]*\),"lines":\([0-9]*\)}.*/\1 \2/p' "$1")
	counts=${counts:-0 0}
	lost_lines=$(grep -o '{"service":' "$1" | wc -l)
	rm -f "$1"
	keep_dropped $((dropped_reports + 1 + ${counts%% *})) $((dropped_lines + lost_lines + ${counts##* }))
}

keep_dropped() {
	[ "$1 $2" != "$dropped_reports $dropped_lines" ] || return 0
	dropped_reports=$1
	dropped_lines=$2
	printf '%s %s\n' "$1" "$2" | write_file "$STATE/dropped"
}

# Sets `health` and `restarts`, and leaves the services' lines in $RUN/lines as `TIME SERVICE TEXT`.
report_of_services() {
	health=
	restarts=
	: >"$RUN/lines"
	while read -r service; do
		is_name "$service" || continue
		look_at "$service"
		health="$health,\"$service\":\"$is\""
		case $count in
		'' | *[!0-9]*) ;;
		*) restarts="$restarts,\"$service\":$count" ;;
		esac
		lines_of "$service" >>"$RUN/lines"
	done <"$STATE/services"
}

# Sets `is` and `count` (of restarts) for a service: the container of its name, or else the systemd unit. A container
# without a health check says nothing about its health, even if it runs. What is neither of them is missing once the first
# start is over, unless there is a Docker that does not answer.
look_at() {
	state=
	count=
	if has_container "$1"; then
		state=$(timeout 5 docker container inspect --format \
			'{{.RestartCount}} {{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}}' "$1" 2>/dev/null)
		count=${state%% *}
		state=${state#* }
	elif has_unit "$1"; then
		count=$(timeout 5 systemctl show --property NRestarts --value "$1.service" 2>/dev/null)
		state="unit $(timeout 5 systemctl show --property ActiveState --value "$1.service" 2>/dev/null)"
	elif ! is_first_start && { ! command -v docker >/dev/null || [ -n "$(docker_version)" ]; }; then
		state=missing
	fi
	case $state in
	'running healthy' | 'unit active') is=healthy ;;
	'running starting' | 'created '* | 'unit activating' | 'unit reloading') is=starting ;;
	'running unhealthy' | 'restarting '* | 'exited '* | 'paused '* | 'removing '* | 'dead '* | 'unit '?* | missing) is=unhealthy ;;
	*) is=unknown ;;
	esac
}

docker_version() {
	timeout 5 docker version --format '{{.Server.Version}}' 2>/dev/null
}

has_container() {
	command -v docker >/dev/null && timeout 5 docker container inspect --format . "$1" >/dev/null 2>&1
}

has_unit() {
	command -v systemctl >/dev/null && timeout 5 systemctl cat "$1.service" >/dev/null 2>&1
}

# What a service wrote since the last report, the newest lines only. What docker itself says has no time in front and is
# left out.
lines_of() {
	if has_container "$1"; then
		timeout 10 docker container logs --timestamps --since "$logs_since" --until "$logs_until" \
			--tail "$MOST_LINES_READ" "$1" 2>&1
	elif has_unit "$1"; then
		timeout 10 journalctl --quiet --utc --no-hostname --output short-iso --unit "$1.service" \
			--lines "$MOST_LINES_READ" --since "@$(date -d "$logs_since" +%s)" --until "@$(date -d "$logs_until" +%s)" 2>/dev/null |
			sed 's/^\([0-9T:-]*\)+00:\{0,1\}00 /\1Z /'
	fi | cut -b "1-$MOST_LINE_READ" | awk -v service="$1" -v most="$MOST_LINES" -v longest="$LONGEST_LINE" -v dropped="$RUN/dropped-here" '
		/^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9:.]+Z/ {
			kept[count++ % most] = $1 " " service " " substr($0, length($1) + 2, longest)
		}
		END {
			for (i = count > most ? count - most : 0; i < count; i++) print kept[i % most]
			if (count > most) print count - most >>dropped
		}'
}

# The share of the processors' time since the last report, in ten-thousandths, that was used, or taken by other machines
# on the same host. What was spent waiting, for work or for a disk, was not.
cpu_since_last() {
	read -r _ user nice system idle waiting irq softirq steal _ </proc/stat
	used=$((user + nice + system + irq + softirq + steal))
	all=$((used + idle + waiting))
	cpu=0
	# These counters may go back a little.
	if [ "$all" -gt "$cpu_all" ] && [ "$used" -gt "$cpu_used" ]; then
		cpu=$(((used - cpu_used) * 10000 / (all - cpu_all)))
	fi
	[ "$cpu" -le 10000 ] || cpu=10000
	cpu_used=$used cpu_all=$all
}

report_body() {
	read -r up _ </proc/uptime
	read -r one five fifteen _ </proc/loadavg
	if [ "$(seconds_up)" -ge "$refresh" ]; then
		versions=$(report_of_versions)
		updates=$(security_updates)
		refresh=$(($(seconds_up) + 3600))
		told_host_keys=
	fi
	cloud_init=$(report_of_cloud_init)
	lines=$(chosen_lines)
	cpu_since_last
	if [ -s "$RUN/dropped-here" ]; then
		dropped_lines=$((dropped_lines + $(awk '{ sum += $1 } END { print sum }' "$RUN/dropped-here")))
		rm -f "$RUN/dropped-here"
	fi
	printf '{"number":%s,"at":"%s","uptime":%s,"cpu":%d.%04d,"load":[%s,%s,%s],' "$counter" \
		"$(date -u -d "@$(now)" +%Y-%m-%dT%H:%M:%SZ)" "${up%%.*}" \
		$((cpu / 10000)) $((cpu % 10000)) "$one" "$five" "$fifteen"
	awk '{ kb[$1] = $2 } END {
		printf "\"memory\":{\"total_bytes\":%.0f,\"available_bytes\":%.0f},", kb["MemTotal:"] * 1024, kb["MemAvailable:"] * 1024
	}' /proc/meminfo
	df -P -k "${NOC_ROOT:-/}" | awk 'NR == 2 {
		printf "\"disk\":{\"total_bytes\":%.0f,\"available_bytes\":%.0f},", $2 * 1024, $4 * 1024
	}'
	printf '"services":{%s},"restarts":{%s},"versions":%s,"security_updates":%s,' \
		"${health#,}" "${restarts#,}" "$versions" "$updates"
	[ -z "$cloud_init" ] || printf '"cloud_init":%s,' "$cloud_init"
	# They are told when they have changed, and each hour, because a report may be given up.
	keys=$(host_keys)
	if [ -n "$keys" ] && [ "$keys" != "$told_host_keys" ]; then
		printf '"host_keys":[%s],' "$keys"
		told_host_keys=$keys
	fi
	printf '"dropped":{"reports":%s,"lines":%s},' "$dropped_reports" "$dropped_lines"
	printf '"results":[%s],"lines":[%s]}' "$(untold_results)" "$lines"
}

# The lines in JSON. A service that writes much does not push out one that writes little: the quietest give all they
# have, and the others share the rest. Of these the newest are taken, as many as there is room for.
chosen_lines() {
	sort -s -k 1,1 "$RUN/lines" | text_only | sed 's/[\\"]/\\&/g; s/\t/\\t/g' |
		awk -v most="$MOST_LINES" -v bytes="$MOST_LINE_BYTES" -v dropped="$RUN/dropped-here" '
		{ at[NR] = $1; of[NR] = $2; text[NR] = substr($0, length($1) + length($2) + 3); count[$2]++ }
		END {
			for (service in count) open++
			for (left = most; open > 0; open = still) {
				share = int(left / open); still = open
				for (service in count) if (!(service in may) && count[service] <= share) {
					may[service] = count[service]; left -= count[service]; still--
				}
				if (still == open) break
			}
			for (service in count) if (!(service in may)) may[service] = share
			for (i = NR; i > 0; i--) {
				size = length(text[i]) + 80
				if (may[of[i]]-- > 0 && bytes >= size) { bytes -= size; take[i] = 1; taken++ }
			}
			for (i = 1; i <= NR; i++) if (i in take)
				printf "%s{\"service\":\"%s\",\"at\":\"%s\",\"line\":\"%s\"}", (some++ ? "," : ""), of[i], at[i], text[i]
			if (NR > taken) print NR - taken >>dropped
		}'
}

report_of_versions() {
	system=$(sed -n 's/^PRETTY_NAME="\(.*\)"$/\1/p' /etc/os-release)
	printf '{"agent":"%s","kernel":%s,"system":%s' "$(sha256 <"$SELF" | cut -c 1-12)" \
		"$(uname -r | json_text)" "$(printf '%s' "$system" | json_text)"
	if command -v docker >/dev/null; then
		printf ',"docker":%s' "$(docker_version | json_text)"
		while read -r service; do
			image=$(timeout 5 docker container inspect --format '{{.Config.Image}}' "$service" 2>/dev/null) || continue
			printf ',"%s":%s' "$service" "$(printf '%s' "$image" | json_text)"
		done <"$STATE/services"
	fi
	printf '}'
}

# How many packages wait for a security update; `null` where nothing can say so.
security_updates() {
	if command -v apt-get >/dev/null && packages=$(timeout 60 apt-get --simulate --option Debug::NoLocking=true upgrade 2>/dev/null); then
		printf '%s\n' "$packages" | grep -c '^Inst .*[-/][Ss]ecurity'
	else
		echo null
	fi
}

# Whether cloud-init is at work, or NOC is yet to be told what came of it.
is_first_start() {
	[ ! -e "$STATE/cloud-init-told" ] && [ -s "$NOC_ROOT/run/cloud-init/status.json" ]
}

# What cloud-init says while it runs, and once what came of it: its own files as they are, and the end of its output.
report_of_cloud_init() {
	is_first_start || return 0
	stages=$NOC_ROOT/run/cloud-init/status.json
	result=$NOC_ROOT/run/cloud-init/result.json
	printf '{"stages":%s' "$(head -c 16000 "$stages" | json_text)"
	if [ -s "$result" ]; then
		printf ',"result":%s' "$(head -c 8000 "$result" | json_text)"
		: >"$RUN/cloud-init-ended"
	fi
	printf ',"output":%s}' "$(tail -n 100 "$NOC_ROOT/var/log/cloud-init-output.log" 2>/dev/null | tail -c 8000 | json_text)"
}

# --- sending -----------------------------------------------------------------------------------------------------

# Sends what waits, oldest first; fails if NOC does not take it.
send_waiting() {
	sent=0
	for file in "$STATE"/spool/*.json "$RUN/unkept.json"; do
		[ -f "$file" ] || continue
		[ "$sent" -lt "$MOST_AT_ONCE" ] || return 0
		send "$file" || return 1
		sent=$((sent + 1))
	done
}

# Sends a report. A report whose answer was lost goes out again: NOC knows it by its number.
send() {
	cp "$1" "$RUN/body" || return 1
	send_signed
	if [ "$status" = 401 ] && is_signed; then
		# NOC has said, signed, what time it is.
		offset=$(($(header x-noc-timestamp) - $(date +%s)))
		log "this machine's clock is off by $offset s"
		send_signed
	fi
	if [ "$status" = 409 ] && is_signed && seen=$(seen_counter) && [ -n "$seen" ]; then
		# NOC has said, signed, which counter it saw last: this machine's was lost, or began with a wrong clock.
		log "the counter goes on behind $seen"
		counter=$seen
		rm -f "$STATE/counter"
		send_signed
	fi
	case $status in
	200)
		if is_signed; then
			forget_results "$1"
			rm -f "$1"
			take_answer
			return 0
		fi
		log 'an answer to a report is not signed by NOC'
		;;
	413) give_up "$1" ;;
	400 | 422)
		log "a report was refused (status $status)"
		if is_signed; then
			give_up "$1"
			return 0
		fi
		;;
	# NOC may have lost its record of this server, and finds it again by its machine; so this is no reason to end.
	404) log 'NOC does not know this server now' ;;
	*) log "a report was not taken (status $status)" ;;
	esac
	return 1
}

send_signed() {
	next_counter
	timestamp=$(now)
	signature=$(printf 'POST\n/api/agents/report\n%s\n%s\n%s' "$timestamp" "$counter" "$(sha256 <"$RUN/body")" | hmac)
	post /api/agents/report <<-HEADERS
		X-Noc-Server: $NOC_SERVER_ID
		X-Noc-Generation: $generation
		X-Noc-Timestamp: $timestamp
		X-Noc-Counter: $counter
		X-Noc-Signature: $signature
	HEADERS
}

# Sends $RUN/body, with further headers from standard input. Sets `status` (000 without an answer) and leaves the answer
# in $RUN/answer. --disable keeps curl from reading a configuration file; redirections are not followed.
post() {
	rm -f "$RUN/answer" "$RUN/headers"
	status=$(curl --disable --silent --show-error --proto '=http,https' --connect-timeout 10 --max-time 30 \
		--max-filesize "$MOST_ANSWER_BYTES" --header 'Content-Type: application/json' --header 'Accept: text/plain' \
		--header 'Expect:' --header @- --data-binary "@$RUN/body" --dump-header "$RUN/headers" --output "$RUN/answer" \
		--write-out '%{http_code}' "$NOC_URL$1") || status=000
	[ -e "$RUN/answer" ] || : >"$RUN/answer"
}

header() {
	tr -d '\r' <"$RUN/headers" 2>/dev/null | awk -v name="$1:" 'tolower($1) == name { print $2; exit }'
}

# The counter that a refusal names.
seen_counter() {
	sed -n 's/.*"details":{"counter":\([0-9]\{1,15\}\)}.*/\1/p' "$RUN/answer"
}

# Whether the answer is NOC's, and to this very request: its signature covers the counter that was sent.
is_signed() {
	expected=$(printf '%s\n/api/agents/report\n%s\n%s\n%s' "$status" "$(header x-noc-timestamp)" "$counter" \
		"$(sha256 <"$RUN/answer")" | hmac)
	[ "$(header x-noc-signature)" = "$expected" ]
}

# --- what an answer may ask for ----------------------------------------------------------------------------------

# A word and its values in each line: `interval SECONDS`, `command NUMBER NAME VALUE VALUE`.
take_answer() {
	# What one that is on trial was answered is left for the agent that tries it.
	[ -z "${NOC_TRIAL:-}" ] || return 0
	while read -r word first second third fourth; do
		case $word in
		interval) set_interval "$first" ;;
		command) take_command "$first" "$second" "$third" "$fourth" ;;
		esac
	done <"$RUN/answer"
	rm -f "$RUN/answer"
	if [ -e "$RUN/tried" ]; then
		log "$(cat "$RUN/tried")"
		rm -f "$RUN/tried"
		exec sh "$SELF"
	fi
}

# NOC repeats a command until it has its result. It is begun once: its number is kept before.
take_command() {
	case $1 in
	'' | *[!0-9]* | ????????????????*) return ;;
	esac
	last=$(number "$STATE/command")
	[ "$begun_command" -le "$last" ] || last=$begun_command
	if [ "$1" -le "$last" ]; then
		# It was begun, and its result waits to be told; or the machine stopped before there was one.
		if ! has_result "$1"; then
			echo 'what came of it was lost' >"$RUN/output"
			keep_result "$1" false <"$RUN/output"
		fi
		return
	fi
	begun_command=$1
	printf '%s\n' "$1" | write_file "$STATE/command"
	log "command $1: $2"
	ok=true
	run_command "$2" "$3" "$4" </dev/null >"$RUN/output" 2>&1 || ok=false
	keep_result "$1" "$ok" <"$RUN/output"
}

# Keeps what came of a command until NOC has taken it; in memory, if the disk is full.
keep_result() {
	printf '{"id":%s,"ok":%s,"output":%s}\n' "$1" "$2" "$(head -c "$MOST_OUTPUT_BYTES" | json_text)" >"$RUN/result"
	write_file "$STATE/results/$1" <"$RUN/result" 2>/dev/null || cat "$RUN/result" >>"$RUN/results"
	# It does not wait for the next interval.
	due=0
}

# All results that are kept, one in a line.
results() {
	cat "$STATE"/results/*[0-9] "$RUN/results" 2>/dev/null
}

has_result() {
	results | grep -q "^{\"id\":$1,"
}

# The results that are in no report that waits, as many as fit: the others are for the next one.
untold_results() {
	results | while IFS= read -r result; do
		cat "$STATE"/spool/*.json "$RUN/unkept.json" 2>/dev/null | grep -q -F -e "${result%%,*},\"ok\":" ||
			printf '%s\n' "$result"
	done | awk -v most="$MOST_RESULTS" -v bytes="$MOST_RESULT_BYTES" '
		NR <= most && length($0) < bytes { bytes -= length($0) + 1; printf "%s%s", (some++ ? "," : ""), $0 }'
}

# Forgets the results that are in a report which NOC has taken.
forget_results() {
	for id in $(grep -o '{"id":[0-9]*,"ok":' "$1" | tr -c '0-9\n' ' '); do
		rm -f "$STATE/results/$id" "$STATE/results/$id.new"
		[ -e "$RUN/results" ] || continue
		grep -v "^{\"id\":$id," "$RUN/results" >"$RUN/results.new"
		mv "$RUN/results.new" "$RUN/results"
	done
}

# Everything that NOC can have this machine do.
run_command() {
	case $1 in
	diagnostics) diagnostics ;;
	restart) restart_service "$2" ;;
	rotate) rotate_key "$2" "$3" ;;
	update) update_agent "$2" "$3" ;;
	*)
		echo 'this agent does not know the command'
		return 1
		;;
	esac
}

restart_service() {
	if ! grep -q -x -F -e "$1" "$STATE/services"; then
		echo "$1 is no service of the application"
		return 1
	fi
	if has_container "$1"; then
		timeout 120 docker container restart "$1"
	elif has_unit "$1"; then
		timeout 120 systemctl restart "$1.service"
	else
		echo "$1 is neither a container nor a unit on this machine"
		return 1
	fi
}

# The old key is good until NOC has heard from the new one.
rotate_key() {
	case "$1 $2" in
	[!1-9]* | *[!0-9a-f\ ]*) return 1 ;;
	esac
	[ "${#2}" = 64 ] || return 1
	printf '%s %s\n' "$1" "$2" | write_file "$STATE/agent.key" || return 1
	generation=$1
	key=$2
	echo "signing with the key of generation $1"
}

# The new agent takes the place of this one only after it has shown that NOC hears it. Until then this one is what a
# machine that restarts would run, and it goes on if the new one fails.
update_agent() {
	printf '%s' "$2" | openssl base64 -d -A >"$SELF.new" || return 1
	if [ "$(sha256 <"$SELF.new")" != "$1" ] || ! sh -n "$SELF.new"; then
		echo 'what came is not the agent that was meant'
		rm -f "$SELF.new"
		return 1
	fi
	chmod 755 "$SELF.new" || return 1
	if ! is_heard "$SELF.new"; then
		rm -f "$SELF.new"
		# What was tried has written down where it was, and this one is to read that.
		echo 'the new agent has not reported; going on as the old one' | tee "$RUN/tried"
		return 1
	fi
	cp -p "$SELF" "$SELF.before" && mv "$SELF.new" "$SELF" || return 1
	echo 'going on as the new agent' >"$RUN/tried"
	echo "the agent is $1 now"
}

# Whether a new agent gets a report taken. It is not asked: what counts is NOC's signature under an answer to a request
# that was made meanwhile.
is_heard() {
	try=1
	while [ "$try" -le "$MOST_TRIES" ]; do
		before=$(number "$STATE/counter")
		rm -f "$RUN/headers" "$RUN/answer"
		NOC_TRIAL=1 timeout -k 5 "$TRY_SECONDS" sh "$1" </dev/null
		end=$?
		status=200
		counter=$(number "$STATE/counter")
		if [ "$counter" -gt "$before" ] && [ -f "$RUN/answer" ] && is_signed; then
			return 0
		fi
		echo "try $try of the new agent ended with $end, and NOC has taken no report"
		try=$((try + 1))
		[ "$try" -gt "$MOST_TRIES" ] || sleep 2
	done
	return 1
}

# Programs are listed by name, because arguments may hold secrets.
diagnostics() {
	for part in 'uptime' 'free -m' 'df -P -h' 'df -P -i' 'ps -e -o pid,ppid,user,stat,rss,pcpu,etime,comm --sort -rss' \
		'ip -brief address' 'docker ps --all' 'docker system df' 'systemctl --failed --no-pager' \
		'cloud-init status --long' 'journalctl --quiet --no-pager --lines 60 --priority warning'; do
		command -v "${part%% *}" >/dev/null || continue
		printf '== %s\n' "$part"
		# shellcheck disable=SC2086 # each part is a program and its arguments
		timeout 10 $part 2>&1 | head -n 60 | cut -b 1-300
	done
}

set_interval() {
	case $1 in
	'' | 0* | *[!0-9]* | ?????*) return ;;
	esac
	[ "$1" -le 3600 ] && [ "$1" != "$interval" ] || return 0
	interval=$1
	due=$(($(seconds_up) + interval))
	printf '%s\n' "$1" | write_file "$STATE/interval"
}

# --- time --------------------------------------------------------------------------------------------------------

# The time as NOC has it, in seconds since 1970.
now() {
	echo $(($(date +%s) + offset))
}

# Seconds since the machine started, which nobody sets back.
seconds_up() {
	read -r since _ </proc/uptime
	echo "${since%%.*}"
}

# Sets `counter` to more than it ever was, and keeps it before it is used. It is the time, unless that is no more than
# the last one (two requests in a second, a clock that was set back). So a lost file does not lock the machine out: the
# count would begin again and be refused for good, but the time has gone on. For the same reason a disk that is too full
# to keep the counter does not silence the machine.
next_counter() {
	last=$(number "$STATE/counter")
	[ "$counter" -le "$last" ] || last=$counter
	counter=$(now)
	[ "$counter" -gt "$last" ] || counter=$((last + 1))
	printf '%s\n' "$counter" | write_file "$STATE/counter" || log 'the counter cannot be kept'
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

# --- hashes ------------------------------------------------------------------------------------------------------

# SHA-256 of standard input, in hexadecimal digits.
sha256() {
	openssl dgst -sha256 -r | cut -c 1-64
}

# HMAC-SHA256 (RFC 2104) of standard input with `key`. `openssl dgst -hmac` would show the key to every user of the
# machine, so the two hashes that it consists of are made here.
hmac() {
	{
		padded_key 92
		{
			padded_key 54
			cat
		} | openssl dgst -sha256 -binary
	} | sha256
}

# The 32 bytes of the key, and 32 zeros, each of them XOR the number.
padded_key() {
	rest=$key${key:+0000000000000000000000000000000000000000000000000000000000000000}
	bytes=
	while [ -n "$rest" ]; do
		tail=${rest#??}
		byte=$((0x${rest%"$tail"} ^ $1))
		bytes="$bytes\\0$((byte / 64))$((byte / 8 % 8))$((byte % 8))"
		rest=$tail
	done
	printf '%b' "$bytes"
}

# --- text and files ----------------------------------------------------------------------------------------------

# Takes out what is no text: control characters but tabs and line ends, and what is no UTF-8.
text_only() {
	tr -d '\000-\010\013-\037\177' | iconv -c -f UTF-8 -t UTF-8 2>/dev/null
}

# Standard input as a text in JSON.
json_text() {
	text_only | sed 's/[\\"]/\\&/g; s/\t/\\t/g' |
		awk 'BEGIN { printf "\"" } { printf "%s%s", (NR > 1 ? "\\n" : ""), $0 } END { printf "\"" }'
}

# The number in a file; 0 if there is none.
number() {
	found=$(cat "$1" 2>/dev/null)
	case $found in
	'' | 0* | *[!0-9]* | ????????????????*) found=0 ;;
	esac
	echo "$found"
}

# Replaces a file by standard input, as a whole or not at all, also when the power fails; once it has ended well, the
# file stays what it is.
write_file() {
	cat >"$1.new" && sync "$1.new" && mv "$1.new" "$1" && sync "${1%/*}"
}

log() {
	printf 'noc-agent: %s\n' "$1" >&2
}

main
