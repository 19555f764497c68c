# Loaded by the tests of cifar-fetch: the real data, and an https server with its own authority.

# The real data, if they are at hand or can be had: most of the tests do without.
setup_file() {
  local dir
  for dir in "$CNNUTILS_TEST_CACHE" "${XDG_CACHE_HOME:-$HOME/.cache}/cnnutils"; do
    if [ -n "$dir" ] && CNNUTILS_CACHE=$dir cifar-fetch -q --offline test >/dev/null 2>&1; then
      export REAL=$dir/cifar-10
      return
    fi
  done
  export REAL=$BATS_FILE_TMPDIR/real/cifar-10
  CNNUTILS_CACHE=$BATS_FILE_TMPDIR/real cifar-fetch -q >/dev/null 2>&1 || unset REAL
}

# Each test has a home, a cache and a temporary directory of its own.
setup() {
  export HOME=$BATS_TEST_TMPDIR/home CNNUTILS_CACHE=$BATS_TEST_TMPDIR/cache TMPDIR=$BATS_TEST_TMPDIR/tmp
  mkdir "$HOME" "$TMPDIR" "$CNNUTILS_CACHE" fake
  unset KERAS_HOME XDG_CACHE_HOME
}

needs_real() {
  [ -n "$REAL" ] || skip "CIFAR-10 is not here and cannot be had; set CNNUTILS_TEST_CACHE"
}

# real_archive: cifar-10-binary.tar.gz, laid out from the real data, once
real_archive() {
  needs_real
  ARCHIVE=$BATS_FILE_TMPDIR/cifar-10-binary.tar.gz
  [ -e "$ARCHIVE" ] || "$ROOT/tests/help/lay_out_cifar" binary "$REAL" "$ARCHIVE"
}

fill_cache() {
  needs_real
  cp -r "$REAL" "$CNNUTILS_CACHE/cifar-10"
}

nothing_left() {
  rm -f cache/cifar-10.lock
  [ -z "$(ls -A "$TMPDIR")" ] && [ -z "$(find cache -mindepth 1 -maxdepth 1 ! -name cifar-10)" ]
}

digest() {
  sha256sum | cut -c 1-64
}

# the digest of the test set as a stream
want() {
  CNNUTILS_CACHE=$(dirname "$REAL") cifar-fetch test | digest
}

# bound COMMAND...: with permissions that bind, also when root runs the tests
bound() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --bounding-set=-dac_override,-dac_read_search "$@"
  else
    "$@"
  fi
}

# authority NAME: NAME.pem, who may sign
authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1" \
    -keyout "$1.key" -out "$1.pem" 2>/dev/null
}

# certificate AUTHORITY DAYS: key and certificate of localhost, to stdout
certificate() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -keyout server.key \
    -out server.csr 2>/dev/null
  openssl x509 -req -in server.csr -CA "$1.pem" -CAkey "$1.key" -CAcreateserial -days "$2" \
    -extfile <(echo subjectAltName=DNS:localhost) -out server.crt 2>/dev/null
  cat server.key server.crt
}

# start_server FILE [AUTHORITY [DAYS]]: $SITE serves FILE (tests/help/https_server); curl trusts the authority called ours
start_server() {
  command -v curl >/dev/null || skip "no curl"
  command -v openssl >/dev/null || skip "no openssl"
  mkdir -p server
  rm -f server/port server/port.log
  [ -e server/ours.pem ] || (cd server && authority ours && authority theirs)
  (cd server && certificate "${2-ours}" "${3-2}" >certificate.pem)
  "$ROOT/tests/help/https_server" server/certificate.pem "$1" server/port 2>/dev/null 3>&- &
  echo $! >>server/pids
  for _ in {1..100}; do [ -e server/port ] && break; sleep 0.1; done
  SITE=https://localhost:$(cat server/port) CURL_CA_BUNDLE=$PWD/server/ours.pem
  export SITE CURL_CA_BUNDLE
  unset https_proxy HTTPS_PROXY all_proxy ALL_PROXY
}

# sent MOOD: bytes that the server has sent in this mood
sent() {
  awk -v mood="$1" '$1 == mood { n += $3 } END { print n + 0 }' server/port.log
}

part_size() {
  stat -c %s cache/.cifar-10.*.part
}

teardown() {
  [ ! -d cache ] || chmod -R +w cache
  if [ -e server/pids ]; then
    xargs kill <server/pids
  fi
}
