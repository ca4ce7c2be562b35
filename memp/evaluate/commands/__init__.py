"""The commands of `memp eval`, one file each: `main(arguments)` runs it and gives its exit status."""
