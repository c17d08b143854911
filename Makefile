# The targets of blocking-chat. `make` lists them. This file needs GNU make 3.81 or newer.

# Accepts a variable only from make's command line, not from the environment: WSL exports the computer's name as NAME.
from_command_line = $(if $(filter command line,$(origin $(1))),$($(1)))
# Quotes its argument, so that the shell reads it as a single word.
quoted = '$(subst ','\'',$(1))'

NAME_GIVEN   := $(call from_command_line,NAME)
MINUTES_GIVEN := $(call from_command_line,MINUTES)
URL_GIVEN    := $(call from_command_line,URL)
PORT_GIVEN   := $(call from_command_line,PORT)
DELAY_GIVEN  := $(call from_command_line,DELAY)
ARGS_GIVEN   := $(call from_command_line,ARGS)
SERVER_GIVEN := $(call from_command_line,SERVER)

# Make builds all programs with the profile `release`. `cargo test` uses another profile. `--target-dir` puts programs
# where the recipes look for them.
BUILD    := cargo build --release --locked --target-dir target
PROGRAMS := target/release
SOURCES  := Cargo.toml Cargo.lock tests/conformance/echo_client.rs $(shell find src -type f)
DRIVING  := target/browser
AUTOBAHN := target/conformance
STEPS    := step-0a step-0b step-1 step-2 step-3 step-4 step-5 step-6a step-6b
EXAMPLES := demo camera network $(STEPS) echo-client
# If ARGS contains `--redis`, the server is built with support for it. The tests of `--redis` run only if redis-server is installed.
SERVER_BUILT := $(PROGRAMS)/.built$(if $(findstring --redis,$(ARGS_GIVEN)),-redis)
WITH_REDIS   := $(if $(shell command -v redis-server),$(shell printf ',')redis)

.PHONY: help run-server run-client demo $(STEPS) wire compare cluster network stream check test test-browser test-conformance soak fuzz lint doc ci solutions bench bench-peers bench-10k bench-history bench-cluster tools

help:
	@echo 'use'
	@echo '  make run-server                   start the server on this computer'
	@echo '      PORT=9002                     use another port than 9001; also for clients'
	@echo "      ARGS='--listen 0.0.0.0:9001'  other options; ARGS=--help lists them"
	@echo '  make run-client                   join the chat, in any number of terminals'
	@echo '      NAME=anna                     use another name than your login'
	@echo '      URL=ws://192.0.2.7:9001/      join a server on another computer'
	@echo '  make demo                         watch three clients talk, in one terminal'
	@echo 'learn; each step prints what it shows, what breaks it, and what to type'
	@echo '  make step-0a                      polling: late or expensive'
	@echo '  make step-0b                      long polling: one request per line'
	@echo '  make step-1                       one thread: the second client waits'
	@echo '  make step-2                       a thread per client: each hears only itself'
	@echo '  make step-3                       a lock: one stopped client stops everyone'
	@echo '  make step-4                       a tick: late lines, needless wake-ups'
	@echo '  make step-5                       a queue per client: all threads wake up'
	@echo '  make step-6a                      a client with a mutex: it can deadlock'
	@echo '  make step-6b                      a client with a slot: it cannot deadlock'
	@echo '  make wire                         start a server that shows each frame'
	@echo '  make compare                      measure polling, long polling, WebSocket'
	@echo "      ARGS='--delay 50ms'           through a slow network; or ARGS=--help"
	@echo '      URL=ws://192.0.2.7:9001/      on a server that is already running'
	@echo '  make cluster                      three servers share one room through Redis'
	@echo '  make network DELAY=50ms           simulate a bad network in front of a server'
	@echo '  make stream                       live stream whose slow viewer loses frames'
	@echo '      ARGS=disconnect               the slow viewer is disconnected instead'
	@echo '  make check                        test which promises our server keeps'
	@echo "      SERVER='python3 server.py'    test a server of your own, in stages"
	@echo 'work'
	@echo '  make test                         run the tests'
	@echo '  make lint                         check the format, and run clippy'
	@echo '  make doc                          build the docs'
	@echo '  make ci                           run lint, doc and test'
	@echo '  make test-browser                 test the page in a headless Chromium'
	@echo '  make test-conformance             run Autobahn against server and client'
	@echo '  make solutions                    test the solutions of the exercises'
	@echo '  make soak MINUTES=10              run 300 clients that do random things'
	@echo '  make fuzz MINUTES=10              test properties with random values'
	@echo '  make bench                        measure what a line costs'
	@echo '  make bench-peers                  measure npm ws and Bun as well'
	@echo '  make bench-10k                    measure ten thousand clients in one room'
	@echo '  make bench-cluster                measure the detour through Redis'
	@echo '  make bench-history                measure what storing lines on disk costs'

