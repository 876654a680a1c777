"""A unit followed offender by offender and officer by officer.

What every probability and every band of the product is tested against. Written from the text of
docs/method.md alone (EQ1-EQ14, EQ24, EQ25, EQ28), with nothing but Python's own library: settings
are read off the model (`of_model`), and no function of the engine that works out cases, clocks,
hours or service is used.

One thing is done in another way than the text does it. An offender keeps a tier and all their
clocks together, so that a person who leaves or moves does so for every duty at once; the text
draws who it is for each duty by itself.
"""
