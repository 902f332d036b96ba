#!/bin/sh
# The hardware behind the simulated controller: its power is a file. `deaf` beside it lets the button do nothing.
lab=$(dirname "$0")
echo "$*" >>"$lab/done"
case "$1 $2 $3" in
'get power '*) echo "power:$(cat "$lab/power")" ;;
'set power '*) echo "$3" >"$lab/power" ;;
'set shutdown '*) [ -e "$lab/deaf" ] || echo 0 >"$lab/power" ;;
esac
