#!/bin/sh
# Latency and loss to hosts, five pings to each, all hosts at once.
#
#   prom-agent push http://pushgateway:9091 --job ping --every 15s -- ./ping.sh gateway.example 192.0.2.1
set -eu

if [ $# -eq 0 ]; then
  echo "usage: $0 HOST..." >&2
  exit 2
fi

probe() { # HOST
  # It fails where a host does not answer, which is no failure here. iputils and busybox write alike.
  { ping -q -c 5 -i 0.2 -W 1 "$1" 2>/dev/null || true; } | awk -v host="$1" '
    BEGIN { loss = 100 }
    /packet loss/ { match($0, /[0-9.]+% packet loss/); loss = substr($0, RSTART) + 0 }
    / = [0-9.]+\/[0-9.]+\/[0-9.]+/ { sub(/^.* = /, ""); split($0, ms, "/") }
    END {
      printf "ping_loss_ratio{target=\"%s\"} %g\n", host, loss / 100
      if (loss < 100) {
        printf "ping_rtt_best_seconds{target=\"%s\"} %g\n", host, ms[1] / 1000
        printf "ping_rtt_mean_seconds{target=\"%s\"} %g\n", host, ms[2] / 1000
        printf "ping_rtt_worst_seconds{target=\"%s\"} %g\n", host, ms[3] / 1000
      }
    }'
}

cat <<'TYPES'
# HELP ping_loss_ratio Pings without an answer, 0 to 1.
# TYPE ping_loss_ratio gauge
# HELP ping_rtt_best_seconds The fastest answer.
# TYPE ping_rtt_best_seconds gauge
# HELP ping_rtt_mean_seconds The mean of the answers.
# TYPE ping_rtt_mean_seconds gauge
# HELP ping_rtt_worst_seconds The slowest answer.
# TYPE ping_rtt_worst_seconds gauge
TYPES

for host; do
  probe "$host" &
done
wait
