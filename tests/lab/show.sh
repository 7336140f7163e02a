#!/bin/sh
# show.sh BUILD: mxvigil at work in the lab, for somebody who sees it for the
# first time: a dozen domains, healthy ones and broken ones.
set -eu

build=${1:-build}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$build" && pwd)

cat <<'EOT'
This is the lab: a small Internet of its own on this machine.  mxvigil looks at
some of its domains through three resolvers, one of them by DNS over HTTPS.
"make run DOMAINS=example.org" looks at real ones; "make lab" opens a shell here.

EOT
export top
exec python3 "$here/lab.py" run "$build/lab/net" -- sh -c '
"$top/release/mxvigil" check --ca-file "$LAB_CA" --helo monitor.lab \
    --vantage unbound=198.18.201.53 --vantage powerdns=198.18.203.53 \
    --vantage doh=https://198.18.202.53/dns-query \
    --allow-network 198.18.0.0/15 --allow-network 2001:db8::/32 -t 8 \
    t-healthy.test t-equal.test t-null-mx.test t-primary-down.test \
    t-refusing.test t-bogus.test t-ns-lame.test t-mx-missing.test \
    t-tls-expired.test t-421.test t-private.test t-nxdomain.test ||
    echo "(exit status $?: 0 ok, 1 warning, 2 critical, 3 unknown)"'
