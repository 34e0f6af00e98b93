# Thin on purpose: tools/course.py does the work and says what is wrong. Arguments go in ARGS:
#   make lab ARGS="--port=9000"     make test ARGS="-k quanta"
PYTHON ?= python3
ARGS ?=

.PHONY: help lab test test-fast bench outputs guide editions gallery lock clean

help:
	@$(PYTHON) tools/course.py help

lab test bench outputs guide editions gallery lock clean:
	@$(PYTHON) tools/course.py $@ $(ARGS)

test-fast:
	@$(PYTHON) tools/course.py test --fast $(ARGS)
