#!/bin/sh
# Rotates a file to which another program appends, by renaming it. Falco opens the file anew for every alert
# (file_output.keep_alive: false): a line that is being written ends in the renamed file, the next one makes a
# new file, and none is lost or cut. The collector goes on with the renamed file under its new name.
#
# EVENT_FILE     the file; rotated files are EVENT_FILE.00000001, .00000002, ... the highest is the newest
# MAX_BYTES      size from which the file is rotated
# MAX_FILES      how many rotated files stay
# CHECK_SECONDS  pause between two looks at the size
set -u
# Names sort by age: eight digits, in byte order. A counter, since clocks are set back.
LC_ALL=C
export LC_ALL
DIGITS='[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]'

next_name() {
  newest=0
  for file in "$EVENT_FILE".$DIGITS; do
    if [ -e "$file" ]; then newest=${file##*.}; fi
  done
  # expr, because $(( )) takes a number with a leading zero for octal.
  printf '%s.%08d' "$EVENT_FILE" "$(expr "$newest" + 1)"
}

remove_oldest() {
  set -- "$EVENT_FILE".$DIGITS
  while [ "$#" -gt "$MAX_FILES" ]; do
    rm -f -- "$1" && echo "removed $1: more than $MAX_FILES rotated files"
    shift
  done
}

rotate_if_full() {
  size=$(stat -c %s -- "$EVENT_FILE" 2>/dev/null) || return 0
  if [ "$size" -lt "$MAX_BYTES" ]; then return 0; fi
  name=$(next_name)
  mv -- "$EVENT_FILE" "$name" && echo "rotated $size bytes to $name"
  remove_oldest
}

# As process 1 a shell ignores the signals that it has no trap for.
sleeper=
trap 'if [ -n "$sleeper" ]; then kill "$sleeper" 2>/dev/null; fi; exit 0' TERM INT

while :; do
  rotate_if_full
  sleep "$CHECK_SECONDS" &
  sleeper=$!
  wait "$sleeper"
done
