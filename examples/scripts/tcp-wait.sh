#!/bin/sh
# TCP connections of this machine that wait for their end, by state: many in close_wait are a program
# that does not close its sockets, many in time_wait one that opens a connection for each request.
#
#   prom-agent push http://pushgateway:9091 --job tcp --every 15s -- ./tcp-wait.sh
set -eu

cat /proc/net/tcp* | awk '
  # The fourth column is the state (include/net/tcp_states.h).
  BEGIN {
    state["04"] = "fin_wait1"
    state["05"] = "fin_wait2"
    state["06"] = "time_wait"
    state["08"] = "close_wait"
  }
  $4 in state { connections[$4]++ }
  END {
    print "# HELP tcp_connections TCP connections that wait for their end."
    print "# TYPE tcp_connections gauge"
    for (code in state)
      printf "tcp_connections{state=\"%s\"} %d\n", state[code], connections[code]
  }'
