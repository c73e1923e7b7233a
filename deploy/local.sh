#!/usr/bin/env bash
# Starts the built programs on this machine and stops them together: deploy/local.sh run | demo.
# BACKEND_PORT and PAGE_PORT say where they listen; DATA_DIR where `run` keeps its data. `demo` needs bin/demo and bin/gemini-sim too,
# and SIM_PORT says where the simulator listens.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mode=${1:-run}
backend_port=${BACKEND_PORT:-8000}
page_port=${PAGE_PORT:-3000}
pids=()
scratch=

# stop asks every program to end, and waits for it, so that what is in memory is written down.
stop() {
  trap '' INT TERM
  for pid in "${pids[@]}"; do
    kill -TERM "$pid" 2>/dev/null || true # it may have ended by itself
  done
  wait || true
  [[ -z $scratch ]] || rm -rf "$scratch"
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
    # The process first: another program's answer on the same port is not ours.
    kill -0 "$pid" 2>/dev/null || { echo "$2 ended before it was ready" >&2; exit 1; }
    if PORT=$1 HOST=127.0.0.1 "$2" healthcheck 2>/dev/null; then
      return 0
    fi
    sleep 0.1
  done
  echo "$2 did not answer on port $1" >&2
  exit 1
}

# await_port PORT waits until something listens there, at most 30 s.
await_port() {
  for ((try = 0; try < 300; try++)); do
    if (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
      return 0
    fi
    sleep 0.1
  done
  echo "nothing listens on port $1" >&2
  exit 1
}

# simulate starts the simulated Gemini, and points the backend at it with data that goes away in the end.
simulate() {
  local world=backend/e2e/cmd/demo/world.json port=${SIM_PORT:-9000}
  scratch=$(mktemp -d)
  ADMIN_USERNAME="admin"
  ADMIN_PASSWORD=$(od -An -N9 -tx1 /dev/urandom | tr -d ' \n')
  start -- bin/gemini-sim --addr "127.0.0.1:$port" --config "$world" --latency 300ms --chunk-delay 40ms --fault-rate 0.03 >"$scratch/sim.log"
  await_port "$port"
  variables+=("GEMINI_BASE_URL=http://127.0.0.1:$port" "GEMINI_API_KEYS=$(grep -oE '(AIza|AQ\.)[A-Za-z0-9_-]+' "$world" | paste -sd ' ')"
    "DATA_DIR=$scratch" "DATABASE_URL=" "SECRET_KEY=" "ADMIN_USERNAME=$ADMIN_USERNAME" "ADMIN_PASSWORD=$ADMIN_PASSWORD" "LOG_LEVEL=error")
}

variables=("HOST=127.0.0.1" "PORT=$backend_port")
case $mode in
run)
  variables+=("DATA_DIR=${DATA_DIR:-data}")
  login="user ${ADMIN_USERNAME:-admin}; the first start printed the password above"
  ;;
demo)
  simulate
  login="user $ADMIN_USERNAME, password $ADMIN_PASSWORD"
  ;;
*)
  echo "usage: deploy/local.sh run | demo" >&2
  exit 2
  ;;
esac

start "${variables[@]}" -- bin/gemini-proxy serve
await "$backend_port" bin/gemini-proxy
start "HOST=127.0.0.1" "PORT=$page_port" "API_BASE_URL=http://localhost:$backend_port" -- bin/gemini-proxy-admin serve
await "$page_port" bin/gemini-proxy-admin

cat <<TEXT

  Admin page   http://localhost:$page_port   ($login)
  API          http://localhost:$backend_port/v1

  Ctrl-C stops everything.

TEXT
if [[ $mode == demo ]]; then
  start "ADMIN_USERNAME=$ADMIN_USERNAME" "ADMIN_PASSWORD=$ADMIN_PASSWORD" -- bin/demo --api "http://localhost:$backend_port"
fi
wait -n || true # the first program that ends takes the others with it
echo "a program ended by itself" >&2
exit 1
