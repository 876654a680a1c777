"""The plain, slow, independent implementation that the engine is compared with."""
