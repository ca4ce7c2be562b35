"""The server that a host reaches over HTTP: its address on this machine, and its token."""

from memp.errors import ConfigError, HostError
from memp_clients.hosts.host import Host, Remote, Scope


def remote(host: Host, scope: Scope, address: str, *, dry_run: bool) -> Remote:
    """What goes into the entry of a host that reaches `memp serve --http ADDRESS`.

    Raises:
        HostError: the host takes none there.
        ConfigError: it is no address of this machine, or there is no token yet.
    """
    # Imported here: it loads the web server.
    from memp_server.http import parse_address
    from memp_server.http_token import read_token

    if host.remote is None:
        raise HostError(f"{host.title} reads no address with a token from a file: connect it without --http.")
    if scope == "project":
        raise HostError("The token is yours alone, and a project's file goes to others: use --scope user.")
    bound = parse_address(address)
    if not bound.port:
        raise ConfigError("--http 0 is another port at each start: name the one that `memp serve --http` has.")
    return Remote(bound.url, "x" * 43 if dry_run else read_token())
