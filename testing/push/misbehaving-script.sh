#!/usr/bin/env bash
# What a script can do to who runs it, one thing after the other. $1: a folder of its own.
n=$(<"$1/next")
echo $((n + 1)) >"$1/next"
echo "$n $EPOCHREALTIME" >>"$1/runs"
case $((n % 20)) in
  1) exit 3 ;;
  3) sleep "$2" ;;
  5)
    sleep "$2" &
    (sleep "$2") &
    echo 'forked 1'
    ;;
  7) head -c 4096 /dev/urandom ;;
  9)
    trap '' TERM
    sleep "$2" &
    wait
    sleep "$2"
    ;;
  11) kill -SEGV $$ ;;
  13) ((n % 200 == 13)) && cat "$1/megabyte" ;;
  15) ((n % 400 == 15)) && yes 'endless 1' ;;
  17)
    sleep "$2" | sleep "$2" &
    exit 4
    ;;
  *) echo "run $n" ;;
esac
