# Builds, installs and checks the extension with PGXS. The index itself is Swift, compiled by SwiftPM to an archive
# that is linked into the shared library. `make help` lists the targets.

PG_CONFIG ?= pg_config
SWIFT ?= swift
export PG_CONFIG

MAJOR := $(shell $(PG_CONFIG) --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
SCRATCH = .build/extension-$(MAJOR)
ARCHIVE = $(SCRATCH)/release/libLanternIndex.a
SWIFT_SOURCES := Package.swift $(shell find Sources/CKernels Sources/CPostgres Sources/HNSW Sources/LanternIndex \
	Sources/Vectors -name '*.swift' -o -name '*.[ch]' -o -name '*.modulemap')

MODULE_big = lantern
EXTENSION = extension/lantern
DATA = $(wildcard sql/lantern--*.sql)
OBJS = $(patsubst %.c,%.o,$(wildcard extension/*.c))

PG_CPPFLAGS = -ISources/CPostgres/include -ISources/CKernels/include -D_GNU_SOURCE
PG_CFLAGS = -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -Werror -fno-lto
SHLIB_LINK = $(ARCHIVE) -Wl,--gc-sections -Wl,--exclude-libs,ALL -Wl,--version-script=extension/exports.map -Wl,-S
# Inlining across the server's bitcode cannot reach into Swift.
override with_llvm = no

REGRESS = $(patsubst Tests/regress/sql/%.sql,%,$(sort $(wildcard Tests/regress/sql/*.sql)))
REGRESS_OPTS = --inputdir=Tests/regress --outputdir=.build/regress --load-extension=lantern
EXTRA_CLEAN = .build/extension-* .build/regress .build/server-*

# PGXS has a rule for `check` that only says it is not supported, so it is left out when ours is asked for.
ifneq ($(filter check,$(MAKECMDGOALS)),)
check: ## runs every test on private servers
	@Tests/run
else
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)
# A server built by a newer compiler may name a warning that this one does not know.
UNKNOWN = $(shell $(CC) -Werror $1 -E -x c /dev/null >/dev/null 2>&1 || echo $1)
override CFLAGS := $(filter-out $(call UNKNOWN,-Wmissing-variable-declarations),$(CFLAGS))
endif

$(shlib): $(ARCHIVE) extension/exports.map
$(OBJS): .build/headers $(wildcard extension/*.h Sources/CPostgres/include/*.h Sources/CKernels/include/*.h)

$(ARCHIVE): $(SWIFT_SOURCES) .build/headers
	@command -v $(SWIFT) >/dev/null || { echo "Swift 6.2 or later is needed: see https://www.swift.org/install" >&2; exit 1; }
	@# Swift is not compiled anew for a changed header of the server's, and the archive keeps the objects of sources that are gone.
	@if [ -n "$$(find Sources -name '*.h' -newer $@ 2>/dev/null)" ]; then rm -f $(SCRATCH)/*/release/LanternIndex.build/*.o; fi
	@rm -f $@
	$(SWIFT) build -c release --traits Extension --product LanternIndex --scratch-path $(SCRATCH)
	@touch $@

# Objects of another server version are stale.
.build/headers: FORCE
	@mkdir -p .build
	@echo '$(VERSION)' | cmp -s - $@ || echo '$(VERSION)' > $@

installcheck: | .build/regress
.build/regress:
	mkdir -p $@

FORCE:
.PHONY: cli check demo lint format help FORCE
cli: ## builds the command-line program, .build/cli/release/lantern
	$(SWIFT) build -c release --product lantern --scratch-path .build/cli

demo: ## shows films recommended by an index in a private server
	@Tests/demo

lint: ## checks the style of the Swift sources
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

format: ## formats the Swift sources
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests

help:
	@echo 'make               builds the extension for the server of PG_CONFIG=$(PG_CONFIG)'
	@echo 'make install       installs it; DESTDIR= is honoured'
	@echo 'make installcheck  runs the regression tests on a running server'
	@sed -n 's/^\([a-z]*\):.* ## /make \1@/p' $(firstword $(MAKEFILE_LIST)) | awk -F@ '{ printf "%-18s %s\n", $$1, $$2 }'
