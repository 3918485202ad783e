#!/bin/sh
# The command line of Sotto, on the Node that comes with its window.
here=$(dirname "$(readlink -f "$0" 2>/dev/null || echo "$0")")
for program in "$here/sotto-phone" "$here/../MacOS/Sotto" /opt/Sotto/sotto-phone; do
  folder=$(dirname "$(readlink -f "$program" 2>/dev/null || echo "$program")")
  for resources in "$folder/resources" "$folder/../Resources"; do
    [ -f "$resources/app.asar.unpacked/build/sotto.js" ] || continue
    ELECTRON_RUN_AS_NODE=1 exec "$program" "$resources/app.asar.unpacked/build/sotto.js" "$@"
  done
done
echo "sotto: the program of the phone is missing; install Sotto again" >&2
exit 2
