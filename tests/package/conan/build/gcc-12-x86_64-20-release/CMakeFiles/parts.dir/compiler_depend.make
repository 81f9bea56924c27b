# Empty compiler generated dependencies file for parts.
# This may be replaced when dependencies are built.
