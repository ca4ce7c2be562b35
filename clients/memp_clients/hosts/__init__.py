"""Hosts (MCP clients and IDEs): their configuration files, and how memp is connected to them."""
