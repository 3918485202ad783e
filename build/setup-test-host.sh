#!/usr/bin/env bash
# Installs the programs that the tests talk to, on Debian as root. Does nothing where all of them are there.
#   setup-test-host.sh            installs what is missing
#   setup-test-host.sh --missing  prints what is missing, one a line: package, what it is for
set -euo pipefail

# Package, what shows that it is there (a command or a file), what the tests need it for.
needs() {
  cat <<'LIST'
pulseaudio|pulseaudio|sound without a sound card
pulseaudio-utils|pactl|sound without a sound card
libasound2-plugins|/usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so|sound without a sound card
alsa-utils|aplay|sound devices from outside
libasound2-dev|/usr/include/alsa/asoundlib.h|building the audio module
libsrtp2-dev|/usr/include/srtp2/srtp.h|SRTP against libsrtp
libssl-dev|/usr/include/openssl/ssl.h|SRTP against libsrtp
gcc|gcc|SRTP against libsrtp
openssl|openssl|certificates and TLS against OpenSSL
dnsmasq-base|dnsmasq|NAPTR and SRV records
chromium|chromium|the windows, end to end
baresip|baresip|calls with baresip
linphone-cli|linphonec|calls with linphone
kamailio|kamailio|calls through Kamailio
kamailio-tls-modules|/usr/lib/*/kamailio/modules/tls.so|calls through Kamailio
sip-tester|sipp|call flows and load with SIPp
sipsak|sipsak|OPTIONS from another program
tshark|tshark|captures read by another program
sslscan|sslscan|TLS listeners looked at by a scanner
espeak-ng|espeak-ng|speech to send through calls
fish|fish|completion in another shell
sox|sox|sound files
LIST
}

PATH=$PATH:/usr/sbin:/sbin

present() {
  case $1 in
    /*) compgen -G "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

missing() {
  local package probe purpose
  while IFS='|' read -r package probe purpose; do
    present "$probe" || printf '%s|%s\n' "$package" "$purpose"
  done < <(needs)
}

if [ "${1:-}" = --missing ]; then
  missing
  exit 0
fi

mapfile -t packages < <(missing | cut -d'|' -f1)
[ ${#packages[@]} -gt 0 ] || exit 0

# No service may start because a test needs its program, now or after the next start of the machine.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi

export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -qq --no-install-recommends "${packages[@]}"; }
echo "installing for the tests: ${packages[*]}"
log=$(mktemp)
# The package lists of the machine may do; they are fetched only where they do not.
if ! install >"$log" 2>&1 && ! { apt-get update -qq && install; } >"$log" 2>&1; then
  cat "$log" >&2
  rm -f "$log"
  exit 1
fi
rm -f "$log"
if [ -d /run/systemd/system ]; then
  for package in "${packages[@]}"; do
    if [ "$package" = kamailio ]; then systemctl disable --quiet kamailio || true; fi
  done
fi
