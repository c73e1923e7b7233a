#!/usr/bin/env bash
# Starts the built programs on this machine and stops them together: deploy/local.sh run | demo.
# BACKEND_PORT and PAGE_PORT say where they listen; DATA_DIR where `run` keeps its data.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mode=${1:-run}
backend_port=${BACKEND_PORT:-8000}
page_port=${PAGE_PORT:-3000}
pids=()

# stop asks every program to end, and waits for it, so that what is in memory is written down.
stop() {
  trap '' INT TERM
  for pid in "${pids[@]}"; do
    kill -TERM "$pid" 2>/dev/null || true # it may have ended by itself
  done
  wait || true
}
trap 'stop; exit 0' INT TERM
trap stop EXIT

# start NAME=value… -- program argument… runs a program beside this script.
start() {
  local variables=()
  while [[ $1 != -- ]]; do
    variables+=("$1")
    shift
  done
  shift
  env "${variables[@]}" "$@" &
  pids+=($!)
}

# await PORT program waits until the program that was started last answers, at most 30 s.
await() {
  local pid=${pids[-1]}
  for ((try = 0; try < 300; try++)); do
    if PORT=$1 HOST=127.0.0.1 "$2" healthcheck 2>/dev/null; then
      return 0
    fi
    kill -0 "$pid" 2>/dev/null || { echo "$2 ended before it was ready" >&2; exit 1; }
    sleep 0.1
  done
  echo "$2 did not answer on port $1" >&2
  exit 1
}

variables=("HOST=127.0.0.1" "PORT=$backend_port")
case $mode in
run) variables+=("DATA_DIR=${DATA_DIR:-data}") ;;
*)
  echo "usage: deploy/local.sh run" >&2
  exit 2
  ;;
esac

start "${variables[@]}" -- bin/gemini-proxy serve
await "$backend_port" bin/gemini-proxy
start "HOST=127.0.0.1" "PORT=$page_port" "API_BASE_URL=http://localhost:$backend_port" -- bin/gemini-proxy-admin serve
await "$page_port" bin/gemini-proxy-admin

cat <<TEXT

  Admin page   http://localhost:$page_port   (user ${ADMIN_USERNAME:-admin}; the first start printed the password above)
  API          http://localhost:$backend_port/v1

  Ctrl-C stops both.

TEXT
wait -n # the first program that ends takes the others with it
echo "a server ended by itself" >&2
exit 1
