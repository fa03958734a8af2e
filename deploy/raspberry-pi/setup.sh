#!/usr/bin/env bash
# Prepares a Raspberry Pi for a gateway; README.md beside this file tells of each part.
set -euo pipefail
# What a pipe ends in is of this shell: it notes what was changed.
shopt -s lastpipe
export LC_ALL=C

usage() {
    cat <<'TEXT'
setup.sh [--dry-run] [--root FOLDER] [PART…]

Parts; without any: those marked with *
  i2c *            the I2C bus of the header
  spi *            the SPI bus of the header
  uart *           the UART of the header for a sensor: no console on it, no Bluetooth
  one-wire         1-Wire on GPIO 4
  rtc=CHIP         a battery-backed clock on I2C: ds3231, pcf8523, rv3028
  watchdog *       the processor's own watchdog restarts a machine that hangs
  chrony *         the time, over a thin link, and from the battery-backed clock
  journal *        the journal in memory, small: it spares the card
  modem=APN        a 4G modem under ModemManager and NetworkManager
  wireguard=FILE   SSH behind a carrier's NAT: FILE has address, endpoint, key and networks
  firewall *       nothing but SSH comes in
  updates *        security updates by themselves, restarts at night
  ssh-keys         SSH with keys alone; refused while nobody has one
  read-only        the root file system is never written; wants a partition for /var/lib/pondsentinel

  --dry-run        show what would be changed, change nothing
  --root FOLDER    change a copy of the system in FOLDER, run no commands
  --help           this text

The same command twice changes nothing the second time. Of config.txt it keeps what is yours, and writes one block of its own, for
the parts that are named this time. Exit code 0: all is as asked for; 1: a part was refused; 2: misuse.
TEXT
}

misuse() { echo "setup.sh: $*" >&2; usage >&2; exit 2; }

dry=0 root='' refused=0 changed=0 parts=()
while [ $# -gt 0 ]; do
    case "$1" in
        --dry-run) dry=1 ;;
        --root) [ -d "${2:-}" ] || misuse "--root wants a folder"; root=${2%/}; shift ;;
        --help | -h) usage; exit 0 ;;
        i2c | spi | uart | one-wire | watchdog | chrony | journal | firewall | updates | ssh-keys | read-only) parts+=("$1") ;;
        rtc=ds3231 | rtc=pcf8523 | rtc=rv3028) parts+=("$1") ;;
        rtc=*) misuse "$1: this script knows ds3231, pcf8523 and rv3028" ;;
        modem=* | wireguard=*) [ -n "${1#*=}" ] || misuse "$1 says nothing"; parts+=("$1") ;;
        *) misuse "unknown part $1" ;;
    esac
    shift
