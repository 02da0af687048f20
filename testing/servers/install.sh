#!/usr/bin/env bash
# Installs the real servers that the tests talk to.
#
#   testing/servers/install.sh [--only NAME,NAME…]
#
# Wants Debian 12 or later and root (without root it only checks what is there).
# Running it again costs a second or two and changes nothing.
#
# Programs end up on PATH under their upstream names. What is no plain program is
# listed in $PROM_AGENT_SERVERS/env (default /opt/prom-agent-servers/env), one
# KEY=value a line: JAVA, KAFKA_4_1_LIBS, KAFKA_3_9_LIBS, ZOOKEEPER_CLASSPATH.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

prefix=${PROM_AGENT_SERVERS:-/opt/prom-agent-servers}
links=/usr/local/bin

all=(prometheus promtool pushgateway pushgateway-1.5 vmagent victoria-metrics node_exporter
  redis_exporter redis-server zookeeper etcd consul prometheus-2.24 haproxy kafka-4.1 kafka-3.9 kcat wrk chromium)

# name → package of the machine's own Debian release
declare -A debian=(
  [redis-server]=redis-server
  [zookeeper]=zookeeper
  [etcd]=etcd-server
  [haproxy]=haproxy
  [kcat]=kcat
  [wrk]=wrk
  [chromium]=chromium
  [node_exporter]=prometheus-node-exporter
  [redis_exporter]=prometheus-redis-exporter
)

# name → suite, package, program in its usr/bin, wanted version
# Debian 12 has Prometheus 2.42, and VictoriaMetrics as old; its Pushgateway is there too, for what
# many still run. Consul left Debian after 11, and with it Consul's discovery Debian's Prometheus, so
# a Prometheus of those days is there beside Consul. All are Go programs that need little but libc, so they run unpacked.
declare -A foreign=(
  [prometheus]='sid prometheus prometheus 3.5'
  [promtool]='sid promtool promtool 3.5'
  [pushgateway]='sid prometheus-pushgateway prometheus-pushgateway 1.11'
  [pushgateway-1.5]='bookworm prometheus-pushgateway prometheus-pushgateway 1.5'
  [vmagent]='sid victoria-metrics vmagent 1.145'
  [victoria-metrics]='sid victoria-metrics victoria-metrics 1.145'
  [consul]='bullseye consul consul 1.8'
  [prometheus-2.24]='bullseye prometheus prometheus 2.24'
)

# name → version on Maven Central
declare -A kafka=([kafka-4.1]=4.1.2 [kafka-3.9]=3.9.2)

# The default of Maven 3.8; named so that another Maven resolves the same jars.
maven_copy=org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies

say() { printf 'servers: %s\n' "$*"; }
die() {
  printf 'servers: %s\n' "$*" >&2
  exit 1
}

# Everything below that may run under `step` returns its failures by hand: bash ignores
# `set -e` in a function whose result is tested.
step() { # TEXT COMMAND…
  local text=$1 log start=${EPOCHREALTIME/./} tenths
  shift
  log=$(mktemp "$scratch/log.XXXXXX")
  if "$@" >"$log" 2>&1 </dev/null 9>&-; then
    tenths=$(((${EPOCHREALTIME/./} - start) / 100000))
    say "$text: $((tenths / 10)).$((tenths % 10)) s"
    grep '^notice: ' "$log" | sed 's/^notice:/servers: NOTICE:/' || true
  else
    say "$text: FAILED" >&2
    tail -n 20 "$log" >&2
    return 1
  fi
}

retry() { # COMMAND…
  local try
  for try in 1 2 3; do
    "$@" && return
    echo "try $try of 3 failed: $*"
    sleep $((try * 5))
  done
  return 1
}

