#!/bin/sh
# Scans one image between its build and its push, and keeps the reports. Any CI system that runs a shell can use it.
#
#   scan.sh IMAGE [OPTION OF `layerscan scan`]...
#
# IMAGE is an archive, a layout, a folder, `-` for an archive on standard input, or else the name of an image that docker or podman has.
# The program is the one beside this script, else the one on PATH. What it reads from LAYERSCAN_* variables and layerscan.toml holds here too;
# where nothing says how to judge, it is by the policy `default`. With LAYERSCAN_DB_URL the database is brought up to date first.
#
#   SCAN_REPORTS     folder for the reports [default: layerscan-reports]
#   SCAN_WARN_EXIT   exit code of the verdict `warn`, for systems that can show it [default: 0]
#
# Exit code: 0 pass, 1 stop, 2 it could not be told.
set -u

fail() { printf 'scan.sh: %s\n' "$*" >&2; exit 2; }

[ $# -ge 1 ] || fail "which image? scan.sh IMAGE [OPTION]..."
image=$1
shift
case $image in -?* | '') fail "no image: '$image'" ;; esac
warn_exit=${SCAN_WARN_EXIT:-0}
case $warn_exit in *[!0-9]*) fail "SCAN_WARN_EXIT is no number: $warn_exit" ;; esac
reports=${SCAN_REPORTS:-layerscan-reports}

beside=$(cd "$(dirname "$0")" && pwd)/layerscan
if [ -f "$beside" ] && [ -x "$beside" ]; then layerscan=$beside; else layerscan=layerscan; fi
command -v "$layerscan" > /dev/null || fail "no layerscan beside this script, and none on PATH"

judged=no
[ -z "${LAYERSCAN_POLICY-}${LAYERSCAN_FAIL_ON-}${LAYERSCAN_CONFIG-}" ] && [ ! -e layerscan.toml ] || judged=yes
for option; do
  case $option in --policy | --policy=* | --fail-on | --fail-on=* | --config | --config=*) judged=yes ;; esac
done
[ $judged = yes ] || set -- --policy default "$@"

# The reports of an earlier build must not pass for those of this one.
mkdir -p "$reports" || exit 2
rm -f "$reports"/layerscan.html "$reports"/layerscan.xml "$reports"/layerscan.json "$reports"/layerscan.sarif "$reports"/verdict.txt ||
  exit 2

template=$(mktemp) || exit 2
trap 'rm -f "$template"' EXIT
trap 'exit 2' HUP INT TERM
cat > "$template" << 'TEMPLATE'
{% for report in reports %}{{ report.policy.verdict if report.policy else "none" }}
{% endfor %}
TEMPLATE

[ -z "${LAYERSCAN_DB_URL-}" ] || "$layerscan" db update || fail "the database could not be brought up to date"

set -- "$@" --quiet --template "$template" -f table -f html="$reports/layerscan.html" -f junit="$reports/layerscan.xml" \
  -f json="$reports/layerscan.json" -f sarif="$reports/layerscan.sarif" -f template="$reports/verdict.txt"

# A pipe's exit code is that of its last command. If `save` fails the archive is empty or ends early, and the scan says so with a 2.
if [ "$image" = - ] || [ -e "$image" ]; then
  "$layerscan" scan "$image" "$@"
elif command -v docker > /dev/null; then
  docker save "$image" | "$layerscan" scan - "$@"
elif command -v podman > /dev/null; then
  podman save --format oci-archive "$image" | "$layerscan" scan - "$@"
else
  fail "$image is no file, and there is neither docker nor podman to ask for it"
fi
code=$?

verdict=$(sort "$reports/verdict.txt" 2> /dev/null | uniq) || verdict=
case $code in
  0)
    case $verdict in
      '') fail "the scan wrote no verdict" ;;
      *warn*) code=$warn_exit ;;
    esac ;;
  1) ;;
  *) code=2 ;; # whatever ended it: a signal, no memory, no such program
esac
exit "$code"
