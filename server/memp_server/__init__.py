"""The MCP server: three tools, and procedures as skills, over stdio or HTTP."""
