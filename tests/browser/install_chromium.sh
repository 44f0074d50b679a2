#!/bin/sh
# Make sure that a Chromium is here: one that is installed, Playwright's own, or the system's package.
# Without root and without sudo, Playwright's own is fetched alone: it runs where the libraries that it needs are there.
set -u
bin=$1
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
found() { echo "Chromium for the tests: $1"; exit 0; }
opens() {
    "$bin/python" -c 'from playwright.sync_api import sync_playwright as play
with play() as p: p.chromium.launch(args=["--no-sandbox"]).close()' >/dev/null 2>&1
}
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1 && "$name" --version >/dev/null 2>&1; then found "$name"; fi
done
timeout 300 "$bin/python" -m playwright install --with-deps chromium >/dev/null 2>&1 && found "Playwright's"
timeout 300 "$bin/python" -m playwright install chromium >/dev/null 2>&1 && opens && found "Playwright's"
if command -v apt-get >/dev/null 2>&1; then
    as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null &&
        found "Debian's"
elif command -v dnf >/dev/null 2>&1; then
    as_root dnf install -y -q chromium >/dev/null && found "Fedora's"
fi
echo "No Chromium could be installed. Let an administrator install one (Debian: apt-get install chromium; Fedora: dnf install" \
    "chromium), or the libraries that Playwright's needs ($bin/python -m playwright install-deps chromium), and run make test again." >&2
exit 1
