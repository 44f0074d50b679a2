#!/bin/sh
# Unpack Debian's nginx beside the tests, without installing it: no service is started, and no other program sees it.
# Where that cannot be done, the one test of Fovea behind a proxy is skipped.
into=$1
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
fetched() { apt-get download -qq nginx >/dev/null 2>&1; }
mkdir -p "$into" && cd "$into" || exit 1
if command -v apt-get >/dev/null 2>&1; then
    fetched || { as_root apt-get update -qq && fetched; }
    for package in nginx_*.deb; do dpkg -x "$package" . && rm "$package"; done
fi
usr/sbin/nginx -v 2>/dev/null || echo "No nginx could be unpacked: the test of Fovea behind a proxy is skipped." >&2
exit 0
