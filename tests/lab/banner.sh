#!/bin/sh
# banner.sh BUILD: what a person in the lab should know, then a shell.  Two
# short commands are made for it: check, which is mxvigil with the lab's
# options, and drill, which asks DNS.
set -eu
build=$1
bin=$build/lab/bin
mkdir -p "$bin"
drill=$(awk '$1 == "drill" { print $2 }' "$build/lab/servers")
cat >"$bin/drill" <<EOT
#!/bin/sh
LD_LIBRARY_PATH='$(cat "$build/lab/libraries")' exec '$drill' "\$@"
EOT
cat >"$bin/check" <<EOT
#!/bin/sh
exec mxvigil check --ca-file '$LAB_CA' --helo monitor.lab \\
    --vantage unbound=198.18.201.53 --vantage pdns=198.18.203.53 \\
    --vantage doh=https://198.18.202.53/dns-query \\
    --allow-network 198.18.0.0/15 --allow-network 2001:db8::/32 "\$@"
EOT
chmod +x "$bin/drill" "$bin/check"
PATH=$bin:$build/release:$build/debug:$PATH
export PATH
cat <<EOT
You are in the lab: a small Internet in a network namespace.  No packet gets
out, and everything ends with this shell.

  vantages   198.18.201.53 Unbound    198.18.203.53 PowerDNS Recursor
             198.18.202.53 Unbound, also https://198.18.202.53/dns-query
             198.18.204.53 Unbound that does not validate
             198.18.205.53 dead       198.18.206.53 never answers
  domains    one for each scenario of tests/scenario/scenarios.py:
             t-healthy.test t-primary-down.test t-bogus.test t-554.test …
  commands   check t-healthy.test     mxvigil with the lab's vantages
             drill t-healthy.test MX @198.18.201.53
             nft, ss, ip: the firewall, sockets and routes are yours
  files      $LAB/run: the servers' logs

EOT
exec "${SHELL:-/bin/sh}"
