#!/bin/sh
# Installs the Debian packages that are missing; does nothing, and needs no
# network, if all are there.
#
# usage: install-dependencies.sh run|test|bench|prove|models|lint|coverage
set -eu

run='gcc libc6-dev make cmake libcjson-dev'
# Compilers and simulators of all targets.
bench="$run python3 gcc-avr avr-libc binutils-avr libsimavr-dev libelf-dev
    gcc-arm-none-eabi libnewlib-arm-none-eabi gcc-riscv64-unknown-elf
    picolibc-riscv64-unknown-elf gcc-xtensa-lx106 qemu-system-arm
    qemu-system-misc"
# What shows that generated code is right.
prove='frama-c-base cvc4'
case ${1-} in
run)
    packages=$run
    ;;
test)
    packages="$bench libcmocka-dev pkg-config clang clang-format
        libclang-rt-dev $prove"
    ;;
bench)
    packages=$bench
    ;;
prove)
    packages="$run $prove"
    ;;
models)
    packages="$run python3-sklearn" # the handwritten digits
    ;;
lint)
    packages="$run clang-tidy cppcheck"
    ;;
coverage)
    packages="$bench libcmocka-dev pkg-config gcovr"
    ;;
*)
    echo 'usage: install-dependencies.sh run|test|bench|prove|models|lint|coverage' >&2
    exit 2
    ;;
esac

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    # shellcheck disable=SC2086 # words
    echo 'Not a Debian system, nothing is installed. Needed, by the names of' \
        "Debian's packages:" $packages >&2
    exit 0
fi

missing=
for package in $packages; do
    status=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null ||
        true)
    case $status in
    ii*) ;;
    *) missing="$missing $package" ;;
    esac
done
test -n "$missing" || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Missing, and neither root nor sudo to install it:$missing" >&2
        exit 1
    fi
    as_root=sudo
fi
echo "Installing:$missing"
$as_root apt-get -q -o DPkg::Lock::Timeout=300 update
# shellcheck disable=SC2086 # words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    -o DPkg::Lock::Timeout=300 install --no-install-recommends $missing
