"""What residents say, understood: suggestions with reasons; people decide, and their decisions teach it."""