apt_get() { apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"; }

# --- what is there ---------------------------------------------------------

installed() { # NAME
  local name=$1 suite package program wanted
  if [[ -v debian[$name] ]]; then
    [[ $(dpkg-query -W -f '${db:Status-Status}' "${debian[$name]}" 2>/dev/null) == installed ]]
  elif [[ -v foreign[$name] ]]; then
    read -r suite package program wanted <<<"${foreign[$name]}"
    [[ -x $prefix/bin/$name && $(cat "$prefix/versions/$name" 2>/dev/null) == "$wanted "* ]]
  else
    [[ -f $prefix/$name/libs/kafka_2.13-${kafka[$name]}.jar ]]
  fi
}

# Kafka 4 wants Java 17 (https://kafka.apache.org/41/operations/java-version/).
find_java() {
  local java major
  for java in "$(type -P java || true)" /usr/lib/jvm/*/bin/java; do
    [[ -x $java ]] || continue
    major=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p;/ version "/q')
    if ((${major:-0} >= 17)); then
      echo "$java"
      return
    fi
  done
  return 1
}

wants_java() {
  local name
  for name in "${chosen[@]}"; do
    [[ $name == zookeeper || -v kafka[$name] ]] && return
  done
  return 1
}

# --- Debian packages ---------------------------------------------------------

policy=/usr/sbin/policy-rc.d
policy_saved=$policy.prom-agent-saved
policy_mark='prom-agent: no service may start during an install'

# A service started by its package would take the port a test wants.
refuse_service_starts() {
  if [[ -e $policy ]] && ! grep -qF "$policy_mark" "$policy"; then
    mv "$policy" "$policy_saved"
  fi
  printf '#!/bin/sh\n# %s\nexit 101\n' "$policy_mark" >"$policy"
  chmod 755 "$policy"
}

allow_service_starts() {
  if [[ -e $policy_saved ]]; then
    mv "$policy_saved" "$policy"
  elif grep -qsF "$policy_mark" "$policy"; then
    rm "$policy"
  fi
}

install_packages() { # PACKAGE…
  apt_get install -y --no-install-recommends \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" && return
  # What an install that was killed, or package lists that grew old, leave behind.
  dpkg --configure -a
  apt_get update
  return 1
}

# --- packages of another Debian suite, unpacked ------------------------------------

# Of the sources this machine has: wherever it gets Debian from, the other suites are there too.
debian_mirror() {
  # shellcheck disable=SC2016 # apt's own variables
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    sed -n 's/^Debian|Debian|//p' | head -n 1
}

# The keyring on the machine may be older than the keys that sign the other suites; the one in
# the release's point updates is not, and comes signed with keys the machine trusts already.
fetch_keyring() {
  local dir=$work/keyring
  mkdir -p "$dir"
  (cd "$dir" && apt_get download -o APT::Sandbox::User=root debian-archive-keyring && dpkg -x ./*.deb .) || return
  cp -L "$dir"/usr/share/keyrings/debian-archive-keyring.gpg "$work/debian.gpg"
}

download_from() { # DIR PACKAGE…
  local dir=$1
  shift
  rm -f "$dir"/debs/*
  apt_get -c "$dir/apt.conf" update && (cd "$dir/debs" && apt_get -c "$dir/apt.conf" download "$@")
}

unpack_suite() { # SUITE NAME…
  local suite=$1 dir=$work/$1 name from package program wanted version deb
  local -A wants=()
  shift
  mkdir -p "$dir"/{lists,cache/archives}/partial "$dir/debs"
  printf '%s\n' 'Types: deb' "URIs: $mirror" "Suites: $suite" 'Components: main' \
    'Targets: Packages' "Signed-By: $work/debian.gpg" >"$dir/debian.sources"
  # Hooks on `update` often empty the machine's package cache, under the feet of the install that
  # runs beside this. The directories are root's alone, so apt's own user could not write there.
  cat >"$dir/apt.conf" <<CONF
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Dir::Etc::SourceList "$dir/debian.sources";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State::Lists "$dir/lists";
Dir::Cache "$dir/cache";
CONF
  for name; do
    read -r from package program wanted <<<"${foreign[$name]}"
    wants[$package]=1
  done
  retry download_from "$dir" "${!wants[@]}" || return
  mkdir -p "$prefix"/{bin,versions}
  for name; do
    read -r from package program wanted <<<"${foreign[$name]}"
    deb=$(echo "$dir/debs/$package"_*.deb)
    version=$(dpkg-deb -f "$deb" Version) || return
    if [[ $version != "$wanted".* ]]; then
      echo "notice: $from has $package $version, the tests were written for $wanted"
    fi
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$dir" "./usr/bin/$program" || return
    mv "$dir/usr/bin/$program" "$prefix/bin/$name" || return
    echo "$wanted $version" >"$prefix/versions/$name"
  done
}

# --- Kafka -------------------------------------------------------------------

# slf4j-simple: Kafka's own jars bring no logger, so a broker that fails to start would not say why.
unpack_kafka() { # NAME…
  local name dir
  for name; do
    dir=$work/$name
    mkdir -p "$dir"
    cat >"$dir/pom.xml" <<POM || return
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>prom-agent</groupId><artifactId>$name</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${kafka[$name]}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
POM
    retry mvn -q -B -U -ntp -f "$dir/pom.xml" "$maven_copy" -DincludeScope=runtime "-DoutputDirectory=$dir/libs" || return
    mkdir -p "$prefix/$name"
    rm -rf "$prefix/$name/libs"
    mv "$dir/libs" "$prefix/$name/libs" || return
  done
}

# --- names on PATH -----------------------------------------------------------

link() { # PROGRAM NAME
  local at=$links/$2
  [[ $(readlink "$at" || true) == "$1" ]] && return
  if [[ -e $at && ! -L $at ]]; then
    say "NOTICE: $at is a file of this machine's own: left as it is, the tests will run that"
    return
  fi
  ln -sfn "$1" "$at"
}

# The first jar's manifest names the jars it needs, but no logger: see unpack_kafka.
zookeeper_classpath() { echo /usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar; }

write_env() {
  local name key
  {
    [[ -z $java ]] || echo "JAVA=$java"
    for name in "${!kafka[@]}"; do
      key=${name^^}
      ! installed "$name" || echo "${key//[-.]/_}_LIBS=$prefix/$name/libs"
    done
    ! installed zookeeper || echo "ZOOKEEPER_CLASSPATH=$(zookeeper_classpath)"
  } | sort >"$scratch/env"
  if [[ -w $prefix ]] && ! cmp -s "$scratch/env" "$prefix/env"; then cp "$scratch/env" "$prefix/env"; fi
}

# --- what came of it -----------------------------------------------------------

# Runs it: a program that is there may still lack a library.
version_of() { # NAME
  case $1 in
    zookeeper) "$java" -cp "$(zookeeper_classpath)" org.apache.zookeeper.version.VersionInfoMain ;;
    kafka-*) "$java" -cp "$prefix/$1/libs/*" kafka.Kafka --version ;;
    consul) consul version ;;
    haproxy) haproxy -v ;;
    kcat) kcat -V ;;
    # It answers, and exits 1.
    wrk) wrk -v || true ;;
    # Debian builds these without a version inside.
    vmagent | victoria-metrics) "$1" --version && cut -d ' ' -f 2 "$prefix/versions/$1" ;;
    # Some of these answer on stderr.
    *) "$1" --version 2>&1 ;;
  esac >"$scratch/says.$1" 2>"$scratch/errs.$1" || return
  grep -oE '[0-9]+(\.[0-9]+)+' "$scratch/says.$1" | sed -n 1p
}

path_of() { # NAME
  case $1 in
    zookeeper) echo /usr/share/java/zookeeper.jar ;;
    kafka-*) echo "$prefix/$1/libs" ;;
    *) type -P "$1" ;;
  esac
}

verify() {
  local name missing=()
  for name in "${chosen[@]}"; do
    version_of "$name" >"$scratch/version.$name" 2>/dev/null &
  done
  wait
  for name in "${chosen[@]}"; do
    if [[ -s $scratch/version.$name ]]; then
      printf '%-17s %-16s %s\n' "$name" "$(<"$scratch/version.$name")" "$(path_of "$name")"
    else
      missing+=("$name")
      cat "$scratch/errs.$name" "$scratch/says.$name" | sed -n "s/^/servers: $name: /;1,3p" >&2
    fi
  done
  ((${#missing[@]} == 0)) || die "missing or broken: ${missing[*]}"
}

# --- all of it -------------------------------------------------------------------

install_missing() { # NAME…
  local name suite packages=() jars=()
  local -A unpacked=()
  for name; do
    if [[ -v debian[$name] ]]; then
      packages+=("${debian[$name]}")
    elif [[ -v kafka[$name] ]]; then
      jars+=("$name")
    else
      suite=${foreign[$name]%% *}
      unpacked[$suite]+=" $name"
    fi
  done
  if wants_java && ! find_java >/dev/null; then packages+=(default-jre-headless); fi
  if ((${#jars[@]})) && ! type -P mvn >/dev/null; then packages+=(maven); fi

  if ((${#packages[@]} + ${#unpacked[@]})); then
    step 'package lists' retry apt_get update || return
  fi
  if ((${#unpacked[@]})); then
    mirror=$(debian_mirror)
    [[ -n $mirror ]] || die 'none of the apt sources of this machine is a Debian mirror'
    step 'Debian archive keyring' retry fetch_keyring || return
  fi
  for suite in "${!unpacked[@]}"; do
    # shellcheck disable=SC2086 # names, one word each
    step "unpack from Debian $suite:${unpacked[$suite]}" unpack_suite "$suite" ${unpacked[$suite]} &
  done
  if ((${#jars[@]})) && type -P mvn >/dev/null; then
    step "jars from Maven Central: ${jars[*]}" unpack_kafka "${jars[@]}" &
    jars=()
  fi
  if ((${#packages[@]})); then
    refuse_service_starts
    step "Debian packages: ${packages[*]}" retry install_packages "${packages[@]}" || true
    allow_service_starts
  fi
  if ((${#jars[@]})); then
    step "jars from Maven Central: ${jars[*]}" unpack_kafka "${jars[@]}" || true
  fi
  wait
}

find_missing() {
  local name
  missing=()
  for name in "${chosen[@]}"; do
    installed "$name" || missing+=("$name")
  done
}

clean_up() {
  local pids
  mapfile -t pids < <(jobs -p)
  ((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || true
  rm -rf "$scratch"
  if [[ -n $locked ]]; then
    allow_service_starts
    rm -rf "$work"
  fi
}

chosen=("${all[@]}")
while (($#)); do
  case $1 in
    --only=*) IFS=, read -ra chosen <<<"${1#--only=}" ;;
    --only) IFS=, read -ra chosen <<<"${2:-}" && shift ;;
    *) chosen=() ;;
  esac
  if ((${#chosen[@]} == 0)); then
    printf 'usage: %s [--only NAME,NAME…]\nnames: %s\n' "$0" "${all[*]}" >&2
    exit 2
  fi
  shift
done
for name in "${chosen[@]}"; do
  if [[ " ${all[*]} " != *" $name "* ]]; then
    printf 'servers: no server is called %s\nnames: %s\n' "$name" "${all[*]}" >&2
    exit 2
  fi
done

umask 022
began=$SECONDS
locked=
work=$prefix/.unpacking
scratch=$(mktemp -d)
trap clean_up EXIT
trap 'exit 130' INT TERM

find_missing
# The folder is there while another run is at work, or after one that was killed.
if ((${#missing[@]})) || [[ -d $work && $EUID == 0 ]]; then
  ((EUID == 0)) || die "not installed: ${missing[*]} (run this as root to install them)"
  mkdir -p "$prefix"
  exec 9>"$prefix/.lock"
  flock -w 1200 9 || die "another run has held $prefix/.lock for 20 minutes"
  locked=1
  allow_service_starts
  rm -rf "$work"
  mkdir "$work"
  find_missing
  ((${#missing[@]} == 0)) || install_missing "${missing[@]}" || true
fi

java=$(find_java || true)
for name in "${chosen[@]}"; do
  if [[ -x $prefix/bin/$name ]]; then link "$prefix/bin/$name" "$name"; fi
done
# Debian's own names, and a folder that is on root's PATH alone.
if installed node_exporter; then link /usr/bin/prometheus-node-exporter node_exporter; fi
if installed redis_exporter; then link /usr/bin/prometheus-redis-exporter redis_exporter; fi
if installed haproxy; then link /usr/sbin/haproxy haproxy; fi
write_env
verify
say "all there after $((SECONDS - began)) s; more in $prefix/env"
