#!/usr/bin/env bash
# Help, version, and what is said to wrong usage.
. "$(dirname "$0")/check.sh" "$@"

help="Usage: microflow COMMAND ...
Compiles quantised TensorFlow Lite models to plain C99.

Commands:
  compile   write a model as C99
  run       run a model on this machine
  inspect   list layers, shapes, costs and the memory map
  bench     measure a model in a target's simulator
  prove     prove that the C has no run-time error
  targets   list what code can be made for
  help      print the help of a command

Options:
  -h, --help     print this help
      --version  print the version

Exit status: 0 success, 1 the model cannot be compiled or a file
cannot be read or written, 2 wrong usage."
compile_help='Usage: microflow compile MODEL... -o DIR [OPTION...]
Writes a model (.tflite, - for standard input) as plain C99 into DIR:
NAME.h, NAME.c and the kernel headers that they include.  Several models
compute in one arena, one at a time: shared_arena.h, shared_arena.c.

  -o, --output DIR       where to write; created if its parent exists
  -n, --name NAME        what generated names start with (from MODEL);
                         NAME,NAME of two models
  -t, --target TARGET    what to make the code for (generic, which runs
                         everywhere); an unknown one is answered with
                         the list
      --optimize WHAT    speed: each layer gets a copy of its kernel,
                         specialised; size: layers share one; ram: as
                         speed, layers computed together row by row where
                         that takes less RAM, for about 15 % more
                         instructions (speed)
      --ram-limit BYTES  as ram, but the fastest code whose arena is at
                         most so large
      --region NAME=BYTES,COST
                         the arena lies in memories: NAME has so many
                         bytes, an access of one costs COST; may be given
                         again for others
  -i, --input HOW        push: the input comes row by row, through
                         NAME_push_row(), and never stands whole;
                         resident: NAME_input() holds it (resident)
      --driver           also write NAME_driver.c, a main() that reads
                         frames from stdin and writes outputs to stdout
      --selftest         also write NAME_selftest(), which runs on the
                         target and returns the first layer whose results
                         are not those of this machine, or 0
      --guard WHAT       weights: also write NAME_check_weights(), which
                         sums them up; arena: NAME_check_arena(), which
                         says whether anything wrote over its ends; may be
                         given twice
      --evidence DIR     also write there what is known of the code, and how:
                         hashes, trace, memory, proof, bounds, MISRA; tools
                         that are not there are left out
      --custom NAME=HEADER:FUNCTION
                         the custom operator NAME is a C function of the
                         program, which HEADER declares; may be given
                         again for others
      --dump-after PASS  print the graph as it is after a pass, or after
                         "read"; -o may then be left out
  -h, --help             print this help

When it fails, nothing is written.'
# shellcheck disable=SC2034 # used by name
run_help='Usage: microflow run MODEL --input FILE --output FILE
Runs a model (.tflite) on this machine, with the kernels and to the bit
the results of the C that compile writes.

  -i, --input FILE   frames back to back; a frame is every input tensor in
                     model order, raw little-endian elements
  -o, --output FILE  for each frame, every output tensor likewise
  -t, --target, --optimize, --ram-limit, --region
                     run it as compile would plan it with these: the same
                     bits, for tests
  -h, --help         print this help

MODEL or --input can be - for standard input, --output can be - for
standard output.  FILE of --output appears when all frames are done, and
not at all if that fails.'
# shellcheck disable=SC2034
inspect_help='Usage: microflow inspect MODEL [OPTION...]
Lists what a model (.tflite, - for standard input) holds as it will be
compiled: inputs and outputs, layers with their shapes, multiply-
accumulates (MACs) and bytes, and where each tensor lies in memory.

  -t, --target TARGET    what it would be compiled for (generic)
      --optimize WHAT    speed, size or ram, as in compile (speed)
      --ram-limit BYTES, --region NAME=BYTES,COST
                         as in compile
  -i, --input HOW        push or resident, as in compile (resident)
      --svg FILE         write the memory map as a picture to FILE (- for
                         standard output), and nothing else
      --pareto           list what --ram-limit can choose from: bytes of
                         arena, and about how many instructions they cost
      --json             for programs to read
  -h, --help             print this help'
# shellcheck disable=SC2034
targets_help='Usage: microflow targets [--json]
Lists the targets that code can be made for: the word that they compute
in, the vector instructions that sums of products use, how constants are
read, what bench counts and where it runs the code.

      --json  for programs to read
  -h, --help  print this help'
# shellcheck disable=SC2034
bench_help="Usage: microflow bench MODEL --target TARGET [OPTION...]
Compiles a model (.tflite) into a firmware, runs it in the target's
simulator and prints what it takes: flash, RAM, stack, and instructions
an inference (cycles on AVR, time on this machine), all together and a
layer.  Outputs must equal to the bit what run computes.

  -t, --target TARGET  what to build for; microflow targets lists them
      --optimize WHAT  speed (compiled with -O2), size (-Os) or ram
                       (-O2), as in compile (speed)
      --ram-limit BYTES, --region NAME=BYTES,COST
                       as in compile
  -i, --input FILE     frames as run takes them; without it, two or
                       more of random bytes, always the same
      --input push     such frames, and their rows are pushed, as in
                       compile (./push is a file)
      --spread COUNT   also run so many random inputs, and say by how much
                       the counts vary (not where time is measured)
      --json           for programs to read
  -h, --help           print this help"

