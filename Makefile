# SPDX-License-Identifier: Apache-2.0
# reguard: one build file. `make` builds both programs into build/; `make help` lists the rest.
CC ?= cc
# Every rule stands here: looking through make's own for each of some thousand files takes longer than all the rest of it.
MAKEFLAGS += --no-builtin-rules
# The fuzzer is clang's, and so is what counts: each condition as the source has it, none that the compiler made.
ifneq ($(FUZZ)$(COV),)
CC := clang
endif
V := $(if $(FUZZ),fuzz,$(if $(COV),$(if $(SAN),san)cov,$(if $(SAN),san,plain)$(if $(filter clang%,$(notdir $(CC))),-clang)))
B := build$(if $(filter-out plain,$(V)),/$(V))
PKGS := libwebsockets libcurl jansson openssl sqlite3 libpq inih expat

# One sentence instead of a hundred missing headers.
ifneq ($(if $(MAKECMDGOALS),$(filter-out clean help format layers tags,$(MAKECMDGOALS)),all),)
ifneq ($(shell pkg-config --exists $(PKGS) 2>/dev/null && echo there),there)
$(error What reguard is built with is not installed: run "deploy/dependencies build" first (Debian packages; "test" \
instead of "build" for the tests too))
endif
endif

comma := ,
WARN := -Wall -Wextra -Wformat=2 -Wconversion -Wsign-conversion -Wimplicit-fallthrough -Wmissing-prototypes -Wstrict-prototypes \
        -Wvla -Wcast-qual -Wshadow -Wundef -Werror=format-security -Werror=implicit -Werror=int-conversion -Werror=incompatible-pointer-types
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fno-delete-null-pointer-checks \
          -fno-strict-overflow -fno-strict-aliasing -ftrivial-auto-var-init=zero
LINK_HARDEN := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,--as-needed
ifeq ($(filter clang%,$(notdir $(CC))),)
WARN += -Wbidi-chars=any -Wtrampolines
HARDEN += -fzero-call-used-regs=used-gpr
else
HARDEN += -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang
endif
ifdef FUZZ
SAN := 1
endif
ifdef SAN
SAN_FLAGS := -fsanitize=$(if $(FUZZ),fuzzer-no-link$(comma))address,undefined
OPT := -O1 -g $(SAN_FLAGS) -fno-sanitize-recover=all -fno-omit-frame-pointer -DSANITIZED
else ifdef COV
OPT := -O1 -g
else
OPT := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
endif
# A few files, into which the programs add up what they counted.
COUNTS := $(CURDIR)/$(B)/counts/%4m.profraw
COV_FLAGS := $(if $(COV),-fprofile-instr-generate=$(COUNTS) -fcoverage-mapping)
CPPFLAGS += -Ibot -I. -D_GNU_SOURCE
# What sqlite3.h offers only to who asks: the session extension, which Debian's library has.
CPPFLAGS += -DSQLITE_ENABLE_SESSION -DSQLITE_ENABLE_PREUPDATE_HOOK
# The same bytes in whatever folder: neither debugging information nor the build id made of it names this one.
OPT += -ffile-prefix-map=$(CURDIR)=.
# Not the link by which it was reached.
export PWD := $(CURDIR)
CFLAGS += -std=c11 $(OPT) $(WARN) $(if $(CI),-Werror) $(if $(SAN)$(COV),,$(HARDEN)) -fPIE
# Library headers are not ours to warn about.
CFLAGS += $(if $(FUZZ),-isystem $(B)/lib/include)
CFLAGS += $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PKGS)))
LDFLAGS += $(if $(SAN)$(COV),$(SAN_FLAGS) -pie,$(LINK_HARDEN)) $(COV_FLAGS)
LDLIBS += $(shell pkg-config --libs $(PKGS)) -lpthread

