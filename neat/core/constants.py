"""Constants that are compiled into kernels: function codes, limits, multipliers of the random number generator.

Codes stand in files and in populations, so a code is never changed or reused.
"""

from __future__ import annotations

LINEAR = 0
SIGMOID = 1
STEEP_SIGMOID = 2
TANH = 3
RELU = 4
LEAKY_RELU = 5
ELU = 6
SELU = 7
GELU = 8
SOFTPLUS = 9
SIN = 10
GAUSS = 11
STEP = 12
ABS = 13
SQUARE = 14
CUBE = 15
CLAMPED = 16
HAT = 17
INV = 18
LOG = 19
EXP = 20

SUM = 0
PRODUCT = 1
MEAN = 2
MAX = 3
MIN = 4
MAXABS = 5
MEDIAN = 6

FIRST_CUSTOM_CODE = 128  # codes from here to 255 belong to custom functions, in the order of their registration
CODES = 256  # codes are uint8

STEEPNESS = 4.9  # of the sigmoid of Stanley & Miikkulainen (2002)
LEAK = 0.01
SELU_SCALE = 1.0507009873554805  # Klambauer et al. (2017)
SELU_ALPHA = 1.6732632423543772
LOG_FLOOR = 1e-7
VALUE_LIMIT = 2.0**40  # every aggregate and node value is clamped to [-VALUE_LIMIT, VALUE_LIMIT]

# SplitMix64 (Steele, Lea & Flood, OOPSLA 2014), with the multipliers of Stafford's variant 13.
MIX_INCREMENT = 0x9E3779B97F4A7C15
MIX_FIRST = 0xBF58476D1CE4E5B9
MIX_SECOND = 0x94D049BB133111EB
