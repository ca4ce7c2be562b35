"""The environments that ship with memp, one file each."""