CORE_SRC := $(sort $(wildcard bot/core/*.c commands/*.c))
BOT_SRC := $(sort $(wildcard bot/*/*.c commands/*.c adapters/*/*.c))
SANDBOX_SRC := $(sort $(wildcard tests/sandbox/*.c tests/sandbox/*/*.c))
UNIT_SRC := $(wildcard tests/unit/*.c)
obj = $(patsubst %.c,$(B)/o/%.o,$(1))

all: $(B)/reguard $(B)/reguard-sandbox

# Counted is the bot alone.
$(if $(COV),$(call obj,bot/main.c $(BOT_SRC))): CFLAGS += $(COV_FLAGS)

$(B)/o/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# What turns records into the desk: a desk that was kept by another one is not gone on from.
FOLD_SRC := $(sort $(wildcard bot/core/*.[ch]) bot/store/deskjson.c bot/store/factjson.c bot/store/flat.c)
$(B)/o/bot/store/deskjson.o: $(FOLD_SRC)
$(B)/o/bot/store/deskjson.o: CPPFLAGS += -DREGUARD_FOLD='"$(shell cat $(FOLD_SRC) | sha256sum | cut -c1-16)"'

$(B)/reguard: $(call obj,bot/main.c $(BOT_SRC))
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/reguard-sandbox: $(call obj,$(SANDBOX_SRC))
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lm

# The page is part of the object: .incbin has no dependency of its own.
$(B)/o/tests/sandbox/page/files.o: $(wildcard tests/sandbox/page/site/*)

# What plays the stories: several programs of tests take from it what they need.
$(B)/o/tests/transcript.a: $(call obj,$(sort $(wildcard tests/transcript/*.c)))
	@rm -f $@
	@$(AR) rcs $@ $^

# One program per file in tests/unit, linked with everything of the bot but main.
$(B)/test/%: $(B)/o/tests/unit/%.o $(B)/o/tests/unit/alone/alone.o $(B)/o/tests/transcript.a $(call obj,$(BOT_SRC))
	@mkdir -p $(@D)
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

# Its wall clock can be set by the test.
$(B)/test/test_engine: LDFLAGS += -Wl,--wrap=clock_wall_ms -Wl,--wrap=clock_monotonic_ms
# It says how long the lease lasts.
$(B)/test/test_led: LDFLAGS += -Wl,--wrap=clock_monotonic_ms -Wl,--wrap=store_lease_left_ms -Wl,--wrap=store_lease_epoch
# What its library does not manage is the test's.
$(B)/test/test_ws: LDFLAGS += $(addprefix -Wl$(comma)--wrap=lws_,create_vhost client_connect_via_info write)
# Its disk gives a part of the rows.
$(B)/test/test_fold: LDFLAGS += -Wl,--wrap=sqlite3_step
# It sees every statement.
$(B)/test/test_store_plans: LDFLAGS += -Wl,--wrap=sqlite3_prepare_v2 -Wl,--wrap=sqlite3_prepare_v3
# Whom they speak to, the network and their time are of the tests' own: tests/unit/unit_peer.h.
PEER := loop_run loop_stop loop_timer_set loop_timer_cancel http_send http_forget clock_monotonic_ms clock_wall_ms clock_jitter
$(addprefix $(B)/test/test_,$(addprefix matrix_,chain check direct send token) $(addprefix slack_,file hearing sending serving) aws_errands aws_roots aws_source aws_watch check standby): LDFLAGS += $(PEER:%=-Wl,--wrap=%)
# The database is the test's, too.
$(B)/test/test_standby: LDFLAGS += $(addprefix -Wl$(comma)--wrap=,$(addprefix shared_,open take lease is_unheard is_stood_by next_order take_order answer_orders) lease_is_lost lease_epoch reach_is_lost follow_look follow_end)
# They look at every round: tests/transcript/rounds.h.
$(B)/test/test_turn $(B)/test/test_transcripts: LDFLAGS += -Wl,--wrap=desk_handle -Wl,--wrap=invariant_of_round

# The stories on a clock of their own: the real bot but for its loop, its log, its network and what speaks to it.
SIM_SRC := $(sort $(wildcard tests/sim/*.c)) tests/sim/judge/judge.c
SIM_LACKS := bot/store/pg_open.c bot/store/pg_ask.c bot/net/loop.c bot/host/log.c bot/net/http.c bot/net/httpd.c bot/net/ws.c adapters/stax/client.c
SIM_BOT := $(filter-out $(SIM_LACKS),$(filter-out bot/cli/% adapters/slack/% adapters/mail/% adapters/alarm/% adapters/aws/%,$(BOT_SRC))) \
           $(foreach part,codec_in codec_out markup settings venue,adapters/slack/$(part).c)
SIM_CLOCK := $(addprefix clock_,wall_ms monotonic_ms monotonic_us random jitter)
SIM_THREAD := pthread_create pthread_join pthread_cond_timedwait _exit
$(B)/reguard-sim: $(call obj,$(SIM_SRC) $(SIM_BOT))
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) $(patsubst %,-Wl$(comma)--wrap=%,$(SIM_CLOCK) $(SIM_THREAD)) -o $@ $^ $(LDLIBS)

# The judge is linked alone: it knows nothing of the bot.
$(B)/reguard-judge: $(call obj,tests/sim/judge/judge.c tests/sim/judge/main.c)
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) -o $@ $^

# Loaded into the real program, which it kills and fails: tests/faults.
$(B)/fault-shim.so: tests/faults/shim.c Makefile
	@mkdir -p $(@D)
	@echo "  LINK $@"
	@$(CC) -std=c11 -D_GNU_SOURCE -O1 -g $(WARN) $(if $(CI),-Werror) -fno-builtin -shared -fPIC -o $@ $< -ldl

# The real store on a disk that is cut off: tests/faults/power.c.
$(B)/reguard-power: $(call obj,tests/faults/power.c tests/sim/platter.c $(BOT_SRC))
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

sim: $(B)/reguard-sim $(B)/reguard-judge
	@$(B)/reguard-sim $(SIM)

# Mistakes planted one at a time, each to be caught by the tests it names.
planted:
	@tests/planted/run $(PLANTED)
# One program for each file in tests/fuzz/targets, of the variant FUZZ=1 only. What parses foreign bytes is linked
# from sources built under the sanitizers, too, where tests/fuzz/libraries could have them.
FUZZ_TARGETS := $(patsubst tests/fuzz/targets/%.c,%,$(wildcard tests/fuzz/targets/*.c))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/*.c))
FUZZ_ALIKE := clock_random clock_wall_ms
FUZZ_ALL := $(FUZZ_SRC) $(FUZZ_TARGETS:%=tests/fuzz/targets/%.c)
$(B)/fuzz/%: $(B)/o/tests/fuzz/targets/%.o $(if $(wildcard tests/transcript/*.c),$(B)/o/tests/transcript.a) \
             $(call obj,$(FUZZ_SRC) $(BOT_SRC)) $(wildcard $(B)/lib/*.a)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) $(FUZZ_ALIKE:%=-Wl,--wrap=%) -fsanitize=fuzzer -o $@ $^ $(LDLIBS) -lcmocka

# Compiled with the unit tests, so that they go on to fit.
units: $(call obj,$(FUZZ_ALL))
fuzz-targets: $(patsubst %,$(B)/fuzz/%,$(FUZZ_TARGETS))

# Each target for FUZZ_S seconds, after its cases and its corpus (FUZZ_S=3600 for a night).
FUZZ_S ?= 30
fuzz:
	@tests/fuzz/libraries build/fuzz/lib
	@$(MAKE) --no-print-directory FUZZ=1 fuzz-targets
	@tests/fuzz/run --seconds $(FUZZ_S) $(ONLY)

# The switch and its ballot in every order of events (SPIN).
models:
	@tests/models/run

.SECONDARY:
# With them what stands in for parts of the bot, so that it goes on to fit.
units: $(patsubst tests/unit/%.c,$(B)/test/%,$(UNIT_SRC)) $(B)/reguard-sim $(B)/reguard-judge \
       $(B)/reguard-power

# What counts the core: no test of a room that stands above it.
ABOVE_CORE := address alarm% aws% check clock config file fold http json kinds lease% led loop mail matrix% old% print shipped sign slack% standby standing stax% store% trust ws
COUNTED := $(filter-out $(ABOVE_CORE:%=tests/unit/test_%.c),$(UNIT_SRC))
counted: $(B)/reguard $(patsubst tests/unit/%.c,$(B)/test/%,$(COUNTED))
	@echo $(COUNTED:tests/unit/%.c=%) >$(B)/counted

test:
	@tests/suite $(ONLY)

# What reguard promises, and how often each promise was tried (about 25 minutes on two cores).
proof:
	@tests/suite --proof

# Hours: every point of tests/faults, and ten thousand random kills.
torture: all $(B)/reguard-power $(B)/test/test_transcripts
	@$(B)/test/test_transcripts
	@$(B)/reguard-power --cuts 100000
	@tests/faults/run --build $(B) --all -j 8 $(ONLY)
	@tests/shared/run --build $(B) -j 20 --seeds 0-999

test-matrix: all
	@tests/matrix/run --build $(B) $(ONLY)

test-browser: all
	@tests/browser/run --build $(B) $(ONLY)

# The pictures of the documents, taken from the playground.
picture: all
	@tests/browser/run --build $(B) --update-screenshots

# The analysers read what the compilers are told; written down here alone.
flags:
	@echo $(CPPFLAGS) $(CFLAGS)

# What clang-tidy and gcc's analyser think of the sources (LINT="tidy store": words choose).
lint:
	@tests/lint $(LINT)

layers:
	@tests/layers
	@tests/faults/named
	@tests/rooms
	@tests/format
	@tests/licence
	@tests/documents
	@tests/planted/run --look
	@python3 tests/promises.py
	@tests/figures --look

binary: all
	@tests/binary

format:
	@tests/format --write

tags:
	@command -v ctags >/dev/null || { echo "ctags is not installed (the Debian package universal-ctags)" >&2; exit 69; }
	@ctags -R --languages=C bot commands adapters tests

# What the units, the transcripts and the end-to-end tests reach.
coverage:
	@tests/coverage/run $(ONLY)

demo: all
	@deploy/demo

$(B)/bench/%: $(B)/o/tests/bench/%.o $(call obj,$(BOT_SRC))
	@mkdir -p $(@D)
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Nothing of the bot is in it.
$(B)/bench/floor: $(B)/o/tests/bench/floor.o
	@mkdir -p $(@D)
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# reguard beside others (ROUNDS=1 ONLY="slack-go floor" for a look; WRITE=1 writes deploy/docs/figures.*).
compare: all $(B)/bench/floor
	@tests/bench/compare --build $(B) $(ROUNDS:%=--rounds %) $(if $(ONLY),--only "$(ONLY)") $(if $(WRITE),--write)

test-compare: all $(B)/bench/floor
	@tests/bench/compare_test $(B)

# It has AWS and time of its own, as tests/unit/unit_peer.h.
$(B)/bench/roots: LDFLAGS += $(PEER:%=-Wl,--wrap=%)

bench: all $(B)/bench/parse $(B)/bench/fill $(B)/bench/filed $(B)/bench/roots
	@$(B)/bench/parse
	@$(B)/bench/roots
	@tests/bench/run $(B)
	@tests/bench/shared $(B)

# What one event costs, counted; tests/bench/gates holds it to its bars.
profile: all $(B)/fault-shim.so
	@tests/bench/profile $(B)

gates: all $(B)/fault-shim.so
	@tests/bench/gates $(B)

PREFIX ?= /usr
DOC := $(DESTDIR)$(PREFIX)/share/doc/reguard
install: $(B)/reguard
	install -D -m 0755 $(B)/reguard $(DESTDIR)$(PREFIX)/bin/reguard
	install -d -m 0755 $(DESTDIR)$(PREFIX)/lib/systemd/system
	install -m 0644 deploy/*.service deploy/*.timer $(DESTDIR)$(PREFIX)/lib/systemd/system/
	install -D -m 0644 deploy/reguard.conf $(DOC)/reguard.conf.example
	install -d -m 0755 $(DOC)/deploy/docs $(DOC)/deploy/screenshots
	install -m 0644 README.md SECURITY.md CONTRIBUTING.md CHANGELOG.md LICENSE NOTICE $(DOC)/
	install -m 0644 deploy/docs/* $(DOC)/deploy/docs/
	install -m 0644 deploy/kubernetes.yaml $(DOC)/deploy/
	install -m 0644 deploy/screenshots/* $(DOC)/deploy/screenshots/

clean:
	rm -rf build

help:
	@echo "make            build/reguard and build/reguard-sandbox"
	@echo "make test       every test (ONLY=\"e2e peers\": only those parts)"
	@echo "make test-matrix, make test-browser   only those parts"
	@echo "make picture    the pictures of the documents, from the playground"
	@echo "make demo       the bot against the sandbox, in this terminal"
	@echo "make sim        stories from seeds on a virtual clock, judged from outside (SIM=\"--seed 7 -v\")"
	@echo "make planted    mistakes planted one at a time, each to be caught (PLANTED=\"store -j 4\")"
	@echo "make fuzz       each target of tests/fuzz for FUZZ_S=$(FUZZ_S) seconds, after what is kept"
	@echo "make proof      each promise, and how often it was tried in how many ways"
	@echo "make torture    the program killed and failed at every point of a case (hours)"
	@echo "make models     the switch and its ballot in every order of events (SPIN)"
	@echo "make bench      figures"
	@echo "make compare    the same work of reguard, Bolt, Slack's SDK, slack-go and a floor in C, side by side"
	@echo "make profile    what one event costs: instructions, system calls, allocations, bytes"
	@echo "make gates      the same, held to the bars of tests/bench/gates"
	@echo "make layers     the arrows between the rooms, their picture, how C looks, licence, links"
	@echo "make lint       clang-tidy and gcc -fanalyzer (LINT=\"tidy store\")"
	@echo "make binary     the same bytes in two folders, the marks of hardening, the unit's score"
	@echo "make format     writes C as .clang-format says"
	@echo "make tags       an index of names for editors (universal-ctags)"
	@echo "make coverage   lines and branches that the tests reach, and build/coverage.txt: those that they do not"
	@echo "make units      the unit test programs, in build/test/"
	@echo "make install    DESTDIR= PREFIX="
	@echo "variants: SAN=1 (address and undefined), COV=1 (counts what runs), CC=clang, CI=1 (warnings are errors)"

.PHONY: compare test-compare flags lint picture proof torture all units counted sim planted models fuzz fuzz-targets test test-matrix test-browser layers binary format tags coverage demo bench profile gates install clean help
-include $(shell find $(B)/o -name '*.d' 2>/dev/null)