check 0 "$help" '' microflow --help
check 0 "$help" '' microflow -h
check 0 "$help" '' microflow help
check 0 'microflow 0.1.0' '' microflow --version
check 2 '' "$help" microflow
for command in compile run inspect bench targets; do
    text=${command}_help
    check 0 "${!text}" '' microflow help $command
    check 0 "${!text}" '' microflow $command --help
    check 0 "${!text}" '' microflow $command -h
done
for command in compile run inspect bench; do
    text=${command}_help
    check 0 "${!text}" '' microflow $command dense.tflite --help
done

check 2 '' "microflow: unknown command 'complie', did you mean 'compile'?
Try 'microflow --help'." microflow complie dense.tflite
check 2 '' "microflow: unknown command 'bake', allowed: compile, run, \
inspect, bench, prove, targets, help
Try 'microflow --help'." microflow bake dense.tflite
check 2 '' "microflow: unknown command 'bake', allowed: compile, run, \
inspect, bench, prove, targets, help
Try 'microflow --help'." microflow help bake
check 2 '' "microflow: unknown option '--versoin', did you mean '--version'?
Try 'microflow --help'." microflow --versoin
check 2 '' "microflow: unexpected argument 'run'
Try 'microflow --help'." microflow help compile run

try="
Try 'microflow compile --help'."
options='--output, --name, --target, --optimize, --ram-limit, --region, --input, --driver, --selftest, --guard, --evidence, --custom, --dump-after, --help'
check 2 '' "microflow compile: MODEL is missing$try" microflow compile
check 2 '' "microflow compile: -o DIR is missing$try" \
    microflow compile dense.tflite
check 1 '' "a: cannot be read: No such file or directory
-b: cannot be read: No such file or directory" \
    microflow compile a -o out -- -b
check 2 '' "microflow compile: - is given twice$try" \
    microflow compile - - -o out
check 2 '' "microflow compile: more than 16 models$try" \
    microflow compile a b c d e f g h i j k l m n o p q -o out
for names in a a,b,c a, ,b; do
    check 2 '' "microflow compile: --name must have 2 names, NAME,NAME$try" \
        microflow compile a b -o out --name "$names"
done
for region in fast fast=1 =1,1 fast=0,1 fast=1,0 fast=1,1001 fast=1,1x \
    fast=x,1 fast=-1,1 fast=4294967296,1; do
    check 2 '' "microflow compile: --region is '$region', it must be\
 NAME=BYTES,COST, the cost of an access from 1 to 1000$try" \
        microflow compile a -o out --region "$region"
done
check 2 '' "microflow compile: unknown option '--optimise', did you mean \
'--optimize'?$try" microflow compile a -o out --optimise=speed
check 2 '' "microflow compile: unknown option '--verbose', allowed: \
$options$try" microflow compile a -o out --verbose
check 2 '' "microflow compile: unknown option '-x'$try" \
    microflow compile a --driver -xz
check 2 '' "microflow compile: --output needs a value$try" \
    microflow compile a -o
check 2 '' "microflow compile: --name needs a value$try" \
    microflow compile a --name
check 2 '' "microflow compile: --driver takes no value$try" \
    microflow compile a --driver=yes
check 2 '' "microflow compile: --name is empty$try" \
    microflow compile a -o out --name ''
check 2 '' "microflow compile: --guard is 'stack', allowed: arena, weights$try" \
    microflow compile a -o out --guard stack
check 2 '' "microflow compile: --optimize is 'fast', allowed: ram, size, speed$try" \
    microflow compile a -o out --optimize=fast
check 2 '' "microflow compile: --dump-after is 'fold', allowed: read, \
resolve_state, inline_control, fold_constants, remove_identities, fuse_pad, fuse_activation, remove_dead, remove_constant_channels, order_control, order_state$try" \
    microflow compile a --dump-after fold

microflow compile a -o out --target z80 >.out 2>.err
[ $? -eq 2 ] || fail 'an unknown target: status'
grep -qx "microflow compile: --target is 'z80', allowed: generic, .*" .err ||
    fail "an unknown target: $(cat .err)"
rm -f .out .err

try="
Try 'microflow run --help'."
check 2 '' "microflow run: MODEL is missing$try" microflow run
check 2 '' "microflow run: --input FILE is missing$try" microflow run a
check 2 '' "microflow run: --output FILE is missing$try" \
    microflow run a --input b
check 2 '' "microflow run: MODEL and --input cannot both be standard \
input$try" microflow run - --input - --output c

try="
Try 'microflow inspect --help'."
check 2 '' "microflow inspect: MODEL is missing$try" microflow inspect --json
check 2 '' "microflow inspect: --pareto goes without --region$try" \
    microflow inspect --pareto dense.tflite --region fast=1,1
check 2 '' "microflow inspect: --svg goes without --json and --pareto$try" \
    microflow inspect --svg x.svg --pareto dense.tflite
check 2 '' "microflow inspect: unknown option '--jsno', did you mean \
'--json'?$try" microflow inspect --jsno a

# Operands and options mix whatever POSIXLY_CORRECT says.
POSIXLY_CORRECT=1 check 0 "$compile_help" '' microflow compile a --help

# What cannot be written is not a success.
if [ -w /dev/full ]; then
    full='standard output: cannot be written: No space left on device'
    for arguments in --help --version 'compile --help' 'inspect dense.tflite' \
        'compile dense.tflite --dump-after read'; do
        # shellcheck disable=SC2086 # words
        check 1 '' "$full" to_full $arguments
    done
fi
finish
