"""One folder a runtime, all behind `contract`.  Nothing here loads a library before it is needed."""
