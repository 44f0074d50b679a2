#!/bin/sh
# Make sure that a Chromium is here: one that is installed, Playwright's own, or Debian's package.
set -u
bin=$1
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then echo "Chromium for the tests: $name"; exit 0; fi
done
if timeout 300 "$bin/python" -m playwright install --with-deps chromium >/dev/null 2>&1; then
    echo "Chromium for the tests: Playwright's"; exit 0
fi
if command -v apt-get >/dev/null 2>&1; then
    as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null &&
        { echo "Chromium for the tests: Debian's"; exit 0; }
fi
echo "No Chromium could be installed. Install one (Debian: apt-get install chromium) and run make test again." >&2
exit 1