done
[ ${#parts[@]} -gt 0 ] || parts=(i2c spi uart watchdog chrony journal firewall updates)
[ "$dry" = 1 ] || [ -n "$root" ] || [ "$(id -u)" = 0 ] || { echo "setup.sh: run it as root, or with --dry-run" >&2; exit 2; }

here=$(cd "$(dirname "$0")" && pwd)
boot=$root/boot/firmware
[ -e "$boot/config.txt" ] || boot=$root/boot
[ -e "$boot/config.txt" ] || { echo "setup.sh: no config.txt in $root/boot/firmware or $root/boot: is this Raspberry Pi OS?" >&2; exit 2; }

has() {
    local part
    for part in "${parts[@]}"; do
        [ "${part%%=*}" != "$1" ] || return 0
    done
    return 1
}

value() {
    local part
    for part in "${parts[@]}"; do
        [ "${part%%=*}" != "$1" ] || printf '%s\n' "${part#*=}"
    done
}

refuse() { echo "! $*" >&2; refused=1; }

# write FILE [MODE]: the file gets what comes in, where it has something else; shown as a difference. What was there at the very
# first stays beside it.
write() {
    local file=$1 mode=${2:-644} new
    new=$(mktemp)
    cat >"$new"
    if cmp -s "$new" "$file"; then
        rm "$new"
        return 0
    fi
    changed=1
    diff -u --label "${file#"$root"}" --label "${file#"$root"}" "$([ -e "$file" ] && echo "$file" || echo /dev/null)" "$new" || true
    if [ "$dry" = 0 ]; then
        mkdir -p "$(dirname "$file")"
        [ ! -e "$file" ] || [ -e "$file.before-pondsentinel" ] || cp -p "$file" "$file.before-pondsentinel"
        # In its place at once: a power cut leaves the old one or the new one.
        cp "$new" "$file.new"
        chmod "$mode" "$file.new"
        sync "$file.new"
        mv "$file.new" "$file"
    fi
    rm "$new"
}

# run COMMAND…: on this machine alone, and only where something is to be done.
run() {
    if [ "$dry" = 1 ] || [ -n "$root" ]; then
        echo "would run: $*"
    else
        echo "+ $*"
        "$@"
    fi
}

packages() {
    local missing=() package
    for package in "$@"; do
        if [ -n "$root" ] || ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
            missing+=("$package")
        fi
    done
    [ ${#missing[@]} = 0 ] || run env DEBIAN_FRONTEND=noninteractive apt-get -y install --no-install-recommends "${missing[@]}"
}

# The block of ours in config.txt. Last in the file, for all models: what comes later counts.
firmware() {
    ! has i2c && ! has rtc || echo "dtparam=i2c_arm=on"
    ! has spi || echo "dtparam=spi=on"
    ! has uart || printf '%s\n' "enable_uart=1" "dtoverlay=disable-bt" "[pi5]" "dtparam=uart0=on" "[all]"
    ! has one-wire || echo "dtoverlay=w1-gpio"
    ! has rtc || echo "dtoverlay=i2c-rtc,$(value rtc)"
    ! has watchdog || echo "dtparam=watchdog=on"
}

config_txt() {
    local begin='# --- pondsentinel: written by setup.sh' end='# --- pondsentinel: end' block
    block=$(firmware)
    [ -n "$block" ] || return 0
    if [ "$(grep -cx -e "$begin" "$boot/config.txt")" != "$(grep -cx -e "$end" "$boot/config.txt")" ]; then
        refuse "config.txt: the lines '$begin' and '$end' belong together; take out the one that is left over"
        return 0
    fi
    {
        # With a line break at its end, whoever wrote it.
        sed -e "/^$begin\$/,/^$end\$/d" -e '$a\' "$boot/config.txt"
        printf '%s\n[all]\n%s\n%s\n' "$begin" "$block" "$end"
    } | write "$boot/config.txt" 755
}

# One line; the console of the UART would talk to the sensor.
cmdline_txt() {
    [ -e "$boot/cmdline.txt" ] || return 0
    sed -E 's/(^| )console=(serial0|ttyAMA0|ttyS0)(,[0-9a-z]+)?/\1/g; s/  +/ /g; s/^ //' "$boot/cmdline.txt" | write "$boot/cmdline.txt" 755
}

in_file() { write "$root/etc/$1" "${2:-644}" <"$here/etc/$1"; }

part_uart() {
    cmdline_txt
    run systemctl disable --now hciuart.service serial-getty@ttyAMA0.service
}

part_i2c() { echo i2c-dev | write "$root/etc/modules-load.d/pondsentinel.conf"; }

# The clock of the kernel is set by it at the start; a guess of the last shutdown would be worse.
part_rtc() { run systemctl disable --now fake-hwclock.service; }

part_watchdog() { in_file systemd/system.conf.d/pondsentinel.conf; }

part_chrony() {
    packages chrony
    in_file chrony/conf.d/pondsentinel.conf
}

part_journal() { in_file systemd/journald.conf.d/pondsentinel.conf; }

part_modem() {
    packages modemmanager network-manager
    sed "s/@APN@/$(value modem | sed 's/[\\&/]/\\&/g')/" "$here/etc/NetworkManager/system-connections/pond-modem.nmconnection" |
        write "$root/etc/NetworkManager/system-connections/pond-modem.nmconnection" 600
}

part_wireguard() {
    local file
    file=$(value wireguard)
    [ -r "$file" ] || { refuse "wireguard: $file cannot be read; README.md says what it holds"; return 0; }
    if grep -q '^ *PrivateKey' "$file"; then
        refuse "wireguard: $file has a private key; each machine makes its own, leave the line out"
        return 0
    fi
    packages wireguard-tools
    [ -e "$root/etc/wireguard/pond.key" ] || run sh -c 'umask 077 && wg genkey >/etc/wireguard/pond.key'
    {
        cat "$file"
    } | sed 's:^\[Interface\].*:&\nPostUp = wg set %i private-key /etc/wireguard/pond.key:' | write "$root/etc/wireguard/pond.conf" 600
    run systemctl enable --now wg-quick@pond.service
    [ -n "$root" ] || [ "$dry" = 1 ] || { echo "public key of this machine, for the other side:"; wg pubkey </etc/wireguard/pond.key; }
}

part_firewall() {
    packages nftables
    in_file nftables.conf 755
    run systemctl enable --now nftables.service
}

part_updates() {
    packages unattended-upgrades
    in_file apt/apt.conf.d/52pondsentinel
}

part_ssh-keys() {
    local key
    for key in "$root"/{home/*,root}/.ssh/authorized_keys; do
        if [ -s "$key" ]; then
            in_file ssh/sshd_config.d/10-pondsentinel.conf
            return 0
        fi
    done
    refuse "ssh-keys: nobody has an authorized_keys: you would lock yourself out. First, from your own machine: ssh-copy-id"
}

part_read-only() {
    if ! grep -Eq '^[^#[:space:]]+[[:space:]]+/var/lib/pondsentinel[[:space:]]' "$root/etc/fstab" 2>/dev/null; then
        refuse "read-only: /var/lib/pondsentinel is no file system of its own in /etc/fstab: buffer and calibrations would be gone at each start"
        return 0
    fi
    run raspi-config nonint enable_overlayfs
}

config_txt
for part in i2c uart rtc watchdog chrony journal modem wireguard firewall updates ssh-keys read-only; do
    ! has "$part" || "part_$part"
done

if [ "$changed" = 0 ]; then
    echo "no file wants changing"
elif [ "$dry" = 1 ]; then
    echo "nothing was changed: that was a dry run"
else
    echo "done; restart the machine"
fi
exit "$refused"
