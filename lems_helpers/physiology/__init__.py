"""Floor 1: the neuromuscular junction as a model. Numbers in, numbers out.

The files follow the signal: `impulse` and `hodgkin_huxley`, `calcium_channels`,
`nanodomain`, `calcium_sensor`, `release`, and on to the muscle. `junction` holds the one
description that all of them read.
"""