run-server: $(SERVER_BUILT)
	@exec $(PROGRAMS)/chat-server $(if $(PORT_GIVEN),--listen $(call quoted,127.0.0.1:$(PORT_GIVEN))) $(ARGS_GIVEN)

run-client: $(PROGRAMS)/.built
	@exec $(PROGRAMS)/chat-client $(if $(URL_GIVEN),$(call quoted,$(URL_GIVEN)),$(if $(PORT_GIVEN),$(call quoted,ws://127.0.0.1:$(PORT_GIVEN)/))) \
	    $(if $(NAME_GIVEN),--name=$(call quoted,$(NAME_GIVEN))) $(ARGS_GIVEN)

wire: $(PROGRAMS)/.built
	@exec $(PROGRAMS)/chat-server --show-wire $(if $(PORT_GIVEN),--listen $(call quoted,127.0.0.1:$(PORT_GIVEN))) $(ARGS_GIVEN)

demo: $(PROGRAMS)/.built $(PROGRAMS)/.built-demo
	@exec $(PROGRAMS)/examples/demo

# The last two steps are clients, and accept a URL. The others are servers, and accept a port.
$(STEPS): STEP_GIVEN = $(if $(PORT_GIVEN),127.0.0.1:$(PORT_GIVEN))
step-6a step-6b: STEP_GIVEN = $(URL_GIVEN)
$(STEPS): %: $(PROGRAMS)/.built-%
	@exec $(PROGRAMS)/examples/$@ $(if $(STEP_GIVEN),$(call quoted,$(STEP_GIVEN)))

# The simulated network listens on PORT, and forwards to the server at URL.
network: $(PROGRAMS)/.built-network
	@exec $(PROGRAMS)/examples/network $(if $(PORT_GIVEN),--listen=$(call quoted,127.0.0.1:$(PORT_GIVEN))) \
	    $(if $(URL_GIVEN),--server=$(call quoted,$(URL_GIVEN))) $(if $(DELAY_GIVEN),--delay=$(call quoted,$(DELAY_GIVEN))) $(ARGS_GIVEN)

compare: $(PROGRAMS)/.built-lab
	@exec $(PROGRAMS)/chat-compare $(if $(URL_GIVEN),$(call quoted,$(URL_GIVEN)),$(if $(PORT_GIVEN),$(call quoted,ws://127.0.0.1:$(PORT_GIVEN)/))) $(ARGS_GIVEN)

stream: $(PROGRAMS)/.built $(PROGRAMS)/.built-camera
	@exec $(PROGRAMS)/examples/camera $(if $(PORT_GIVEN),--listen=$(call quoted,127.0.0.1:$(PORT_GIVEN))) $(ARGS_GIVEN)

cluster: $(PROGRAMS)/.built-redis
	@exec $(PROGRAMS)/examples/cluster $(ARGS_GIVEN)

# Recipes start a built program directly, not with `cargo run`. A build locks `target`, so `cargo run` in another terminal
# would have to wait.
$(PROGRAMS)/.built: $(SOURCES)
	@$(MAKE) --no-print-directory tools
	@echo 'building; the first build takes a minute ...' >&2
	@$(BUILD) --bins
	@rm -f $(PROGRAMS)/.built-redis
	@touch $@

# Like the rule above, but builds the server with support for `--redis`, and also builds the example
# `cluster`. A target that does not need `--redis` can use these programs, too.
$(PROGRAMS)/.built-redis: $(SOURCES)
	@$(MAKE) --no-print-directory tools
	@echo 'building; the first build takes a minute ...' >&2
	@$(BUILD) --features redis --bins --example cluster
	@touch $@ $(PROGRAMS)/.built

# Builds an example only on request: for an example, cargo also builds the crates that only tests
# need.
$(EXAMPLES:%=$(PROGRAMS)/.built-%): $(PROGRAMS)/.built-%: $(SOURCES)
	@$(MAKE) --no-print-directory tools
	@echo 'building $*; the first build takes a minute ...' >&2
	@$(BUILD) --example $*
	@touch $@

# Builds the program of `make compare`.
$(PROGRAMS)/.built-lab: $(SOURCES)
	@$(MAKE) --no-print-directory tools
	@echo 'building; the first build takes a minute ...' >&2
	@$(BUILD) --features lab --bin chat-compare
	@touch $@

tools:
	@command -v cargo >/dev/null || { echo 'cargo is missing: install Rust from https://rustup.rs, then open a new terminal' >&2; exit 1; }
	@cargo --version >/dev/null 2>&1 || { echo 'cargo does not work: type `cargo --version` to see why; `rustup default stable` may help' >&2; exit 1; }
	@wanted=$$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml); \
	    found=$$(cargo --version | cut -d ' ' -f 2 | cut -d . -f 1,2); \
	    oldest=$$(printf '%s\n%s\n' "$$wanted" "$$found" | sort -t . -k 1,1n -k 2,2n | head -n 1); \
	    test "$$oldest" = "$$wanted" || { echo "Rust $$found is too old; version $$wanted is needed: type \`rustup update\`" >&2; exit 1; }
	@command -v cc >/dev/null || { echo 'a C linker is missing: type `sudo apt install build-essential` (Debian, Ubuntu, WSL) or `xcode-select --install` (macOS)' >&2; exit 1; }

# A server may also take its port as an argument: SERVER='./server --port=$$PORT'. The first `cargo test` builds the
# judge (`tests/check`), and shows compile errors. The second one runs the judge. The judge's stderr is hidden, because
# its report on stdout already names the failed stage.
check:
	@$(MAKE) --no-print-directory tools
	@cargo test --locked --quiet --test check --no-run
	@CHAT_SERVER=$(call quoted,$(SERVER_GIVEN)) cargo test --locked --quiet --test check 2>/dev/null

# Tests mostly wait, so 16 of them run at a time, even if the machine has few cores.
test:
	@$(MAKE) --no-print-directory tools
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-16} cargo test --locked --features lab$(WITH_REDIS)

# Tests the page in the system's Chromium, and in Firefox if it is installed. The tests have their own Python environment.
test-browser: $(PROGRAMS)/.built $(DRIVING)/.installed
	@for program in chromium chromedriver; do command -v $$program >/dev/null \
	    || { echo "$$program is missing: type \`sudo apt install chromium chromium-driver\` (Debian)" >&2; exit 1; }; done
	@PROGRAMS=$(PROGRAMS) $(DRIVING)/bin/python -m unittest discover --verbose tests/browser

# The Autobahn test suite checks our server and our client against RFC 6455. With URL, it checks
# only the server at URL.
test-conformance: $(PROGRAMS)/.built $(PROGRAMS)/.built-echo-client $(AUTOBAHN)/.installed
	@PROGRAMS=$(PROGRAMS) URL=$(call quoted,$(URL_GIVEN)) $(AUTOBAHN)/bin/python -B tests/conformance/test_server.py
	$(if $(URL_GIVEN),,@PROGRAMS=$(PROGRAMS) $(AUTOBAHN)/bin/python -B tests/conformance/test_client.py)

# Creates a Python environment for a folder of tests that has a requirements.txt.
target/%/.installed: tests/%/requirements.txt
	@python3 -m venv --clear target/$* || { echo 'type `sudo apt install python3-venv` (Debian)' >&2; exit 1; }
	@target/$*/bin/pip install --quiet --requirement $<
	@touch $@

# `MINUTES` is divided among four runs: each value of --when-behind, once with one writer and once
# with two.
soak: tools
	cargo bench --locked --bench soak -- $$(awk -v minutes=$(call quoted,$(or $(MINUTES_GIVEN),10)) 'BEGIN { print int(60 * minutes) }')

# `make test` checks the properties with the same values each time. This target checks all properties in parallel, with
# new random values each time.
fuzz: tools
	FUZZ_SECONDS=$$(awk -v minutes=$(call quoted,$(or $(MINUTES_GIVEN),10)) 'BEGIN { print int(60 * minutes) }') \
	    RUST_TEST_THREADS=64 cargo test --locked --test properties

lint:
	@$(MAKE) --no-print-directory tools
	cargo fmt --check
	CLIPPY_CONF_DIR=.ci cargo clippy --locked --all-targets -- -D warnings
	CLIPPY_CONF_DIR=.ci cargo clippy --locked --all-targets --features lab,redis -- -D warnings

doc:
	@$(MAKE) --no-print-directory tools
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --features lab,redis

ci: lint doc test
	cargo test --locked --features lab --test exercises solutions:: -- --ignored

# Applies all solutions to a copy of the project, and runs the tests of the exercises there.
solutions: export CARGO_TARGET_DIR := $(CURDIR)/target
solutions: tools
	@command -v patch >/dev/null || { echo 'patch is missing: type `sudo apt install patch` (Debian)' >&2; exit 1; }
	rm -rf target/solved && mkdir -p target/solved && cp -R .ci Cargo.toml Cargo.lock Makefile README.md src tests target/solved
	cd target/solved && for solution in src/guide/solutions/*.patch; do patch -p1 -s <$$solution || exit 1; done
	cd target/solved && cargo test --locked --features lab --test exercises -- --include-ignored --skip solutions::

# ARGS='--svg FILE' also plots CPU time per line against the number of clients. ARGS='--only TEXT' runs only the
# experiments whose titles contain TEXT.
BENCH := cargo bench --locked $(if $(findstring --svg,$(ARGS_GIVEN)),--features lab) --bench fan_out -- $(ARGS_GIVEN)

bench: $(PROGRAMS)/.built $(PROGRAMS)/.built-step-3 $(PROGRAMS)/.built-step-4 $(PROGRAMS)/.built-step-5
	$(BENCH) $(PROGRAMS)/chat-server $(PROGRAMS)/examples/step-3 $(PROGRAMS)/examples/step-4 $(PROGRAMS)/examples/step-5

# npm installs into target/, so the source tree stays unchanged.
bench-peers: $(PROGRAMS)/.built
	npm install --no-save --prefix target/peers ws@8 bun@1
	$(BENCH) $(PROGRAMS)/chat-server 'node tests/bench/peers/ws.mjs' 'target/peers/node_modules/.bin/bun tests/bench/peers/bun.mjs'

bench-10k: $(PROGRAMS)/.built
	cargo bench --locked --bench fan_out -- --ten-thousand $(PROGRAMS)/chat-server

bench-history: $(PROGRAMS)/.built
	cargo bench --locked --bench fan_out -- --history-file $(PROGRAMS)/chat-server

bench-cluster: tools
	@command -v redis-server >/dev/null || { echo 'redis-server is missing: type `sudo apt install redis-server` (Debian)' >&2; exit 1; }
	cargo bench --locked --features redis --bench cluster-cost
