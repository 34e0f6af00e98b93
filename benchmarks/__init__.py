"""Speed beside the peers: `make bench` runs every module here and writes docs/benchmarks.md.

A benchmark is a module with a title, a text for the results page (its docstring) and `run`,
which first checks that all candidates computed the same thing and then times them in turns.
Where `run` has the option `quick`, it checks small sizes and hardly times; the tests do that.
"""
