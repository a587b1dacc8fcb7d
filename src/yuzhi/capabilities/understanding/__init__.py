"""What residents say, understood: suggestions with reasons; people decide, and their decisions teach it.

Each part has its own face: `category`, `dispatch`, `issues`, `replies`, `signals`, `places`,
`similar`, `endpoint` and `text`. Nothing is gathered here: some parts load libraries of a hundred megabytes,
and whoever wants a light one must not hold them in memory.
"""
