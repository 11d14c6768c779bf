# A front door to CMake: `make help`.
BUILD ?= build
JOBS ?= 2
ifdef SANITIZE
BUILD := $(BUILD)-sanitized
CMAKE_FLAGS += -DMICROFLOW_SANITIZE=address,undefined
endif
FUZZ_BUILD = build-fuzz
FUZZ_SECONDS ?= 60
# Not the C that tests expect to be emitted.
FORMATTED = $$(git ls-files '*.c' '*.h' ':!tests/*/golden')

# Without tests: they need more packages.  A folder that has them keeps them.
CONFIGURE = test -f $(BUILD)/CMakeCache.txt || \
    cmake -S . -B $(BUILD) -DBUILD_TESTING=OFF $(CMAKE_FLAGS)

MAKEFLAGS += --no-print-directory

.PHONY: help build run test bench prove docs models install fuzz lint coverage \
    format format-check clean

help:
	@echo 'make run           build, and recognise digits with examples/digits'
	@echo 'make test          build everything and run all tests'
	@echo 'make test SANITIZE=1  the same with address and undefined behaviour'
	@echo '                   sanitizers'
	@echo 'make fuzz          run the fuzzers for FUZZ_SECONDS (60)'
	@echo 'make lint          clang-tidy and cppcheck over src, all findings errors'
	@echo 'make coverage      lines and branches of the library that tests reach'
	@echo 'make bench         measure all models on all targets: bench/README.md'
	@echo 'make prove         prove the models in models/ and MODELS free of run-time'
	@echo '                   errors, on machines with 16- and 32-bit int'
	@echo 'make models        train and write the models in models/ anew'
	@echo 'make docs          write the tables of operators anew, from src/op'
	@echo 'make install       install; PREFIX=/usr/local, DESTDIR='
	@echo 'make format        let clang-format lay out the sources'
	@echo 'make format-check  fail if it would change any'
	@echo 'make clean         remove what was built'
	@echo
	@echo 'Each first installs the Debian packages that it lacks.'

build:
	@scripts/install-dependencies.sh run
	@$(CONFIGURE)
	cmake --build $(BUILD) --parallel $(JOBS) --target microflow_cli

run: build
	examples/digits/run.sh $(abspath $(BUILD)/microflow) $(abspath $(BUILD))

test:
	@scripts/install-dependencies.sh test
	cmake -S . -B $(BUILD) -DBUILD_TESTING=ON $(CMAKE_FLAGS)
	cmake --build $(BUILD) --parallel $(JOBS)
	ctest --test-dir $(BUILD) --output-on-failure --parallel $(JOBS)

# The models are those of MLPerf Tiny and TensorFlow Lite Micro's examples.
MODELS ?= ../shared/models/t1
STREAMS ?= ../shared/models/t2
bench:
	@scripts/install-dependencies.sh bench
	@$(CONFIGURE)
	cmake --build $(BUILD) --parallel $(JOBS) --target microflow_cli
	bench/bench.py $(BUILD)/microflow bench/results.tsv --models $(MODELS) \
	    $(STREAMS) models
	bench/litert/compare.py $(BUILD)/microflow bench/litert/results.tsv \
	    --models $(MODELS) || test $$? -eq 77
	bench/table.py bench/results.tsv

# Both machines, all ways to optimise; then single operators.
prove:
	@scripts/install-dependencies.sh prove
	@$(CONFIGURE)
	cmake --build $(BUILD) --parallel $(JOBS) --target microflow_cli
	scripts/prove_helpers.sh
	scripts/prove.sh $(BUILD)/microflow models $(MODELS)
	MACHINES='-tcortex-m0 -tcortex-m3 -tcortex-m4 -tcortex-m55 -trv32imc -tavr -tx86-64' \
	    scripts/prove.sh $(BUILD)/microflow models
	cmake --build $(BUILD) --parallel $(JOBS)
	scripts/prove_operators.sh $(BUILD)

docs:
	@$(CONFIGURE)
	cmake --build $(BUILD) --parallel $(JOBS) --target operators_table
	scripts/operators.py $(BUILD)/operators_table

models:
	@scripts/install-dependencies.sh models
	@$(CONFIGURE)
	cmake --build $(BUILD) --parallel $(JOBS) --target models

install: build
	cmake --build $(BUILD) --parallel $(JOBS)
	cmake --install $(BUILD) $(if $(PREFIX),--prefix $(PREFIX))

fuzz:
	@scripts/install-dependencies.sh test
	cmake -S . -B $(FUZZ_BUILD) -DMICROFLOW_FUZZ=ON -DBUILD_TESTING=ON \
	    -DCMAKE_C_COMPILER=clang \
	    -DMICROFLOW_SANITIZE=address,undefined,float-cast-overflow
	cmake --build $(FUZZ_BUILD) --parallel $(JOBS) --target fuzzers
	scripts/fuzz.sh $(FUZZ_BUILD) $(FUZZ_SECONDS)

lint:
	@scripts/install-dependencies.sh lint
	cmake -S . -B build-lint -DBUILD_TESTING=OFF \
	    -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
	find src -name '*.c' | \
	    xargs -P $(JOBS) -n 8 clang-tidy -p build-lint --quiet
	cppcheck -q -j $(JOBS) --std=c11 --error-exitcode=1 \
	    --enable=warning,performance,portability \
	    --suppressions-list=.cppcheck-suppressions \
	    -Iinclude -Isrc -Ikernels src

# Tests in the process alone: what they do in generated code is not the library.
coverage:
	@scripts/install-dependencies.sh coverage
	cmake -S . -B build-coverage -DBUILD_TESTING=ON -DCMAKE_BUILD_TYPE=Debug \
	    -DCMAKE_C_FLAGS=--coverage
	cmake --build build-coverage --parallel $(JOBS)
	find build-coverage -name '*.gcda' -delete
	ctest --test-dir build-coverage --parallel $(JOBS) \
	    -L '^(fuzz|library|op|pass|plan|read|emit|cli)$$'
	gcovr --root . --filter src/ --exclude src/cli/ build-coverage
	gcovr --root . --filter src/ --exclude src/cli/ build-coverage \
	    --branches | tail -n 4

format:
	files=$(FORMATTED) && clang-format -i $$files

format-check:
	@scripts/install-dependencies.sh test
	@files=$(FORMATTED) && clang-format --dry-run --Werror $$files

clean:
	rm -rf build build-sanitized build-fuzz build-lint build-coverage
